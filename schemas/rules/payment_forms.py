"""Form and method of payment, and the day it was made (SAT, c_FormaPago, c_MetodoPago).

Dialect 2025-06 calls the form (c_FormaPago) `paymentMethod` and has no place for the method (PUE, PPD): a file's column
`cfdi_method` is checked and stays here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from schemas.cleaning.codes import spoken_code
from schemas.cleaning.dates import ZONE, instant
from schemas.rule_options import RuleOptions
from schemas.rules.declared import true
from schemas.sat.small import LEGACY_PAYMENT_FORMS, NATIONAL_GENERIC_RFC, PAYMENT_FORMS, PAYMENT_METHODS, PUBLIC_NAME
from schemas.spec import Rule, Severity, Text

__all__ = ["DATE_RULES", "FORM_RULES", "METHOD", "PUBLIC_RULES", "date_facts"]

METHOD = "cfdi_method"
OLD_AFTER_DAYS = 365
RECEIPT_DAY = 5
"""The payment receipt is due by this day of the month after the payment (docs/rules.md, PAY-RECEIPT-LATE)."""

_form, _method = pl.col("paymentMethod"), pl.col(METHOD)
_paid = true("paid").fill_null(False)
_deferred = (_method == "PPD").fill_null(False) | true("automateIncomeInvoiceAndComplement").fill_null(False)

FORM_RULES = (
    Rule(
        "PAY-FORM-CATALOG",
        "paymentMethod",
        _form.is_in([*PAYMENT_FORMS, *LEGACY_PAYMENT_FORMS]),
        Text("«{value}» no es una forma de pago del SAT.", "'{value}' is not a SAT payment form."),
        Text(
            "Use una de las 22 claves: 01 efectivo, 03 transferencia, 04 crédito, 28 débito, 99 por definir…",
            "Use one of the 22 codes: 01 cash, 03 transfer, 04 credit card, 28 debit card, 99 to be defined…",
        ),
        sat_code="CFDI40104",
        proposal=_form.map_batches(spoken_code("paymentMethod"), return_dtype=pl.String),
        essential=True,
    ),
    Rule(
        "PAY-FORM-LEGACY",
        "paymentMethod",
        ~_form.is_in(LEGACY_PAYMENT_FORMS),
        Text(
            "La forma de pago {value} no está en el catálogo del SAT.",
            "The payment form {value} is not in SAT's catalogue.",
        ),
        Text(
            "Use una vigente: 01 efectivo, 03 transferencia, 04 crédito, 05 monedero, 28 débito…",
            "Use one in force: 01 cash, 03 transfer, 04 credit card, 05 electronic purse, 28 debit card…",
        ),
        sat_code="CFDI40104",
        essential=True,
    ),
    Rule(
        "PAY-METHOD",
        METHOD,
        _method.is_in(list(PAYMENT_METHODS)),
        Text("«{value}» no es un método de pago del SAT.", "'{value}' is not a SAT payment method."),
        Text("Escriba PUE (una exhibición) o PPD (parcialidades).", "Write PUE (at once) or PPD (instalments)."),
        sat_code="CFDI40124",
        proposal=_method.map_batches(spoken_code(METHOD), return_dtype=pl.String),
    ),
    Rule(
        "PAY-PPD-99",
        "paymentMethod",
        (_method != "PPD") | (_form == "99"),
        Text(
            "Con el método PPD la forma de pago es 99, no {value}.", "With the method PPD the form is 99, not {value}."
        ),
        Text("Escriba 99, o PUE si ya se pagó.", "Write 99, or PUE if it has been paid."),
        sat_code="CFDI40105",
        proposal=pl.lit("99"),
    ),
    Rule(
        "PAY-RECEIVED-99",
        "paymentMethod",
        ~(_paid & _deferred) | (_form != "99"),
        Text(
            "Un pago recibido no puede llevar la forma 99 en su complemento.",
            "A payment received cannot have the form 99 on its receipt.",
        ),
        Text("Escriba cómo se pagó: 03 transferencia, 01 efectivo…", "Write how it was paid: 03 transfer, 01 cash…"),
        sat_code="CRP20212",
    ),
    Rule(
        "PAY-PUE-99",
        "paymentMethod",
        (_form != "99") | _deferred | ~(_paid | (_method == "PUE").fill_null(False)),
        Text(
            "El pago está cobrado y su forma es 99 (por definir).",
            "The payment is made and its form is 99 (to be defined).",
        ),
        Text("Escriba cómo se pagó: 03 transferencia, 01 efectivo…", "Write how it was paid: 03 transfer, 01 cash…"),
        Severity.WARNING,
    ),
)


def date_facts(frame: pl.DataFrame, options: RuleOptions) -> pl.DataFrame:
    """`~date.real` (an ISO date that exists), and against today `~date.past`, `~date.recent`, `~date.in_time`."""
    dated = frame.with_columns(instant(pl.col("date")).alias("~date"))
    known = pl.col("~date").is_not_null() | pl.col("date").is_null()
    return dated.with_columns(known.alias("~date.real"), *_against(options.today)).drop("~date")


def _against(today: date | None) -> Iterator[pl.Expr]:
    """Comparisons with midnights of Mexico City, so that no row's date need be taken apart; null without a today."""
    if today is None:
        yield from (pl.lit(None, dtype=pl.Boolean).alias(f"~date.{name}") for name in ("past", "recent", "in_time"))
        return
    this_month = today.replace(day=1)
    # Receipts of last month's payments are due on the 5th; until then only those of earlier months are late.
    due_from = this_month if today.day > RECEIPT_DAY else (this_month - timedelta(days=1)).replace(day=1)
    yield (pl.col("~date") < _midnight(today + timedelta(days=1))).alias("~date.past")
    yield (pl.col("~date") >= _midnight(today - timedelta(days=OLD_AFTER_DAYS))).alias("~date.recent")
    yield (pl.col("~date") >= _midnight(due_from)).alias("~date.in_time")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE)).astimezone(UTC)


