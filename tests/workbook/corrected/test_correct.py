"""The same workbook with some cells changed: read by libraries that are not ours, and by LibreOffice."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from office import convert, needs_office
from workbooks import parts_of, sheet, write_parts
from xlsx_files import rows_of, write_bare_workbook

from pipeline.errors import InputError
from pipeline.workbook.corrected.correct import correct_workbook
from pipeline.workbook.marked.mark import mark_workbook
from pipeline.workbook.marks import Level, SheetMarks
from schemas.cleaning.repair.steps import SAYS

Cells = Mapping[int, Mapping[int, str]]
SHEET = "xl/worksheets/sheet1.xml"
FORMATS = {
    "general": "General", "text": "@", "money": "#,##0.00", "dollars": '"USD" #,##0.00', "zeros": "00000",
    "percent": "0.00%", "day": "dd/mm/yyyy", "moment": "yyyy-mm-dd hh:mm", "hour": "hh:mm", "lasting": "[h]:mm:ss",
}  # fmt: skip
NUMBER = {"general": 7, "text": 7, "money": 7.5, "dollars": 7, "zeros": 700, "percent": 0.07, "day": 46000,
          "moment": 46000.5, "hour": 0.5, "lasting": 1.5}  # fmt: skip


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def corrected(path: Path, cells: Cells, name: str = "Pagos") -> Path:
    target = path.with_name(f"corrected.{path.name}")
    correct_workbook(path, target, {name: cells})
    return target


def bare(tmp_path: Path, rows: str, cells: Cells, **more: str) -> str:
    """What stands in the sheet of a workbook of these rows, once corrected, without what is around the rows."""
    path = write_bare_workbook(tmp_path / "a.xlsx", rows, **more)  # type: ignore[arg-type]
    whole = parts(corrected(path, cells))[SHEET].decode()
    return re.sub(r"^<worksheet[^>]*>|</worksheet>$|</?sheetData>", "", whole)


def inline(address: str, text: str, style: str = "") -> str:
    return f'<c r="{address}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


# --- what a text is in a cell -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A column a format: in row 2 a number, in row 3 a text, in row 4 nothing but the format, in row 5 `x` alone."""
    path = tmp_path_factory.mktemp("typed") / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    pagos = book.add_worksheet("Pagos")
    for column, (name, code) in enumerate(FORMATS.items()):
        form = book.add_format({"num_format": code, "bold": True})
        pagos.write_string(0, column, name)
        pagos.write_number(1, column, NUMBER[name], form)
        pagos.write_string(2, column, "x", form)
        pagos.write_blank(3, column, None, form)
    pagos.write_string(4, 20, "x")
    pagos.write_boolean(4, 21, True)
    book.close()
    return path


TYPED = [
    (2, "general", "8", 8), (2, "general", "8.50", 8.5), (2, "general", "007", "007"), (2, "general", "1,500", "1,500"),
    (2, "general", "1234567890123456", "1234567890123456"), (2, "general", "1E5", "1E5"),
    (2, "general", "-8.25", -8.25),
    (3, "general", "8", "8"), (4, "general", "8", 8), (4, "general", "8.50", "8.50"),
    (2, "text", "8", "8"), (3, "text", "8", "8"), (4, "text", "8", "8"),
    (2, "money", "1500.00", 1500), (3, "money", "1500.5", 1500.5), (4, "money", "1500.5", 1500.5),
    (2, "dollars", "USD 8", 8), (2, "dollars", "8", "8"), (2, "dollars", "USD 8.10", 8.1),
    (2, "dollars", "MXN 8", "MXN 8"),
    (2, "zeros", "00800", 800), (2, "zeros", "800", "800"), (2, "percent", "8%", 0.08), (2, "percent", "16.00%", 0.16),
    (2, "percent", "0.08", "0.08"),
    (2, "day", "2026-11-03", dt.datetime(2026, 11, 3)), (2, "day", "03/11/2026", "03/11/2026"),  # noqa: DTZ001
    (3, "day", "2026-11-03", dt.datetime(2026, 11, 3)), (4, "day", "2026-11-03", dt.datetime(2026, 11, 3)),  # noqa: DTZ001
    (2, "day", "46001", "46001"), (2, "day", "2026-02-30", "2026-02-30"), (2, "day", "1899-01-01", "1899-01-01"),
    (2, "moment", "2026-11-03T10:30:00", dt.datetime(2026, 11, 3, 10, 30)),  # noqa: DTZ001
    (2, "moment", "2026-11-03 10:30", dt.datetime(2026, 11, 3, 10, 30)),  # noqa: DTZ001
    (2, "hour", "10:30:00", dt.time(10, 30)), (2, "hour", "10:30", dt.time(10, 30)),
    (2, "general", "", None), (2, "day", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "name", "text", "value"), TYPED)
