"""Clients: who is invoiced (API reference 2.3, names of the seed schema 2.2.1)."""

import polars as pl

from schemas.rule_options import RuleOptions
from schemas.rules.foreign import FOREIGN_RULES
from schemas.rules.names import name_facts, name_rules
from schemas.rules.postal_codes import postal_code_facts, postal_code_rules
from schemas.rules.regimes import regime_facts, regime_rules
from schemas.rules.rfc import rfc_rules
from schemas.rules.rfc_facts import rfc_facts
from schemas.sat.small import GENERIC_RFCS
from schemas.spec import INTERNAL_ID, Column, Kind, Part, Resource, Rule

__all__ = ["ADDRESS", "CLIENTS", "GENERIC_RFCS", "client_facts", "client_rules"]

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


def client_facts(frame: pl.DataFrame, options: RuleOptions, prefix: str = "") -> pl.DataFrame:
    """What the client rules ask of a row; `prefix` is `client.` for a payment's inline client."""
    for facts in (rfc_facts, name_facts, postal_code_facts, regime_facts):
        frame = facts(frame, options, prefix)
    return frame


def client_rules(prefix: str = "") -> tuple[Rule, ...]:
    """What SAT asks of an invoice's receiver (RULES 2)."""
    return (*rfc_rules(prefix), *name_rules(prefix), *postal_code_rules(prefix), *regime_rules(prefix))


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
            Column("tax_residence", Kind.CODE, sent=False, aliases=("Residencia fiscal", "taxResidence")),
            Column("foreign_tax_id", Kind.CODE, sent=False, aliases=("NumRegIdTrib", "Registro tributario extranjero")),
            Column("metadata.reference", aliases=("reference", "Referencia")),
            Column("metadata", Kind.MAP, sent=False),
        ),
        (*client_rules(), *FOREIGN_RULES),
        client_facts,
    ),
)
