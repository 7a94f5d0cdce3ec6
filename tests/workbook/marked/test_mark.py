"""The same workbook with marks: read by libraries that are not ours, and by LibreOffice where there is one."""

from __future__ import annotations

import tempfile
import time
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsx_files import MAIN, write_bare_workbook

from pipeline.workbook.marked.mark import mark_workbook
from pipeline.workbook.marks import Level, SheetMarks, Summary, SummaryCell, column_letters, column_number

HEADINGS = ("_resultado", "_id")
RED, AMBER = "FFFFC7CD", "FFFFEB9D"


def write_rich_workbook(path: Path) -> Path:
    """Two sheets with what people have in theirs: formats, a chart, sparklines, notes, rules, validations."""
    book = xlsxwriter.Workbook(str(path))
    sheet, other = book.add_worksheet("Pagos"), book.add_worksheet("Otra hoja")
    zeros, blue = book.add_format({"num_format": "00000", "bold": True}), book.add_format({"bg_color": "#CCEEFF"})
    sheet.write_row(0, 0, ["RFC", "C.P.", "Importe", "Fecha"])
    for row in range(1, 30):
        sheet.write(row, 0, f"XAXX01010{row:04}", blue if row == 4 else None)
        sheet.write_number(row, 1, 6600 + row, zeros)
        sheet.write_number(row, 2, row * 1.16)
        if row % 2:
            sheet.write(row, 3, "2026-06-25")
    sheet.write_comment("C6", "nota de la contadora")
    sheet.data_validation("D2:D30", {"validate": "list", "source": ["a", "b"]})
    sheet.conditional_format("C2:C30", {"type": "data_bar", "data_bar_2010": True})
    sheet.set_row(9, None, None, {"hidden": True})
    sheet.autofilter("A1:D30")
    sheet.freeze_panes(1, 0)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Pagos!$C$2:$C$9"})
    sheet.insert_chart("H2", chart)
    sheet.add_sparkline("F2", {"range": "Pagos!C2:C9"})
    other.write_row(0, 0, ["nada", "que ver"])
    other.insert_checkbox(3, 1, True)
    book.close()
    return path