DATE_RULES = (
    Rule(
        "PAY-DATE",
        "date",
        pl.col("~date.past"),
        Text("La fecha «{value}» está en el futuro.", "The date '{value}' lies in the future."),
        Text("Revise el año y el orden de día y mes.", "Check the year and the order of day and month."),
        Severity.WARNING,
    ),
    Rule(
        "PAY-DATE",
        "date",
        pl.col("~date.recent"),
        Text("La fecha «{value}» es de hace más de un año.", "The date '{value}' lies more than a year back."),
        Text("Revise el año y el orden de día y mes.", "Check the year and the order of day and month."),
        Severity.WARNING,
    ),
    Rule(
        "PAY-RECEIPT-LATE",
        "date",
        pl.col("~date.in_time") | ~(_paid & _deferred),
        Text(
            "El complemento de este pago debía emitirse a más tardar el día 5 del mes siguiente.",
            "The receipt of this payment was due by the 5th of the following month.",
        ),
        Text("Emítalo cuanto antes; consulte a su contador.", "Issue it as soon as you can; ask your accountant."),
        Severity.WARNING,
    ),
)

PUBLIC_RULES = (
    Rule(
        "CLIENT-PG-GLOBAL",
        "client.rfc",
        (pl.col("client.rfc") != NATIONAL_GENERIC_RFC) | (pl.col("client.legal_name") != PUBLIC_NAME),
        Text(
            "Una venta a PUBLICO EN GENERAL va en una factura global (periodicidad, mes y año).",
            "A sale to PUBLICO EN GENERAL belongs on a global invoice (period, month and year).",
        ),
        Text("Confirme que su cuenta emite la factura global.", "Make sure your account issues the global invoice."),
        Severity.WARNING,
        "CFDI40130",
    ),
)
