"""What a person sees in a cell, as text: numbers as the program shows them, days and codes by their number format."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

import polars as pl

from pipeline.workbook.child import CellValue
from pipeline.workbook.number_formats import GENERAL, NumberFormat, Shown
from pipeline.workbook.xml_parts.even_rows import EvenColumn

__all__ = ["UNCALCULATED", "LostText", "show_cells", "show_columns", "show_number", "show_value"]

UNCALCULATED = "#CALC!"
"""What stands for a formula whose value was never stored: a broken cell, as Excel shows one it cannot calculate."""

_PLAIN = r"^0$|^-?[1-9][0-9]{0,14}$|^-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]$"
"""Numbers that are shown as they are written."""
_DIGITS = 15
"""Significant digits a spreadsheet keeps and shows; the rest of what is written is noise of binary fractions."""
_WHOLE_DIGITS = 9
_DAY = dt.timedelta(days=1)
_EPOCH, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a cell's day has no zone
_FIRST_BEYOND = 2_958_466
"""The number of the day after 31 December 9999."""
_LEAP_BUG = 60
"""Day numbers up to here are one day late: 1900 counts as a leap year, as it did in Lotus 1-2-3."""


class LostText(Exception):
    """A cell that names a shared text which the workbook does not have."""


def show_cells(
    cells: pl.DataFrame, strings: pl.Series, formats: Sequence[NumberFormat], *, date1904: bool, calculate_on_load: bool
) -> pl.Series:
    """The text of each cell of CELL_SCHEMA. `strings` are the shared texts, `formats` the styles' number formats.

    `calculate_on_load` says that the stored value of a formula is not to be believed where it is 0: the workbook was
    written by a library that calculates nothing. LostText for the number of a text that is not there.
    """
    kind, value = pl.col("type"), pl.col("value")
    if cells.select(((kind == "s") & ~pl.col("formula")).all(ignore_nulls=False)).item():
        return strings.gather(_read_numbers(cells["value"], len(strings)))
    shared = _read_numbers(cells.select(pl.when(kind == "s").then(value)).to_series(), len(strings))
    number = cells.select(pl.when(kind == "n").then(value)).to_series()
    never = value.fill_null("") == ""
    if calculate_on_load:
        never |= (value == "0") & (kind == "n")
    shown = cells.select(
        pl.when(pl.col("formula") & never)
        .then(pl.lit(UNCALCULATED))
        .when(kind == "s")
        .then(strings.gather(shared) if len(strings) else None)
        .when(kind == "b")
        .then(value.replace_strict({"1": "true", "0": "false"}, default=value))
        .when(kind == "n")
        .then(_numbers(number, cells["style"], formats, date1904=date1904))
        .otherwise(value)
    )
    return shown.to_series()


def show_columns(
    columns: Sequence[EvenColumn],
    strings: pl.Series,
    formats: Sequence[NumberFormat],
    *,
    date1904: bool,
    calculate_on_load: bool,
) -> list[pl.Series]:
    """The same of columns whose cells all have tags that say the same, all of one length: in a third of the time.

    Columns of one kind are shown as one: what a call costs is felt in blocks of a few thousand rows.
    """
    kinds: dict[tuple[str, NumberFormat], list[int]] = {}
    for place, column in enumerate(columns):
        form = formats[column.style] if column.type == "n" and column.style < len(formats) else GENERAL
        kinds.setdefault((column.type, form), []).append(place)
    shown: dict[int, pl.Series] = {}
    for (kind, form), places in kinds.items():
        texts = _show_alike(pl.concat([columns[place].values for place in places]), strings, kind, form, date1904)
        rows = len(columns[places[0]].values)
        shown |= {place: texts.slice(n * rows, rows) for n, place in enumerate(places)}
    return [
        _without_uncalculated(shown[place], column, zero=calculate_on_load) if column.formula else shown[place]
        for place, column in enumerate(columns)
    ]


def _without_uncalculated(shown: pl.Series, column: EvenColumn, *, zero: bool) -> pl.Series:
    never = column.values.is_in(["", "0"] if zero and column.type == "n" else [""]).arg_true()
    return shown.scatter(never, UNCALCULATED) if len(never) else shown


def _show_alike(values: pl.Series, strings: pl.Series, kind: str, form: NumberFormat, date1904: bool) -> pl.Series:
    match kind:
        case "s":
            return strings.gather(_read_numbers(values, len(strings)))
        case "b":
            return values.replace_strict({"1": "true", "0": "false"}, default=values)
        case "n" if form == GENERAL:
            return _general(values)
        case "n":
            return _mapped(values, partial(show_number, form=form, date1904=date1904))
    return values


def _read_numbers(written: pl.Series, texts: int) -> pl.Series:
    """The numbers of shared texts, null where nothing is written."""
    numbers = written.cast(pl.UInt32, strict=False)
    last = numbers.max()
    if isinstance(last, int) and last >= texts:
        raise LostText
    if numbers.null_count() > written.null_count() and (numbers.is_null() & (written != "")).any():
        raise LostText
    return numbers


def show_value(value: CellValue) -> str:
    """The text of a cell that another reader gave by its type."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _as_general(repr(value))
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    return str(value)


