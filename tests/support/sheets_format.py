"""A format that only tests know: a file of several sheets, as a workbook is, so that the seam has someone to fit.

    SHEETS
    ["Pagos", 3, ["internalId", "name"]]
    ["Pagos", 4, ["p1", "Ana"]]

A table stands where workbooks have theirs: not in the corner, but below a title and right of an empty column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.formats import LINE, OURS, Format, Shape, Tables
from pipeline.formats.spec import AS_FOUND, Corrections, ReadOptions, keep_quiet
from schemas.cleaning.repair.steps import SAYS

FIRST_LINE = 3
LETTERS = "CDEFGHIJKLMNOPQRSTUVWXYZ"
_MARK = b"SHEETS\n"
_says = re.compile(SAYS).search


def _rows(path: Path) -> Iterator[tuple[str, int, list[str | None]]]:
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, start=2):
            try:
                sheet, at, cells = json.loads(line)
                yield str(sheet), int(at), list(cells)
            except (ValueError, TypeError) as error:
                raise InputError(f"{path.name}, line {number} is not a row.", "Save the file again.") from error


def _look(path: Path, options: ReadOptions = AS_FOUND) -> list[Shape]:
    shapes: dict[str, Shape] = {}
    for sheet, line, cells in _rows(path):
        if sheet not in shapes:
            columns = tuple(LETTERS[: len(cells)])
            shapes[sheet] = Shape(tuple(map(str, cells)), sheet, line, columns, details={"width": len(cells)})
    if not shapes:
        raise InputError(f"{path.name} is empty.", "Check what made it.")
    return list(shapes.values())


def _read(path: Path, shape: Shape, rows: int, tell: Callable[[str], None] = keep_quiet) -> Iterator[pl.DataFrame]:
    """Rows without any value are passed over, as every format does."""
    of_sheet = (
        [line, *cells]
        for sheet, line, cells in _rows(path)
        if sheet == shape.sheet and any(_says(str(c)) for c in cells if c)
    )
    schema = {LINE: pl.UInt32, **dict.fromkeys(shape.headings, pl.String)}
    next(of_sheet)
    while batch := list(islice(of_sheet, rows)):
        yield pl.DataFrame(batch, schema=schema, orient="row")


def _write(tables: Tables, path: Path, shapes: Sequence[Shape]) -> None:
    with path.open("wb") as file:
        file.write(_MARK)
        for sheet, rows in tables.items():
            frame = rows.collect()
            table = [frame.columns, *map(list, frame.cast(pl.String).rows())]
            for line, cells in enumerate(table, start=FIRST_LINE):
                file.write(json.dumps([sheet, line, cells]).encode() + b"\n")


def _restore(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(LINE, *OURS, strict=False)


def _correct(path: Path, shapes: Sequence[Shape], corrections: Corrections, target: Path) -> None:
    headings = {shape.sheet: shape.headings for shape in shapes}
    with target.open("wb") as file:
        file.write(_MARK)
        for sheet, line, cells in _rows(path):
            put = corrections.get(sheet, {}).get(line, {})
            changed = [put.get(heading, cell) for heading, cell in zip(headings[sheet], cells, strict=True)]
            file.write(json.dumps([sheet, line, changed]).encode() + b"\n")


SHEETS = Format(
    "sheets",
    ("sheets",),
    _look,
    _read,
    _write,
    _restore,
    _correct,
    typed=True,
    magic={_MARK: "sheets"},
    several_tables=True,
)
