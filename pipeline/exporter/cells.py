"""Values of one field to the typed columns its kind stands for, exactly or not at all.

A value its column cannot hold is null there (a number with more than ten decimals is rounded), and its row is named a
misfit so that the caller keeps the original elsewhere. Numbers arrive as int or Decimal, as `decode_json` gives them:
nothing passes through a float.

Each kind has a fast way for the type its values nearly always have, and a careful way, value by value, for the rest.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.cleaning.dates import ZONE, instant
from schemas.dialects.spec import Unit
from schemas.tables import FieldKind

__all__ = ["DTYPES", "Cells", "decode_json", "encode_json", "read_cells"]

decode_json = msgspec.json.Decoder(float_hook=Decimal).decode
"""JSON bytes to plain objects; a number with a point or an exponent becomes a Decimal, digit by digit."""

encode_json = msgspec.json.Encoder(decimal_format="number").encode
"""Plain objects to JSON bytes; a Decimal is written as the number it was."""

_NUMBER = pl.Decimal(38, 10)
_CENTS = pl.Decimal(38, 2)
_INSTANT = pl.Datetime("us", "UTC")

DTYPES: dict[FieldKind, tuple[pl.DataType, ...]] = {
    FieldKind.TEXT: (pl.String(),),
    FieldKind.INTEGER: (pl.Int64(),),
    FieldKind.NUMBER: (_NUMBER,),
    FieldKind.BOOLEAN: (pl.Boolean(),),
    FieldKind.JSON: (pl.String(),),
    FieldKind.REST: (pl.String(),),
    FieldKind.CENTS: (pl.Int64(), _CENTS),
    FieldKind.TIME: (pl.String(), _INSTANT, pl.Datetime("us", ZONE)),
    FieldKind.STATUS: (pl.String(), pl.String()),
}
"""The types of a kind's columns, in the order of `Field.columns`."""


class Cells(NamedTuple):
    """The columns of one field, and the rows whose value they do not hold exactly."""

    columns: tuple[pl.Series, ...]
    misfits: tuple[int, ...] = ()


Values = list[Any]


def read_cells(kind: FieldKind, values: Values, money: Unit = Unit.CENTS) -> Cells:
    """The columns of a field; `values` has one JSON value a row, None where there is none. `money` is what an amount
    counts."""
    if kind is FieldKind.CENTS and money is Unit.UNITS:
        return _units(values)
    return _MAKERS[kind](values)


def _types(values: Values) -> set[type]:
    """Asked before polars is: its own complaint about a value of another type can end in a panic."""
    return set(map(type, values)) - {type(None)}


def _carefully(values: Values, cell: Callable[[Any], Any], dtype: pl.DataType) -> Cells:
    """Value by value. A misfit is a value that gave nothing, or a number that is no longer the same."""
    cells = [None if v is None else cell(v) for v in values]
    misfits = tuple(
        i
        for i, (value, made) in enumerate(zip(values, cells, strict=True))
        if value is not None and (made is None or (isinstance(made, Decimal) and made != _decimal(value)))
    )
    return Cells((pl.Series(cells, dtype=dtype),), misfits)


def _text(values: Values) -> Cells:
    if _types(values) <= {str}:
        return Cells((pl.Series(values, dtype=pl.String),))
    return _carefully(values, _as_text, pl.String())


def _as_text(value: Any) -> str | None:
    """A number in a text column keeps its digits: postal code 6600 is "6600", for its zero was lost before (Q21)."""
    if isinstance(value, bool | dict | list):
        return None
    return value if isinstance(value, str) else encode_json(value).decode()


def _integer(values: Values) -> Cells:
    if _types(values) <= {int}:
        try:
            return Cells((pl.Series(values, dtype=pl.Int64),))
        except (TypeError, OverflowError):  # beyond 64 bits
            pass
    return _carefully(values, _as_integer, pl.Int64())


def _as_integer(value: Any) -> int | None:
    number = _decimal(value)
    if number is None or number.adjusted() > 18 or number != number.to_integral_value():
        return None
    return int(number) if -(2**63) <= number < 2**63 else None


def _number(values: Values) -> Cells:
    if _types(values) <= {int, Decimal}:
        text = pl.Series([None if v is None else str(v) for v in values], dtype=pl.String)
        if not text.str.contains(r"E|\.\d{11}|\d{29}").any():
            return Cells((text.cast(_NUMBER),))
    return _carefully(values, _as_number, _NUMBER)


def _as_number(value: Any) -> Decimal | None:
    number = _decimal(value)
    if number is None or number.adjusted() > 26:
        return None
    return number.quantize(Decimal("1e-10"), context=_ROUNDING)


_ROUNDING = Context(prec=38, rounding=ROUND_HALF_EVEN)
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,99})?")


def _decimal(value: Any) -> Decimal | None:
    """A number, or text that is written as one; None for anything else."""
    if isinstance(value, str):
        return Decimal(value) if _JSON_NUMBER.fullmatch(value) else None
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _boolean(values: Values) -> Cells:
    if _types(values) <= {bool}:
        return Cells((pl.Series(values, dtype=pl.Boolean),))
    return _carefully(values, lambda v: v if isinstance(v, bool) else _WORDS.get(str(v)), pl.Boolean())