def test_a_text_is_a_number_where_the_cell_shows_it_as_that_text(
    row: int, name: str, text: str, value: object, typed: Path
) -> None:
    column = list(FORMATS).index(name) + 1
    made = corrected(typed, {row: {column: text}})
    cell = openpyxl.load_workbook(made)["Pagos"].cell(row, column)
    assert cell.value == value
    assert isinstance(cell.value, str) == isinstance(value, str)
    assert cell.number_format == FORMATS[name], "the style stays"
    assert cell.font.b


def test_a_boolean_stays_one(typed: Path, tmp_path: Path) -> None:
    assert openpyxl.load_workbook(corrected(typed, {5: {22: "false"}}))["Pagos"]["V5"].value is False
    assert openpyxl.load_workbook(corrected(typed, {5: {22: "no"}}))["Pagos"]["V5"].value == "no"


seen = re.compile(SAYS).search
texts = st.sampled_from(
    ["8", "8.5", "-3", "0", "007", "0.1", "16%", "2026-11-03", "2026-11-03T10:30:00", "10:30:00", "36:00:00", "USD 9"]
) | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(put=st.dictionaries(st.integers(2, 4), st.dictionaries(st.integers(1, len(FORMATS)), texts, min_size=1)))
def test_what_is_read_is_what_was_put_in_whatever_the_cells_format(
    put: dict[int, dict[int, str]], typed: Path, tmp_path: Path
) -> None:
    before = rows_of(typed, tmp_path)
    after = rows_of(corrected(typed, put), tmp_path)
    for row, columns in put.items():
        for column, text in columns.items():
            read = after.get(row, {}).get(column, "")
            assert read.removesuffix("T00:00:00") == text or not seen(text + read)
    others = {(r, c): t for r, cells in before.items() for c, t in cells.items() if c not in put.get(r, {})}
    assert {(r, c): t for r, cells in after.items() for c, t in cells.items() if c not in put.get(r, {})} == others


def test_a_text_that_is_too_long_for_a_cell_is_refused_and_never_cut(typed: Path) -> None:
    with pytest.raises(InputError, match=r"Pagos!A2: a cell of a workbook holds 32,767"):
        corrected(typed, {2: {1: "x" * 32_768}})
    assert openpyxl.load_workbook(corrected(typed, {2: {1: "x" * 32_767}}))["Pagos"]["A2"].value == "x" * 32_767


def test_days_of_old_macintoshes_are_counted_as_theirs(tmp_path: Path) -> None:
    rows = '<row r="2"><c r="A2" s="1"><v>100</v></c></row>'
    styles = '<styleSheet><cellXfs count="2"><xf/><xf numFmtId="14"/></cellXfs></styleSheet>'
    path = write_bare_workbook(tmp_path / "a.xlsx", rows, styles=styles, book='<workbookPr date1904="1"/>')
    made = corrected(path, {2: {1: "1904-01-02"}})
    assert b"<v>1</v>" in parts(made)[SHEET]
    assert rows_of(made, tmp_path) == {2: {1: "1904-01-02"}}


# --- where it stands --------------------------------------------------------------------------------------------------


