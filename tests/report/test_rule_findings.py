"""Findings are counted by rule as they come, and remembered by a few examples however many there are."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from pages import a_finding, problems


def test_counts_go_on_from_block_to_block_and_examples_are_the_first_ones(tmp_path: Path) -> None:
    found = problems(tmp_path, *(a_finding(line=line) for line in (2, 3, 4)))
    found.add(pl.DataFrame([a_finding(line=line) for line in range(5, 105)], schema_overrides={"line": pl.UInt32}))
    rule = found.by_rule["error", "CLIENT-ZIP-CATALOG"]
    assert rule.count == 103
    assert [example["line"] for example in rule.examples] == [2, 3, 4, 5, 6]
    assert found.by_severity == {"error": 103}


def test_a_huge_cell_is_not_kept_in_memory(tmp_path: Path) -> None:
    found = problems(tmp_path, a_finding(value="x" * 1_000_000))
    [example] = found.by_rule["error", "CLIENT-ZIP-CATALOG"].examples
    assert len(example["value"]) < 1000
