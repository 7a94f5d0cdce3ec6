"""Fields as generation 2026 of the API says them: another way round, in one word for several, by the unit.

A file may use these names too (docs/columns.md). What each becomes in a body is the business of the dialects.
"""

import polars as pl

from schemas.rules.declared import BOOLEANS, decimal
from schemas.spec import Derived

__all__ = ["AUTOMATIONS", "derive_chosen", "derive_opposite", "derive_percent", "derive_product"]

AUTOMATIONS = ("pue_invoice", "ppd_invoice_and_complement", "none")
"""2.2.4: what a payment may set off."""

_ONE_IVA = r"(?i)^IVA ([0-9]{1,9}(?:\.[0-9]+)?)(%?)$"


def derive_opposite(of: str) -> Derived:
    """True where the other is false."""
    cell = pl.col(of).str.to_lowercase()
    words = {value: [word for word, meaning in BOOLEANS.items() if meaning is value] for value in (True, False)}
    opposite = (
        pl.when(cell.is_in(words[True])).then(pl.lit("false")).when(cell.is_in(words[False])).then(pl.lit("true"))
    )
    return Derived((of,), opposite.otherwise(of))


def derive_chosen(of: str, word: str, words: tuple[str, ...]) -> Derived:
    """True where the other is `word`, false where it is another of `words`."""
    cell = pl.col(of).str.to_lowercase()
    chosen = pl.when(cell == word).then(pl.lit("true")).when(cell.is_in(words)).then(pl.lit("false"))
    return Derived((of,), chosen.otherwise(of))


def derive_product(price: str, quantity: str) -> Derived:
    """A price times a quantity, exact; the price's own cell where it is no number, and nothing where the quantity is
    none, or either is beyond what can be multiplied exactly."""
    factors = [_millionths(field) for field in (price, quantity)]
    exact = factors[0] * factors[1]
    whole, rest = exact.abs() // _MILLION**2, exact.abs() % _MILLION**2
    sign = pl.when(exact < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    digits = pl.format("{}{}.{}", sign, whole, rest.cast(pl.String).str.zfill(12)).str.replace(r"\.?0+$", "")
    return Derived((price, quantity), pl.when(decimal(price).is_null()).then(price).otherwise(digits))


_MILLION = 1_000_000


def _millionths(field: str) -> pl.Expr:
    """A cell's number in whole millionths; null from 10^12 on: two such still multiply within 128 bits."""
    number = decimal(field)
    return pl.when(number.abs() < 10**12).then(number * _MILLION).cast(pl.Int128)


def derive_percent(of: str) -> Derived:
    """The rate of taxes that are one IVA, as a percentage; anything else stays as it is."""
    cell = pl.col(of).str.strip_chars()
    rate, percent = cell.str.extract(_ONE_IVA, 1), cell.str.extract(_ONE_IVA, 2) == "%"
    number = rate.cast(pl.Decimal(38, 8), strict=False)
    value = pl.when(percent).then(number).otherwise(number * 100).cast(pl.String).str.replace(r"\.?0+$", "")
    return Derived((of,), pl.coalesce(value, cell))