def test_all_but_the_cell_is_the_bytes_it_was(typed: Path) -> None:
    before, after = parts(typed), parts(corrected(typed, {3: {1: "y"}}))
    assert [name for name in before if before[name] != after[name]] == [SHEET]
    assert before.keys() == after.keys()
    old = re.search(rb'<c r="A3"[^>]*>.*?</c>', before[SHEET])
    assert old is not None
    style = re.search(rb' s="\d+"', old[0])
    assert style is not None
    expected = before[SHEET].replace(old[0], inline("A3", "y", style[0].decode()).encode())
    assert after[SHEET] == expected


def test_without_a_correction_every_part_is_the_same(typed: Path) -> None:
    assert parts(corrected(typed, {})) == parts(typed)


def test_cells_that_are_not_there_are_made_in_their_places(tmp_path: Path) -> None:
    rows = '<row r="2" spans="2:4" ht="30"><c r="B2"><v>1</v></c> <c r="D2"><v>2</v></c></row><row r="3"/>'
    made = bare(tmp_path, rows, {2: {1: "a", 3: "c", 5: "e"}, 3: {1: "z"}})
    assert made == (
        f'<row r="2" ht="30">{inline("A2", "a")}<c r="B2"><v>1</v></c>{inline("C2", "c")} <c r="D2"><v>2</v></c>'
        f'{inline("E2", "e")}</row><row r="3">{inline("A3", "z")}</row>'
    )


def test_a_cell_that_is_made_has_the_style_of_its_row_or_its_column(tmp_path: Path) -> None:
    head = '<cols><col min="3" max="5" style="7"/></cols>'
    rows = '<row r="2"><c r="A2"/></row><row r="3" s="4" customFormat="1"/>'
    made = bare(tmp_path, rows, {2: {2: "b", 4: "d"}, 3: {4: "d"}}, head=head)
    assert inline("B2", "b") in made
    assert inline("D2", "d", ' s="7"') in made
    assert inline("D3", "d", ' s="4"') in made


def test_cells_and_rows_without_addresses_are_counted(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c></row><row><c><v>2</v></c><c><v>3</v></c></row>"
    made = bare(tmp_path, rows, {2: {2: "x", 3: "y"}})
    assert made.endswith(
        f'<row><c><v>2</v></c><c t="inlineStr"><is><t xml:space="preserve">x</t></is></c>{inline("C2", "y")}</row>'
    )


def test_names_with_a_prefix_are_written_with_it(tmp_path: Path) -> None:
    rows = '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row>'
    path = write_bare_workbook(tmp_path / "a.xlsx", rows, prefix="x")
    made = parts(corrected(path, {1: {1: "a & b", 2: "<c>"}}))[SHEET].decode()
    assert '<x:c r="A1" t="inlineStr"><x:is><x:t xml:space="preserve">a &amp; b</x:t></x:is></x:c>' in made
    assert rows_of(tmp_path / "corrected.a.xlsx", tmp_path) == {1: {1: "a & b", 2: "<c>"}}


def test_line_ends_and_forbidden_letters_come_back(tmp_path: Path) -> None:
    path = write_bare_workbook(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>')
    text = "a\r\nb\rc\n\x01_x000D_ &amp; ]]>"
    assert rows_of(corrected(path, {1: {1: text}}), tmp_path) == {1: {1: text}}


def test_a_row_that_is_not_there_is_told(typed: Path) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx\[Pagos\] has no row 99"):
        corrected(typed, {99: {1: "x"}})


def test_a_damaged_sheet_is_told(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.xlsx", parts_of({"Pagos": '<worksheet><sheetData><row r="1"><c r="A1">'}))
    with pytest.raises(InputError, match=r"a\.xlsx is damaged inside"):
        corrected(path, {1: {1: "x"}})


MERGED = '<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="C2:D2"/></mergeCells><pageMargins left="1"/>'
THREE = "".join(f'<row r="{n}"><c r="A{n}"/><c r="C{n}"/></row>' for n in (2, 3, 4))


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ({2: {1: "x"}}, MERGED),
        ({3: {1: ""}}, MERGED),
        ({3: {2: "x"}}, MERGED),
        ({3: {1: "x"}}, MERGED.replace('"2"', '"1"').replace('<mergeCell ref="A2:A4"/>', "")),
        ({4: {1: "x"}, 2: {4: "y"}}, '<pageMargins left="1"/>'),
    ],
)
def test_cells_are_merged_no_longer_where_that_would_hide_what_was_put_in(
    cells: Cells, left: str, tmp_path: Path
) -> None:
    made = bare(tmp_path, THREE, cells, tail=MERGED)
    assert made[made.rindex("</row>") + 6 :] == left


# --- formulas ---------------------------------------------------------------------------------------------------------


def with_formulas(path: Path, rows: str, calculated: str) -> Path:
    """A workbook as Excel saves one: with the list of its formulas."""
    made = parts_of({"Pagos": sheet(rows)})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    types, rels, book = (str(made[name]) for name in ("[Content_Types].xml", RELS, "xl/workbook.xml"))
    made["[Content_Types].xml"] = types.replace(
        "</Types>", f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'
    )
    relation = f'<Relationship Id="rIdC" Type="{RELATION}/calcChain" Target="calcChain.xml"/>'
    made[RELS] = rels.replace("</Relationships>", f"{relation}</Relationships>")
    made["xl/workbook.xml"] = book.replace("</workbook>", '<calcPr calcId="191029" iterate="1"/></workbook>')
    made["xl/calcChain.xml"] = f'<calcChain xmlns="{MAIN}">{calculated}</calcChain>'
    return write_parts(path, made)


RELS = "xl/_rels/workbook.xml.rels"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SUMS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>n</t></is></c></row>'
    '<row r="2"><c r="A2"><v>5</v></c><c r="B2"><f>A2*2</f><v>10</v></c></row>'
    '<row r="3"><c r="A3"><v>6</v></c><c r="B3"><f>A3*2</f><v>12</v></c></row>'
)


