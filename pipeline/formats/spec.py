"""What a file format is to the rest of the tool: a way to look, a way to read in batches, a way to write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

__all__ = ["LINE", "OURS", "RAW", "Format", "Shape"]

LINE = "@line"
"""Column with the line (CSV, JSONL) or row (Parquet) in the user's own file, counted from 1, headings included."""

RAW = "@raw"
"""Column with the row as the user wrote it, where the text columns alone could not give it back."""

OURS = ("_line", "_errors", "_codes")
"""Columns a rejects file adds to the user's own; on the way in they are passed over."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one file is written, found by looking at it."""

    headings: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    compression: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    look(path) -> Shape
    read(path, shape, rows) -> frames of text columns named by the user's headings, plus LINE and, where needed, RAW
    write(rows, path, shape) writes the rows (LazyFrame, its columns as they should stand) to `path`
    append(frame, file) adds rows to the end of an open file, where a file of the format may grow so: it holds no more
    than one frame in memory, whatever polars' own writer reads ahead
    restore(frame) -> the user's own columns of frames that `read` gave, in their own types, without LINE, RAW and OURS
    """

    name: str
    suffixes: tuple[str, ...]
    look: Callable[[Path], Shape]
    read: Callable[[Path, Shape, int], Iterator[pl.DataFrame]]
    write: Callable[[pl.LazyFrame, Path, Shape], None]
    restore: Callable[[pl.DataFrame], pl.DataFrame]
    text: bool = True
    append: Callable[[pl.DataFrame, BinaryIO], None] | None = None
