"""Clients: who is invoiced (gigstack's API, POST /clients)."""

import polars as pl

from schemas.rule_options import RuleOptions
from schemas.rules.foreign import FOREIGN_RULES
from schemas.rules.names import name_facts, name_rules
from schemas.rules.postal_codes import postal_code_facts, postal_code_rules
from schemas.rules.regimes import regime_facts, regime_rules
from schemas.rules.rfc.facts import rfc_facts
from schemas.rules.rfc.rules import rfc_rules
from schemas.sat.small import GENERIC_RFCS
from schemas.spec import INTERNAL_ID, Column, Join, Kind, Part, Piece, Resource, Rule

__all__ = ["ADDRESS", "CLIENTS", "GENERIC_RFCS", "client_facts", "client_rules"]

ADDRESS = ("street", "city", "state", "zip", "country")


def _numbers(of: str) -> tuple[str, ...]:
    """The ways to head a column of keys: Código de cliente, No. cliente …"""
    heads = ("Código de {}", "Código {}", "No. {}", "No. de {}", "Núm. {}", "Núm. de {}", "Número de {}")
    return tuple(head.format(of) for head in heads)


# --- headings of widespread programs (Alegra, Facturama, CONTPAQi, Aspel, Bind, Wizerp, Odoo) and of SAT's certificate

CLIENT_REFERENCES = ("Clave del cliente", *_numbers("cliente"), "CCODIGOCLIENTE", "ID cliente")
"""A client's key as its own list and a list of its payments head it."""
CLIENT_KEYS = (
    "Clave", "Código", *CLIENT_REFERENCES, "ID", "ref",
)  # fmt: skip
"""Before "Código" of the postal codes, which it means where another column is the key (Aspel SAE)."""
LEGAL_NAMES = ("legalName", "Razón social", "Nombre fiscal", "Denominación social")
MORE_LEGAL_NAMES = (
    "Nombre o Razón Social", "Nombre/Razón social", "Denominación/Razón Social", "Denominación o Razón Social",
    "Nombre, denominación o razón social", "Nombre oficial", "Nombre Receptor", "Razón social receptor",
    "Razón social del receptor", "CRAZONSOCIAL",
)  # fmt: skip
MORE_RFCS = ("RFC Receptor", "RFC del receptor", "RFC cliente", "RFC del cliente", "RFC_CURP", "CRFC", "VAT")
MORE_EMAILS = (
    "Correos", "Correo(s)", "Correo electrónico 1", "Correo 1", "Email 1", "Correo de facturación",
    "Correo para factura", "Correo electrónico receptor", "Correo contacto", "Correo electrónico 2", "Correo 2",
    "Email 2", "Correo electrónico 3", "Correo 3", "Email 3",
)  # fmt: skip
PHONES = (
    "Teléfono 1", "Teléfono fijo", "Celular", "Móvil", "WhatsApp", "Teléfono celular", "Teléfono contacto",
    "Teléfono 2",
)  # fmt: skip
MORE_REGIMES = (
    "Régimen fiscal receptor", "Régimen fiscal del receptor", "Régimen fiscal SAT", "Clave régimen",
    "Clave régimen fiscal", "Regímenes", "l10n_mx_edi_fiscal_regime",
)  # fmt: skip
MORE_USES = (
    "Uso de la Factura", "Uso CFDI receptor", "Uso del CFDI receptor", "Uso CFDI 4.0", "l10n_mx_edi_usage",
)  # fmt: skip
MORE_ZIPS = (
    "Código Postal (CP)", "Código Postal Fiscal", "C.P. fiscal", "CP Receptor", "Cod. Postal",
    "Domicilio fiscal receptor", "Código Postal del domicilio fiscal", "Código postal receptor", "Código",
)  # fmt: skip
MORE_STREETS = ("Calle y número", "Dirección Fiscal", "Nombre de Vialidad", "Domicilio fiscal")
CITIES = (
    "Municipio", "Municipio / Delegación", "Delegación", "Alcaldía", "Municipio fiscal",
    "Nombre del Municipio o Demarcación Territorial", "Localidad", "Nombre de la Localidad", "Población",
)  # fmt: skip
MORE_STATES = ("Nombre de la Entidad Federativa", "Estado fiscal")
FULL_NAME = (
    Piece(("Nombre", "Nombre(s)", "Nombres", "Nombre de pila")),
    Piece(("Primer apellido", "Apellido paterno", "Ap. paterno", "A. paterno", "Paterno", "Apellidos", "Apellido")),
    Piece(("Segundo apellido", "Apellido materno", "Ap. materno", "A. materno", "Materno")),
)
"""SAT's certificate and most lists of people have a person's name in two or three columns."""
STREETS = ("street", "Calle", "Domicilio", "Dirección")
FULL_STREET = (
    Piece((*STREETS, *MORE_STREETS)),
    Piece(("Exterior", "Número exterior", "No. exterior", "Núm. exterior", "No. Ext.", "Núm. Ext.", "Num. Ext.")),
    Piece(("Interior", "Número interior", "No. interior", "Núm. interior", "No. Int.", "Núm. Int."), " int. "),
    Piece(("Colonia", "Nombre de la Colonia", "Colonia fiscal"), ", "),
)
"""The API has one field for street, numbers and neighbourhood."""
PASSED_OVER = (
    "Saldo", "Cargo", "Estatus", "Existencia", "Comentarios", "Observaciones", "Nota interna", "Fax", "UUID",
    "Régimen Capital", "Exterior", "Interior", "Número exterior", "Número interior", "No. Ext.", "No. Int.",
    "Núm. Ext.", "Núm. Int.", "Colonia", "Nombre de la Colonia", "Colonia fiscal", "Límite de crédito",
    "Monto de crédito", "Días de crédito", "limcred", "lista_prec", "Ventas", "Sucursal", "Contacto",
    "Pers. Jurídica", "Dirección contacto", "Colonia contacto", "Municipio contacto", "Código postal contacto",
    "Estado contacto", "País contacto", "Forma", "Forma pago", "Forma de pago", "Método", "Método pago",
    "Método de pago",
)  # fmt: skip


