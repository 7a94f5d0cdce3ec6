"""Amounts with tax that become amounts before tax: how much is taken off, and what is said where it cannot be.

The amount before tax is the one of two decimals whose taxes, rounded to the cent, give back the amount with tax. Some
amounts have none (no amount before 16 % of IVA gives 0.04): those are refused, with both amounts.
"""

from decimal import Decimal

import polars as pl

from schemas.rules.tax.lines import parse
from schemas.spec import Rule, Text

__all__ = ["NET_OF_TAXES", "NOT_EXACT", "NO_TAXES", "TOO_MANY", "net_factors"]

NET_OF_TAXES = "items.total"
"""The one amount whose taxes stand beside it."""

MILLIONTHS = 1_000_000
"""A rate has at most six decimals (c_TasaOCuota)."""

_BOTH = Text(
    "Escriba el importe antes de impuestos en una columna items.total.",
    "Write the amount before tax in a column items.total.",
)

NOT_EXACT = Rule(
    "PAY-TOTAL-TAXED",
    NET_OF_TAXES,
    None,
    Text(
        "«{value}» con impuestos no sale de ningún importe con dos decimales; el más cercano da {proposal}.",
        "'{value}' with tax comes of no amount with two decimals; the nearest gives {proposal}.",
    ),
    _BOTH,
    essential=True,
)
NO_TAXES = Rule(
    "PAY-TOTAL-TAXED",
    NET_OF_TAXES,
    None,
    Text(
        "«{value}» es con impuestos, y el renglón no dice cuáles.",
        "'{value}' is with tax, and the row does not say which taxes.",
    ),
    Text(
        "Llene items.taxes (IVA 0.16, IVA exento…), o escriba los importes antes de impuestos.",
        "Fill in items.taxes (IVA 0.16, IVA exento…), or write amounts before tax.",
    ),
    essential=True,
)
TOO_MANY = Rule(
    "PAY-TOTAL-TAXED",
    NET_OF_TAXES,
    None,
    Text(
        "A «{value}» no se le pueden quitar los impuestos: lleva descuento, una cuota o tasas que lo anulan.",
        "The taxes of '{value}' cannot be taken off: its row has a discount, a quota, or rates that leave nothing.",
    ),
    _BOTH,
    essential=True,
)


def net_factors(taxes: pl.Series) -> pl.DataFrame:
    """Per distinct text of `taxes` that is understood: `factor`, 1 plus its rates in millionths.

    Null where it has a quota, which is charged on the quantity, or leaves nothing to charge.
    """
    texts = taxes.drop_nulls().unique().to_list()
    found = [(text, _factor(text)) for text in texts]
    return pl.DataFrame(found, schema={"text": pl.String, "factor": pl.Int64}, orient="row")


def _factor(text: str) -> int | None:
    try:
        lines = parse(text)
    except ValueError:
        return MILLIONTHS  # the rule of the taxes says that they are not understood
    if any(line.factor == "Cuota" for line in lines):
        return None
    rates = sum(((-1 if line.retained else 1) * (line.rate or Decimal(0)) for line in lines), Decimal(1))
    factor = int(rates * MILLIONTHS)
    return factor if factor > 0 and factor == rates * MILLIONTHS else None
