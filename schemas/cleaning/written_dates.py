"""Dates as people and spreadsheets write them where nothing is left to decide, as ISO dates.

Month in words (`01-ene-2026`, `25 de marzo de 2026`), year in front (`2026/06/25`), a clock of twelve hours
(`01:30:00 p. m.`), and a spreadsheet's day numbers.
"""

from datetime import date

import polars as pl

__all__ = ["SERIAL", "read_serial", "written_date"]

SERIAL = r"^[3-6][0-9]{4}(?:[.,][0-9]+)?$"
"""Days since 1899-12-30, from 1982 to 2091, with the time of day as a fraction."""

_DAY_ZERO = date(1899, 12, 30)
_MONTHS = (
    "enero january", "febrero february", "marzo march", "abril april", "mayo may", "junio june", "julio july",
    "agosto august", "septiembre setiembre september", "octubre october", "noviembre november", "diciembre december",
)  # fmt: skip
_NUMBERS = {
    spelling: f"{number:02}"
    for number, words in enumerate(_MONTHS, 1)
    for word in words.split()
    for spelling in (word, word[:3], *(["sept"] if number == 9 else []))
}
_CLOCK = r"(?:,?[T ]+([0-9]{1,2}):([0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?))?"
_DAY_MONTH = (
    rf"(?i)^([0-9]{{1,2}})(?: de |[ /.-])([a-z]{{3,10}})\.?(?: del? |[ /.,-] ?)([0-9]{{4}}|[0-9]{{2}}){_CLOCK}$"
)
_MONTH_DAY = rf"(?i)^([a-z]{{3,10}})\.? ([0-9]{{1,2}}),? ([0-9]{{4}}){_CLOCK}$"
_YEAR_FIRST = rf"^([0-9]{{4}})[/.-]([0-9]{{1,2}})[/.-]([0-9]{{1,2}}){_CLOCK}$"
_TWELVE = r"(?i)^(.*[T ,])([0-9]{1,2}):([0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)\s*([ap])\.?\s*m\.?$"


def written_date(cell: pl.Expr) -> pl.Expr:
    """An ISO date where the cell can mean one only; every other cell as it is, but for its clock of twelve hours."""
    clock = _twenty_four(cell)
    day, month, year = (clock.str.extract(_DAY_MONTH, n) for n in (1, 2, 3))
    full_year = pl.when(year.str.len_bytes() == 2).then("20" + year).otherwise(year)
    named = _iso(full_year, _number(month), day, clock, _DAY_MONTH)
    month, day, year = (clock.str.extract(_MONTH_DAY, n) for n in (1, 2, 3))
    english = _iso(year, _number(month), day, clock, _MONTH_DAY)
    year, month, day = (clock.str.extract(_YEAR_FIRST, n) for n in (1, 2, 3))
    return pl.coalesce(named, english, _iso(year, month, day, clock, _YEAR_FIRST), clock)


def _number(month: pl.Expr) -> pl.Expr:
    return month.str.to_lowercase().replace_strict(_NUMBERS, default=None, return_dtype=pl.String)


def _iso(year: pl.Expr, month: pl.Expr, day: pl.Expr, cell: pl.Expr, shape: str) -> pl.Expr:
    """Null where one of the three is null."""
    day_of = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    hour, rest = cell.str.extract(shape, 4), cell.str.extract(shape, 5)
    time = pl.concat_str(pl.lit("T"), hour.str.zfill(2), pl.lit(":"), rest)
    return day_of + time.fill_null("")


def _twenty_four(cell: pl.Expr) -> pl.Expr:
    before, rest, half = (cell.str.extract(_TWELVE, n) for n in (1, 3, 4))
    hour = cell.str.extract(_TWELVE, 2).cast(pl.Int32, strict=False)
    full = hour % 12 + pl.when(half.str.to_lowercase() == "p").then(12).otherwise(0)
    clock = pl.concat_str(before, full.cast(pl.String).str.zfill(2), pl.lit(":"), rest)
    return pl.when(hour.is_between(1, 12)).then(clock).otherwise(cell)


def read_serial(cell: pl.Expr) -> pl.Expr:
    """`46174` as `2026-06-01`, `46175.375` as `2026-06-02T09:00:00`; every other cell as it is."""
    number = pl.when(cell.str.contains(SERIAL)).then(cell).str.replace(",", ".", literal=True).cast(pl.Float64)
    moment = pl.lit(_DAY_ZERO).cast(pl.Datetime("us")) + pl.duration(seconds=(number * 86_400).round().cast(pl.Int64))
    whole = number == number.floor()
    text = pl.when(whole).then(moment.dt.strftime("%Y-%m-%d")).otherwise(moment.dt.strftime("%Y-%m-%dT%H:%M:%S"))
    return pl.coalesce(text, cell)
