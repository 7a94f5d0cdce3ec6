"""A table of the user's own columns under the fields they mean."""

from collections.abc import Collection, Mapping

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.source.columns.meanings import SERVICE, is_of_items
from schemas.cleaning.repair.normalise import normalise_cells
from schemas.spec import Resource

__all__ = ["fill_constants", "fill_stand_ins", "rename_columns", "select_fields"]


def select_fields(raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource) -> pl.DataFrame:
    """The user's columns under field names, as written, and a null column for every declared field the file lacks.

    LINE and RECORD are kept; headings that are not understood are dropped.
    """
    ours = [c for c in raw.columns if c in (LINE, RECORD)]
    named = raw.select(*ours, *(pl.col(h).alias(f) for h, f in fields.items()))
    lacking = [c.field for c in declared.columns if c.field not in named.columns]
    return named.with_columns(pl.lit(None, dtype=pl.String).alias(f) for f in lacking)


def rename_columns(
    raw: pl.DataFrame, fields: Mapping[str, str], declared: Resource, only: Collection[str] | None = None
) -> pl.DataFrame:
    """`select_fields` with its cells normalised, or `only` those of some fields."""
    named = select_fields(raw, fields, declared)
    texts = [c for c in named.columns if c not in (LINE, RECORD)]
    return normalise_cells(named, texts if only is None else [c for c in texts if c in only])


def fill_stand_ins(
    frame: pl.DataFrame, fields: Mapping[str, str], declared: Resource, constants: Collection[str] = ()
) -> pl.DataFrame:
    """Columns the file does not have from the field that stands in for them: without a name the legal name is one.

    A constant goes before, and so does the service of a line.
    """
    said = {*fields.values(), *constants}
    served = SERVICE in said
    return frame.with_columns(
        _stand_in(c.else_from, served=served and is_of_items(c.field)).alias(c.field)
        for c in declared.columns
        if c.else_from in said and c.field not in said
    )


def _stand_in(field: str, *, served: bool) -> pl.Expr:
    """Its cells; of lines that may be `served`, those that name no service."""
    return pl.when(pl.col(SERVICE).is_null()).then(field) if served else pl.col(field)


def fill_constants(frame: pl.DataFrame, constants: Mapping[str, str]) -> pl.DataFrame:
    """Empty cells of a field from its constant, in a frame of one row a record; a field it lacks as a new column."""
    return frame.with_columns(
        (pl.col(f).fill_null(pl.lit(cell)) if f in frame.columns else pl.lit(cell)).alias(f)
        for f, cell in constants.items()
    )