def test_a_formula_gives_way_to_what_is_put_in_and_leaves_the_list_of_formulas(tmp_path: Path) -> None:
    path = with_formulas(tmp_path / "a.xlsx", SUMS, '<c r="B3" i="1"/><c r="B2"/>')
    after = parts(corrected(path, {2: {2: "11"}}))
    assert b'<c r="B2"><v>11</v></c>' in after[SHEET]
    assert b"<f>A3*2</f>" in after[SHEET]
    assert "xl/calcChain.xml" not in after, "Excel makes it anew; one that names a formula too many is damage to it"
    assert b"calcChain" not in after[RELS] + after["[Content_Types].xml"]
    assert openpyxl.load_workbook(tmp_path / "corrected.a.xlsx")["Pagos"]["B2"].value == 11


def test_formulas_that_stand_on_a_corrected_cell_are_calculated_again_by_excel(tmp_path: Path) -> None:
    """On opening it calculates all of them where the workbook names no Excel that has; what we read is what it was."""
    path = with_formulas(tmp_path / "a.xlsx", SUMS, '<c r="B3" i="1"/><c r="B2"/>')
    after = parts(corrected(path, {2: {1: "7"}}))
    assert b'<calcPr iterate="1"/>' in after["xl/workbook.xml"]
    assert after["xl/calcChain.xml"] == parts(path)["xl/calcChain.xml"]
    assert rows_of(tmp_path / "corrected.a.xlsx", tmp_path)[2] == {1: "7", 2: "10"}


SHARED = (
    '<row r="2"><c r="A2"><v>5</v></c>'
    '<c r="B2"><f t="shared" ref="B2:B5" si="0">A2*$A$2&amp;"&lt;"</f><v>1</v></c></row>'
    + "".join(f'<row r="{n}"><c r="B{n}"><f t="shared" si="0"/><v>{n}</v></c></row>' for n in (3, 4, 5))
)


