"""The problems file: one row a finding, the columns of the contract, csv, jsonl or parquet by its suffix."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import ConfigError
from pipeline.findings.problems import Problems, problems_format
from pipeline.formats import FORMATS
from pipeline.model import FINDING_COLUMNS, FINDING_SCHEMA

CONTRACT = "file sheet line column resource key rule severity sat_code value proposal message advice"


def found(*lines: int, severity: str = "error", rule: str = "API-EMAIL", value: str = "a@,b\n") -> pl.DataFrame:
    rows = [
        {
            "file": "a.csv",
            "line": line,
            "column": "Correo",
            "resource": "clients",
            "rule": rule,
            "severity": severity,
            "value": value,
            "message": "«a@» no es un correo.",
        }
        for line in lines
    ]
    return pl.concat(
        [pl.DataFrame(schema=FINDING_SCHEMA), pl.DataFrame(rows, schema_overrides={"line": pl.UInt32})], how="diagonal"
    )


def test_the_columns_are_those_of_the_contract_in_its_order() -> None:
    assert tuple(CONTRACT.split()) == FINDING_COLUMNS


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "CSV"])
def test_every_finding_is_a_row_in_the_order_it_was_found(suffix: str, tmp_path: Path) -> None:
    problems = Problems(tmp_path)
    problems.add(found(3, 2))
    problems.add(found(9, severity="warning").with_columns(pl.lit(7).alias("@record")))
    path = tmp_path / f"problems.{suffix}"
    problems.write(path)
    if suffix == "jsonl":
        rows = pl.DataFrame([json.loads(line) for line in path.read_text().splitlines()])
    else:
        rows = pl.read_parquet(path) if suffix == "parquet" else pl.read_csv(path)
    assert tuple(rows.columns) == FINDING_COLUMNS
    assert rows["line"].to_list() == [3, 2, 9]
    assert rows["value"].to_list() == ["a@,b\n"] * 3
    assert rows["severity"].to_list() == ["error", "error", "warning"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_no_findings_make_a_file_without_rows_that_still_has_its_columns(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"problems.{suffix}"
    problems = Problems(tmp_path)
    problems.add(pl.DataFrame(schema=FINDING_SCHEMA))
    problems.write(path)
    content = path.read_bytes()
    if suffix == "csv":
        assert content.decode("utf-8-sig").strip() == ",".join(FINDING_COLUMNS)
    elif suffix == "jsonl":
        assert content == b""
    else:
        assert pl.read_parquet(path).equals(pl.DataFrame(schema=FINDING_SCHEMA))


def test_another_suffix_is_a_usage_error_that_names_the_three() -> None:
    for name in ("problems.txt", "problems", "problems.xlsx", "problems.tsv"):
        with pytest.raises(ConfigError, match="csv, jsonl, parquet"):
            problems_format(Path(name))


def test_a_suffix_is_known_as_it_is_for_exports_whatever_the_format_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new line in FORMATS is enough: its suffixes are asked for, not its name."""
    monkeypatch.setitem(FORMATS, "pipes", replace(FORMATS["csv"], name="pipes", suffixes=("psv",), read_only=()))
    names = ("a.csv", "a.JSONL", "a.ndjson", "a.parquet", "a.pq", "a.psv")
    assert [problems_format(Path(name)) for name in names] == ["csv", "jsonl", "jsonl", "parquet", "parquet", "pipes"]
    with pytest.raises(ConfigError, match="csv, jsonl, parquet, psv"):
        problems_format(Path("a.pipes"))


def test_counts_and_the_first_error_of_each_rule_are_kept_for_the_summary(tmp_path: Path) -> None:
    problems = Problems(tmp_path)
    problems.add(pl.concat([found(*range(2, 9)), found(30, 31, severity="fix", rule="N-1")]))
    problems.add(found(*range(10, 20)))
    assert problems.by_severity == {"error": 17, "fix": 2}
    assert [(row["rule"], row["line"]) for row in problems.examples] == [(problems.examples[0]["rule"], 2)]
    assert sum(frame.height for frame in problems.frames()) == 19


def test_as_csv_they_begin_with_the_mark_that_excel_needs_for_accents(tmp_path: Path) -> None:
    problems = Problems(tmp_path)
    problems.write(tmp_path / "problems.csv")
    assert (tmp_path / "problems.csv").read_bytes().startswith(b"\xef\xbb\xbffile,")
