"""Payments: what was sold and how it is paid (gigstack's API, POST /payments), one or more lines a record."""

import polars as pl

from schemas.resources import clients as of_client
from schemas.resources.clients import ADDRESS, client_facts, client_rules
from schemas.resources.services import MORE_PRODUCT_KEYS, MORE_UNIT_KEYS
from schemas.resources.spellings import AUTOMATIONS, derive_chosen, derive_opposite, derive_product
from schemas.rule_options import RuleOptions
from schemas.rules.amounts import ITEM_AMOUNT_RULES, text_rules
from schemas.rules.currencies import ACCEPTED, EXCHANGE_RULES, currency_rules
from schemas.rules.declared import true
from schemas.rules.payment_forms import DATE_RULES, FORM_RULES, METHOD, PUBLIC_RULES, date_facts
from schemas.rules.product_keys import product_facts, product_rules
from schemas.rules.tax.facts import tax_facts
from schemas.rules.tax.rules import TAX_RULES
from schemas.rules.unit_keys import unit_facts, unit_rules
from schemas.spec import INTERNAL_ID, Column, Derived, Kind, Part, Reference, Resource, Rule, Text

__all__ = ["PAYMENTS"]

CLIENT, ITEM = "client.", "items."
_INLINE = ("name", "email", "rfc", "legal_name", "tax_system", "use", "phone", *(f"address.{a}" for a in ADDRESS))
_KINDS = {"email": Kind.EMAIL, "rfc": Kind.CODE, "tax_system": Kind.CODE, "use": Kind.CODE, "address.zip": Kind.CODE}


_CLIENT_HEADINGS = {
    "name": ("Nombre", "Nombre del cliente", "Miembro"),
    "legal_name": (*of_client.LEGAL_NAMES, *of_client.MORE_LEGAL_NAMES),
    "rfc": ("RFC", "client.tax_id", *of_client.MORE_RFCS),
    "email": of_client.MORE_EMAILS,
    "phone": ("Teléfono", *of_client.PHONES),
    "tax_system": ("Régimen fiscal", "Régimen", *of_client.MORE_REGIMES),
    "use": ("Uso CFDI", "Uso de CFDI", "Uso del CFDI", *of_client.MORE_USES),
    "address.zip": ("Código postal", "C.P.", "CP", *of_client.MORE_ZIPS[:-1]),
}
"""Headings of a client beside its payment: the receiver of an invoice, never its issuer."""
_OF_THE_OTHER_ACCOUNT = "-"
"""An export's clientId is read as nothing: its client stands beside it, and in another account only that is known."""
_ISSUER = ("RFC Emisor", "Nombre Emisor", "Razón social emisor", "Régimen fiscal emisor")
_PERHAPS_KEYS = (
    "UUID", "Folio fiscal", "Folio", "CFOLIO", "Recibo", "No. de factura", "Núm. de factura", "Clave de rastreo",
    "Clave rastreo",
)  # fmt: skip
"""What tells payments apart in many lists: whether in this one, only its owner knows."""
_DATES = ("Fecha pago", "Fecha de cobro", "Fecha de depósito", "Fecha de operación", "F. Operación", "Día", "CFECHA")


def _key() -> pl.Expr:
    return "id:" + pl.col(INTERNAL_ID)


_inline = pl.any_horizontal(pl.col(f"client.{f}").is_not_null() for f in _INLINE)


def _automation(number: int) -> Derived:
    return derive_chosen("automation_type", AUTOMATIONS[number], AUTOMATIONS)


_ways = pl.col("clientId").is_not_null().cast(pl.Int8) + pl.col("client_ref").is_not_null() + _inline

