"""Records of a CSV file made as wide as its headings, and what had to be done for it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats.csv.records import CsvStyle, find_cause, first_spaced_line, unwrapped
from pipeline.formats.encoding import ends_with_line_end
from pipeline.formats.spec import LINE
from pipeline.language.say import Said, say, say_count
from schemas.cleaning.repair.steps import SAYS

__all__ = ["SquaredRows"]

_SHOWN = 5
_seen = re.compile(SAYS).search


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
class SquaredRows:
    """The rows of one file made as wide as its headings, and what had to be done for it."""

    path: Path
    style: CsvStyle
    headings: Sequence[str]
    short: _Tally = field(default_factory=_Tally)
    wrapped: _Tally = field(default_factory=_Tally)
    last_short: tuple[int, int] = (0, 0)
    """The line of the last row that ended early, and its cells."""

    @property
    def width(self) -> int:
        return len(self.headings)

    def build_frames(self, records: Iterable[tuple[int, list[str]]], rows: int) -> Iterator[pl.DataFrame]:
        """The records that say anything, in frames of at most `rows`. InputError for the first line with a fault."""
        width = self.width
        valued = ((line, cells) for line, cells in records if any(map(_seen, cells)))
        # a call for each row would be a twentieth of all reading
        squared: Iterator[list[int | str]] = (
            [n, *cells] if len(cells) == width else self._squared(n, cells) for n, cells in valued
        )
        while True:
            batch: list[list[int | str]] = []
            try:
                batch.extend(islice(squared, rows))
            except InputError:
                self._refuse_blanks_before_quotes(self._framed(batch))
                raise
            if not batch:
                return
            frame = self._framed(batch)
            self._refuse_blanks_before_quotes(frame)
            yield frame

    def _framed(self, batch: Sequence[Sequence[int | str]]) -> pl.DataFrame:
        schema = {LINE: pl.UInt32, **dict.fromkeys(self.headings, pl.String)}
        if not batch:
            return pl.DataFrame(schema=schema)
        return pl.DataFrame(dict(zip(schema, zip(*batch, strict=True), strict=True)), schema=schema)

    def _squared(self, line: int, cells: list[str]) -> list[int | str]:
        """The record at exactly `width` cells; empty cells beyond the last heading are Excel's and mean nothing."""
        inner = unwrapped(cells, self.style.delimiter)
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
        known = find_cause(self.path, self.style, line)
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

    def _refuse_blanks_before_quotes(self, frame: pl.DataFrame) -> None:
        """Cells that a strict reader gives with their quotes, where the file's first lines had no blank before one."""
        if self.style.spaced:
            return
        blank = frame.filter(pl.any_horizontal(pl.exclude(LINE).str.starts_with(" ")))
        doubtful = blank.filter(pl.any_horizontal(pl.exclude(LINE).str.contains('^ +"')))[LINE]
        line = first_spaced_line(self.path, self.style, set(doubtful)) if len(doubtful) else None
        if line is not None:
            raise InputError(
                say("{path}, line {line}: a blank stands before the quote of a cell.", path=self.path.name, line=line),
                say("Take out the blanks beside quotes."),
            )

    def refuse_cut_off(self, last: int) -> None:
        """The last row ends early and has no line end: then its last cell may be cut, too."""
        line, count = self.last_short
        if last and line == last and not ends_with_line_end(self.path, self.style.encoding):
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
