"""Ids inside a JSON object of metadata, as columns: tools change them there as they do in a cell of their own."""

import polars as pl

from schemas.cleaning.damage import is_id
from schemas.rules.declared import parse_map
from schemas.spec import INTERNAL_ID, Kind, Resource

__all__ = ["split_ids"]

_MAY_HOLD_IDS = r'(?i)(?:id|ref|reference|referencia|folio)" *:|\\u'
"""Cells worth decoding: a member may be an id by its name, or is spelt in escapes."""


def split_ids(frame: pl.DataFrame, declared: Resource) -> pl.DataFrame:
    """`frame` and a column `metadata.<name>` for each id in a `metadata` cell, where it has no such column or cell.

    `frame` is under field names, as written. A record's key is never taken from there: lines were grouped without it.
    """
    for field in (c.field for c in declared.columns if c.kind is Kind.MAP and c.field in frame.columns):
        if frame[field].null_count() == frame.height:
            continue
        worth = frame[field].str.contains(_MAY_HOLD_IDS).fill_null(False)
        if worth.any():
            frame = _split(frame, field, worth.arg_true())
    return frame


def _split(frame: pl.DataFrame, field: str, rows: pl.Series) -> pl.DataFrame:
    found: dict[str, list[str | None]] = {}
    for row, cell in zip(rows.to_list(), frame[field].gather(rows).to_list(), strict=True):
        for name, value in (parse_map(cell) or {}).items():
            column = f"{field}.{name}"
            if column != INTERNAL_ID and is_id(column):
                found.setdefault(column, [None] * frame.height)[row] = value
    return frame.with_columns(
        pl.coalesce(column, pl.lit(pl.Series(cells, dtype=pl.String))).alias(column)
        if column in frame.columns
        else pl.Series(column, cells, dtype=pl.String)
        for column, cells in found.items()
    )
