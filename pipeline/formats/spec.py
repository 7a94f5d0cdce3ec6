"""What a file format is to the rest of the tool: a way to look, a way to read in batches, a way to write."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import polars as pl

__all__ = [
    "AS_FOUND",
    "LINE",
    "OURS",
    "RAW",
    "Corrections",
    "Format",
    "Look",
    "ReadOptions",
    "ReadTable",
    "Shape",
    "Tables",
    "keep_quiet",
]

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
    `columns` are the letters above them, where the program that shows the file has letters. `nothing` are the headings
    that hold only null in a format whose rows name them: nobody has written a column. `several` are the columns
    whose cells are lists, and the names under which columns stand, with their type. `notes` are for the user.
    `details` belong to the format: nobody else looks at them.
    """

    headings: tuple[str, ...]
    sheet: str | None = None
    first_line: int = 1
    columns: tuple[str, ...] = ()
    nothing: frozenset[str] = frozenset()
    several: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    details: Any = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person says of a file, where it does not say so itself: the encoding of its text, as Python names it; the
    sheet to read, where it has several. `is_heading` says whether a text heads a column of some resource: by that a
    reader finds the table where a person sees it begin.
    """

    encoding: str | None = None
    sheet: str | None = None
    is_heading: Callable[[str], bool] = lambda text: False


AS_FOUND = ReadOptions()


class Look(Protocol):
    """The tables of a file, at least one, found without reading more of it than must be. InputError when there is none.

    A file of several sheets gives a Shape for each that holds a table, in the file's order: `sheet` is its name as the
    user sees it, `first_line` the row its headings stand in, `columns` the letters above them (`("C", "D")` for a table
    that begins in C), `notes` what was passed over (hidden sheets, sheets without a table). Where its cells stand goes
    into `details`. Options that are none of its business are passed over.
    """

    def __call__(self, path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]: ...


def keep_quiet(note: str) -> None:
    """What a reader's notes are told to, where they were told before."""


class ReadTable(Protocol):
    """The rows of one table of a file, in frames of at most `rows`: text columns named by the user's headings, in their
    order, plus LINE and, where text alone could not give the row back, RAW.

    A cell without anything is null or empty. LINE is the row of the sheet, so that a finding can name the cell. `tell`
    hears what was found out on the way about the table as a whole (rows that end early, formulas without a value).
    A file is read several times: each time gives the same.
    """

    def __call__(
        self, path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet
    ) -> Iterator[pl.DataFrame]: ...


_PACKED = (".gz", ".zst", ".zstd")

Tables = Mapping[str | None, pl.LazyFrame]
"""The tables of one file to be written, by sheet; under None the only table of a file that has no sheets."""


Corrections = Mapping[str | None, Mapping[int, Mapping[str, str]]]
"""Cells that shall hold another text: by sheet, by the line LINE gave, by heading. An empty text empties a cell."""


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    look(path, options) -> the tables of the file, see Look; read(path, shape, rows, tell) -> one of them, see ReadTable
    write(tables, path, shapes) writes Tables, columns as they should stand, to one file. `shapes` are those of the
    input that the tables come from: the file is written as that one was, as far as the format cares. With shapes it is
    for a person to look at (a CSV then has the mark Excel needs), without any for a program
    append(frame, file) adds rows to the end of an open file, where a file of the format may grow so: it holds no more
    than one frame in memory, whatever polars' own writer reads ahead
    restore(frame) -> the user's own columns of frames that `read` gave, in their own types, without LINE, RAW and OURS
    correct(path, shapes, corrections, target) writes `path` again to `target`, which is named as `returned_name` says,
    with some cells changed: all else stays as it is, and what `read` gives is the same but for those. Where a cell
    has a type and the text is of it, the cell keeps its type, and a number may lose zeros at its end. InputError for a
    text that the file cannot hold; then what stands at `target` is of no use. refuse_texts(path, shape, cells) says
    so, where it can be known, before anything is written: line -> heading -> text

    `typed` says that cells have types of their own, so that the point of a number is never a thousands mark. `magic`
    are the first bytes of such a file and what to call one. `read_only` are suffixes that exports are not given.
    write_parts(tables, path) writes one file of tables whose frames come one after the other, where the format can: in
    no more memory than one of them

    `several_tables` says that a file holds several tables, each under its name: an export then writes one file for all
    tables of a resource, and not one for each.
    `comes_back` says for suffixes that are read and never written as what such a file comes back. `marked` are the
    suffixes of files that come back whole, with marks (pipeline.findings.marked_workbook), and not as their failing
    rows alone.

    guess(head) -> how surely text without a name that begins so is of this format: 0 not, 1 for want of any better,
    2 by its signs. `also_under` are suffixes of others under which people give such files; what they hold decides.
    reads_text(path) -> whether a file of one of its suffixes, but without its magic, is text that it reads all the
    same; InputError for text that is known and read by nobody
    `first_line_heads` says that the first line is taken for headings whatever it holds: a list without any has its
    first entry there. store(path, address, options) writes a finished file anew in an object store, where it is not
    text, which is sent as it is.
    """

    name: str
    suffixes: tuple[str, ...]
    look: Look
    read: ReadTable
    write: Callable[[Tables, Path, Sequence[Shape]], None]
    restore: Callable[[pl.DataFrame], pl.DataFrame]
    correct: Callable[[Path, Sequence[Shape], Corrections, Path], None]
    typed: bool
    magic: Mapping[bytes, str] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    append: Callable[[pl.DataFrame, BinaryIO], None] | None = None
    several_tables: bool = False
    write_parts: Callable[[Mapping[str, tuple[pl.Schema, Iterable[pl.DataFrame]]], Path], None] | None = None
    comes_back: Mapping[str, str] = field(default_factory=dict)
    marked: tuple[str, ...] = ()
    guess: Callable[[str], int] = lambda head: 0
    also_under: tuple[str, ...] = ()
    reads_text: Callable[[Path], bool] = lambda path: False
    first_line_heads: bool = False
    store: Callable[[Path, str, Mapping[str, Any]], None] | None = None
    refuse_texts: Callable[[Path, Shape, Mapping[int, Mapping[str, str]]], None] = lambda path, shape, cells: None

    @property
    def plain_text(self) -> bool:
        """Whether a file is text: it has no magic bytes, may be compressed, and instants are written out in it."""
        return not self.magic

    @property
    def may_be_stored(self) -> bool:
        """Whether a file can stand in an object store, which takes text, and else only what the format writes there."""
        return self.plain_text or self.store is not None

    def returned_suffix(self, suffix: str) -> str:
        """The suffix of what comes back of a file that ends in `.suffix`; neither has its dot."""
        if suffix.lower() in self.comes_back:
            return self.comes_back[suffix.lower()]
        return suffix if suffix.lower() in self.suffixes else (*self.comes_back.values(), *self.written_suffixes)[0]

    def returned_name(self, name: str) -> str:
        """The name of a file called `name` as it comes back: its own, with the suffix of what comes back."""
        bare, packed = name, ""
        if self.plain_text and name.lower().endswith(_PACKED):
            bare, dot, suffix = name.rpartition(".")
            packed = dot + suffix
        stem, dot, suffix = bare.rpartition(".")
        return (
            f"{stem}.{self.returned_suffix(suffix)}{packed}" if stem else f"{bare}.{self.returned_suffix('')}{packed}"
        )

    @property
    def written_suffixes(self) -> tuple[str, ...]:
        """The suffixes an export may have, the usual one first."""
        return tuple(suffix for suffix in self.suffixes if suffix not in self.read_only)
