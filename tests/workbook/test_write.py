"""Tables written as a workbook: what they hold is what a spreadsheet then holds."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsx_files import grid_of

from pipeline.workbook.write import MOST_ROWS, write_workbook
from schemas.cleaning.repair.steps import SAYS

UTC = dt.UTC


def written(frame: pl.DataFrame, folder: Path, name: str = "payments") -> Any:
    write_workbook({name: frame.lazy()}, folder / "salida.xlsx")
    return openpyxl.load_workbook(folder / "salida.xlsx")[name]


def test_cells_have_the_types_of_their_columns(tmp_path: Path) -> None:
    noon = dt.datetime(2026, 11, 15, 18, tzinfo=UTC)
    frame = pl.DataFrame(
        {"id": ["a"], "n": [7], "total": [Decimal("1160.50")], "at": [noon], "ok": [True], "no": [None]}
    )
    sheet = written(frame, tmp_path)
    assert [cell.value for cell in sheet[1]] == ["id", "n", "total", "at", "ok", "no"]
    assert [cell.value for cell in sheet[2]] == ["a", 7, 1160.5, dt.datetime(2026, 11, 15, 12), True, None]  # noqa: DTZ001


def test_instants_stand_on_mexico_city_s_clock(tmp_path: Path) -> None:
    """Six hours behind UTC all the year since 2022, five in the summers before."""
    moments = [dt.datetime(2021, 7, 1, 12, tzinfo=UTC), dt.datetime(2026, 7, 1, 12, tzinfo=UTC)]
    sheet = written(pl.DataFrame({"at": moments}), tmp_path)
    assert [sheet["A2"].value.hour, sheet["A3"].value.hour] == [7, 6]


@pytest.mark.parametrize("text", ["=1+1", "+5", "-5", "@cmd", "\t=1", "00123", "1E5", "06/07/2026"])
def test_text_is_text_and_never_a_formula_or_a_number(text: str, tmp_path: Path) -> None:
    cell = written(pl.DataFrame({"a": [text]}), tmp_path)["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")


def test_a_number_that_a_cell_cannot_hold_exactly_is_text(tmp_path: Path) -> None:
    sheet = written(pl.DataFrame({"a": [12345678901234567, 5]}), tmp_path)
    assert (sheet["A2"].value, sheet["A3"].value) == ("12345678901234567", 5)


def test_the_heading_stays_in_sight_and_has_filters(tmp_path: Path) -> None:
    sheet = written(pl.DataFrame({"a": ["x", "y"], "b": [1, 2]}), tmp_path)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")


def test_columns_are_as_wide_as_what_they_hold(tmp_path: Path) -> None:
    sheet = written(pl.DataFrame({"a": ["x"], "largo": ["y" * 30], "muy": ["z" * 500]}), tmp_path)
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == sorted(widths)
    assert widths[2] < 60


def test_a_table_without_rows_has_its_headings(tmp_path: Path) -> None:
    assert [cell.value for cell in written(pl.DataFrame(schema={"a": pl.String, "b": pl.Int64}), tmp_path)[1]] == [
        "a",
        "b",
    ]


def test_names_of_sheets_are_short_allowed_and_different(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]}).lazy()
    write_workbook({"a" * 40: frame, "a" * 41: frame, "x/y": frame, "X-Y": frame}, tmp_path / "s.xlsx")
    names = openpyxl.load_workbook(tmp_path / "s.xlsx").sheetnames
    assert names == ["a" * 31, "a" * 27 + " (2)", "x-y", "X-Y (2)"]


@pytest.mark.slow
def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": pl.int_range(MOST_ROWS, eager=True)})
    write_workbook({"payments": frame.lazy()}, tmp_path / "s.xlsx")
    first, second = grid_of(tmp_path / "s.xlsx", tmp_path, 0), grid_of(tmp_path / "s.xlsx", tmp_path, 1)
    assert (first.rows, second.rows) == (MOST_ROWS, 2)
    assert second.ends == {1: {1: "n"}, 2: {1: str(MOST_ROWS - 1)}}


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
tables = st.lists(
    st.tuples(
        st.none() | texts,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.decimals(-(10**9), 10**9, places=6),
        st.none() | st.dates(dt.date(1900, 3, 1), dt.date(2200, 1, 1)),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
SCHEMA = {"text": pl.String, "int": pl.Int64, "money": pl.Decimal(38, 6), "day": pl.Date, "flag": pl.Boolean}


def shown(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = f"{value:f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return None if value in (None, "") else str(value)


@given(rows=tables)
@example(rows=[(" ", None, None, None, False), (" ", None, None, None, None), ("", None, None, None, None)])
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("libro")
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    write_workbook({"t": frame.lazy()}, folder / "s.xlsx")
    grid = grid_of(folder / "s.xlsx", folder)
    columns = range(1, len(SCHEMA) + 1)
    again = [row for part in grid.frames(columns, 1, 100) for row in part.iter_rows()]
    found = {row: list(texts) for row, *texts in again}
    texts = {n: [shown(value) for value in row] for n, row in enumerate(rows, 2)}
    wanted = {n: cells for n, cells in texts.items() if any(cell and re.search(SAYS, cell) for cell in cells)}
    assert found == wanted


def test_the_same_table_is_the_same_bytes_whatever_the_clock_says(tmp_path: Path) -> None:
    """The page confirms a file by its hash, and writes it anew when it sends it."""
    written(pl.DataFrame({"name": ["Ana"]}), tmp_path)
    with zipfile.ZipFile(tmp_path / "salida.xlsx") as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {part.compress_type for part in archive.infolist()} == {zipfile.ZIP_DEFLATED}
