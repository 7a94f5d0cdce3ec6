"""Cells made comparable before any rule looks at them (RULES section 1)."""

from collections.abc import Iterable

import polars as pl

__all__ = ["normalised"]


def normalised(frame: pl.DataFrame, fields: Iterable[str]) -> pl.DataFrame:
    """The named text columns trimmed, with empty cells as null. Every other column is left as it is."""
    return frame.with_columns(pl.col(f).str.strip_chars().replace("", None) for f in fields)
