"""Dates as cells write them: ISO 8601, read as instants. A date without an offset is America/Mexico_City."""

import re

import polars as pl

from schemas.cleaning.sieve import patch_rows

__all__ = ["ZONE", "instant", "wire"]

ZONE = "America/Mexico_City"

_INSTANT = pl.Datetime("us", "UTC")
_SHAPE = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})([.,]\d{1,9})?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?$"
_USUAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?)?$"
_HOUR_ALONE = r"^(.{10}T\d{2})(Z|z|[+-]\d{2}(?::?\d{2})?)?$"
_OFFSET_OF_HOURS = r"^(.{10}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*([+-]\d{2})$"
"""`09:00:00-06` is what PostgreSQL writes."""
_SECONDS_END = 19
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def instant(text: pl.Expr) -> pl.Expr:
    """The cell as Datetime("us", "UTC"); null where it is not an ISO date that exists."""
    return text.map_batches(_instants, return_dtype=_INSTANT)


def _instants(cells: pl.Series) -> pl.Series:
    """Nearly all cells of a file are written in one of two ways, which are read without taking each cell apart."""
    unusual = ~cells.str.contains(_USUAL).fill_null(True)
    read = _usual(cells)
    if not unusual.any():
        return read
    return patch_rows(read, unusual.arg_true(), _taken_apart(cells.filter(unusual)))


def _usual(cells: pl.Series) -> pl.Series:
    """`2026-05-31` and `2026-05-31T10:00:00`, the latter with or without an offset."""
    cell = pl.col("cell")
    whole = pl.when(cell.str.len_bytes() > 10).then(cell.str.head(_SECONDS_END)).otherwise(cell + "T00:00:00")
    frame = (
        cells.alias("cell")
        .to_frame()
        .select(
            local=whole.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False),
            offset=cell.str.slice(_SECONDS_END),
        )
    )
    return _placed(frame)


def _taken_apart(cells: pl.Series) -> pl.Series:
    whole = pl.col("cell").str.replace(_HOUR_ALONE, "${1}:00${2}").str.replace(_OFFSET_OF_HOURS, "${1}${2}:00")
    day, minute, second, fraction, offset = (whole.str.extract(_SHAPE, group) for group in range(1, 6))
    micros = fraction.str.replace(",", ".", literal=True).str.head(7)  # what is finer than a microsecond is let go
    clock = pl.concat_str(
        day, pl.lit("T"), minute.fill_null("00:00"), pl.lit(":"), second.fill_null("00"), micros.fill_null("")
    )
    frame = (
        cells.alias("cell")
        .to_frame()
        .select(
            local=clock.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False),
            offset=offset.fill_null(""),
        )
    )
    return _placed(frame)


def _placed(frame: pl.DataFrame) -> pl.Series:
    """Clock times (`local`) and how far from UTC they are (`offset`, empty for this country's) as instants."""
    offsets = frame["offset"].drop_nulls().unique().to_list()
    minutes = pl.col("offset").replace_strict(
        offsets, [_minutes(o) for o in offsets], default=None, return_dtype=pl.Int64
    )
    elsewhere = (pl.col("local") - pl.duration(minutes=minutes)).dt.replace_time_zone("UTC")
    if "" not in offsets:
        return frame.select(elsewhere).to_series()
    # A clock that was put back shows one hour twice: the earlier instant is taken; one put forward skips an hour: null.
    at_home = pl.col("local").dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null")
    return frame.select(
        pl.when(pl.col("offset") == "").then(at_home.dt.convert_time_zone("UTC")).otherwise(elsewhere)
    ).to_series()


def _minutes(offset: str) -> int | None:
    """`-06:00` as −360; None for no offset and for what is none."""
    if offset in ("Z", "z"):
        return 0
    match = _OFFSET.fullmatch(offset)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    return (-1 if sign == "-" else 1) * (int(hours) * 60 + int(minutes))


def wire(text: pl.Expr) -> pl.Expr:
    """The instant as the API takes it: ISO 8601 in UTC, to the second (gigstack's API, `date`)."""
    return instant(text).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
