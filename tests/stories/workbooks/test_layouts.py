"""Files as widespread programs write them are understood as they are, or ask a question that names its answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from layouts import LAYOUTS, STATEMENTS, write_layout
from running import Gigbulk


@pytest.mark.parametrize("program", LAYOUTS)
def test_a_layout_is_understood_or_asks_what_a_flag_answers(program: str, gigbulk: Gigbulk, tmp_path: Path) -> None:
    layout = LAYOUTS[program]
    path = write_layout(layout, tmp_path)
    command = ["check", path, "--json", "--problems", tmp_path / "p.csv", "--rejects", tmp_path / f"r{path.suffix}"]
    for words, answer in layout.asks:
        asked = gigbulk(*command)
        assert asked.code == 3, asked.err
        assert words in asked.err
        command += answer
    ran = gigbulk(*command)
    counts = ran.result["resources"][layout.holds]
    assert (counts["read"], counts["unsent"]) == (len(layout.rows), layout.good), ran.err
    problems = pl.read_csv(tmp_path / "p.csv", infer_schema=False)
    unknown = problems.filter(rule="X-COLUMN-UNKNOWN")["column"]
    assert [heading for heading in unknown if "IVA" not in heading and "ISR" not in heading] == []


@pytest.mark.parametrize("bank", STATEMENTS)
def test_the_statement_of_a_bank_is_no_list_of_payments(bank: str, gigbulk: Gigbulk, tmp_path: Path) -> None:
    for flags in ((), ("--as", "payments")):
        ran = gigbulk("check", write_layout(STATEMENTS[bank], tmp_path), "--json", *flags)
        assert ran.code == 3
        assert ran.result["resources"] == {}
        assert "is a bank's statement" in ran.err
        assert "template payments" in ran.err


def test_a_list_of_sales_with_a_balance_is_read_once_its_amount_is_named(gigbulk: Gigbulk, tmp_path: Path) -> None:
    path = write_layout(STATEMENTS["20 BBVA"], tmp_path)
    ran = gigbulk("check", path, "--json", "--map", "Abono=items.total")
    assert "has no column for metadata.internalId, items.name" in ran.err


def test_lines_above_the_headings_of_a_text_file_are_passed_over_as_in_a_workbook(
    gigbulk: Gigbulk, tmp_path: Path
) -> None:
    statement = STATEMENTS["21 Citibanamex"]
    ran = gigbulk("check", write_layout(replace(statement, codec="latin-1"), tmp_path), "--json")
    assert ran.code == 3
    assert "is a bank's statement" in ran.err


@pytest.mark.parametrize("program", ["13 a small firm's list", "14 a list of memberships"])
def test_a_layout_under_a_title_is_understood_as_without_one(program: str, gigbulk: Gigbulk, tmp_path: Path) -> None:
    layout = replace(LAYOUTS[program], codec="utf-8", titles=("Molinos del Bajío, S.A. de C.V.", "", "al 25/11/2026"))
    path = write_layout(layout, tmp_path)
    flags = [flag for _, answer in layout.asks for flag in answer]
    ran = gigbulk("check", path, "--json", "--problems", tmp_path / "p.csv", *flags)
    counts = ran.result["resources"][layout.holds]
    assert (counts["read"], counts["unsent"]) == (len(layout.rows), layout.good), ran.err
    lines = pl.read_csv(tmp_path / "p.csv", infer_schema=False)["line"]
    assert {int(line) for line in lines if line} <= set(range(4, 5 + len(layout.rows)))