def a_mark(**changes: object) -> SheetMarks:
    given: dict[str, object] = {
        "sheet": "Pagos",
        "heading_row": 1,
        "headings": HEADINGS,
        "remarks": {5: ("rechazado: el RFC no cumple & <raro>",), 6: ("creado", "pay_1"), 7: ("aviso",)},
        "cells": {5: {1: Level.ERROR, 4: Level.ERROR}, 6: {3: Level.WARNING}},
        "notes": {(5, 1): "El RFC no cumple.", (6, 3): "Importe raro."},
    }
    return SheetMarks(**{**given, **changes})  # type: ignore[arg-type]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(path: Path) -> openpyxl.Workbook:
    """As openpyxl reads it, which warns of what it would lose if it saved: it never does here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path)


def colour(cell: object) -> str | None:
    fill = cell.fill  # type: ignore[attr-defined]
    return fill.fgColor.rgb if fill.fill_type == "solid" else None


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    return write_rich_workbook(tmp_path / "rico.xlsx")


@pytest.fixture
def marked(rich: Path, tmp_path: Path) -> Path:
    mark_workbook(rich, tmp_path / "marcado.xlsx", [a_mark()], Summary([["gigbulk", "resumen"], ["con error", 1]]))
    return tmp_path / "marcado.xlsx"


def test_an_error_is_red_a_warning_amber_and_the_rest_as_it_was(marked: Path) -> None:
    sheet = opened(marked)["Pagos"]
    assert (colour(sheet["A5"]), colour(sheet["C6"]), colour(sheet["A6"])) == (RED, AMBER, None)
    assert colour(sheet["A4"]) is None


def test_a_cell_that_was_never_written_can_be_marked(marked: Path) -> None:
    assert colour(opened(marked)["Pagos"]["D5"]) == RED


def test_number_formats_and_fonts_stay_under_a_mark(rich: Path, tmp_path: Path) -> None:
    mark_workbook(rich, tmp_path / "m.xlsx", [a_mark(cells={5: {2: Level.ERROR}})])
    cell = opened(tmp_path / "m.xlsx")["Pagos"]["B5"]
    assert (cell.value, cell.number_format, cell.font.b, colour(cell)) == (6604, "00000", True, RED)


def test_the_remark_stands_right_of_all_the_sheet_holds_under_its_headings(marked: Path) -> None:
    sheet = opened(marked)["Pagos"]
    columns = {cell.value: cell.column_letter for cell in sheet[1] if cell.value in HEADINGS}
    said = sheet[f"{columns['_resultado']}5"].value, sheet[f"{columns['_id']}6"].value
    assert said == ("rechazado: el RFC no cumple & <raro>", "pay_1")
    assert column_number(columns["_resultado"]) > 4


def test_a_note_says_why_and_the_user_s_own_note_stays_above_it(marked: Path) -> None:
    sheet = opened(marked)["Pagos"]
    assert sheet["A5"].comment.text == "gigbulk: El RFC no cumple."
    assert sheet["C6"].comment.text == "nota de la contadora\ngigbulk: Importe raro."


def test_the_summary_is_a_sheet_of_its_own(marked: Path) -> None:
    book = opened(marked)
    assert book.sheetnames == ["Pagos", "Otra hoja", "gigbulk"]
    assert [[c.value for c in row] for row in book["gigbulk"].iter_rows()] == [["gigbulk", "resumen"], ["con error", 1]]


def test_the_summary_leads_to_a_cell_and_says_in_colour_how_bad_it_is(rich: Path, tmp_path: Path) -> None:
    rows = [
        [SummaryCell("gigbulk", strong=True)],
        [SummaryCell("Error", level=Level.ERROR), SummaryCell("B5", goes_to="'Otra \"hoja'!B5")],
    ]
    mark_workbook(rich, tmp_path / "m.xlsx", [a_mark()], Summary(rows))
    sheet = opened(tmp_path / "m.xlsx")["gigbulk"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["gigbulk", None], ["Error", "B5"]]
    assert colour(sheet["A2"]) == RED
    assert sheet["B2"].hyperlink.location == "'Otra \"hoja'!B5"


TOUCHED = {
    "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
}  # fmt: skip


def test_every_part_that_no_mark_touches_is_byte_for_byte_the_same(rich: Path, marked: Path) -> None:
    before, after = parts(rich), parts(marked)
    assert {name for name in before if before[name] != after.get(name)} <= TOUCHED
    assert after.keys() - before.keys() == {"xl/worksheets/gigbulk.xml"}


def test_what_stands_around_the_rows_of_a_sheet_stays(rich: Path, marked: Path) -> None:
    """Validations, rules, filters, panes, the chart's and the notes' drawings: the tail of the sheet's part."""
    before, after = (parts(path)["xl/worksheets/sheet1.xml"].split(b"</sheetData>")[1] for path in (rich, marked))
    assert before == after


def test_without_marks_all_parts_are_the_same(rich: Path, tmp_path: Path) -> None:
    mark_workbook(rich, tmp_path / "m.xlsx", [a_mark(remarks={}, cells={}, notes={}, headings=())])
    before, after = parts(rich), parts(tmp_path / "m.xlsx")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == set()


def test_marks_of_an_earlier_run_are_taken_off(rich: Path, marked: Path, tmp_path: Path) -> None:
    first = opened(marked)["Pagos"]
    column = next(cell.column for cell in first[1] if cell.value == "_resultado")
    corrected = a_mark(cells={}, remarks={6: ("creado", "pay_1")}, notes={}, remark_column=column)
    mark_workbook(marked, tmp_path / "otra.xlsx", [corrected], Summary([["gigbulk", "segundo"]]))
    sheet, old = opened(tmp_path / "otra.xlsx")["Pagos"], opened(rich)["Pagos"]
    for row in old.iter_rows(max_col=4):
        for cell in row:
            again = sheet[cell.coordinate]
            assert (again.value, colour(again), again.number_format) == (cell.value, colour(cell), cell.number_format)
    assert sheet["A5"].comment is None
    assert sheet["C6"].comment.text == "nota de la contadora"
    assert sheet.cell(5, column).value is None
    assert sheet.cell(6, column).value == "creado"
    assert opened(tmp_path / "otra.xlsx")["gigbulk"]["B1"].value == "segundo"


