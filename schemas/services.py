"""Services: what is sold (API reference 2.4).

Dialect 2025-06 documents no SAT keys on a service; a file may carry them all the same, because a payment's item can
take them from its service by `items.service_ref`. Those columns stay on this machine (`sent=False`).
"""

import polars as pl

from schemas.spec import INTERNAL_ID, Column, Kind, Part, Resource, Rule, Text

__all__ = ["SERVICES"]


def _key() -> pl.Expr:
    """internalId, else name (CONTRACT, Columns)."""
    internal = pl.col(INTERNAL_ID)
    return pl.when(internal.is_not_null()).then("id:" + internal).otherwise("name:" + pl.col("name"))


_PRICE = Rule(
    "SERVICE-PRICE",
    "price",
    ~pl.col("price").str.contains(r"^[+-]?[0.]+$|^-"),
    Text("El precio «{value}» no es mayor que cero.", "The price '{value}' is not above zero."),
    Text("Escriba el precio sin impuestos, mayor que cero.", "Write the price before tax, above zero."),
    sat_code="CFDI40166",
)

SERVICES = Resource(
    name="services",
    level=0,
    key=_key,
    local=("name", "description", "price", "product_key", "unit_key", "unit_name"),
    record=Part(
        (
            Column(
                INTERNAL_ID,
                aliases=("internalId", "Identificador interno", "Id interno", "Clave interna", "Clave servicio"),
            ),
            Column("name", required=True, aliases=("Nombre", "Servicio", "Producto", "Concepto")),
            Column("description", required=True, aliases=("Descripción",)),
            Column("category", aliases=("Categoría", "Familia")),
            Column(
                "price",
                Kind.NUMBER,
                required=True,
                aliases=("unit_price", "unitPrice", "Precio", "Precio unitario"),
            ),
            Column("currency", Kind.CODE, choices=("MXN", "USD", "EUR"), aliases=("Moneda",)),
            Column("unit", aliases=("Unidad", "Unidad de medida")),
            Column("taxRate", Kind.NUMBER, aliases=("Tasa de impuesto", "Tasa IVA")),
            Column("isActive", Kind.BOOLEAN, aliases=("active", "Activo")),
            Column(
                "product_key",
                Kind.CODE,
                sent=False,
                aliases=("productKey", "Clave de producto", "Clave producto", "Clave SAT", "Clave producto o servicio"),
            ),
            Column("unit_key", Kind.CODE, sent=False, aliases=("unitKey", "Clave de unidad", "Clave unidad")),
            Column("unit_name", sent=False, aliases=("unitName", "Nombre de unidad", "Nombre unidad")),
            Column("metadata.reference", aliases=("reference", "Referencia")),
        ),
        (_PRICE,),
    ),
)
