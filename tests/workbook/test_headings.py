"""A table begins where its headings are, whatever stands above; a row that only sums up is told at its end."""

from __future__ import annotations

import pytest

from pipeline.workbook.cells import Merge
from pipeline.workbook.grid import Grid
from pipeline.workbook.headings import find_table

KNOWN = {"nombre", "rfc", "importe"}

Rows = dict[int, dict[int, str]]


def a_grid(rows: Rows, *merges: Merge) -> Grid:
    last_rows = {column: max(n for n, row in rows.items() if column in row) for row in rows.values() for column in row}
    return Grid(last_rows=last_rows, rows=len(rows), top=rows, ends=rows, merges=merges)


def is_known(text: str) -> bool:
    return text.casefold() in KNOWN


@pytest.mark.parametrize(
    ("rows", "row", "headings"),
    [
        pytest.param({1: {1: "Nombre", 2: "RFC"}, 2: {1: "Ana", 2: "X"}}, 1, {1: "Nombre", 2: "RFC"}, id="first row"),
        pytest.param(
            {1: {1: "Reporte de ventas"}, 4: {2: "Nombre", 3: "Importe"}, 5: {2: "Ana", 3: "5.00"}},
            4, {2: "Nombre", 3: "Importe"}, id="below a title, further right",
        ),
        pytest.param(
            {1: {1: "Desde", 2: "2026-01-01"}, 2: {1: "Nombre", 2: "Otra cosa"}},
            2, {1: "Nombre", 2: "Otra cosa"}, id="known headings weigh more than words",
        ),
        pytest.param(
            {1: {1: "Uno", 2: "Dos"}, 2: {1: "Tres", 2: "Cuatro"}}, 1, {1: "Uno", 2: "Dos"}, id="the upper of equals",
        ),
        pytest.param(
            {1: {1: "Nombre", 3: "Importe"}, 2: {1: "Ana", 2: "x", 3: "5"}},
            1, {1: "Nombre", 2: "Columna B", 3: "Importe"}, id="a column without a heading that holds something",
        ),
        pytest.param({1: {1: "Nombre"}, 2: {1: "Ana"}}, 1, {1: "Nombre"}, id="one column with a known heading"),
        pytest.param({1: {1: "Nombre\n del  cliente", 2: "RFC"}}, 1, {1: "Nombre del cliente", 2: "RFC"}, id="spaces"),
    ],
)  # fmt: skip
def test_the_row_with_the_most_headings_is_where_the_table_begins(
    rows: Rows, row: int, headings: dict[int, str]
) -> None:
    table = find_table(a_grid(rows), is_known)
    assert table is not None
    assert (table.heading_row, table.headings) == (row, headings)


@pytest.mark.parametrize("rows", [{}, {1: {1: "5.00", 2: "$ 3"}}, {1: {1: "x" * 81}}, {1: {1: "2026-01-01 10:00"}}])
def test_values_and_long_sentences_are_no_table(rows: Rows) -> None:
    assert find_table(a_grid(rows), is_known) is None


def test_a_heading_merged_over_two_rows_stands_in_the_upper_one() -> None:
    rows = {1: {1: "Nombre"}, 2: {2: "RFC", 3: "Importe"}, 3: {1: "Ana", 2: "X", 3: "5"}}
    table = find_table(a_grid(rows, Merge(1, 1, 2, 1)), is_known)
    assert table is not None
    assert table.headings == {1: "Nombre", 2: "RFC", 3: "Importe"}


@pytest.mark.parametrize(
    ("text", "totals"),
    [
        ("Total", 4),
        ("TOTALES:", 4),
        ("Gran total", 4),
        ("Suma", 4),
        ("Sub-total MXN", 4),
        ("Total Play", None),
        ("Ana", None),
    ],
)
def test_a_last_row_that_says_it_sums_up_the_others_is_told(text: str, totals: int | None) -> None:
    rows = {1: {1: "Nombre", 2: "Importe"}, 2: {1: "Ana", 2: "5"}, 3: {1: "Eva", 2: "6"}, 4: {1: text, 2: "11"}}
    table = find_table(a_grid(rows), is_known)
    assert table is not None
    assert table.totals == totals


def test_the_only_row_of_a_table_is_no_total_of_others() -> None:
    table = find_table(a_grid({1: {1: "Nombre", 2: "Importe"}, 2: {1: "Total", 2: "5"}}), is_known)
    assert table is not None
    assert table.totals is None
