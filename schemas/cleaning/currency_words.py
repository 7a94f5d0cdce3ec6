"""The currency an amount cell says beside its digits: `USD 4800`, `€1,200`, `1,500.00 M.N.`, `$ 100`."""

import polars as pl

from schemas.sat.currencies import CURRENCIES

__all__ = ["AMOUNTS", "CURRENCY_MARKS", "IN_PESOS", "NO_AMOUNTS", "PESO_OR_DOLLAR", "currency_in"]

AMOUNTS = ("items.total", "items.discount", "price")
"""The fields whose cells are an amount in the record's currency."""

NO_AMOUNTS = ("items.quantity", "taxRate")
"""The fields whose cells are numbers, but no amounts: a currency in one means that it stands in the wrong column."""

IN_PESOS = "exchange"
"""The field whose cells are pesos for one unit: any other currency in one says that something else is meant."""

PESO_OR_DOLLAR = "$"
"""A sign that several currencies share: it agrees with pesos and dollars, and says neither."""

_WORDS = {
    "USD": r"U\.?S\.? ?\$|U\$[SD]|USD ?\$?|DLLS?\b\.?|DLL?S\.?|D[OÓ]LAR(?:ES)?(?: AMERICANOS?)?|DOLLARS?",
    "EUR": "€|EUROS?|EUR",
    "GBP": "£|GBP",
    "MXN": r"MXN? ?\$|MXN|MXP|M\. ?N\.?|M/N|MN|PESOS?(?: MEXICANOS?)?",
}
_OTHERS = "|".join(sorted(CURRENCIES.keys() - {*_WORDS, "XXX"}))
"""The codes of all other currencies (SAT, c_Moneda)."""
CURRENCY_MARKS = rf"(?i)(?:{'|'.join(_WORDS.values())}|{_OTHERS}|\$)"
"""Every word and sign, as `read_number` takes them off; what is left must be a number."""


def currency_in(cell: pl.Expr) -> pl.Expr:
    """The ISO code a cell says, `$` where it says no more; several, joined by `/`, where it contradicts itself."""
    said = [
        pl.when(cell.str.contains(rf"(?i)(?:{words})")).then(pl.lit(code)).otherwise(pl.lit(None, dtype=pl.String))
        for code, words in _WORDS.items()
    ]
    bare = cell.str.replace_all(rf"(?i)(?:{'|'.join(_WORDS.values())})", " ")  # PESOS holds SOS, DOLLARS holds ARS
    said.append(bare.str.to_uppercase().str.extract(f"({_OTHERS})"))
    codes = pl.concat_str(said, separator="/", ignore_nulls=True)
    sign = pl.when(cell.str.contains("$", literal=True)).then(pl.lit(PESO_OR_DOLLAR))
    return pl.when(codes != "").then(codes).otherwise(sign)
