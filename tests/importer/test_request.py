"""What of a request a resume knows again."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.importer.request import FORGOTTEN, ImportRequest

FILES = ("a.csv", "b.xlsx")

SAID = ImportRequest(
    FILES, as_resource="payments", dry_run=True, limit=3, problems=Path("p.csv"), rejects=Path("r.csv"),
    report=Path("r.html"), created=Path("/elsewhere/c.csv"), with_links=True, live=True, yes=True, match=False,
    update=True, two_step=True,
    on_existing="error", generation=2, strict=True, no_fix=True, only=("A", "B"), ignore=("C",), dates="dmy",
    decimal="comma", total_with_tax="yes", encoding="cp1252", map={"Cuánto": "items.total"}, set={"use": "G03"},
    save_mapping=True, sheet="Hoja1", max_create=9, max_reject_pct=2.5, max_amount={"MXN": "100.50"},
    approved_by="Ana", plan=Path("plan.json"),
)  # fmt: skip
"""A request that says everything."""


def test_every_flag_but_those_with_a_reason_comes_back_after_the_journal_held_it(tmp_path: Path) -> None:
    plain = ImportRequest(FILES)
    assert [f.name for f in fields(SAID) if f.name != "files" and getattr(SAID, f.name) == getattr(plain, f.name)] == []
    desk = Edge(folder=lambda: tmp_path)
    held = json.loads(json.dumps(SAID.remembered(desk)))
    assert held.keys() | FORGOTTEN.keys() == {f.name for f in fields(SAID)} and not held.keys() & FORGOTTEN.keys()
    there = {"problems": tmp_path / "p.csv", "rejects": tmp_path / "r.csv", "report": tmp_path / "r.html"}
    assert ImportRequest.recalled(held, FILES, yes=False) == replace(
        SAID, yes=False, save_mapping=False, plan=None, **there
    )  # type: ignore[arg-type]


def test_what_was_not_said_is_not_said_by_the_resume() -> None:
    plain = ImportRequest(FILES)
    assert ImportRequest.recalled(json.loads(json.dumps(plain.remembered(Edge()))), FILES, yes=False) == plain


def test_a_run_of_an_older_gigbulk_that_remembered_less_can_be_resumed() -> None:
    assert ImportRequest.recalled({"strict": True}, FILES, yes=True) == ImportRequest(FILES, strict=True, yes=True)


def test_a_run_that_remembers_what_this_gigbulk_does_not_know_is_not_resumed_as_something_less() -> None:
    with pytest.raises(ConfigError, match="begun by another version of gigbulk: it remembers 'thrice'") as refused:
        ImportRequest.recalled({"strict": True, "thrice": 3}, FILES, yes=True)
    assert "Resume it with that version" in refused.value.hint


def test_the_paths_of_results_are_remembered_whole_because_a_resume_may_start_elsewhere(tmp_path: Path) -> None:
    request = ImportRequest(FILES, rejects=Path("r.csv"), created=tmp_path / "c.csv")
    remembered = request.remembered(Edge(folder=lambda: tmp_path / "desk"))
    assert (remembered["rejects"], remembered["created"]) == (
        str(tmp_path / "desk" / "r.csv"), str(tmp_path / "c.csv")
    )  # fmt: skip


def test_a_result_that_nobody_asked_for_is_none() -> None:
    remembered = ImportRequest(FILES).remembered(Edge())
    assert (remembered["rejects"], remembered["created"]) == (None, None)
