"""Rows written alike: what is read by columns, and what is left to the readers of single cells."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsx_files import MAIN, rows_of, write_bare_workbook

from pipeline.workbook import cells as reader
from pipeline.workbook.xml_parts.even_rows import split_even_rows

ALIKE = (
    '<row r="@" spans="1:9"><c r="A@" s="1" t="s"><v>12</v></c><c r="B@" s="3"/><c r="C@"><v>-1.5</v></c>'
    '<c r="D@" s="2"><f>C@*2</f><v>-3</v></c><c r="E@"><f t="shared" si="0"/><v>7</v></c>'
    '<c r="AB@" t="inlineStr"><is><t>a &amp; b</t></is></c>'
    '<c r="AC@" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c></row>'
)


def written(row: str, count: int, first: int = 1001) -> str:
    return "".join(row.replace("@", f"{number}") for number in range(first, first + count))


def sheet_of(rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def cells_of(pieces: Any) -> list[dict[str, Any]]:
    """Cells that hold anything."""
    cells = pl.concat(piece.cells for piece in pieces).with_columns(pl.col("value").fill_null(""))
    return cells.filter((pl.col("value") != "") | pl.col("formula")).to_dicts()


def assert_read_as_xml(rows: str) -> None:
    """What `read_cells` gives of the rows is what an XML parser does."""
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.writestr("sheet.xml", sheet_of(rows))
        found = cells_of(reader.read_cells(archive, "sheet.xml", "libro.xlsx"))
        assert found == cells_of(reader.read_slow(archive.open("sheet.xml"), after=0))


def test_rows_written_alike_are_read_by_columns_formulas_and_empty_cells_with_them() -> None:
    even, rest = split_even_rows(pl.Series([written(ALIKE, 30)]), "")
    assert rest == ""
    (rows,) = even
    assert rows.rows.to_list() == list(range(1001, 1031))
    assert [(c.column, c.style, c.type, c.formula, c.values.unique().to_list()) for c in rows.columns] == [
        (1, 1, "s", False, ["12"]),
        (3, 0, "n", False, ["-1.5"]),
        (4, 2, "n", True, ["-3"]),
        (5, 0, "n", True, ["7"]),
        (28, 0, "inlineStr", False, ["a &amp; b"]),
        (29, 0, "inlineStr", False, [" x "]),
    ]
    assert_read_as_xml(written(ALIKE, 30))


@pytest.mark.parametrize(
    ("was", "other"),
    [
        ("<v>12</v>", "<v>12</v><extLst/>"),
        ("<v>12</v>", "<v>1<!-- 2 --></v>"),
        ("<v>-1.5</v>", "<v><![CDATA[5]]></v>"),
        ("<f>C1010*2</f>", '<f>IF(C1010="1010",1,2)</f>'),
        ("<f>C1010*2</f>", "<f>C1010<!-- --></f>"),
        ('<c r="C1010">', "<c>"),
        ('<c r="C1010">', "<c r='C1010'>"),
        ('<c r="C1010">', '<c r="C1010" s="4">'),
        ('<c r="C1010">', '<c r="D1010">'),
        ('<row r="1010" spans="1:9">', '<row r="1010" spans="1:9" hidden="1">'),
        ('<row r="1010" spans="1:9">', '<row spans="1:9" r="1010">'),
        ("<is><t>a &amp; b</t></is>", "<is><r><t>a</t></r><r><t> b</t></r></is>"),
        ("<v>12</v></c>", '<v>12</v></c><c r="AZ1010"><v>1010</v></c>'),
        ("</row>", "</row>\n<!-- <row> -->"),
    ],
)
def test_a_row_that_differs_in_anything_but_values_is_none_of_the_form(was: str, other: str) -> None:
    rows = written(ALIKE, 30)
    start = rows.index('<row r="1010"')
    changed = rows[:start] + rows[start:].replace(was, other, 1)
    assert changed != rows
    even, _ = split_even_rows(pl.Series([changed]), "")
    alike = {number for found in even if len(found.rows) > 1 for number in found.rows}
    assert {*range(1001, 1031)} - alike in ({1010}, {1009, 1010})  # what stands behind the row before is of that row
    assert_read_as_xml(changed)


@pytest.mark.parametrize(
    "numbers", [(5, 5, 6), (7, 6, 8), ("5", "+6", "7"), ("05", "6", "7"), (1_048_575, 1_048_576, 1_048_577)]
)
def test_rows_whose_numbers_do_not_rise_are_left_to_others(numbers: tuple[object, ...]) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in numbers)
    assert split_even_rows(pl.Series([rows]), "") == ((), rows)


def test_a_table_whose_columns_may_be_empty_has_a_few_forms(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "p.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for row in range(200):
            sheet.write_row(row, 0, [f"C-{row}", row * 1.5] + ["si"] * (row % 3))
            sheet.write_datetime(row, 5, dt.date(2026, 11, 1 + row % 28), day)
            sheet.write_formula(row, 6, f"=B{row + 1}*2", None, row * 3)
    with zipfile.ZipFile(tmp_path / "p.xlsx") as archive:
        pieces = list(reader.read_cells(archive, "xl/worksheets/sheet1.xml", "p.xlsx"))
    by_columns = sum(len(rows.rows) for piece in pieces for rows in piece.even)
    assert by_columns > 180
    read = rows_of(tmp_path / "p.xlsx", tmp_path)
    assert read[150] == {1: "C-149", 2: "223.5", 3: "si", 4: "si", 6: "2026-11-10", 7: "447"}
    assert read[151] == {1: "C-150", 2: "225", 6: "2026-11-11", 7: "450"}


kinds = st.sampled_from(
    [
        '><v>{}</v></c>', ' s="1" t="s"><v>{}</v></c>', ' s="9"/>', ' t="b"><v>{}</v></c>', ' t="str"><v>{}</v></c>',
        "><f>A1+1</f><v>{}</v></c>", '><f t="shared" si="0"/><v>{}</v></c>', ' t="e"><f>{}</f><v>#N/A</v></c>',
        ' t="inlineStr"><is><t>{}</t></is></c>', ' t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>',
    ]
)  # fmt: skip
values = st.sampled_from(["0", "1", "", " ", "2 &lt; 3", "_x000A_", '12"', "ñ", "7>6"])
strange = st.sampled_from(["", "", "", "\n", "<!-- x -->", ' <c r="Z@"><v>1</v></c>', '"', '@"'])


@given(
    forms=st.lists(st.lists(st.tuples(kinds, values), min_size=1, max_size=5), min_size=1, max_size=3),
    count=st.integers(1, 25),
    first=st.integers(1, 120),
    at=st.integers(0, 24),
    odd=strange,
    space=st.sampled_from(["", "\n", " "]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_among_rows_alike_every_cell_is_read_as_an_xml_parser_reads_it(
    forms: list[list[tuple[str, str]]], count: int, first: int, at: int, odd: str, space: str
) -> None:
    rows = []
    for number in range(first, first + count):
        cells = forms[number % len(forms)]
        inner = "".join(f'<c r="{"ABCDEF"[n]}{number}"{kind.format(value)}' for n, (kind, value) in enumerate(cells))
        rows.append(
            f'<row r="{number}">{inner}{odd.replace("@", str(number)) if number - first == at else ""}</row>{space}'
        )
    assert_read_as_xml("".join(rows))


@given(
    shown=st.lists(st.sampled_from(["", " ", "a", "\u200b", "0", "#CALC!"]), min_size=3, max_size=3),
    other=st.lists(st.sampled_from(["", " ", "b"]), min_size=3, max_size=3),
    calculates=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_blanks_and_formulas_without_a_value_are_the_same_however_rows_are_read(
    shown: list[str], other: list[str], calculates: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("libro")
    text, formula = '<c r="{}@" t="str"><v>{{}}</v></c>', '<c r="B@"><f>1+1</f><v>{}</v></c>'
    form = f'<row r="@">{text.format("A")}{formula}{text.format("C")}</row>'
    rows = "".join(
        form.format(*(shown if number % 2 else other)).replace("@", str(number)) for number in range(100, 120)
    )
    book = '<calcPr fullCalcOnLoad="1"/>' if calculates else ""
    even = write_bare_workbook(folder / "e.xlsx", rows, book=book)
    single = write_bare_workbook(folder / "s.xlsx", rows.replace('<row r="', '<row ht="15" r="'), book=book)
    assert rows_of(even, folder) == rows_of(single, folder)