def _key() -> pl.Expr:
    """internalId, else RFC, else e-mail (docs/columns.md); a generic RFC identifies nobody."""
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
    """What SAT asks of an invoice's receiver (SAT, Anexo 20: Receptor)."""
    return (*rfc_rules(prefix), *name_rules(prefix), *postal_code_rules(prefix), *regime_rules(prefix))


CLIENTS = Resource(
    name="clients",
    singular="client",
    sheet_words=frozenset({"client", "clients", "customers", "cliente", "clientes", "receptores"}),
    known_by="RFC or e-mail",
    clashing=True,
    level=0,
    key=_key,
    record=Part(
        (
            Column(
                INTERNAL_ID,
                aliases=("internalId", "Identificador interno", "Id interno", "Clave interna", "Clave cliente"),
                spare=CLIENT_KEYS,
            ),
            Column(
                "name",
                required=True,
                aliases=("Nombre", "Nombre comercial", "Cliente"),
                spare=("Nombre del cliente", "Nombre completo", "Miembro"),
                else_from="legal_name",
                join=Join(FULL_NAME),
            ),
            Column("legal_name", aliases=LEGAL_NAMES, spare=MORE_LEGAL_NAMES, join=Join(FULL_NAME, alone=False)),
            Column(
                "rfc",
                Kind.CODE,
                required=True,
                aliases=("tax_id", "Registro Federal de Contribuyentes"),
                spare=MORE_RFCS,
            ),
            Column(
                "email",
                Kind.EMAIL,
                required=True,
                aliases=("e-mail", "Correo", "Correo electrónico", "mail"),
                spare=MORE_EMAILS,
            ),
            Column("phone", aliases=("Teléfono", "Tel"), spare=PHONES),
            Column("tax_system", Kind.CODE, aliases=("Régimen", "Régimen fiscal", "taxSystem"), spare=MORE_REGIMES),
            Column("use", Kind.CODE, aliases=("Uso CFDI", "Uso de CFDI", "Uso del CFDI"), spare=MORE_USES),
            Column("address.street", aliases=STREETS, spare=MORE_STREETS, join=Join(FULL_STREET)),
            Column("address.city", aliases=("city", "Ciudad"), spare=CITIES),
            Column("address.state", aliases=("state", "Estado", "Entidad federativa"), spare=MORE_STATES),
            Column(
                "address.zip",
                Kind.CODE,
                aliases=("zip", "zipCode", "address.zipCode", "postal_code", "Código postal", "C.P.", "CP"),
                spare=MORE_ZIPS,
            ),
            Column("address.country", aliases=("country", "País"), spare=("País fiscal",)),
            Column("tax_residence", Kind.CODE, sent=False, aliases=("Residencia fiscal", "taxResidence")),
            Column("foreign_tax_id", Kind.CODE, sent=False, aliases=("NumRegIdTrib", "Registro tributario extranjero")),
            Column("metadata.reference", aliases=("reference", "Referencia")),
            Column("metadata", Kind.MAP, sent=False),
        ),
        (*client_rules(), *FOREIGN_RULES),
        client_facts,
    ),
    passed_over=PASSED_OVER,
)
