"""What a refused cell seems to mean: proposed in words, never applied."""

import polars as pl

__all__ = ["meant_date", "meant_email", "meant_number", "meant_postal_code", "meant_taxes"]

_RATES = {"16": r"0?\.16|16(?:\.0+)?\s*%?", "8": r"0?\.08|8(?:\.0+)?\s*%?", "0": r"0(?:\.0+)?\s*%?|cero"}
_DAY_ZERO = pl.date(1899, 12, 30)
"""The day from which spreadsheets count (ECMA-376, 18.17.4.1)."""
_SERIALS = r"^(?:3[6-9]|4[0-9]|5[0-4])[0-9]{3}(?:\.[0-9]+)?$"
"""Days from 1998 to 2050 as spreadsheets store them."""


def meant_taxes(cell: pl.Expr) -> pl.Expr:
    """`16%`, `0.16`, `IVA 16`, `Tasa 0` and `Exento` are of IVA."""
    text = cell.str.strip_chars().str.to_lowercase()
    exempt = pl.when(text.str.contains("^(?:iva )?exent[oa]$")).then(pl.lit("IVA exento"))
    rates = (
        pl.when(text.str.contains(rf"^(?:iva\s*)?(?:tasa\s*)?(?:{written})$")).then(pl.lit(f"IVA {percent}%"))
        for percent, written in _RATES.items()
    )
    return pl.coalesce(exempt, *rates)


def meant_date(cell: pl.Expr) -> pl.Expr:
    """A day as a spreadsheet's number; or without anything between day, month and year, as banks write it.

    Of a year of two digits both readings, where both are days: `2026-06-05 / 2026-05-06`.
    """
    text = cell.str.strip_chars(" '")
    days = pl.when(text.str.contains(_SERIALS)).then(text).cast(pl.Float64, strict=False).floor()
    short = pl.when(text.str.contains("^[0-9]{6}$")).then(text).str.to_date("%d%m%y", strict=False)
    long = pl.when(text.str.contains("^[0-9]{8}$")).then(text).str.to_date("%d%m%Y", strict=False)
    counted = _DAY_ZERO + pl.duration(days=days.cast(pl.Int64))
    day_first, month_first = (_of_this_century(text, order) for order in ("${1}/${2}", "${2}/${1}"))
    both = pl.concat_str(
        [day_first, pl.when(month_first.ne_missing(day_first)).then(month_first)], separator=" / ", ignore_nulls=True
    )
    return pl.coalesce(pl.coalesce(counted, short, long).dt.to_string("%Y-%m-%d"), pl.when(both != "").then(both))


def _of_this_century(text: pl.Expr, order: str) -> pl.Expr:
    """`05/06/26` in an order of day and month."""
    shape = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2})(?:[ T].*)?$"
    whole = pl.when(text.str.contains(shape)).then(text.str.replace(shape, order + "/20${3}"))
    return whole.str.to_date("%d/%m/%Y", strict=False).dt.to_string("%Y-%m-%d")


def meant_postal_code(cell: pl.Expr) -> pl.Expr:
    """The one group of five digits: `CP 07300`."""
    return cell.str.extract(r"^\D*([0-9]{5})\D*$")


def meant_email(cell: pl.Expr) -> pl.Expr:
    """The first of several addresses."""
    return cell.str.extract(r"^\s*([^\s;,/@]+@[^\s;,/@]+\.[^\s;,/@]+)\s*[;,/\s]\s*\S")


def meant_number(cell: pl.Expr) -> pl.Expr:
    """An amount before its unit: `1 pza`. What may be negative is nobody's to guess."""
    return cell.str.extract(r"^([0-9]+(?:\.[0-9]+)?) ?\p{L}+\.?$")
