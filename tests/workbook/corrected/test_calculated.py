"""Sheets with formulas are known, so that whoever corrects a cell hears that calculated ones keep their values."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from pipeline.workbook.corrected.calculated import list_calculating_sheets


def test_the_sheets_that_calculate_are_named(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        book.add_worksheet("Plano").write_string("A1", "=no")
        book.add_worksheet("Suma").write_formula("A1", "=1+1", value=2)
    assert list_calculating_sheets(tmp_path / "b.xlsx") == ["Suma"]


def test_a_formula_far_down_a_large_sheet_is_found(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        sheet = book.add_worksheet("Pagos")
        for row in range(40_000):
            sheet.write(row, 0, f"texto {row}")
        sheet.write_formula(40_000, 0, "=A1", value="texto 0")
    assert list_calculating_sheets(tmp_path / "b.xlsx") == ["Pagos"]


def test_a_file_that_is_no_open_workbook_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("=1+1\n")
    assert list_calculating_sheets(tmp_path / "a.csv") == []
