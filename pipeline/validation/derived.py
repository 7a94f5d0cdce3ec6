"""Fields that a file says by others, such as those of another generation of the API: filled once cells are clean."""

import polars as pl

from pipeline.validation.items import Parts
from schemas.spec import Column, Resource

__all__ = ["derive_fields"]


def derive_fields(parts: Parts, declared: Resource) -> Parts:
    """A cell that says something stays as it is."""
    parts.records = _fill(parts.records, declared.record.columns)
    if declared.lines is not None and not parts.lines.is_empty():
        parts.lines = _fill(parts.lines, declared.lines.columns)
    return parts


def _fill(frame: pl.DataFrame, columns: tuple[Column, ...]) -> pl.DataFrame:
    said = {name for name in frame.columns if frame[name].null_count() < frame.height}
    return frame.with_columns(
        pl.coalesce(c.field, c.derived.value).alias(c.field)
        for c in columns
        if c.derived is not None and {*c.derived.of} <= said
    )