def _numbers(numbers: pl.Series, styles: pl.Series, formats: Sequence[NumberFormat], *, date1904: bool) -> pl.Series:
    """Numbers as their formats show them; a style that is not written counts as the general one."""
    known = dict(enumerate(formats))
    shown = _general(numbers)
    for style in styles.unique():
        form = known.get(style, GENERAL)
        if form == GENERAL:
            continue
        places = ((styles == style) & numbers.is_not_null()).arg_true()
        if len(places):
            texts = _mapped(numbers.gather(places), partial(show_number, form=form, date1904=date1904))
            shown = shown.scatter(places, texts)
    return shown


def _general(numbers: pl.Series) -> pl.Series:
    plain = numbers.str.contains(_PLAIN)
    others = (~plain).fill_null(value=False)
    if not others.any():
        return numbers
    rounded = _rounded(numbers.filter(others))
    doubtful = rounded.is_null()
    if doubtful.any():
        rounded = rounded.scatter(doubtful.arg_true(), _mapped(numbers.filter(others).filter(doubtful), _as_general))
    return numbers.scatter(others.arg_true(), rounded)


def _rounded(texts: pl.Series) -> pl.Series:
    """Numbers from 0.1 to a thousand million as `_as_general` shows them; null where that is not beyond doubt.

    A text of at most fifteen digits that lies within 0.3 units of the last one is the only one that near: what binary
    fractions add to that is at most 0.11 units.
    """
    shown = pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    numbers = texts.cast(pl.Float64, strict=False)
    for whole in range(_WHOLE_DIGITS + 1):
        size = numbers.abs()
        places = ((size >= 10.0 ** (whole - 1)) & (size < 10.0**whole)).arg_true()
        if len(places):
            decimals = _DIGITS - whole
            exact = numbers.gather(places)
            near = exact.round(decimals)
            text = near.cast(pl.String).str.strip_suffix(".0")
            sure = ((exact - near).abs() <= 0.3 * 10.0**-decimals) & text.str.contains(
                rf"^-?[0-9]+(?:\.[0-9]{{1,{decimals}}})?$"
            )
            shown = shown.scatter(places, text.to_frame("t").select(pl.when(sure).then("t")).to_series())
    return shown


def _mapped(texts: pl.Series, shown: Callable[[str], str]) -> pl.Series:
    """A function of texts, called once for each that differs."""
    different = texts.unique()
    return texts.replace_strict(different, pl.Series([shown(text) for text in different], dtype=pl.String))


def show_number(text: str, form: NumberFormat, *, date1904: bool) -> str:
    """A number, as it is written, in its format."""
    try:
        number = float(text)
    except ValueError:
        return text
    if form.shown is Shown.ZEROS:
        return f"{number:0{form.digits}.0f}" if number.is_integer() and number >= 0 else _as_general(text)
    if form.shown is Shown.PERCENT:
        return f"{_plain(Decimal(_as_general(text)) * 100)}%"
    if form.shown is Shown.NUMBER:
        return f"{form.currency} {_as_general(text)}".strip()
    return _moment(number, form.shown, date1904=date1904) or _as_general(text)


def _moment(days: float, shown: Shown, *, date1904: bool) -> str | None:
    """A day, a time of day or both; None for a number that is none."""
    if not 0 <= days < _FIRST_BEYOND:
        return None
    if shown is Shown.DURATION or (shown is Shown.TIME and days < 1):
        seconds = round(days * 86_400)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    start = _EPOCH_1904 if date1904 else _EPOCH + _DAY * (days < _LEAP_BUG)
    moment = start + dt.timedelta(seconds=round(days * 86_400))
    midnight = moment.time() == dt.time()
    return moment.date().isoformat() if shown is Shown.DATE and midnight else moment.isoformat()


def _as_general(text: str) -> str:
    """Fifteen significant digits, without an exponent up to as many digits; beyond, as the program shows it."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not number:
        return "0"
    if not 1e-9 <= abs(number) < 10**_DIGITS:
        return f"{number:.{_DIGITS}G}"
    return _plain(Decimal(f"{number:.{_DIGITS}g}"))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