def test_a_ground_of_the_user_s_own_comes_back_when_the_mark_is_taken_off(rich: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    mark_workbook(rich, once, [a_mark(cells={5: {1: Level.ERROR}}, notes={})])
    mark_workbook(once, twice, [a_mark(cells={}, remarks={}, notes={}, remark_column=7)])
    assert colour(opened(rich)["Pagos"]["A5"]) == "FFCCEEFF"
    assert colour(opened(once)["Pagos"]["A5"]) == RED
    assert colour(opened(twice)["Pagos"]["A5"]) == "FFCCEEFF"


def test_a_mark_gives_way_to_another_level(rich: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    mark_workbook(rich, once, [a_mark(cells={5: {1: Level.ERROR}}, notes={})])
    mark_workbook(once, twice, [a_mark(cells={5: {1: Level.WARNING}}, notes={}, remark_column=7)])
    assert colour(opened(twice)["Pagos"]["A5"]) == AMBER


BARE = SheetMarks(
    "Pagos", 1, ("_resultado",), {2: ("rechazado",)}, {2: {2: Level.ERROR}}, {(2, 2): "Falta."}
)  # fmt: skip
AWKWARD = {
    "no styles at all": {"rows": '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'},
    "no addresses": {"rows": "<row><c><v>1</v></c><c><v>1</v></c></row><row><c><v>2</v></c><c><v>3</v></c></row>"},
    "a row closed at once": {"rows": '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"/>'},
    "quotes of the other kind": {"rows": "<row r='1'><c r='A1'><v>1</v></c></row><row r='2'><c r='B2' s='0'/></row>"},
    "an empty fill": {
        "rows": '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2" s="7"><v>2</v></c></row>',
        "styles": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="1"><xf/></cellXfs></styleSheet>',
    },
    "styles without any": {
        "rows": '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>',
        "styles": f'<styleSheet xmlns="{MAIN}"><cellXfs/></styleSheet>',
    },
    "a prefix on every element": {
        "rows": '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="B2"><x:v>2</x:v></x:c></x:row>',
        "prefix": "x",
    },
}


@pytest.mark.parametrize("made", AWKWARD.values(), ids=AWKWARD.keys())
def test_workbooks_that_libraries_write_sparingly_are_marked(made: dict[str, str], tmp_path: Path) -> None:
    source = write_bare_workbook(tmp_path / "s.xlsx", **made)  # type: ignore[arg-type]
    mark_workbook(source, tmp_path / "m.xlsx", [BARE], Summary([["gigbulk"]]))
    if made is AWKWARD["an empty fill"]:
        return  # openpyxl does not open the original either; LibreOffice judges it below
    sheet = opened(tmp_path / "m.xlsx")["Pagos"]
    assert colour(sheet["B2"]) == RED
    assert sheet["B2"].comment.text == "gigbulk: Falta."
    assert "rechazado" in [cell.value for cell in sheet[2]]


@pytest.mark.parametrize("rows", ['\n  <row r="1"><c r="A1"><v>1</v></c></row>\n', "\n"])
def test_without_marks_nothing_is_added_and_blanks_between_rows_stay(rows: str, tmp_path: Path) -> None:
    source = write_bare_workbook(tmp_path / "s.xlsx", rows)
    mark_workbook(source, tmp_path / "m.xlsx", [SheetMarks("Pagos", 1, (), {})])
    assert parts(tmp_path / "m.xlsx") == parts(source)


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c r="A2"><v>2</v></c><c r="B2" s="0"><v>3</v></c></row>',
        '<row r="2"><c s="0" r="B2"><v>3</v></c></row>',
        '<row r="2"><c r="A2"/><c r="B2"/></row>',
        '<row r="2"> </row>',
        '<row r="2"><c r="B2"><f>1/2</f><v/></c></row>',
        '<row r="2"><!-- <c r="B2"/> --><c r="B2"><v>3</v></c></row>',
    ],
)
def test_a_marked_cell_is_found_however_its_row_is_written(row: str, tmp_path: Path) -> None:
    first = '<row r="1"><c r="A1"><v>1</v></c></row>'
    mark_workbook(write_bare_workbook(tmp_path / "s.xlsx", first + row), tmp_path / "m.xlsx", [BARE])
    sheet = opened(tmp_path / "m.xlsx")["Pagos"]
    assert colour(sheet["B2"]) == RED
    assert [cell.value for cell in sheet[2]][-1] == "rechazado"
    assert sheet["B2"].value == opened(tmp_path / "s.xlsx")["Pagos"]["B2"].value


