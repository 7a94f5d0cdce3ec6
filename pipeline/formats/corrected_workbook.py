"""A workbook with some cells changed: an .xlsx by its parts; of what is only read, its tables, where they stood."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from pipeline.formats.rewriting import refuse_missing_line
from pipeline.formats.spec import LINE, Corrections, ReadTable, Shape
from pipeline.formats.typed_values import set_values
from pipeline.workbook.corrected.correct import correct_workbook
from pipeline.workbook.marks import column_number
from pipeline.workbook.package import is_open_xml
from pipeline.workbook.write import PlacedTable, write_placed_tables

__all__ = ["correct_book"]

_ROWS_AT_ONCE = 50_000

Lines = Mapping[int, Mapping[str, str]]


def correct_book(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path, read: ReadTable) -> None:
    """See Format.correct; `read` is the format's own."""
    if is_open_xml(path):
        by_sheet = {shape.sheet: shape for shape in shapes}
        cells = {str(sheet): _place(by_sheet[sheet], lines) for sheet, lines in corrections.items()}
        correct_workbook(path, target, cells)
    else:
        tables = {str(s.sheet): _corrected(path, s, corrections.get(s.sheet, {}), read) for s in shapes}
        write_placed_tables(tables, target)


def _place(shape: Shape, lines: Lines) -> dict[int, dict[int, str]]:
    """The cells by row and column of the sheet."""
    columns = {h: column_number(letters) for h, letters in zip(shape.headings, shape.columns, strict=True)}
    return {line: {columns[heading]: text for heading, text in texts.items()} for line, texts in lines.items()}


def _corrected(path: Path, shape: Shape, lines: Lines, read: ReadTable) -> PlacedTable:
    """A table with other texts in some cells, where it stood."""
    headings = dict(zip(shape.columns, shape.headings, strict=True))
    return PlacedTable(headings, shape.first_line, LINE, _frames(path, shape, lines, read))


def _frames(path: Path, shape: Shape, lines: Lines, read: ReadTable) -> Iterator[pl.DataFrame]:
    """The table's frames, their columns named by letters. InputError for a line that is in none of them."""
    texts: dict[str, dict[int, str]] = {}
    for line, cells in lines.items():
        for heading, text in cells.items():
            texts.setdefault(heading, {})[line] = text
    schema = dict.fromkeys(shape.headings, pl.String())
    letters = dict(zip(shape.headings, shape.columns, strict=True))
    missing = {*lines}
    for frame in read(path, shape, _ROWS_AT_ONCE):
        missing.difference_update(frame[LINE])
        yield set_values(frame.lazy(), schema, texts, LINE).collect().rename(letters)
    if missing:
        raise refuse_missing_line(path, min(missing))
