"""How the cells of one file's columns are to be read: order of day and month, decimal mark. Decided once for the file.

A reading turns cells into what the rest of the tool understands: ISO dates, digits with one decimal point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from schemas.cleaning.currency_words import CURRENCY_MARKS
from schemas.cleaning.written_dates import read_serial, written_date

__all__ = ["APOSTROPHE", "SLASHED", "CellFormats", "DateOrder", "Decimal", "SaidFormats", "read_date", "read_number"]


class DateOrder(StrEnum):
    ISO = "iso"
    DMY = "dmy"
    MDY = "mdy"
    SERIAL = "serial"  # days since 1899-12-30, as spreadsheets count


class Decimal(StrEnum):
    POINT = "."
    COMMA = ","


SLASHED = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:[T ]+([0-9]{1,2}):([0-9]{2})(:[0-9]{2})?)?$"
"""Two small numbers and a year, in either order, with or without a time of day."""

APOSTROPHE = "['’´`]"
"""A thousands mark beside either decimal mark; in Mexico that of the millions: 1'234,567.89."""


@dataclass(frozen=True, slots=True)
class CellFormats:
    """Field → how its cells are read. A field that is not named is read as it stands: ISO, decimal point, before tax.

    `with_tax`: the amounts whose taxes are in them, and are taken off before anything is judged. `constants`: field →
    the clean cell of records whose field is empty.
    """

    dates: Mapping[str, DateOrder] = field(default_factory=dict)
    decimals: Mapping[str, Decimal] = field(default_factory=dict)
    with_tax: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidFormats:
    """What the user says of how a file is written, where its columns alone do not tell: None where he says nothing."""

    dates: DateOrder | None = None
    decimal: Decimal | None = None
    total_with_tax: bool | None = None
    encoding: str | None = None
    sheet: str | None = None


def read_date(cell: pl.Expr, order: DateOrder) -> pl.Expr:
    """`25/10/2026 9:30` as `2026-10-25T09:30`, and what can mean one date only; every other cell as it is."""
    if order is DateOrder.SERIAL:
        return read_serial(cell)
    cell = written_date(cell)
    if order is DateOrder.ISO:
        return cell
    first, second, year, hour, minute, seconds = (cell.str.extract(SLASHED, group) for group in range(1, 7))
    day, month = (first, second) if order is DateOrder.DMY else (second, first)
    date = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    time = pl.concat_str(pl.lit("T"), hour.str.zfill(2), pl.lit(":"), minute, seconds.fill_null(""))
    return pl.coalesce(pl.when(hour.is_not_null()).then(date + time), date, cell)


def read_number(cell: pl.Expr, mark: Decimal) -> pl.Expr:
    """`$ 1.234,50 MXN` as `1234.50` under a decimal comma; a cell that fits no reading as it is."""
    thousands = "," if mark is Decimal.POINT else "."
    bare = cell.str.replace_all(CURRENCY_MARKS, "").str.replace_all(r"\s", "")
    bare = bare.str.replace_all(rf"{APOSTROPHE}([0-9]{{3}})", f"{thousands}${{1}}")
    grouped = bare.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:\{thousands}[0-9]{{3}})+(?:\{mark}[0-9]*)?$")
    simple = bare.str.contains(rf"^[+-]?(?:[0-9]+(?:\{mark}[0-9]*)?|\{mark}[0-9]+)$")
    digits = bare.str.replace_all(thousands, "", literal=True).str.replace(mark, ".", literal=True)
    return pl.when(grouped | simple).then(digits).otherwise(cell)
