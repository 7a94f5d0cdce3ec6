"""Dates as cells write them: ISO 8601, read as instants. A date without an offset is America/Mexico_City (CONTRACT)."""

import polars as pl

__all__ = ["ZONE", "instant", "wire"]

ZONE = "America/Mexico_City"

_SHAPE = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d{1,6})?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?$"


def instant(text: pl.Expr) -> pl.Expr:
    """The cell as Datetime("us", "UTC"); null where it is not an ISO date that exists."""
    day, minute, second, fraction, offset = (text.str.extract(_SHAPE, i) for i in range(1, 6))
    local = pl.concat_str(
        day,
        pl.lit("T"),
        minute.fill_null("00:00"),
        pl.lit(":"),
        second.fill_null("00"),
        fraction.fill_null(""),
    ).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    # A clock that was put back shows one hour twice: the earlier instant is taken; one put forward skips an hour: null.
    at_home = local.dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    digits = offset.str.replace(":", "")
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(3, 2).cast(
        pl.Int64, strict=False
    )
    signed = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    shift = pl.when(offset.str.to_lowercase() == "z").then(0).otherwise(signed)
    elsewhere = (local - pl.duration(minutes=shift)).dt.replace_time_zone("UTC")
    return pl.when(offset.is_null()).then(at_home).otherwise(elsewhere)


def wire(text: pl.Expr) -> pl.Expr:
    """The instant as the API takes it: ISO 8601 in UTC, to the second (API reference 2.2.1, `date`)."""
    return instant(text).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
