"""What identifies the rows of a file: a hash of each row's key, and whether several lines share one."""

import polars as pl

from pipeline.model import Source
from pipeline.source.columns.meanings import ITEMS
from schemas import resource
from schemas.spec import Resource

__all__ = ["find_repeated", "hash_keys", "lines_make_records"]


def hash_keys(frame: pl.DataFrame, declared: Resource) -> pl.Series:
    """A 64-bit hash of each row's key, null where the row has none; `frame` is canonical."""
    key = frame.select(key=declared.key())["key"]
    return key.hash().zip_with(key.is_not_null(), pl.Series([None], dtype=pl.UInt64))


def lines_make_records(source: Source) -> bool:
    """Whether several lines of the file may be one record: it has item columns instead of one `items` column."""
    return resource(source.resource).lines is not None and ITEMS not in source.fields.values()


def find_repeated(hashes: pl.Series) -> pl.Series:
    """The hashes that stand more than once, once each, in order of size.

    By sorting: a table of five million groups takes five times the memory, and hardly any file has one.
    """
    ordered = hashes.drop_nulls().sort()
    return ordered.filter(ordered == ordered.shift(1)).unique(maintain_order=True)
