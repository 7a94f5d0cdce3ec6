"""A source as blocks of whole records, and the keys that more than one record of the call claims."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD, Source
from pipeline.source.group import gathered, numbered
from pipeline.source.headings import ITEMS
from pipeline.source.read import BATCH_ROWS, batches
from schemas import resource

__all__ = ["blocks", "repeated"]

_SHOWN = 5


def _lines_make_records(source: Source) -> bool:
    return resource(source.resource).lines is not None and ITEMS not in source.fields.values()


def blocks(source: Source, folder: Path) -> Iterator[pl.DataFrame]:
    """Frames of the user's text with LINE and RECORD; all lines of a record are in one block."""
    records = numbered(source.hashes, lines_make_records=_lines_make_records(source))
    if _lines_make_records(source):
        yield from gathered(batches(source), records, BATCH_ROWS, folder)
        return
    read = 0
    for frame in batches(source):
        yield frame.with_columns(records.slice(read, frame.height).alias(RECORD))
        read += frame.height


def repeated(sources: Sequence[Source]) -> dict[str, pl.DataFrame]:
    """Per resource: the hash of each key of several records of the call, and `proposal`, where they stand."""
    found: dict[str, pl.DataFrame] = {}
    for name in {s.resource for s in sources}:
        places = pl.concat(
            [_places(number, s) for number, s in enumerate(sources) if s.resource == name], how="vertical"
        )
        again = places.filter(pl.len().over("hash") > 1)
        names = {number: Path(s.name).name for number, s in enumerate(sources)}
        where = pl.format("{} {}", pl.col("file").replace_strict(names, return_dtype=pl.String), pl.col(LINE))
        found[name] = again.group_by("hash").agg(
            where.sort_by("file", LINE).head(_SHOWN).str.join(", ").alias("proposal")
        )
    return found


def _places(number: int, source: Source) -> pl.DataFrame:
    rows = pl.DataFrame({"hash": source.hashes, LINE: source.lines}).filter(pl.col("hash").is_not_null())
    if _lines_make_records(source):
        rows = rows.group_by("hash").agg(pl.col(LINE).min())
    return rows.with_columns(pl.lit(number, dtype=pl.UInt16).alias("file"))
