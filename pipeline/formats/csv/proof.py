"""A chunk of CSV parsed by columns, where its form is proven: then whoever reads it reads the same cells.

Polars repairs what is not CSV without a word, and knows no lines. So each record is held against one regular expression
first: as many cells as headings, each with all its quotes or with none. What does not match may be CSV all the same;
here it is a doubt, and `pipeline.formats.csv.records` decides it.
"""

import codecs
import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from pipeline.formats.opening import CELL_BYTES
from pipeline.formats.spec import LINE
from schemas.cleaning.repair.steps import SAYS

__all__ = ["ChunkForm", "ProvenChunk", "build_form", "parse_chunk"]


class ChunkForm(NamedTuple):
    """What the records of a file look like."""

    delimiter: str
    headings: Sequence[str]
    record: str
    """What a record without its line end matches; blank lines do."""


class ProvenChunk(NamedTuple):
    """The rows of a chunk that have a value, with LINE, and how many lines the chunk has."""

    rows: pl.DataFrame
    lines: int


def build_form(delimiter: str, headings: Sequence[str]) -> ChunkForm | None:
    """None where polars cannot read such a file: a delimiter of several bytes, or one column, whose empty cells are
    blank lines."""
    if len(headings) < 2 or not delimiter.isascii():
        return None
    mark = re.escape(delimiter)
    cell = rf'(?:[^"\r\n{mark}]*|"(?:[^"\r]|"")*")'
    return ChunkForm(delimiter, headings, rf"^(?:{cell}(?:{mark}{cell}){{{len(headings) - 1}}})?$")


def parse_chunk(chunk: bytes, form: ChunkForm, line: int) -> ProvenChunk | None:
    """The chunk whose first line has the number `line`; None in any doubt, bytes that are no text among them."""
    if chunk.startswith(codecs.BOM_UTF8):  # text here, and a mark to polars
        return None
    if not chunk.endswith(b"\n"):
        chunk += b"\n"
    try:
        lines = pl.read_lines(chunk)["line"]
        starts = _find_records(lines, form.record)
        if starts is None:
            return None
        cells = pl.read_csv(
            chunk,
            separator=form.delimiter,
            schema=dict.fromkeys(form.headings, pl.String),
            extra_columns="raise",
            missing_columns="raise",
            has_header=False,
            infer_schema=False,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if cells.height != len(starts):
        return None
    rows = cells.insert_column(0, (starts + line).cast(pl.UInt32).alias(LINE))
    return ProvenChunk(_valued(rows), len(lines))


def _find_records(lines: pl.Series, record: str) -> pl.Series | None:
    """The index of the line each record begins on; None unless all have the form of one.

    A line within an open quote goes on with the record before it.
    """
    if (lines.str.len_bytes() > CELL_BYTES).any():
        return None
    if lines.str.contains(record).all():
        return pl.int_range(len(lines), dtype=pl.UInt32, eager=True)
    quotes = lines.str.count_matches('"', literal=True)
    begins = (quotes.cum_sum() - quotes) % 2 == 0
    numbered = pl.DataFrame({"line": lines, "record": begins.cum_sum()})
    whole = numbered.group_by("record", maintain_order=True).agg(pl.col("line").str.join("\n"))
    return begins.arg_true() if whole["line"].str.contains(record).all() else None


def _valued(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that say anything. As most files fill their first columns, hardly any cell is looked at."""
    empty = pl.Series([True]).new_from_index(0, rows.height)
    for column in rows.iter_columns():
        if column.name != LINE:
            empty &= ~column.str.contains(SAYS)
            if not empty.any():
                return rows
    return rows.filter(~empty)