_RULES = (
    Rule(
        "API-CLIENT",
        "clientId",
        _ways == 1,
        Text(
            "El pago debe decir quién es su cliente, y de una sola manera.",
            "The payment must name its client, and in one way only.",
        ),
        Text(
            "Llene una de: clientId, client_ref, o las columnas client.*.",
            "Fill in one of: clientId, client_ref, or the columns client.*.",
        ),
        essential=True,
        on_empty=True,
    ),
    Rule(
        "API-PAID-METHOD",
        "paymentMethod",
        pl.col("paymentMethod").is_not_null() | ~true("paid").fill_null(False),
        Text("Un pago cobrado necesita su forma de pago.", "A payment that is paid needs its payment method."),
        Text("Escriba la clave SAT de dos dígitos, como 03.", "Write the two-digit SAT code, such as 03."),
        essential=True,
        on_empty=True,
    ),
)


def _record_facts(frame: pl.DataFrame, options: RuleOptions) -> pl.DataFrame:
    dated = date_facts(frame, options)
    if all(dated[f"{CLIENT}{f}"].null_count() == dated.height for f in _INLINE):
        return dated  # nobody is described inline: no rule of theirs will run
    return client_facts(dated, options, CLIENT)


def _line_facts(frame: pl.DataFrame, options: RuleOptions) -> pl.DataFrame:
    return tax_facts(unit_facts(product_facts(frame, options, ITEM), options, ITEM), options)


