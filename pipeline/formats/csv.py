"""CSV: delimiter `, ; tab |`, quotes, any line end. Every cell is text; every line keeps its number.

What programs write that is not quite CSV is read where only one reading is possible, and said: lines that are quoted as
a whole, blanks before quotes, empty cells that are left out at the end of a row.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats.csv_records import (
    CsvDialect,
    blank_before_quote,
    find_cause,
    first_spaced_line,
    read_records,
    separator_line,
    unwrapped,
)
from pipeline.formats.encoding import detect_encoding, ends_with_line_end, read_head
from pipeline.formats.opening import CELL_BYTES
from pipeline.formats.spec import AS_FOUND, LINE, OURS, Format, ReadOptions, Shape, Tables, keep_quiet
from pipeline.language.say import Said, say, say_count

__all__ = ["CSV"]

_DELIMITERS = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LINE_END = re.compile(r"\r\n|\r|\n")
_SHOWN = 5


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    encoding = detect_encoding(path, options.encoding)
    head = read_head(path, encoding, CELL_BYTES).removeprefix("\ufeff")
    lines = [line for line in _LINE_END.split(head) if line.strip()]
    if not lines:
        raise InputError(say("{path} is empty.", path=path.name), say("Check the export that made it."))
    delimiter = separator_line(lines[0]) or _sniff(lines[0])
    dialect = CsvDialect(encoding, delimiter, spaced=blank_before_quote(head, delimiter))
    line, headings = next(read_records(path, dialect), (1, []))
    notes = [encoding.note] if encoding.note else []
    if encoding.ended:
        notes.append(say("a DOS end mark ends it"))
    if delimiter != ",":
        notes.append(say("cells are separated by {delimiter}", delimiter=_NAMES.get(delimiter, repr(delimiter))))
    if dialect.spaced:
        notes.append(say("blanks before quotes are passed over"))
    headings = unwrapped(headings, delimiter) or headings
    return [Shape(_distinct(headings, path), first_line=line, notes=tuple(notes), details=dialect)]


def _sniff(line: str) -> str:
    """The candidate that stands most often in the heading line, outside quotes unless the whole line is quoted."""
    bare = re.sub(r'"[^"]*"', "", line)
    found = max(_DELIMITERS, key=bare.count)
    return found if found in bare else max(_DELIMITERS, key=line.count)


def _distinct(headings: list[str], path: Path) -> tuple[str, ...]:
    names = [h.strip() for h in headings]
    while names and not names[-1]:
        names.pop()
    if not any(names):
        raise InputError(
            say("{path} has no headings in its first line.", path=path.name),
            say("Put the column names in the first line."),
        )
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name and name in seen:
            raise InputError(
                say(
                    "{path} has two columns headed '{name}' (columns {seen} and {position}).",
                    path=path.name,
                    name=name,
                    seen=seen[name],
                    position=position,
                ),
                say("Rename or delete one of them."),
            )
        seen[name] = position
    return tuple(name or f"(column {i})" for i, name in enumerate(names, start=1))


def _read(path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet) -> Iterator[pl.DataFrame]:
    """Rows without any value are what Excel leaves below a table: passed over like blank lines."""
    schema = {LINE: pl.UInt32, **dict.fromkeys(shape.headings, pl.String)}
    width = len(shape.headings)
    table = _Table(path, shape.details, width)
    records = read_records(path, shape.details)
    next(records)
    valued = ((line, cells) for line, cells in records if any(map(str.strip, cells)))
    # a call for each row would be a twentieth of all reading
    squared = ([n, *cells] if len(cells) == width else table.squared(n, cells) for n, cells in valued)
    last = 0
    while batch := list(islice(squared, rows)):
        columns = zip(*batch, strict=True)
        frame = pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema)
        table.refuse_blanks_before_quotes(frame)
        last = frame[LINE][-1]
        yield frame
    table.refuse_cut_off(last)
    for note in table.notes():
        tell(note)


@dataclass(slots=True)
class _Tally:
    """Lines of one kind: how many, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(line)

    def describe(self) -> Said:
        """`line 4`, `lines 4, 7, 9 … (120 in all)`."""
        lines = ", ".join(map(str, self.first))
        named = say("lines {lines}", lines=lines) if self.count > 1 else say("line {lines}", lines=lines)
        return named + say(" … ({count:,} in all)", count=self.count) if self.count > len(self.first) else named


