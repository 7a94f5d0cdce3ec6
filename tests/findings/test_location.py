"""Where a cell stands is said as the program that shows the sheet says it."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.findings.location import cell_addresses

ADDRESSES = [
    ("Pagos", "H", 5, "Pagos!H5"),
    ("Pagos", "XFD", 1_048_576, "Pagos!XFD1048576"),
    ("Pagos_2026", "A", 1, "Pagos_2026!A1"),
    ("Pagos 2026", "H", 5, "'Pagos 2026'!H5"),
    ("2026", "H", 5, "'2026'!H5"),
    ("Peña", "H", 5, "'Peña'!H5"),
    ("D'Ana", "H", 5, "'D''Ana'!H5"),
    ("{}", "H", 5, "'{}'!H5"),
]


@pytest.mark.parametrize(("sheet", "column", "line", "address"), ADDRESSES)
def test_an_address_is_sheet_letter_and_line_quoted_as_spreadsheets_quote(
    sheet: str, column: str, line: int, address: str
) -> None:
    lines = pl.DataFrame({"line": [line]}, schema={"line": pl.UInt32})
    assert lines.select(cell_addresses(sheet, column, pl.col("line"))).item() == address
