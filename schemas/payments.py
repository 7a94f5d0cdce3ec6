"""Payments: what was sold and how it is paid (API reference 2.2.1), one or more lines a record."""

import polars as pl

from schemas.checks import BOOLEANS, decimal
from schemas.clients import ADDRESS
from schemas.spec import INTERNAL_ID, Column, Kind, Part, Reference, Resource, Rule, Text
from schemas.taxes import per_text

__all__ = ["FORMS", "PAYMENTS"]

FORMS = tuple(
    [
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "08",
        "12",
        "13",
        "14",
        "15",
        "17",
        "23",
        "24",
        "25",
        "26",
        "27",
        "28",
        "29",
        "30",
        "31",
        "99",
    ]
)
"""The 22 payment forms: the seed's `paymentMethod` enum, c_FormaPago (API reference 1.3)."""

_INLINE = ("name", "email", "rfc", "legal_name", "tax_system", "use", "phone", *(f"address.{a}" for a in ADDRESS))
_KINDS = {"email": Kind.EMAIL, "rfc": Kind.CODE, "tax_system": Kind.CODE, "use": Kind.CODE, "address.zip": Kind.CODE}


def _key() -> pl.Expr:
    return "id:" + pl.col(INTERNAL_ID)


def _true(field: str) -> pl.Expr:
    return pl.col(field).str.to_lowercase().is_in([word for word, value in BOOLEANS.items() if value])


_inline = pl.any_horizontal(pl.col(f"client.{f}").is_not_null() for f in _INLINE)
_ways = pl.col("clientId").is_not_null().cast(pl.Int8) + pl.col("client_ref").is_not_null() + _inline
_quantity, _total, _discount = decimal("items.quantity"), decimal("items.total"), decimal("items.discount")

_RECORD_RULES = (
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
    ),
    Rule(
        "API-PAID-METHOD",
        "paymentMethod",
        pl.col("paymentMethod").is_not_null() | ~_true("paid").fill_null(False),
        Text("Un pago cobrado necesita su forma de pago.", "A payment that is paid needs its payment method."),
        Text("Escriba la clave SAT de dos dígitos, como 03.", "Write the two-digit SAT code, such as 03."),
    ),
    Rule(
        "PAY-FORM-CATALOG",
        "paymentMethod",
        pl.col("paymentMethod").is_in(FORMS),
        Text("«{value}» no es una forma de pago del SAT.", "'{value}' is not a SAT payment form."),
        Text(
            "Use una de las 22 claves de dos dígitos: 01 efectivo, 03 transferencia, 04 crédito, 28 débito, 99 por definir…",
            "Use one of the 22 two-digit codes: 01 cash, 03 transfer, 04 credit card, 28 debit card, 99 to be defined…",
        ),
        sat_code="CFDI40104",
    ),
)

_LINE_RULES = (
    Rule(
        "PAY-QUANTITY",
        "items.quantity",
        _quantity > 0,
        Text("La cantidad «{value}» no es mayor que cero.", "The quantity '{value}' is not above zero."),
        Text("Escriba cuántas unidades se venden.", "Write how many units are sold."),
    ),
    Rule(
        "PAY-AMOUNT",
        "items.total",
        _total > 0,
        Text("El importe «{value}» no es mayor que cero.", "The amount '{value}' is not above zero."),
        Text(
            "Escriba el total de la línea (cantidad por precio), sin impuestos.",
            "Write the total of the line (quantity times price), before tax.",
        ),
    ),
    Rule(
        "PAY-DISCOUNT",
        "items.discount",
        (_discount >= 0) & (_discount <= _total).fill_null(True),
        Text(
            "El descuento «{value}» es negativo o mayor que el importe.",
            "The discount '{value}' is negative or larger than the amount.",
        ),
        Text(
            "Escriba un descuento entre 0 y el total de la línea.", "Write a discount between 0 and the line's total."
        ),
        sat_code="CFDI40169",
    ),
    Rule(
        "TAX-SYNTAX",
        "items.taxes",
        pl.col("items.taxes").map_batches(per_text, return_dtype=pl.Boolean),
        Text("No se entienden los impuestos «{value}».", "The taxes '{value}' are not understood."),
        Text(
            "Escriba, por ejemplo: IVA 0.16; ISR ret 0.10; IVA exento.",
            "Write, for example: IVA 0.16; ISR ret 0.10; IVA exento.",
        ),
    ),
)

