"""Clients: who is invoiced (API reference 2.3, names of the seed schema 2.2.1)."""

import polars as pl

from schemas.spec import INTERNAL_ID, Column, Kind, Part, Resource

__all__ = ["ADDRESS", "CLIENTS", "GENERIC_RFCS"]

GENERIC_RFCS = ("XAXX010101000", "XEXX010101000")
"""Shared by many clients (RULES 2.2): they identify nobody."""

ADDRESS = ("street", "city", "state", "zip", "country")


def _key() -> pl.Expr:
    """internalId, else RFC, else e-mail (CONTRACT, Columns); a generic RFC identifies nobody."""
    internal = pl.col(INTERNAL_ID)
    rfc = pl.col("rfc").str.to_uppercase()
    return (
        pl.when(internal.is_not_null())
        .then("id:" + internal)
        .when(rfc.is_not_null() & ~rfc.is_in(GENERIC_RFCS))
        .then("rfc:" + rfc)
        .otherwise("email:" + pl.col("email").str.to_lowercase())
    )


CLIENTS = Resource(
    name="clients",
    level=0,
    key=_key,
    record=Part(
        (
            Column(
                INTERNAL_ID,
                aliases=("internalId", "Identificador interno", "Id interno", "Clave interna", "Clave cliente"),
            ),
            Column("name", required=True, aliases=("Nombre", "Nombre comercial", "Cliente")),
            Column("legal_name", aliases=("legalName", "Razón social", "Nombre fiscal", "Denominación social")),
            Column("rfc", Kind.CODE, required=True, aliases=("tax_id", "Registro Federal de Contribuyentes")),
            Column("email", Kind.EMAIL, required=True, aliases=("e-mail", "Correo", "Correo electrónico", "mail")),
            Column("phone", aliases=("Teléfono", "Tel", "Celular")),
            Column("tax_system", Kind.CODE, aliases=("Régimen", "Régimen fiscal", "taxSystem")),
            Column("use", Kind.CODE, aliases=("Uso CFDI", "Uso de CFDI", "Uso del CFDI")),
            Column("address.street", aliases=("street", "Calle", "Domicilio", "Dirección")),
            Column("address.city", aliases=("city", "Ciudad", "Municipio", "Delegación")),
            Column("address.state", aliases=("state", "Estado", "Entidad federativa")),
            Column(
                "address.zip",
                Kind.CODE,
                aliases=("zip", "zipCode", "address.zipCode", "postal_code", "Código postal", "C.P.", "CP"),
            ),
            Column("address.country", aliases=("country", "País")),
            Column("metadata.reference", aliases=("reference", "Referencia")),
        )
    ),
)
