"""Rows that clash with other rows of the call: one RFC under two names, one e-mail on many RFCs (docs/rules.md).

The first look at a file keeps a few hashes of each row (`row_traits`); when every file has been looked at,
`find_crossings` finds the rows that share one.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.formats import LINE
from pipeline.model import Source
from pipeline.source.keys import find_repeated, lines_make_records
from schemas.rules.cross_record import MANY_PUBLIC, SAME_RFC, SAME_RFC_OTHER_REGIME, SAME_ROW, SHARED_EMAIL
from schemas.sat.small import GENERIC_RFCS, NATIONAL_GENERIC_RFC, PUBLIC_NAME
from schemas.spec import INTERNAL_ID, Resource

__all__ = ["CROSSING", "find_crossings", "find_repeated_keys", "row_traits"]

CROSSING = {LINE: pl.UInt32, "rule": pl.String, "proposal": pl.String}
"""What `find_crossings` gives of a file: the line of a clashing row, the rule, and where the others stand."""

MANY_RFCS = 3
"""From so many RFCs on, a shared e-mail is told: husband and wife share one as well."""

_SHOWN = 5
_TRAITS = ("rfc", "who", "regime", "data", "email")


def find_repeated_keys(sources: Sequence[Source]) -> dict[str, pl.DataFrame]:
    """Per resource: the hash of each key of several records of the call, and `proposal`, where they stand."""
    found: dict[str, pl.DataFrame] = {}
    for name in {s.resource for s in sources}:
        own = [(number, s) for number, s in enumerate(sources) if s.resource == name]
        repeated = find_repeated(pl.concat([s.hashes for _, s in own]))
        places = pl.concat([_places(number, s, repeated) for number, s in own])
        again = places.filter(pl.len().over("hash") > 1)
        names = {number: Path(s.label).name for number, s in enumerate(sources)}
        where = pl.format("{} {}", pl.col("file").replace_strict(names, return_dtype=pl.String), pl.col(LINE))
        found[name] = again.group_by("hash").agg(
            where.sort_by("file", LINE).head(_SHOWN).str.join(", ").alias("proposal")
        )
    return found


def _places(number: int, source: Source, hashes: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame({"hash": source.hashes, LINE: source.lines}).filter(pl.col("hash").is_in(hashes.implode()))
    if lines_make_records(source):
        rows = rows.group_by("hash").agg(pl.col(LINE).min())
    return rows.with_columns(pl.lit(number, dtype=pl.UInt16).alias("file"))


def row_traits(frame: pl.DataFrame, declared: Resource) -> pl.DataFrame:
    """LINE and 64-bit hashes of what rows are compared by; `frame` is canonical. Nothing where rows do not clash."""
    if not declared.clashing:
        return pl.DataFrame(schema={LINE: pl.UInt32, **dict.fromkeys(_TRAITS, pl.UInt64), "public": pl.Boolean})
    rfc = pl.when(~pl.col("rfc").is_in(GENERIC_RFCS)).then("rfc")
    data = [c for c in frame.columns if not c.startswith("@") and c != INTERNAL_ID]
    hashed = {
        "rfc": rfc.hash(),
        "who": pl.concat_str(pl.col("legal_name", "address.zip").fill_null(""), separator="|").hash(),
        "regime": pl.col("tax_system").hash(),
        "data": pl.concat_str(pl.col(sorted(data)).fill_null(""), separator="\x1f").hash(),
        "email": pl.col("email").str.to_lowercase().hash(),
    }
    there = {"rfc": rfc.is_not_null(), "email": pl.col("email").is_not_null()}
    return frame.select(
        LINE,
        *(pl.when(there.get(name, True)).then(value).alias(name) for name, value in hashed.items()),
        public=(pl.col("rfc") == NATIONAL_GENERIC_RFC) & (pl.col("legal_name") == PUBLIC_NAME),
    )


def find_crossings(files: Sequence[tuple[str, pl.DataFrame]]) -> list[pl.DataFrame]:
    """Per file (its name and its traits) the rows that clash, as CROSSING."""
    rows = pl.concat(
        [kept.with_columns(pl.lit(number, dtype=pl.UInt16).alias("file")) for number, (_, kept) in enumerate(files)]
    )
    place = pl.format("{} {}", pl.col("file").replace_strict(dict(enumerate(n for n, _ in files))), pl.col(LINE))
    found = [_same_rfc(rows, place), _shared_email(rows, place), _many_public(rows, place)]
    told = pl.concat(found)
    return [told.filter(pl.col("file") == number).select(*CROSSING) for number in range(len(files))]


def _several(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    return rows.filter(pl.col(by).is_not_null()).filter(pl.len().over(by) > 1)


def _told(several: pl.DataFrame, groups: pl.DataFrame, by: str) -> pl.DataFrame:
    """`groups` has `by`, `rule` and `proposal`."""
    return several.join(groups.drop_nulls("rule"), on=by, how="inner").select("file", *CROSSING)


def _where(place: pl.Expr) -> pl.Expr:
    return place.sort_by("file", LINE).head(_SHOWN).str.join(", ").alias("proposal")


def _same_rfc(rows: pl.DataFrame, place: pl.Expr) -> pl.DataFrame:
    several = _several(rows, "rfc")
    rule = (
        pl.when(pl.col("who").n_unique() > 1)
        .then(pl.lit(SAME_RFC.id))
        .when(pl.col("regime").n_unique() > 1)
        .then(pl.lit(SAME_RFC_OTHER_REGIME.id))
        .when(pl.col("data").n_unique() == 1)
        .then(pl.lit(SAME_ROW.id))
    )
    return _told(several, several.group_by("rfc").agg(rule.alias("rule"), _where(place)), "rfc")


def _shared_email(rows: pl.DataFrame, place: pl.Expr) -> pl.DataFrame:
    several = _several(rows.filter(pl.col("rfc").is_not_null()), "email")
    rule = pl.when(pl.col("rfc").n_unique() >= MANY_RFCS).then(pl.lit(SHARED_EMAIL.id))
    return _told(several, several.group_by("email").agg(rule.alias("rule"), _where(place)), "email")


def _many_public(rows: pl.DataFrame, place: pl.Expr) -> pl.DataFrame:
    several = _several(rows.filter("public"), "public")
    return _told(several, several.group_by("public").agg(pl.lit(MANY_PUBLIC.id).alias("rule"), _where(place)), "public")