def test_the_remark_stands_before_what_ends_a_row(tmp_path: Path) -> None:
    row = '<row r="2"><c r="B2"><v>3</v></c><extLst><ext uri="x"/></extLst></row>'
    mark_workbook(write_bare_workbook(tmp_path / "s.xlsx", row), tmp_path / "m.xlsx", [BARE])
    sheet = parts(tmp_path / "m.xlsx")["xl/worksheets/sheet1.xml"]
    assert sheet.index(b'<c r="B2"') < sheet.index(b"rechazado") < sheet.index(b"<extLst>")


def test_the_time_of_marking_grows_with_the_rows_and_no_faster(tmp_path: Path) -> None:
    """Every tenth row marked; eight times as many rows may take twice eight times as long, on a busy machine."""

    def taken_s(rows: int) -> float:
        cells = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, rows + 1))
        marked = range(2, rows, 10)
        marks = SheetMarks("Pagos", 1, HEADINGS, dict.fromkeys(marked, ("x",)), {n: {1: Level.ERROR} for n in marked})
        source = write_bare_workbook(tmp_path / f"{rows}.xlsx", cells)
        start = time.process_time()
        mark_workbook(source, tmp_path / "m.xlsx", [marks])
        return time.process_time() - start

    few = min(taken_s(10_000) for _ in range(3))
    assert taken_s(80_000) < 16 * few


def test_the_declared_rectangle_and_the_width_reach_over_the_remark(tmp_path: Path) -> None:
    """A reader that believes the rectangle would not see the remark."""
    rows = '<row r="1" spans="1:2"><c r="A1"><v>1</v></c></row><row r="2" spans="1:2"><c r="B2"><v>2</v></c></row>'
    head = '<dimension ref="A1:B2"/><cols><col min="1" max="2" width="9" customWidth="1"/></cols>'
    mark_workbook(write_bare_workbook(tmp_path / "s.xlsx", rows, head=head), tmp_path / "m.xlsx", [BARE])
    sheet = parts(tmp_path / "m.xlsx")["xl/worksheets/sheet1.xml"]
    assert b'<dimension ref="A1:C2"/>' in sheet
    assert b'<col min="3" max="3" width="60" customWidth="1"/></cols>' in sheet, (
        "one remark column, as wide as a sentence"
    )
    assert b"spans" not in sheet.split(b"</row>")[1]


texts = st.text(st.characters(codec="utf-8", exclude_categories=()), max_size=40)


@given(said=texts, note=texts)
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_said_and_the_workbook_still_opens(said: str, note: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = write_bare_workbook(Path(name) / "s.xlsx", AWKWARD["no styles at all"]["rows"])
        marks = SheetMarks("Pagos", 1, ("_resultado",), {2: (said,)}, {}, {(2, 1): note})
        mark_workbook(source, Path(name) / "m.xlsx", [marks])
        sheet = opened(Path(name) / "m.xlsx")["Pagos"]
        assert sheet["A2"].comment.text.startswith("gigbulk: ")


@given(st.integers(1, 16_384))
def test_columns_are_numbered_as_they_are_lettered(number: int) -> None:
    assert column_number(column_letters(number)) == number
