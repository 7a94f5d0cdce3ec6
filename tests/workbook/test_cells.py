"""Cells of a sheet as frames: what each holds, whichever of the two readers took it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsx_files import MAIN, grid_of, rows_of, write_bare_workbook

from pipeline.errors import InputError
from pipeline.workbook import cells as reader
from pipeline.workbook.marks import column_letters
from pipeline.workbook.package import open_package
from pipeline.workbook.shown import UNCALCULATED, show_cells
from pipeline.workbook.write import write_workbook
from pipeline.workbook.xml_parts.plain_cells import split_plain_cells
from pipeline.workbook.xml_parts.value_cells import ValueCells, split_value_cells
from schemas.cleaning.repair.steps import SAYS


def first_row(rows: str, tmp_path: Path, **parts: str) -> dict[int, str]:
    return rows_of(write_bare_workbook(tmp_path / "s.xlsx", f'<row r="1">{rows}</row>', **parts), tmp_path)[1]


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="5"><numFmt numFmtId="170" formatCode="00000"/>'
    '<numFmt numFmtId="171" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="172" formatCode="[$-80A]d&quot; de &quot;mmmm&quot; de &quot;yyyy"/>'
    '<numFmt numFmtId="173" formatCode="[$USD] #,##0.00"/><numFmt numFmtId="174" formatCode="&quot;$&quot;#,##0.00"/>'
    '</numFmts><cellXfs count="8"><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/>'
    '<xf numFmtId="10"/><xf numFmtId="173"/><xf numFmtId="174"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)
ZEROS, DAY, SPANISH_DAY, PERCENT, DOLLARS, PESOS, MOMENT = range(1, 8)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (f'<c r="A1" s="{ZEROS}"><v>6700</v></c>', "06700"),
        (f'<c r="A1" s="{DAY}"><v>46341</v></c>', "2026-11-15"),
        (f'<c r="A1" s="{SPANISH_DAY}"><v>46341</v></c>', "2026-11-15"),
        (f'<c r="A1" s="{MOMENT}"><v>46341.4375</v></c>', "2026-11-15T10:30:00"),
        (f'<c r="A1" s="{PERCENT}"><v>0.16</v></c>', "16%"),
        (f'<c r="A1" s="{PERCENT}"><v>0.10666699999999999</v></c>', "10.6667%"),
        (f'<c r="A1" s="{DOLLARS}"><v>1160</v></c>', "USD 1160"),
        (f'<c r="A1" s="{PESOS}"><v>1160.5</v></c>', "1160.5"),
        ('<c r="A1"><v>46341</v></c>', "46341"),
        ('<c r="A1"><v>1160.0000000000002</v></c>', "1160"),
        ('<c r="A1"><v>0.1</v></c>', "0.1"),
        ('<c r="A1"><v>4.6399999999999997</v></c>', "4.64"),
        ('<c r="A1"><v>1E+16</v></c>', "1E+16"),
        ('<c r="A1"><v>1234567890123456789</v></c>', "1.23456789012346E+18"),
        ('<c r="A1"><v>5.0000000000000001E-3</v></c>', "0.005"),
        ('<c r="A1" t="b"><v>1</v></c>', "true"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A1" t="str"><f>"x"</f><v>x</v></c>', "x"),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="A1"><f>1+1</f></c>', UNCALCULATED),
        ('<c r="A1" t="inlineStr"><is><t>a &amp; b</t></is></c>', "a & b"),
        ('<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r><rPh><t>x</t></rPh></is></c>', "a b"),
        ('<c r="A1" t="inlineStr"><is><t>uno_x000A_dos</t></is></c>', "uno\ndos"),
        ('<c r="A1" t="d"><v>2026-11-15</v></c>', "2026-11-15"),
    ],
)
def test_a_cell_is_what_a_person_sees_in_it(cell: str, text: str, tmp_path: Path) -> None:
    assert first_row(cell, tmp_path, styles=STYLES) == {1: text}


def test_an_old_macintosh_counts_days_from_1904(tmp_path: Path) -> None:
    cell = f'<c r="A1" s="{DAY}"><v>44879</v></c>'
    assert first_row(cell, tmp_path, styles=STYLES, book='<workbookPr date1904="1"/>') == {1: "2026-11-15"}


def test_a_stored_nought_is_not_believed_where_nothing_was_calculated(tmp_path: Path) -> None:
    """XlsxWriter stores 0 for every formula and asks the program to calculate."""
    book = xlsxwriter.Workbook(str(tmp_path / "x.xlsx"))
    book.add_worksheet("H").write_formula("A1", "=1+1")
    book.close()
    assert rows_of(tmp_path / "x.xlsx", tmp_path) == {1: {1: UNCALCULATED}}


def test_shared_texts_of_every_form_are_read(tmp_path: Path) -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>uno</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">dos </t></r>'
        "<r><t>y</t></r></si>"
        "<si/><si><t/></si><si><t>tres</t><rPh sb='0' eb='1'><t>x</t></rPh></si></sst>"
    )
    cells = "".join(f'<c r="{letter}1" t="s"><v>{n}</v></c>' for n, letter in enumerate("ABCDE"))
    assert first_row(cells, tmp_path, strings=strings) == {1: "uno", 2: "dos y", 5: "tres"}


@pytest.mark.parametrize("between", ["", "\n", "\r\n  "])
def test_shared_texts_keep_their_numbers_however_many_and_however_laid_out(between: str, tmp_path: Path) -> None:
    """Blanks between two texts are none, wherever the part is cut for reading; an empty text at the end is one."""
    items = [f"<si><t>{n:0500}</t></si>" for n in range(20_000)]
    strings = f'<sst xmlns="{MAIN}">{between.join([*items, "<si/>"])}{between}</sst>'
    asked = {1: 0, 2: 8_191, 3: 9_000, 4: 16_500, 5: 19_999, 6: 20_000}
    cells = "".join(f'<c r="{"ABCDEF"[c - 1]}1" t="s"><v>{n}</v></c>' for c, n in asked.items())
    found = first_row(cells, tmp_path, strings=strings)
    assert found == {c: f"{n:0500}" for c, n in asked.items() if n < 20_000}


def test_an_empty_number_of_a_text_is_an_empty_cell(tmp_path: Path) -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>uno</t></si></sst>'
    cells = '<c r="A1" t="s"><v></v></c><c r="B1" t="s"><v/></c><c r="C1" t="s"><v>0</v></c><c r="D1" t="s"/>'
    assert first_row(cells, tmp_path, strings=strings) == {3: "uno"}


@pytest.mark.parametrize("number", ["2", "-1", "x", "4294967296"])
def test_a_text_that_is_not_there_is_no_other_text(number: str, tmp_path: Path) -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>uno</t></si><si><t>dos</t></si></sst>'
    with pytest.raises(InputError, match="names a text that is not there"):
        first_row(f'<c r="A1" t="s"><v>{number}</v></c>', tmp_path, strings=strings)


@pytest.mark.parametrize(
    "cell",
    [
        "<c r='A1'><v>7</v></c>",
        "<c r='A1' ><v>7</v></c>",
        '<c\nr="A1"><v>7</v></c>',
        '<c\tr="A1"><v>7</v></c>',
        "<c><v>7</v></c>",
        '<!-- <c r="B1"><v>8</v></c> --><c r="A1"><v>7</v></c>',
        '<c r="A1"><v><![CDATA[7]]></v></c>',
    ],
)
def test_xml_of_every_spelling_is_read_alike(cell: str, tmp_path: Path) -> None:
    assert first_row(cell, tmp_path) == {1: "7"}


def test_positions_are_counted_where_cells_have_no_address(tmp_path: Path) -> None:
    rows = '<row><c t="inlineStr"><is><t>a</t></is></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row>'
    assert rows_of(write_bare_workbook(tmp_path / "s.xlsx", rows), tmp_path) == {1: {1: "a", 2: "2"}, 2: {2: "3"}}


def test_a_cell_in_the_last_row_and_column_is_one_cell(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    found = rows_of(write_bare_workbook(tmp_path / "s.xlsx", rows), tmp_path)
    assert found == {1: {1: "1"}, 1048576: {16384: "2"}}


def test_a_declared_rectangle_is_not_believed(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 4))
    for declared in ("A1", "A1:XFD1048576"):
        source = write_bare_workbook(tmp_path / "s.xlsx", rows, head=f'<dimension ref="{declared}"/>')
        assert rows_of(source, tmp_path) == {n: {1: str(n)} for n in (1, 2, 3)}


def test_hidden_rows_and_merged_cells_are_known(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
    tail = '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>'
    grid = grid_of(write_bare_workbook(tmp_path / "s.xlsx", rows, tail=tail), tmp_path)
    assert (grid.hidden, grid.merges) == ([2], ((1, 1, 1, 3),))


def test_a_million_formatted_rows_without_a_value_are_nothing(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' + "".join(
        f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(2, 50_000)
    )
    assert rows_of(write_bare_workbook(tmp_path / "s.xlsx", rows), tmp_path) == {1: {1: "1"}}


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_a_sheet_cut_short_is_an_error_of_the_file(cut: float, tmp_path: Path) -> None:
    whole = f'<worksheet xmlns="{MAIN}"><sheetData>' + '<row r="1"><c r="A1"><v>1</v></c></row>' * 50
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("sheet.xml", whole[: int(len(whole) * cut)])
    with zipfile.ZipFile(tmp_path / "p.zip") as archive, pytest.raises(InputError, match="damaged"):
        list(reader.read_cells(archive, "sheet.xml", "libro.xlsx"))


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 4)),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
)
tables = st.lists(st.lists(values, min_size=1, max_size=6), min_size=1, max_size=12)


def expected(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if value else "0"
    return None if value is None or value == "" else str(value)


@pytest.mark.parametrize(
    ("written", "text"),
    [("&#64976;", "\ufdd0"), ("&#128;", "\x80"), ("&#xE9;&amp;lt;", "é&lt;"), ("&copy;&#55296;", "&copy;&#55296;")],
)
def test_references_are_those_of_xml_and_not_of_web_pages(written: str, text: str, tmp_path: Path) -> None:
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>x{written}</t></is></c></row>'
    assert rows_of(write_bare_workbook(tmp_path / "r.xlsx", row), tmp_path) == {1: {1: f"x{text}"}}


@given(table=tables)
@settings(max_examples=40, deadline=None)
def test_what_a_library_writes_is_read_as_it_was(
    table: list[list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """openpyxl and XlsxWriter write the same values in different forms."""
    folder = tmp_path_factory.mktemp("libro")
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    for found in book.active.iter_rows():
        for cell in found:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that begins with = is no formula here
    book.save(folder / "o.xlsx")
    other = xlsxwriter.Workbook(str(folder / "x.xlsx"))
    sheet, days = other.add_worksheet(), other.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(table):
        for c, value in enumerate(row):
            if isinstance(value, bool):
                sheet.write_boolean(r, c, value)
            elif isinstance(value, str):
                sheet.write_string(r, c, value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(r, c, value, days)
            elif value is not None:
                sheet.write_number(r, c, value)
    other.close()
    texts = {
        r: {c: text for c, value in enumerate(values, 1) if (text := expected(value)) is not None}
        for r, values in enumerate(table, 1)
    }
    wanted = {r: row for r, row in texts.items() if any(re.search(SAYS, text) for text in row.values())}
    for file in ("o.xlsx", "x.xlsx"):
        assert rows_of(folder / file, folder) == wanted, file


@given(table=tables)
@settings(max_examples=40, deadline=None)
def test_both_readers_give_the_same_cells(table: list[list[Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("libro")
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    book.save(folder / "o.xlsx")
    with zipfile.ZipFile(folder / "o.xlsx") as archive:
        part = open_package(archive, "o").sheets[0].part
        fast = [piece.cells for piece in reader.read_fast(archive.open(part))]
        slow = [piece.cells for piece in reader.read_slow(archive.open(part), after=0)]
    assert pl.concat(fast).equals(pl.concat(slow))


tags = ["", "", ' s="3"', ' s="3" t="str"', ' t="str" s="3"', ' t="inlineStr"', ' cm="1"', ' ph="a&gt;"', " s='3'"]
bodies = [
    "/>", "></c>", "><v>7</v></c>", "><v></v></c>", "><v/></c>", "><v> a</v></c>", "><v>a &amp; b</v></c>",
    "><v>_x000A_'/</v></c>", "><v>1</v><extLst/></c>", "> <v>1</v> </c>", "><v><![CDATA[<c >]]></v></c>",
    "><f>1+1</f><v>2</v></c>", "><f>1+1</f></c>", '><f t="shared" si="0"/><v>3</v></c>', "><f><!-- --></f><v>2</v></c>",
     "><is><t>x</t></is></c>", "><is><t/></is></c>",
    '><is><t xml:space="preserve"> x</t></is></c>', "><is><r><t>x</t></r><r><t>y</t></r></is></c>",
]  # fmt: skip
behind = ["", "", "", "\n", '<!-- <c r="B1"><v>8</v></c> -->', "<?a?>"]
spelt = st.tuples(st.sampled_from(tags), st.sampled_from(bodies), st.sampled_from(behind))
spellings = st.lists(st.lists(spelt, max_size=6), min_size=1, max_size=6)
openings = st.sampled_from(
    ["", ' spans="1:3"', ' hidden="1"', ' ht="15" hidden="true" x14ac:dyDescent="0.2"', " hidden='1'", ' hidden="0"']
)


def holding(pieces: list[reader.SheetPiece]) -> list[dict[str, Any]]:
    """The cells that hold anything; an empty value is none."""
    cells = pl.concat(piece.cells for piece in pieces).with_columns(pl.col("value").fill_null(""))
    return cells.filter((pl.col("value") != "") | pl.col("formula")).to_dicts()


@given(
    rows=spellings, opening=openings, space=st.sampled_from(["", "\n", "\r\n  "]), prefix=st.sampled_from(["", "x:"])
)
@settings(max_examples=200, deadline=None)
def test_every_spelling_of_cells_is_read_as_an_xml_parser_reads_it(
    rows: list[list[tuple[str, str, str]]], opening: str, space: str, prefix: str
) -> None:
    written = []
    for number, cells in enumerate(rows, 1):
        inner = "".join(f'<c r="{"ABCDEF"[n]}{number}"{tag}{body}{after}' for n, (tag, body, after) in enumerate(cells))
        written.append(f'<row r="{number}"{opening}>{space}{inner}</row>{space}')
    names = re.compile(r"(</?)(?=(?:row|c|v|f|is|t|r|extLst)\b)")
    xml = names.sub(rf"\g<1>{prefix}", "".join(written))
    space_name = "xmlns:x" if prefix else "xmlns"
    whole = (
        f'<{prefix}worksheet {space_name}="{MAIN}" xmlns:x14ac="a"><{prefix}sheetData>{xml}</{prefix}sheetData>'
        f"</{prefix}worksheet>"
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("sheet.xml", whole)
    with zipfile.ZipFile(held) as archive:
        found = list(reader.read_cells(archive, "sheet.xml", "libro.xlsx"))
        slow = list(reader.read_slow(archive.open("sheet.xml"), after=0))
    assert holding(found) == holding(slow)
    assert [row for p in found for row in p.hidden] == [row for p in slow for row in p.hidden]


@pytest.mark.parametrize("program", ["openpyxl", "XlsxWriter", "XlsxWriter in constant memory", "gigbulk"])
def test_what_programs_write_is_plain(program: str, tmp_path: Path) -> None:
    """Else such workbooks take twice the time."""
    row, path = ["texto", " a & b ", 12, 0.16, True, dt.date(2026, 11, 15)], tmp_path / "p.xlsx"
    if program == "openpyxl":
        book = openpyxl.Workbook()
        book.active.append(row)
        book.save(path)
    elif program == "gigbulk":
        write_workbook({"t": pl.DataFrame([row], orient="row").lazy()}, path)
    else:
        with xlsxwriter.Workbook(str(path), {"constant_memory": "constant" in program}) as made:
            made.add_worksheet().write_row(0, 0, row)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(open_package(archive, "p").sheets[0].part).decode()
    pieces = sheet[sheet.index("<sheetData>") + 11 : sheet.index("</sheetData>")].split("<c ")[1:]
    plain = split_plain_cells(pl.Series(pieces), "")
    assert (len(plain.cells), len(plain.others)) == (len(pieces), 0)


TAGS = st.sampled_from(["", ' t="s"', ' s="1" t="s"', ' s="2"', ' t="str"', ' cm="1"'])
VALUES = st.sampled_from(["0", "12", "-1.5", "a &amp; b", "", " ", "a > b"])
ROW_TAGS = st.sampled_from(["", ' spans="1:3"', ' hidden="1"', ' ht="15.5" customHeight="1"'])
STRANGE = (
    '<c r="C1" s="1"/>', '<c r="C1"><f>1+1</f><v>2</v></c>', "<!-- <v>1</v></c> -->", " ", "<c r='C1'><v>1</v></c>",
    '<c><v>1</v></c>', '<c r="C0"><v>1</v></c>', '<c r="+1"><v>1</v></c>', '<c r="C+1"><v>1</v></c>', '<row r="9"/>',
    '<c r="C1" t="inlineStr"><is><t>a</t></is></c>', '<c r="C1"><v>1<x/></v></c>', '<c r="C1"><v/></c>', "</row><row>",
    '<c r="C1048577"><v>1</v></c>', '<c r="é1"><v>1</v></c>', "<c r=\"\"><v>1</v></c>", "<v>1</v></c>", '<c r="C1"><v>',
)  # fmt: skip
"""What stands among cells that have a value, and is none; some of it no sheet may have."""


def written_rows(rows: list[tuple[str, list[tuple[int, str, str]]]]) -> list[str]:
    """Tags, and cells between them."""
    texts = []
    for number, (row_tag, cells) in enumerate(rows, 1):
        texts.append(f'<row r="{number}"{row_tag}>')
        for column, tag, value in cells:
            texts.append(f'<c r="{column_letters(column)}{number}"{tag}><v>{value}</v></c>')
        texts.append("</row>")
    return texts


cells_of_values = st.lists(
    st.tuples(st.sampled_from([1, 2, 26, 27, 703, 16_384]), TAGS, VALUES), min_size=1, max_size=4
)
rows_of_values = st.lists(st.tuples(ROW_TAGS, cells_of_values), min_size=1, max_size=4)


def assert_as_plain(found: ValueCells, text: str) -> None:
    plain = split_plain_cells(pl.Series(text.split("<c "))[1:], "")
    assert plain.others.is_empty()
    cells = found.cells.select(reader.CELL_SCHEMA.names())
    assert cells.schema == reader.CELL_SCHEMA
    assert cells.equals(plain.cells.select(cells.columns))
    assert re.findall("<row[^>]*>", "".join(found.rows)) == re.findall("<row[^>]*>", text)


@given(rows=rows_of_values)
@settings(max_examples=150, deadline=None)
def test_rows_of_values_alone_are_read_in_one_go_and_as_any_plain_cells(
    rows: list[tuple[str, list[tuple[int, str, str]]]],
) -> None:
    text = "".join(written_rows(rows))
    found = split_value_cells(text, "")
    assert found is not None
    assert_as_plain(found, text)


@given(rows=rows_of_values, strange=st.sampled_from(STRANGE), data=st.data(), far=st.booleans())
@settings(max_examples=400, deadline=None)
def test_rows_that_hold_anything_but_values_are_left_to_the_reader_of_any_cells(
    rows: list[tuple[str, list[tuple[int, str, str]]]], strange: str, data: st.DataObject, far: bool
) -> None:
    before = "".join(written_rows([("", [(1, "", "7")] * 40)] * 20)) if far else ""  # more than the sample looks at
    texts = written_rows(rows)
    at = data.draw(st.integers(0, len(texts)))
    text = before + "".join([*texts[:at], strange, *texts[at:]])
    found = split_value_cells(text, "")
    if found is not None:  # a row without cells between rows, say
        assert_as_plain(found, text)


amounts = st.floats(-2e9, 2e9) | st.floats(-100, 100).map(lambda number: round(number, 2) * 1.16)


@given(numbers=st.lists(amounts, min_size=1, max_size=30), form=st.sampled_from(["%.17G", "%.16G", "%r"]))
@settings(max_examples=300, deadline=None)
def test_a_number_is_shown_with_fifteen_digits_however_it_is_rounded(numbers: list[float], form: str) -> None:
    written = [form % number for number in numbers]
    cells = pl.DataFrame(
        [(row, 1, 0, "n", text, False) for row, text in enumerate(written, 1)], schema=reader.CELL_SCHEMA, orient="row"
    )
    shown = show_cells(cells, pl.Series([], dtype=pl.String), [], date1904=False, calculate_on_load=False)
    assert [Decimal(text) for text in shown] == [Decimal(f"{float(text):.15g}") for text in written]
    assert all(re.fullmatch(r"0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d*[1-9]|.*E-\d+", text) for text in shown)
