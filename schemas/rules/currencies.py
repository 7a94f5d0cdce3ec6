"""Currency and exchange rate (SAT, Anexo 20: Moneda, TipoCambio), and the three that gigstack's API takes."""

import polars as pl

from schemas.cleaning.codes import spoken_code
from schemas.rules.declared import decimal
from schemas.sat.small import CURRENCIES, NO_CURRENCY, TEST_CURRENCY
from schemas.spec import Rule, Severity, Text

__all__ = ["ACCEPTED", "EXCHANGE_RULES", "currency_rules"]

ACCEPTED = ("MXN", "USD", "EUR")
_CLOSED = (NO_CURRENCY, TEST_CURRENCY)


def currency_rules(field: str = "currency") -> tuple[Rule, ...]:
    cell = pl.col(field)
    known = cell.is_in(list(CURRENCIES))
    choose = Text(f"Use una de: {', '.join(ACCEPTED)}.", f"Use one of: {', '.join(ACCEPTED)}.")
    return (
        Rule(
            "PAY-CURRENCY",
            field,
            known,
            Text("«{value}» no es una moneda del SAT.", "'{value}' is not a SAT currency."),
            choose,
            sat_code="CFDI40113",
            proposal=cell.map_batches(spoken_code("currency"), return_dtype=pl.String),
            essential=True,
        ),
        Rule(
            "PAY-CURRENCY-XXX",
            field,
            cell != NO_CURRENCY,
            Text(
                "XXX (sin moneda) no va en una venta ni en un pago.",
                "XXX (no currency) does not go with a sale or a payment.",
            ),
            choose,
            sat_code="CRP20213",
            essential=True,
        ),
        Rule(
            "PAY-CURRENCY-XXX",
            field,
            cell != TEST_CURRENCY,
            Text("XTS es una moneda de pruebas.", "XTS is a currency for tests."),
            choose,
            Severity.WARNING,
        ),
        Rule(
            "API-CHOICE",
            field,
            cell.is_in(ACCEPTED) | ~known | cell.is_in(_CLOSED),
            Text("gigstack no cobra en {value}.", "gigstack takes no payments in {value}."),
            choose,
            essential=True,
        ),
    )


_currency, _exchange = pl.col("currency").fill_null("MXN"), decimal("exchange")

EXCHANGE_RULES = (
    Rule(
        "PAY-FX-REQUIRED",
        "exchange",
        pl.col("exchange").is_not_null() | _currency.is_in(["MXN", NO_CURRENCY]) | ~_currency.is_in(ACCEPTED),
        Text(
            "El pago no está en pesos y no trae tipo de cambio: lo pondrá la API, y puede no ser el suyo.",
            "The payment is not in pesos and has no exchange rate: the API computes one, which may not be yours.",
        ),
        Text("Escriba el tipo de cambio de ese día.", "Write that day's exchange rate."),
        Severity.WARNING,  # SAT demands it; the API fills in its own where it is missing
        "CFDI40115",
        on_empty=True,
    ),
    Rule(
        "PAY-FX-MXN",
        "exchange",
        (_currency != "MXN") | (_exchange == 1),
        Text(
            "El pago es en pesos y trae tipo de cambio {value}.",
            "The payment is in pesos and has the exchange rate {value}.",
        ),
        Text(
            "Deje vacío el tipo de cambio, o corrija la moneda.",
            "Leave the exchange rate empty, or correct the currency.",
        ),
        sat_code="CFDI40114",
    ),
    Rule(
        "PAY-FX-FORMAT",
        "exchange",
        _exchange > 0,
        Text("El tipo de cambio «{value}» no es mayor que cero.", "The exchange rate '{value}' is not above zero."),
        Text(
            "Escriba pesos por unidad de la moneda, como 18.6120.",
            "Write pesos for one unit of the currency, such as 18.6120.",
        ),
        sat_code="CFDI40117",
        essential=True,
    ),
)