_WORDS = {"true": True, "false": False}


def _json(values: Values) -> Cells:
    return Cells((pl.Series([None if v is None else encode_json(v).decode() for v in values], dtype=pl.String),))


def _cents(values: Values) -> Cells:
    whole, misfits = _integer(values)
    return Cells((*whole, whole[0].cast(_CENTS) / 100), misfits)


def _units(values: Values) -> Cells:
    """Currency units to whole cents: the columns mean the same whatever the API counts in."""
    (number,), misfits = _number(values)
    units = number.cast(_CENTS)
    cents = (units * 100).cast(pl.Int64, strict=False)
    exact = ((number == units) & cents.is_not_null()).fill_null(value=False)
    lost = (number.is_not_null() & ~exact).arg_true()
    return Cells((cents.set(~exact, None), units.set(~exact, None)), tuple(sorted({*misfits, *lost})))


def _status(values: Values) -> Cells:
    text, misfits = _text(values)
    one_spelling = pl.when(pl.first().str.to_lowercase() == "cancelled").then(pl.lit("canceled")).otherwise(pl.first())
    return Cells((*text, text[0].to_frame().select(one_spelling).to_series()), misfits)


def _time(values: Values) -> Cells:
    """The value as answered, the instant it means (null when it means none), and that instant on a Mexican clock."""
    if (types := _types(values)) <= {int} and not (whole := _integer(values)).misfits:
        number = whole.columns[0]
        text, misfits = number.cast(pl.String), whole.misfits
        utc = number.to_frame().select(_since_epoch(pl.first())).to_series()
    else:
        (text,), misfits = _carefully(values, _as_time_text, pl.String())
        readable = text
        if dict in types or Decimal in types:
            pairs = ((v, t, _READABLE.get(type(v))) for v, t in zip(values, text, strict=True))
            readable = pl.Series([read(v) if read else t for v, t, read in pairs], dtype=pl.String)
        utc = readable.to_frame().select(_believable(_instant_of(pl.first()))).to_series()
    return Cells((text, utc, utc.dt.convert_time_zone(ZONE)), misfits)


def _believable(moment: pl.Expr) -> pl.Expr:
    """Null for year 1, by which some programs say "never", and for what a clock in another zone cannot show."""
    return pl.when(moment.is_between(_FIRST_BELIEVED, _LAST_BELIEVED)).then(moment)


_FIRST_BELIEVED = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_BELIEVED = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_YEAR_10000 = 253_402_300_800
_MICROSECONDS_FROM = 10**15
_MILLISECONDS_FROM = 10**12
_SECONDS_FROM = 10**9


def _since_epoch(number: pl.Expr) -> pl.Expr:
    """Seconds, milli- or microseconds by magnitude (Q11); null below 10^9 (before this century), beyond year 9999."""
    return (
        pl.when(number.is_between(_MILLISECONDS_FROM, _YEAR_10000 * 1000, closed="left"))
        .then(number * 1_000)
        .when(number.is_between(_MICROSECONDS_FROM, _YEAR_10000 * 1_000_000, closed="left"))
        .then(number)
        .when(number.is_between(_SECONDS_FROM, _YEAR_10000, closed="left"))
        .then(number * 1_000_000)
        .cast(pl.Int64)
        .cast(_INSTANT)
    )


def _instant_of(text: pl.Expr) -> pl.Expr:
    text = text.str.replace(r"(\.\d{6})\d+", "$1")  # nanoseconds: an instant is known to the microsecond
    number = text.str.extract(r"^(\d{10,18}(?:\.\d{1,6})?)$").cast(_NUMBER)
    return pl.when(number.is_not_null()).then(_since_epoch(number)).otherwise(instant(text))


_COUNTED = ({"_seconds"}, {"seconds"}, {"_seconds", "_nanoseconds"}, {"seconds", "nanoseconds"})


def _as_time_text(value: Any) -> str | None:
    if isinstance(value, dict):
        return encode_json(value).decode() if _as_seconds(value) else None
    return _as_text(value)


def _as_seconds(value: dict[str, Any]) -> str | None:
    """The number of seconds in {_seconds, _nanoseconds} (a document database's timestamp), to the microsecond."""
    parts = list(value.values())
    if value.keys() not in _COUNTED or not all(type(part) is int for part in parts):
        return None
    seconds, nanoseconds = (*(value[k] for k in sorted(value, key=lambda k: "nano" in k)), 0)[:2]
    return f"{seconds}.{nanoseconds // 1000:06d}" if 0 <= nanoseconds < 10**9 else None


def _plainly(value: Decimal) -> str | None:
    """A number as digits, whatever exponent it was written with; None for one that is no time by far."""
    return format(value, "f") if 9 <= value.adjusted() <= 18 else None


_READABLE: dict[type, Callable[[Any], str | None]] = {dict: _as_seconds, Decimal: _plainly}
"""Values whose instant is read from another text than the one that is kept."""


_MAKERS: dict[FieldKind, Callable[[Values], Cells]] = {
    FieldKind.TEXT: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.NUMBER: _number,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.JSON: _json,
    FieldKind.REST: _json,
    FieldKind.CENTS: _cents,
    FieldKind.TIME: _time,
    FieldKind.STATUS: _status,
}
