"""Values put into the columns of a table, each of its column's own type: a text that is not of it is refused."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import InputError
from pipeline.language.say import Said, say

__all__ = ["cast_values", "set_values"]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_FINER = re.compile(r":[0-9]{2}\.[0-9]{7}")
"""Parts of a microsecond, which Python cuts off."""
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

ColumnValues = Mapping[str, Mapping[int, Any]]
"""By the dotted name of a column and by line; None empties a cell."""


def cast_values(
    path: Path, types: Mapping[str, pl.DataType], lines: Mapping[int, Mapping[str, str]]
) -> dict[str, dict[int, Any]]:
    """The texts as values of their columns' types. InputError for the first that is none."""
    values: dict[str, dict[int, Any]] = {}
    for line, cells in lines.items():
        for name, text in cells.items():
            kind = types[name]
            try:
                value = None if text == "" and kind != pl.String else _value(text, kind)
            except ValueError as error:
                raise InputError(
                    say(
                        "{path}, row {line}: the column '{name}' holds {kind}, and '{text}' is none of them.",
                        path=path.name,
                        line=line,
                        name=name,
                        kind=_describe(kind),
                        text=text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…",
                    ),
                    say("Write a value of that type; days as 2026-11-30."),
                ) from error
            values.setdefault(name, {})[line] = value
    return values


_SHOWN = 60


def _value(text: str, kind: pl.DataType) -> Any:
    """ValueError where the text is not of the type, or would be another value in it."""
    if isinstance(kind, pl.String | pl.Null | pl.Categorical):
        return text
    value = _parse(text, kind)
    stored = pl.Series([value], dtype=pl.Decimal(None, 20) if kind.is_float() else None).cast(kind, strict=False)
    if _FINER.search(text) or _as_given(stored, kind) != value:
        raise ValueError(text)
    return stored[0]


def _parse(text: str, kind: pl.DataType) -> Any:
    parse = next((parse for types, parse in _PARSERS if isinstance(kind, types)), None)
    if parse is None and not kind.is_numeric():
        raise ValueError(text)
    return parse(text, kind) if parse else _number(text)


def _as_given(stored: pl.Series, kind: pl.DataType) -> Any:
    """The one value of a series, to be compared with what it was made from."""
    return Decimal(stored.cast(pl.String)[0] or "NaN") if kind.is_numeric() else stored[0]


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _day(text: str, kind: pl.DataType) -> dt.date:
    return dt.date.fromisoformat(text)


def _moment(text: str, kind: pl.DataType) -> dt.datetime:
    """A moment with an offset where the column has a zone, and without one where it has none."""
    assert isinstance(kind, pl.Datetime)  # noqa: S101
    value = dt.datetime.fromisoformat(text)
    if not _ISO_DAY.match(text) or (value.tzinfo is None) != (kind.time_zone is None):
        raise ValueError(text)
    return value


def _time(text: str, kind: pl.DataType) -> dt.time:
    return dt.time.fromisoformat(text)


def _boolean(text: str, kind: pl.DataType) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _category(text: str, kind: pl.DataType) -> str:
    assert isinstance(kind, pl.Enum)  # noqa: S101
    if text not in kind.categories:
        raise ValueError(text)
    return text


_PARSERS: tuple[tuple[type[pl.DataType], Callable[[str, Any], Any]], ...] = (
    (pl.Boolean, _boolean),
    (pl.Enum, _category),
    (pl.Date, _day),
    (pl.Datetime, _moment),
    (pl.Time, _time),
)
_WORDS = (
    (pl.Boolean, say("true or false")),
    (pl.Date, say("days")),
    (pl.Datetime, say("moments")),
    (pl.Time, say("times of day")),
    (pl.Decimal, say("numbers")),
)


def _describe(kind: pl.DataType) -> Said | str:
    if kind.is_numeric():
        return say("numbers") if kind.is_float() or isinstance(kind, pl.Decimal) else say("whole numbers")
    return next((words for type_, words in _WORDS if isinstance(kind, type_)), str(kind))


def set_values(rows: pl.LazyFrame, schema: Mapping[str, pl.DataType], values: ColumnValues, line: str) -> pl.LazyFrame:
    """The rows with other values in some, numbered by the column `line`. A column of null alone becomes text."""
    return rows.with_columns(
        _column(pl.col(name), name, kind, values, line) for name, kind in schema.items() if _is_touched(name, values)
    )


def _is_touched(name: str, values: ColumnValues) -> bool:
    return any(place == name or place.startswith(f"{name}.") for place in values)


def _column(stored: pl.Expr, name: str, kind: pl.DataType, values: ColumnValues, line: str) -> pl.Expr:
    """A column with its values; of a struct, the members that have some."""
    if isinstance(kind, pl.Struct):
        members = [
            _column(stored.struct.field(f.name), f"{name}.{f.name}", f.dtype, values, line).alias(f.name)  # type: ignore[arg-type]
            if _is_touched(f"{name}.{f.name}", values)
            else stored.struct.field(f.name)
            for f in kind.fields
        ]
        touched = sorted({n for place, put in values.items() if place.startswith(f"{name}.") for n in put})
        here = pl.col(line).is_in(pl.Series(touched, dtype=pl.UInt32).implode())  # one that is null elsewhere stays so
        return pl.when(here).then(pl.struct(members)).otherwise(stored).alias(name)
    own = pl.String() if isinstance(kind, pl.Null) else kind
    lines = pl.Series(values[name].keys(), dtype=pl.UInt32)
    fresh = pl.Series(values[name].values(), dtype=own)
    put = pl.col(line).replace_strict(lines, fresh, default=None, return_dtype=own)
    return pl.when(pl.col(line).is_in(lines.implode())).then(put).otherwise(stored).alias(name)
