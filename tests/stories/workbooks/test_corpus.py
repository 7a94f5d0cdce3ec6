"""Workbooks other people's readers stumbled over: each is read or refused in a sentence, and marked without a loss.

They are not ours to pass on. The folder is looked for beside the project, and a dozen are taken. The environment
variable WORKBOOK_CORPUS names another and asks for all of them, as `make soak-workbooks` does.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineError, load_workbook

from pipeline.errors import InputError
from pipeline.formats import FORMATS, LINE, ReadOptions, Shape
from pipeline.workbook.marked.mark import mark_workbook
from pipeline.workbook.marks import Level, SheetMarks, Summary, SummaryCell
from pipeline.workbook.package import open_package

BESIDE = Path(__file__).parents[4] / "shared" / "accountant" / "corpus"
ASKED = os.environ.get("WORKBOOK_CORPUS")
FOLDER = Path(ASKED) if ASKED else BESIDE
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))
CHOSEN = FILES if ASKED else FILES[:: max(len(FILES) // 12, 1)]
PATCHED = (
    "xl/worksheets/",
    "xl/styles",
    "xl/workbook.xml",
    "xl/_rels/",
    "[Content_Types].xml",
    "xl/comments",
    "xl/drawings/vml",
)
"""Parts in which marks may stand, by how their names begin."""
CALCULATED = ("xl/calcChain", "xl/workbook.xml", "xl/_rels/workbook", "[Content_Types].xml")
"""Parts that say what is calculated, and when."""
CORRECTED = "9/9"
"""Nothing that would be taken for a heading, in files without any."""

pytestmark = [
    pytest.mark.skipif(not FILES, reason="the corpus of workbooks is not on this machine"),
    pytest.mark.slow,
]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def values(path: Path) -> dict[str, list[list[object]]]:
    """Of every sheet but ours, by a library that is not ours."""
    book = load_workbook(str(path))
    sheets = ((name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names)
    return {name: list(rows) for name, rows in sheets if name != "gigbulk"}


def sheets_of(path: Path) -> list[str]:
    """The sheets of a workbook that can be marked; none of one that is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [sheet.name for sheet in open_package(archive, path.name).sheets]
    except (InputError, zipfile.BadZipFile):
        return []


@pytest.mark.parametrize("path", CHOSEN, ids=lambda path: path.name)
def test_it_is_read_or_refused_in_a_sentence(path: Path) -> None:
    book = FORMATS["xlsx"]
    try:
        shapes = book.look(path, ReadOptions())
    except InputError as error:
        assert error.message
        assert error.hint
        return
    for shape in shapes:
        assert sum(frame.height for frame in book.read(path, shape, 10_000)) >= 0


@pytest.mark.parametrize(
    "path", [path for path in CHOSEN if path.suffix in (".xlsx", ".xlsm")], ids=lambda path: path.name
)
def test_marks_change_no_part_but_those_they_stand_in_and_no_value(path: Path, tmp_path: Path) -> None:
    names = sheets_of(path)
    if not names:
        return
    bare, marked = tmp_path / "bare.xlsx", tmp_path / "marked.xlsx"
    mark_workbook(path, bare, [SheetMarks(name, 1, (), {}) for name in names])
    assert parts(bare) == parts(path), "without a mark every part is the same"

    where = {1: {1: Level.ERROR}, 2: {2: Level.WARNING}}
    marks = [SheetMarks(n, 1, ("_resultado",), {1: ("x",)}, where, {(1, 1): "Falta."}) for n in names]
    mark_workbook(path, marked, marks, Summary([[SummaryCell("gigbulk", strong=True)]]))
    before, after = parts(path), parts(marked)
    assert [n for n in before if before[n] != after.get(n) and not n.startswith(PATCHED)] == []
    try:
        was = values(path)
    except (CalamineError, OSError):
        return
    now = values(marked)
    for name, rows in was.items():
        for number, row in enumerate(rows):
            assert now[name][number][: len(row)] == row, (name, number + 1)


@pytest.mark.parametrize("path", CHOSEN, ids=lambda path: path.name)
def test_a_correction_changes_its_cell_and_no_other(path: Path, tmp_path: Path) -> None:
    """In the first and the last row of every table; a workbook that is not .xlsx comes back with its tables."""
    book = FORMATS["xlsx"]
    try:
        shapes = book.look(path, ReadOptions())
    except InputError:
        return
    before = {shape.sheet: read(path, shape) for shape in shapes}
    heading = {shape.sheet: shape.headings[-1] for shape in shapes}
    lines = {sheet: {rows[LINE][0], rows[LINE][-1]} for sheet, rows in before.items() if rows.height}
    target = tmp_path / book.returned_name(path.name)
    corrections = {sheet: {line: {heading[sheet]: CORRECTED} for line in found} for sheet, found in lines.items()}
    book.correct(path, shapes, corrections, target)
    for shape in shapes:
        corrected = pl.col(LINE).is_in(list(lines.get(shape.sheet, ())))
        expected = before[shape.sheet].with_columns(
            pl.when(corrected).then(pl.lit(CORRECTED)).otherwise(heading[shape.sheet]).alias(heading[shape.sheet])
        )
        there = next(again for again in book.look(target, ReadOptions(sheet=shape.sheet)) if again.sheet == shape.sheet)
        assert there.headings == shape.headings
        assert read(target, there).equals(expected)
    if path.suffix in (".xlsx", ".xlsm"):
        was, now = parts(path), parts(target)
        assert [n for n in was if was[n] != now.get(n) and not n.startswith((*PATCHED[:1], *CALCULATED))] == []


def read(path: Path, shape: Shape) -> pl.DataFrame:
    schema = {LINE: pl.UInt32, **dict.fromkeys(shape.headings, pl.String)}
    return pl.concat([pl.DataFrame(schema=schema), *FORMATS["xlsx"].read(path, shape, 10_000)])