@dataclass(slots=True)
class _Table:
    """The rows of one file made as wide as its headings, and what had to be done for it."""

    path: Path
    dialect: CsvDialect
    width: int
    short: _Tally = field(default_factory=_Tally)
    wrapped: _Tally = field(default_factory=_Tally)
    last_short: tuple[int, int] = (0, 0)
    """The line of the last row that ended early, and its cells."""

    def squared(self, line: int, cells: list[str]) -> list[int | str]:
        """The record at exactly `width` cells; empty cells beyond the last heading are Excel's and mean nothing."""
        inner = unwrapped(cells, self.dialect.delimiter)
        if inner is not None:
            self.wrapped.add(line)
            cells = inner
        if len(cells) > self.width:
            if any(cells[self.width :]):
                raise self._ragged(line, len(cells), say("Quote cells that contain the separator."))
            return [line, *cells[: self.width]]
        if len(cells) < self.width:
            self._refuse_broken(line, len(cells))
            self.short.add(line)
            self.last_short = line, len(cells)
        return [line, *cells, *[""] * (self.width - len(cells))]

    def _refuse_broken(self, line: int, count: int) -> None:
        """A row that ends early has lost nothing but empty cells, unless a line break without quotes has cut it: that
        leaves one cell, or two rows that make one."""
        if count == 1:
            raise self._ragged(line, count, say("Put a cell that has a line break into quotes; delete what is no row."))
        earlier, before = self.last_short
        if earlier == line - 1 and before + count - 1 == self.width and before != count:
            raise InputError(
                say(
                    "{path}, lines {earlier} and {line} have {before} and {count} cells, as if a line break had"
                    " cut one row of {width} in two.",
                    path=self.path.name,
                    earlier=earlier,
                    line=line,
                    before=before,
                    count=count,
                    width=self.width,
                ),
                say("Put the cell that has the line break into quotes."),
            )

    def _ragged(self, line: int, count: int, cure: str) -> InputError:
        known = find_cause(self.path, self.dialect, line)
        cause, cure = known or ("", cure)
        return InputError(
            say(
                "{path}, line {line} has {cells} where the headings are {width}{cause}.",
                path=self.path.name,
                line=line,
                cells=say_count("{count:,} cell", "{count:,} cells", count),
                width=self.width,
                cause=": " + cause if cause else "",
            ),
            cure,
        )

    def refuse_blanks_before_quotes(self, frame: pl.DataFrame) -> None:
        """Cells that a strict reader gives with their quotes, where the file's first lines had no blank before one."""
        if self.dialect.spaced:
            return
        blank = frame.filter(pl.any_horizontal(pl.exclude(LINE).str.starts_with(" ")))
        doubtful = blank.filter(pl.any_horizontal(pl.exclude(LINE).str.contains('^ +"')))[LINE]
        line = first_spaced_line(self.path, self.dialect, set(doubtful)) if len(doubtful) else None
        if line is not None:
            raise InputError(
                say("{path}, line {line}: a blank stands before the quote of a cell.", path=self.path.name, line=line),
                say("Take out the blanks beside quotes."),
            )

    def refuse_cut_off(self, last: int) -> None:
        """The last row ends early and has no line end: then its last cell may be cut, too."""
        line, count = self.last_short
        if last and line == last and not ends_with_line_end(self.path, self.dialect.encoding):
            raise InputError(
                say(
                    "{path}, line {line} has {count} cells where the headings are {width}, and no line end:"
                    " the file was cut off.",
                    path=self.path.name,
                    line=line,
                    count=count,
                    width=self.width,
                ),
                say("Copy or export the file again; if it is whole, end its last line."),
            )

    def notes(self) -> Iterator[str]:
        if self.wrapped.count:
            yield say("{wrapped}: quoted as a whole, read without those quotes", wrapped=self.wrapped.describe())
        if self.short.count:
            yield say(
                "{short}: fewer cells than headings, read as empty at the end of the row", short=self.short.describe()
            )


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    """As UTF-8; what a person is to look at with a mark, without which Excel takes accents for other letters."""
    (rows,) = tables.values()
    dialect: CsvDialect = (shapes[0].details if shapes else None) or CsvDialect()
    rows.sink_csv(path, separator=dialect.delimiter, include_bom=bool(shapes))


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(LINE, *OURS, strict=False)


CSV = Format("csv", ("csv", "tsv"), _look, _read, _write, _restore, typed=False, read_only=("tsv",))