@pytest.mark.parametrize(
    ("cells", "formulas"),
    [
        ({2: {2: "1"}}, {3: '=A3*$A$2&"<"', 4: '=A4*$A$2&"<"', 5: '=A5*$A$2&"<"'}),
        ({2: {2: "1"}, 3: {2: "2"}}, {4: '=A4*$A$2&"<"', 5: '=A5*$A$2&"<"'}),
        ({4: {2: "1"}}, {2: '=A2*$A$2&"<"', 3: '=A3*$A$2&"<"', 5: '=A5*$A$2&"<"'}),
        ({2: {2: "1"}, 4: {2: "1"}}, {3: '=A3*$A$2&"<"', 5: '=A5*$A$2&"<"'}),
        ({n: {2: "1"} for n in (2, 3, 4, 5)}, {}),
    ],
)
def test_a_shared_formula_goes_on_in_the_cells_that_are_left(
    cells: Cells, formulas: dict[int, str], tmp_path: Path
) -> None:
    path = write_bare_workbook(tmp_path / "a.xlsx", SHARED)
    made = openpyxl.load_workbook(corrected(path, cells))["Pagos"]
    found = {n: made.cell(n, 2).value for n in (2, 3, 4, 5)}
    assert {n: value for n, value in found.items() if isinstance(value, str)} == formulas


def test_a_formula_shared_along_a_row_goes_on_in_it(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="B2"><f t="shared" ref="B2:D2" si="3">B1+1</f><v>1</v></c>'
        '<c r="C2"><f t="shared" si="3"/><v>2</v></c><c r="D2"><f t="shared" si="3"/><v>3</v></c></row>'
    )
    made = bare(tmp_path, rows, {2: {2: "9"}})
    assert '<c r="C2"><f t="shared" ref="C2:D2" si="3">C1+1</f><v>2</v></c>' in made
    assert '<c r="D2"><f t="shared" si="3"/><v>3</v></c>' in made


@pytest.mark.parametrize("kind", ["array", "dataTable"])
def test_a_formula_that_fills_several_cells_goes_with_any_of_them_and_leaves_its_values(
    kind: str, tmp_path: Path
) -> None:
    rows = (
        f'<row r="2"><c r="A2" cm="1"><f t="{kind}" ref="A2:A4">B2:B4*2</f><v>1</v></c></row>'
        '<row r="3"><c r="A3"><v>2</v></c></row><row r="4"><c r="A4"><v>3</v></c></row>'
    )
    assert bare(tmp_path, rows, {3: {1: "9"}}) == (
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>9</v></c></row>'
        '<row r="4"><c r="A4"><v>3</v></c></row>'
    )
    assert bare(tmp_path, rows, {3: {2: "9"}}).startswith(rows[: rows.index('<row r="3"')])


# --- what others make of it -------------------------------------------------------------------------------------------


@needs_office
@pytest.mark.slow
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    path = with_formulas(tmp_path / "a.xlsx", SUMS, '<c r="B3" i="1"/><c r="B2"/>')
    made = corrected(path, {2: {1: "7", 3: "ñ & <x>\n2"}, 3: {2: "99"}})
    shown = convert(made, "csv", tmp_path / "office").read_text("latin-1")
    assert shown == 'n,,\n7,10,"ñ & <x>\n2"\n6,99,\n'


def test_marks_are_laid_over_a_corrected_workbook(typed: Path, tmp_path: Path) -> None:
    made = corrected(typed, {3: {1: "y"}, 5: {1: "new"}})
    marks = SheetMarks("Pagos", 1, ("_resultado", "_id"), {3: ("mal", "")}, {3: {1: Level.ERROR}}, {(3, 1): "Falta."})
    mark_workbook(made, tmp_path / "m.xlsx", [marks])
    sheet_made = openpyxl.load_workbook(tmp_path / "m.xlsx")["Pagos"]
    assert (sheet_made["A3"].value, sheet_made["A5"].value) == ("y", "new")
    assert sheet_made["A3"].fill.fgColor.rgb == Level.ERROR.value
    assert sheet_made["A3"].comment.text == "gigbulk: Falta."
