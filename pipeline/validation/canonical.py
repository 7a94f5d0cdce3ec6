"""A block of the user's text under the API's field names: cells repaired, and what was repaired remembered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.source.columns.fields import fill_stand_ins, select_fields
from pipeline.validation.currency_words import SaidCurrencies, fill_currencies
from pipeline.validation.map_ids import split_ids
from schemas.cleaning.cell_formats import CellFormats
from schemas.cleaning.repair.normalise import NO_CELL_FORMATS, clean_block
from schemas.spec import Resource

__all__ = ["Canonical", "canonicalise_block", "find_rewritten"]


@dataclass(frozen=True, slots=True)
class Canonical:
    """`frame`: the block under field names, repaired. `doubtful`: the records of rows that were not in shape before.

    `rewritten`: per field whose cells changed, the changed cells: LINE, RECORD, `raw` as the user wrote it, `cell`.
    `currencies`: what amount cells say of their currency, None where none does.
    """

    frame: pl.DataFrame
    doubtful: pl.Series
    rewritten: Mapping[str, pl.DataFrame]
    currencies: SaidCurrencies | None = None

    def as_written(self, cells: pl.DataFrame, field: str) -> pl.DataFrame:
        """`cells` (LINE, value …) of a field with `value` as the user wrote it."""
        changed = self.rewritten.get(field)
        if changed is None or cells.is_empty():
            return cells
        raw = cells.join(changed.select(LINE, "raw", was=pl.lit(True)), on=LINE, how="left", maintain_order="left")
        return raw.with_columns(pl.when("was").then("raw").otherwise("value").alias("value")).drop("raw", "was")


def canonicalise_block(
    raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource, cell_formats: CellFormats = NO_CELL_FORMATS
) -> Canonical:
    """`raw` is a block with LINE and RECORD."""
    before = split_ids(select_fields(raw, fields, declared), declared)
    texts = [c for c in before.columns if c not in (LINE, RECORD)]
    after, unfit = clean_block(before, texts, cell_formats)
    if not unfit.any():
        return Canonical(
            fill_stand_ins(after, fields, declared, cell_formats.constants), pl.Series(RECORD, [], dtype=pl.UInt32), {}
        )
    said = [f for f in texts if before[f].null_count() < before.height]
    rewritten = find_rewritten(before, after, unfit, said)
    after, currencies = fill_currencies(before, after, unfit, fields.values())
    doubtful = after.filter(unfit)[RECORD].unique(maintain_order=True)
    return Canonical(fill_stand_ins(after, fields, declared, cell_formats.constants), doubtful, rewritten, currencies)


def find_rewritten(
    before: pl.DataFrame, after: pl.DataFrame, unfit: pl.Series, fields: Iterable[str]
) -> dict[str, pl.DataFrame]:
    """Per field that has any, the cells that differ: LINE, RECORD, `raw` and `cell`. Only `unfit` rows can differ."""
    rows_before, rows_after = before.filter(unfit), after.filter(unfit)
    rewritten = {}
    for field in fields:
        changed = rows_before[field].ne_missing(rows_after[field])
        if changed.any():
            cells = rows_before.select(LINE, RECORD, raw=field).with_columns(rows_after[field].alias("cell"))
            rewritten[field] = cells.filter(changed)
    return rewritten
