"""`make cov` names modules without any test, which a total hides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.untested import main, modules, untested


def file(covered: int, functions: dict[str, int] | None = None) -> dict[str, Any]:
    """A file of coverage's JSON report: lines that ran, and those of each function."""

    def summary(lines: int) -> dict[str, Any]:
        return {"summary": {"num_statements": 10, "covered_lines": lines}}

    return summary(covered) | {
        "functions": {name: summary(lines) for name, lines in {"": covered, **(functions or {})}.items()}
    }


def test_a_module_that_never_ran_is_untested() -> None:
    assert untested({"a.py": file(0)}, ["a.py"]) == {"a.py": "never imported"}


def test_a_module_the_report_does_not_know_is_untested() -> None:
    assert untested({}, ["a.py"]) == {"a.py": "not measured"}


def test_a_module_that_was_only_imported_is_untested() -> None:
    assert list(untested({"a.py": file(9, {"f": 0, "g": 0})}, ["a.py"])) == ["a.py"]


def test_one_function_that_ran_or_declarations_alone_are_enough() -> None:
    assert untested({"a.py": file(9, {"f": 0, "g": 1}), "b.py": file(9)}, ["a.py", "b.py"]) == {}


def test_every_module_of_both_packages_is_asked_about() -> None:
    assert {"pipeline/__init__.py", "pipeline/__main__.py", "schemas/__init__.py"} <= set(modules())


def test_the_total_is_said_and_an_untested_module_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = {
        "percent_covered_display": "90.1",
        "percent_statements_covered_display": "92.0",
        "percent_branches_covered_display": "80.5",
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"files": {name: file(9, {"f": 1}) for name in modules()}, "totals": totals}))
    assert main(str(report)) == 0
    assert capsys.readouterr().out.startswith("90.1 % of lines and branches, 92.0 % of lines, 80.5 % of branches; 0 ")
    report.write_text(json.dumps({"files": {}, "totals": totals}))
    assert main(str(report)) == 1
    assert "schemas/__init__.py: not measured\n" in capsys.readouterr().out
