"""Whole workbooks: values of every kind, wherever the table stands and whoever wrote it, are read as they are shown."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.formats import FORMATS, LINE
from pipeline.formats.spec import ReadOptions
from pipeline.workbook.marks import column_letters
from pipeline.workbook.write import PlacedTable, write_placed_tables
from schemas.cleaning.repair.steps import SAYS

HEADINGS = ("Clave", "Nombre", "Importe", "Fecha", "Pagado")
letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
plain = st.text(letters, max_size=20).filter(lambda text: not re.search("_x[0-9A-Fa-f]{4}_", text))
"""Not what looks like an escape: openpyxl writes it as if it were one."""
texts = plain | st.sampled_from(["=1+1", "007", "1E5", "a\nb", " x ", "&lt;", "#N/A?"])
rows = st.lists(
    st.tuples(
        st.integers(1, 10**9).map(lambda n: f"c{n}"),  # a key, so that every row says something
        st.none() | texts,
        st.none() | st.decimals(-(10**9), 10**9, places=2).map(lambda number: number + 0),
        st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
Rows = list[tuple[Any, ...]]


def by_openpyxl(path: Path, table: Rows, top: int, left: int) -> None:
    book = openpyxl.Workbook()
    for r, row in enumerate([HEADINGS, *table], top):
        for c, value in enumerate(row, left):
            cell = book.active.cell(r, c)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = is no formula here
    book.save(path)


def by_xlsxwriter(path: Path, table: Rows, top: int, left: int) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for r, row in enumerate([HEADINGS, *table], top - 1):
            for c, value in enumerate(row, left - 1):
                if isinstance(value, str):
                    sheet.write_string(r, c, value)
                else:
                    sheet.write(r, c, value, day if isinstance(value, dt.date) else None)


def by_ourselves(path: Path, table: Rows, top: int, left: int) -> None:
    columns = [column_letters(left + n) for n in range(len(HEADINGS))]
    kinds = (pl.String, pl.String, pl.Decimal(38, 2), pl.Date, pl.Boolean)
    frame = pl.DataFrame(table, schema=dict(zip(columns, kinds, strict=True)), orient="row")
    placed = frame.with_columns(pl.int_range(top + 1, top + 1 + len(table), dtype=pl.UInt32).alias("n"))
    headings = dict(zip(columns, HEADINGS, strict=True))
    write_placed_tables({"Hoja": PlacedTable(headings, top, "n", [placed[:2], placed[2:]])}, path)


def shown(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = f"{value:f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return None if value is None or value == "" else str(value)


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter, by_ourselves], ids=lambda write: write.__name__)
@given(table=rows, top=st.integers(1, 9), left=st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_a_table_is_read_as_it_was_written(
    write: Any, table: Rows, top: int, left: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("libro") / "libro.xlsx"
    write(path, table, top, left)
    book = FORMATS["xlsx"]
    (shape,) = book.look(path, ReadOptions(is_heading=HEADINGS.__contains__))
    assert shape.first_line == top
    assert shape.columns == tuple(column_letters(left + n) for n in range(len(HEADINGS)))
    found = pl.concat(book.read(path, shape, 3))
    assert found[LINE].to_list() == list(range(top + 1, top + 1 + len(table)))
    assert found.select(HEADINGS).rows() == [tuple(map(shown, row)) for row in table]


def test_a_row_of_blanks_alone_is_none(tmp_path: Path) -> None:
    by_openpyxl(tmp_path / "b.xlsx", [("c1", "x", None, None, None), (" ", "\u200b", None, None, None)], 1, 1)
    (shape,) = FORMATS["xlsx"].look(tmp_path / "b.xlsx", ReadOptions(is_heading=HEADINGS.__contains__))
    assert pl.concat(FORMATS["xlsx"].read(tmp_path / "b.xlsx", shape, 3))[LINE].to_list() == [2]
    assert re.search(SAYS, "\u200b") is None