PAYMENTS = Resource(
    name="payments",
    singular="payment",
    sheet_words=frozenset({"payment", "payments", "pago", "pagos", "cobro", "cobros", "cobranza"}),
    level=1,
    key=_key,
    references=(Reference("client_ref", "clients", "clientId"),),
    line_references=(Reference("items.service_ref", "services"),),
    switches={
        "avoidEmail": False,
        "automaticInvoice": True,
        "automateInvoiceOnComplete": True,
        "automateIncomeInvoiceAndComplement": True,
        "forceReceipt": True,
        "livemode": True,
    },
    record=Part(
        (
            Column(
                INTERNAL_ID,
                required=True,
                aliases=("internalId", "Identificador interno", "Id interno", "Clave interna", "Folio interno"),
                spare=("No. de pago", "Núm. de pago", "Núm. de recibo", "No. de recibo"),
                proposed=_PERHAPS_KEYS,
            ),
            Column("clientId", Kind.CODE, aliases=("Id de cliente",), exported=_OF_THE_OTHER_ACCOUNT),
            Column(
                "client_ref",
                Kind.CODE,
                sent=False,
                aliases=("Cliente", "Referencia de cliente", "Referencia cliente", "Clave cliente"),
                spare=of_client.CLIENT_REFERENCES,
            ),
            *(
                Column(
                    f"client.{f}",
                    _KINDS.get(f, Kind.TEXT),
                    spare=_CLIENT_HEADINGS.get(f, ()),
                    else_from="client.legal_name" if f == "name" else "",
                )
                for f in _INLINE
            ),
            Column("client.from"),
            Column("client.team"),
            Column("client.metadata.internalId"),
            Column("client.metadata.reference"),
            Column("client.metadata", Kind.MAP, sent=False),
            Column("email", Kind.EMAIL, aliases=("Correo", "Correo electrónico"), spare=("emails",)),
            Column("currency", Kind.CODE, aliases=("Moneda",)),
            Column("exchange", Kind.NUMBER, aliases=("exchange_rate", "exchangeRate", "Tipo de cambio"), spare=("TC",)),
            Column(
                "paymentMethod",
                Kind.CODE,
                aliases=("payment_form", "paymentForm", "Forma de pago", "Forma pago"),
                spare=("Forma de pago SAT", "Forma pago SAT", "Forma"),
                exported="payment_form",
            ),
            Column(
                METHOD,
                Kind.CODE,
                sent=False,
                aliases=("Método de pago", "MetodoPago", "Método pago", "PUE/PPD"),
                spare=("Método",),
            ),
            Column("paid", Kind.BOOLEAN, aliases=("Pagado", "Cobrado"), exported="status"),
            Column("date", Kind.DATE, aliases=("Fecha", "Fecha de pago"), spare=_DATES, exported="date_utc"),
            Column("livemode", Kind.BOOLEAN, default=False),
            Column("avoidEmail", Kind.BOOLEAN, default=True, derived=derive_opposite("send_email")),
            Column("send_email", Kind.BOOLEAN, sent=False),
            Column("automaticInvoice", Kind.BOOLEAN, default=False, derived=_automation(0)),
            Column("automateInvoiceOnComplete", Kind.BOOLEAN, default=False),
            Column("automateIncomeInvoiceAndComplement", Kind.BOOLEAN, default=False, derived=_automation(1)),
            Column("automation_type", sent=False, choices=AUTOMATIONS),
            Column("forceReceipt", Kind.BOOLEAN, default=False),
            Column("invoiceConfig.folio", Kind.CODE, aliases=("folio",), spare=("CFOLIO",)),
            Column(
                "invoiceConfig.series",
                Kind.CODE,
                aliases=("series", "serie", "invoiceConfig.serie"),
                spare=("CSERIEDOCUMENTO",),
            ),
            Column("invoiceConfig.type"),
            Column("from"),
            Column("team"),
            Column("metadata.reference", aliases=("reference", "Referencia")),
            Column("metadata", Kind.MAP, sent=False),
        ),
        (*_RULES, *FORM_RULES, *currency_rules(), *EXCHANGE_RULES, *DATE_RULES, *PUBLIC_RULES, *client_rules(CLIENT)),
        _record_facts,
    ),
    lines=Part(
        (
            Column("items.service_ref", Kind.CODE, sent=False, aliases=("service_ref", "Servicio", "Clave servicio")),
            Column(
                "items.name",
                required=True,
                aliases=("Concepto", "Nombre del concepto", "Producto"),
                spare=("CNOMBRECONCEPTO",),
                else_from="items.description",
            ),
            Column("items.description", required=True, aliases=("Descripción",), else_from="items.name"),
            Column("items.quantity", Kind.NUMBER, required=True, aliases=("quantity", "Cantidad")),
            Column(
                "items.total",
                Kind.MONEY,
                required=True,
                aliases=("Importe", "Total de línea"),
                spare=("Subtotal", "Sub total", "Monto", "Importe sin IVA", "Total sin IVA"),
                with_tax=(
                    "Total",
                    "Importe total",
                    "Monto total",
                    "Total con IVA",
                    "Importe con IVA",
                    "CTOTAL",
                    "Total a pagar",
                    "Total pagado",
                    "Abono",
                    "Depósitos",
                ),
                derived=derive_product("items.unit_price", "items.quantity"),
            ),
            Column("items.unit_price", Kind.NUMBER, sent=False, aliases=("unit_price",)),
            Column(
                "items.product_key",
                Kind.CODE,
                required=True,
                aliases=("product_key", "Clave de producto", "Clave producto", "Clave SAT"),
                spare=MORE_PRODUCT_KEYS,
            ),
            Column(
                "items.unit_key",
                Kind.CODE,
                required=True,
                aliases=("unit_key", "Clave de unidad", "Clave unidad"),
                spare=MORE_UNIT_KEYS,
            ),
            Column(
                "items.unit_name",
                required=True,
                aliases=("unit_name", "Unidad", "Nombre de unidad", "Unidad de medida"),
            ),
            Column("items.discount", Kind.MONEY, aliases=("discount", "Descuento")),
            Column("items.currency", Kind.CODE, choices=ACCEPTED),
            Column("items.taxes", Kind.TAXES, aliases=("taxes", "Impuestos")),
        ),
        (*ITEM_AMOUNT_RULES, *text_rules("items.description"), *product_rules(ITEM), *unit_rules(ITEM), *TAX_RULES),
        _line_facts,
    ),
    passed_over=(*of_client.PASSED_OVER, *_ISSUER, "Colonia", "Cuenta", "Hora", "link", "Banco", "Retiros"),
)