PAYMENTS = Resource(
    name="payments",
    level=1,
    key=_key,
    references=(Reference("client_ref", "clients", "clientId"),),
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
            ),
            Column("clientId", Kind.CODE, aliases=("Id de cliente",)),
            Column(
                "client_ref",
                Kind.CODE,
                sent=False,
                aliases=("Cliente", "Referencia de cliente", "Referencia cliente", "Clave cliente"),
            ),
            *(Column(f"client.{f}", _KINDS.get(f, Kind.TEXT)) for f in _INLINE),
            Column("email", Kind.EMAIL, aliases=("Correo", "Correo electrónico")),
            Column("currency", Kind.CODE, choices=("MXN", "USD", "EUR"), aliases=("Moneda",)),
            Column("exchange", Kind.NUMBER, aliases=("exchange_rate", "exchangeRate", "Tipo de cambio")),
            Column("paymentMethod", Kind.CODE, aliases=("payment_form", "paymentForm", "Forma de pago", "Forma pago")),
            Column("paid", Kind.BOOLEAN, aliases=("Pagado", "Cobrado")),
            Column("date", Kind.DATE, aliases=("Fecha", "Fecha de pago")),
            Column("livemode", Kind.BOOLEAN, default=False),
            Column("avoidEmail", Kind.BOOLEAN, default=True),
            Column("automaticInvoice", Kind.BOOLEAN, default=False),
            Column("automateInvoiceOnComplete", Kind.BOOLEAN, default=False),
            Column("automateIncomeInvoiceAndComplement", Kind.BOOLEAN, default=False),
            Column("forceReceipt", Kind.BOOLEAN, default=False),
            Column("invoiceConfig.folio", Kind.CODE, aliases=("folio",)),
            Column("invoiceConfig.series", Kind.CODE, aliases=("series", "serie", "invoiceConfig.serie")),
            Column("invoiceConfig.type"),
            Column("from"),
            Column("team"),
            Column("metadata.reference", aliases=("reference", "Referencia")),
        ),
        _RECORD_RULES,
    ),
    lines=Part(
        (
            Column("items.service_ref", Kind.CODE, sent=False, aliases=("service_ref", "Servicio", "Clave servicio")),
            Column("items.name", required=True, aliases=("Concepto", "Nombre del concepto", "Producto")),
            Column("items.description", required=True, aliases=("Descripción",)),
            Column("items.quantity", Kind.NUMBER, required=True, aliases=("quantity", "Cantidad")),
            Column("items.total", Kind.MONEY, required=True, aliases=("total", "Importe", "Total de línea")),
            Column(
                "items.product_key",
                Kind.CODE,
                required=True,
                aliases=("product_key", "Clave de producto", "Clave producto", "Clave SAT"),
            ),
            Column("items.unit_key", Kind.CODE, required=True, aliases=("unit_key", "Clave de unidad", "Clave unidad")),
            Column(
                "items.unit_name",
                required=True,
                aliases=("unit_name", "Unidad", "Nombre de unidad", "Unidad de medida"),
            ),
            Column("items.discount", Kind.MONEY, aliases=("discount", "Descuento")),
            Column("items.currency", Kind.CODE, choices=("MXN", "USD", "EUR")),
            Column("items.taxes", Kind.TAXES, aliases=("taxes", "Impuestos")),
        ),
        _LINE_RULES,
    ),
)
