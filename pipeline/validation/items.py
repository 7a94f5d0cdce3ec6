"""A payment's items as one frame of lines, from `items.*` columns on several lines or from one `items` column.

Both ways of writing come out alike: `records`, one row a payment with its own columns, and `lines`, one row an item,
joined by RECORD.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.formats import LINE
from pipeline.formats.jsonl import flatten_object
from pipeline.model import RECORD
from pipeline.source.columns.meanings import ITEMS
from pipeline.validation.canonical import find_rewritten
from pipeline.validation.currency_words import SaidCurrencies, fill_item_currencies
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.json_keys import decode_unambiguous
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS, clean_block
from schemas.spec import Resource

__all__ = ["Parts", "decode_items", "split_items"]


class Parts:
    """`records` one row a record (LINE is its first line), `lines` one row an item.

    `disagreeing` holds (LINE, RECORD, field, value, proposal) for record columns that contradict one another, and
    `unreadable` the (LINE, RECORD, value) whose `items` cell is no list of objects. `unfit` are the records some item
    of which, written as JSON, was not in shape (schemas.cleaning.repair.normalise), `rewritten` their repaired cells by
    field, `currencies` what their amounts say of their currency.
    """

    def __init__(
        self,
        records: pl.DataFrame,
        lines: pl.DataFrame,
        disagreeing: pl.DataFrame,
        unreadable: pl.DataFrame,
        unfit: pl.Series | None = None,
        rewritten: Mapping[str, pl.DataFrame] | None = None,
        currencies: SaidCurrencies | None = None,
    ) -> None:
        self.records = records
        self.lines = lines
        self.disagreeing = disagreeing
        self.unreadable = unreadable
        self.unfit = pl.Series(RECORD, [], dtype=pl.UInt32) if unfit is None else unfit
        self.rewritten = rewritten or {}
        self.currencies = currencies


def split_items(frame: pl.DataFrame, declared: Resource, cell_formats: CellFormats = NO_CELL_FORMATS) -> Parts:
    """The canonical frame of a block as records and lines; `cell_formats` say how items in JSON write numbers."""
    nothing = pl.DataFrame(schema={LINE: pl.UInt32, RECORD: pl.UInt32, "value": pl.String})
    no_conflict = nothing.with_columns(pl.lit("").alias("field"), pl.lit("").alias("proposal"))
    if declared.lines is None:
        return Parts(frame, pl.DataFrame(), no_conflict, nothing)
    item_fields = [c.field for c in declared.lines.columns]
    if ITEMS in frame.columns:
        written, unreadable = decode_items(frame, item_fields)
        lines, unfit = clean_block(written, item_fields, cell_formats)
        rewritten = find_rewritten(written, lines, unfit, item_fields)
        records, said = fill_item_currencies(frame.drop(ITEMS, *item_fields), written, lines, unfit)
        return Parts(records, lines, no_conflict, unreadable, lines.filter(unfit)[RECORD], rewritten, said)
    lines = frame.select(LINE, RECORD, *item_fields).filter(pl.any_horizontal(pl.col(item_fields).is_not_null()))
    own = [c for c in frame.columns if c not in (LINE, RECORD, *item_fields)]
    if frame.height == frame[RECORD].n_unique():
        return Parts(frame.drop(item_fields), lines, no_conflict, nothing)
    records = frame.group_by(RECORD, maintain_order=True).agg(pl.col(LINE).first(), pl.col(own).drop_nulls().first())
    return Parts(records, lines, _disagreeing(frame, records, own), nothing)


def _disagreeing(frame: pl.DataFrame, records: pl.DataFrame, own: list[str]) -> pl.DataFrame:
    """The first line of each record whose cell differs from the record's value, per column."""
    several = frame.filter(pl.len().over(RECORD) > 1)
    found = []
    for field in own:
        if several[field].null_count() == several.height:
            continue
        against = several.select(LINE, RECORD, value=field).join(
            records.select(RECORD, proposal=field), on=RECORD, how="inner"
        )
        differing = against.filter(pl.col("value") != pl.col("proposal")).unique(
            RECORD, keep="first", maintain_order=True
        )
        found.append(differing.select(LINE, RECORD, "value", pl.lit(field).alias("field"), "proposal"))
    schema = {LINE: pl.UInt32, RECORD: pl.UInt32, "value": pl.String, "field": pl.String, "proposal": pl.String}
    return pl.concat([pl.DataFrame(schema=schema), *found])


def decode_items(frame: pl.DataFrame, fields: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The items of a frame's ITEMS cells, one row each with those `fields`; and the cells that are no list."""
    columns: dict[str, list[Any]] = {name: [] for name in (LINE, RECORD, *fields)}
    broken: list[tuple[int, int, str]] = []
    for line, record, text in frame.select(LINE, RECORD, ITEMS).iter_rows():
        items = _items(text)
        if items is None:
            broken.append((line, record, text))
            continue
        for item in items:
            columns[LINE].append(line)
            columns[RECORD].append(record)
            for name in fields:
                columns[name].append(item.get(name))
    kinds: Mapping[str, Any] = {LINE: pl.UInt32, RECORD: pl.UInt32}
    lines = pl.DataFrame(columns, schema={name: kinds.get(name, pl.String) for name in columns})
    unreadable = pl.DataFrame(broken, schema={LINE: pl.UInt32, RECORD: pl.UInt32, "value": pl.String}, orient="row")
    return lines, unreadable


def _items(text: str | None) -> list[dict[str, str | None]] | None:
    """The items of one cell, flat; an empty cell has none; None when it is no list of objects, each key given once."""
    if text is None:
        return []
    value = decode_unambiguous(text)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    return [flatten_object(item, "items.") for item in value]
