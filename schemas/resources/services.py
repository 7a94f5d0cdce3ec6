"""Services: what is sold (gigstack's API, POST /services).

Dialect 2025-06 documents no SAT keys on a service; a file may carry them all the same, because a payment's item can
take them from its service by `items.service_ref`. Those columns stay on this machine (`sent=False`).
"""

import polars as pl

from schemas.resources.spellings import derive_percent
from schemas.rule_options import RuleOptions
from schemas.rules.amounts import TAX_RATE_RULES, price_rules, text_rules
from schemas.rules.currencies import currency_rules
from schemas.rules.product_keys import product_facts, product_rules
from schemas.rules.unit_keys import unit_facts, unit_rules
from schemas.spec import INTERNAL_ID, Column, Kind, Part, Resource

__all__ = ["MORE_PRODUCT_KEYS", "MORE_UNIT_KEYS", "SERVICES"]


MORE_PRODUCT_KEYS = (
    "ClaveProdServ", "Clave Prod/Serv", "Clave Prod/Serv SAT", "Clave SAT ProdServ", "Clave de producto SAT",
    "Clave producto SAT",
)  # fmt: skip
_PASSED_OVER = (
    "Marca", "Existencia", "Almacén", "Cantidad", "Costo", "Estatus", "Comentarios", "Observaciones", "Proveedor",
    "Impuesto",
)  # fmt: skip
MORE_UNIT_KEYS = ("Clave Unidad SAT", "Unidad SAT", "Unidad de medida SAT")


def _key() -> pl.Expr:
    """internalId, else name (docs/columns.md)."""
    internal = pl.col(INTERNAL_ID)
    return pl.when(internal.is_not_null()).then("id:" + internal).otherwise("name:" + pl.col("name"))


def _facts(frame: pl.DataFrame, options: RuleOptions) -> pl.DataFrame:
    return unit_facts(product_facts(frame, options), options)


SERVICES = Resource(
    name="services",
    singular="service",
    sheet_words=frozenset({"service", "services", "products", "servicio", "servicios", "productos"}),
    known_by="name",
    level=0,
    key=_key,
    local=("name", "description", "price", "product_key", "unit_key", "unit_name"),
    record=Part(
        (
            Column(
                INTERNAL_ID,
                aliases=("internalId", "Identificador interno", "Id interno", "Clave interna", "Clave servicio"),
                spare=(
                    "Código",
                    "Clave",
                    "Clave artículo",
                    "SKU",
                    "No. Parte",
                    "No. identificación",
                    "NoIdentificacion",
                    "Código de barras",
                ),
            ),
            Column(
                "name",
                required=True,
                aliases=("Nombre", "Servicio", "Producto", "Concepto"),
                else_from="description",
            ),
            Column("description", required=True, aliases=("Descripción",), else_from="name"),
            Column("category", aliases=("Categoría", "Familia")),
            Column(
                "price",
                Kind.NUMBER,
                required=True,
                aliases=("unit_price", "unitPrice", "Precio", "Precio unitario"),
                spare=(
                    "Precio sin IVA",
                    "Precio sin impuesto",
                    "Precio (sin impuesto)",
                    "P. Unitario",
                    "Valor unitario",
                    "Precio de venta",
                    "Precio 1",
                    "Precio público",
                ),
                with_tax=("Precio con IVA", "Precio con impuesto", "Precio IVA incluido", "Precio neto"),
            ),
            Column("currency", Kind.CODE, aliases=("Moneda",)),
            Column("unit", aliases=("Unidad", "Unidad de medida")),
            Column(
                "taxRate",
                Kind.NUMBER,
                aliases=("Tasa de impuesto", "Tasa IVA"),
                spare=("% IVA", "Tasa de IVA"),
                derived=derive_percent("taxes"),
            ),
            Column("taxes", Kind.TAXES, sent=False),
            Column("isActive", Kind.BOOLEAN, aliases=("active", "Activo")),
            Column(
                "product_key",
                Kind.CODE,
                sent=False,
                aliases=("productKey", "Clave de producto", "Clave producto", "Clave SAT", "Clave producto o servicio"),
                spare=MORE_PRODUCT_KEYS,
            ),
            Column(
                "unit_key",
                Kind.CODE,
                sent=False,
                aliases=("unitKey", "Clave de unidad", "Clave unidad"),
                spare=MORE_UNIT_KEYS,
            ),
            Column("unit_name", sent=False, aliases=("unitName", "Nombre de unidad", "Nombre unidad")),
            Column("metadata.reference", aliases=("reference", "Referencia")),
            Column("metadata", Kind.MAP, sent=False),
        ),
        (
            *price_rules("price"),
            *TAX_RATE_RULES,
            *text_rules("description"),
            *currency_rules(),
            *product_rules(),
            *unit_rules(),
        ),
        _facts,
    ),
    passed_over=_PASSED_OVER,
)
