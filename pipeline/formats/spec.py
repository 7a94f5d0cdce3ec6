"""What a file format is to the rest of the tool: a way to look, a way to read in batches, a way to write."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

__all__ = ["LINE", "OURS", "RAW", "Format", "Shape", "Tables"]

LINE = "@line"
"""Column with the line (CSV, JSONL) or row (Parquet) in the user's own file, counted from 1, headings included."""

RAW = "@raw"
"""Column with the row as the user wrote it, where the text columns alone could not give it back."""

OURS = ("_line", "_errors", "_codes")
"""Columns a rejects file adds to the user's own; on the way in they are passed over."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One table of a file, found by looking at it.

    `sheet` is its name where a file may hold several tables, else None. The headings stand on line `first_line`;
    `columns` are the letters above them, where the program that shows the file has letters. `notes` are for the user.
    `details` belong to the format: nobody else looks at them.
    """

    headings: tuple[str, ...]
    sheet: str | None = None
    first_line: int = 1
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: Any = None


Tables = Mapping[str | None, pl.LazyFrame]
"""The tables of one file to be written, by sheet; under None the only table of a file that has no sheets."""


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    look(path) -> the tables of the file, at least one; InputError when there is none
    read(path, shape, rows) -> one of them: frames of text columns named by the user's headings, plus LINE and, where
    needed, RAW
    write(tables, path, shapes) writes Tables, columns as they should stand, to one file. `shapes` are those of the
    input that the tables come from: the file is written as that one was, as far as the format cares
    append(frame, file) adds rows to the end of an open file, where a file of the format may grow so: it holds no more
    than one frame in memory, whatever polars' own writer reads ahead
    restore(frame) -> the user's own columns of frames that `read` gave, in their own types, without LINE, RAW and OURS

    `typed` says that cells have types of their own, so that the point of a number is never a thousands mark. `magic`
    are the first bytes of such a file and what to call one. `read_only` are suffixes that exports are not given.
    """

    name: str
    suffixes: tuple[str, ...]
    look: Callable[[Path], list[Shape]]
    read: Callable[[Path, Shape, int], Iterator[pl.DataFrame]]
    write: Callable[[Tables, Path, Sequence[Shape]], None]
    restore: Callable[[pl.DataFrame], pl.DataFrame]
    typed: bool
    magic: Mapping[bytes, str] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    append: Callable[[pl.DataFrame, BinaryIO], None] | None = None

    @property
    def plain_text(self) -> bool:
        """Whether a file is text: it has no magic bytes, may be compressed, and instants are written out in it."""
        return not self.magic

    @property
    def written_suffixes(self) -> tuple[str, ...]:
        """The suffixes an export may have, the usual one first."""
        return tuple(suffix for suffix in self.suffixes if suffix not in self.read_only)
