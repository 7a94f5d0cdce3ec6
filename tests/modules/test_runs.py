"""What the journal tells of past runs: the counts of one that was killed, and whether one is to be resumed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.edge import PROCESS, Edge, utc_now
from pipeline.errors import ConfigError
from pipeline.journal import Fates, Journal, RunRow, count_killed, open_journal
from pipeline.model import Account
from pipeline.result import FINAL, SO_FAR
from pipeline.runs import find_resumable, is_unfinished, list_runs, prune_runs, show_run
from pipeline.settings import Settings

Said = dict[str, dict[str, int]]

KILLED: list[tuple[str, Said, dict[str, Fates], Said]] = [
    ("before its check ended", {}, {"payments": Fates(unsent=3)}, {"payments": {"unsent": 3}}),
    ("with nothing planned", {"clients": {"read": 2, "rejected": 2}}, {}, {"clients": {"read": 2, "rejected": 2}}),
    (
        "while it sent: what the journal has now, not what was planned then",
        {"payments": {"read": 5, "rejected": 1, "unsent": 4}},
        {"payments": Fates(created=2, in_doubt=1, unsent=1)},
        {"payments": {"read": 5, "rejected": 1, "created": 2, "in_doubt": 1, "unsent": 1}},
    ),
    (
        "after the journal had rejected another",
        {"payments": {"read": 5, "rejected": 1, "unsent": 4}},
        {"payments": Fates(created=3, rejected=1)},
        {"payments": {"read": 5, "rejected": 2, "created": 3}},
    ),
    (
        "and resumed: what an earlier part created is in the journal once",
        {"payments": {"read": 5, "created": 3, "unsent": 2}},
        {"payments": Fates(created=4, unsent=1)},
        {"payments": {"read": 5, "created": 4, "unsent": 1}},
    ),
]


@pytest.mark.parametrize(("when", "checked", "fates", "told"), KILLED, ids=[case[0] for case in KILLED])
def test_a_run_that_was_killed_has_the_counts_of_its_check_and_of_the_journal(
    when: str, checked: Said, fates: dict[str, Fates], told: Said
) -> None:
    assert count_killed(checked, fates) == told


def a_run(status: str = "partial", name: str = "r1", account: str = "ours", **members: Any) -> RunRow:
    made: dict[str, Any] = {"settings": {}, "result": None} | members
    return RunRow(name, "import", account, False, "2026-11-25T00:00:00", None, status, **made)


def counted(**fates: int) -> dict[str, Any]:
    return {"event": FINAL, "resources": {"payments": {"in_doubt": 0, "unsent": 0} | fates}}


UNFINISHED = [
    (a_run("ok", result=counted()), False),
    (a_run("running"), True),
    (a_run("running", settings={"dry_run": True}), False),
    (a_run("interrupted"), True),
    (a_run("failed", result=counted(rejected=3)), False),
    (a_run("failed", result=counted() | {"error": "The API stopped us."}), True),
    (a_run("partial", result=counted(in_doubt=1)), True),
    (a_run("partial", result=counted(unsent=1)), True),
    (a_run("partial", result=counted(unsent=1), settings={"limit": 5}), False),
    (a_run("partial", result=counted(in_doubt=1), settings={"limit": 5}), True),
    (a_run("partial", result=counted(unsent=1), settings={"dry_run": True}), False),
]


@pytest.mark.parametrize(("row", "unfinished"), UNFINISHED)
def test_what_something_stopped_or_left_open_is_unfinished(row: RunRow, unfinished: bool) -> None:
    assert is_unfinished(row) is unfinished


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


def in_days(days: int) -> Edge:
    """This process, so many days from now."""
    return Edge(now=lambda: utc_now() + timedelta(days=days))


def begin(journal: Journal, run: str, account: str = "ours") -> None:
    journal.begin_run(run, "import", Account(account, livemode=False), {})


def test_a_resume_takes_the_run_that_is_named_or_the_newest_unfinished_one_of_the_account(settings: Settings) -> None:
    with open_journal(settings, utc_now) as journal:
        for name, account in (("r1", "ours"), ("r2", "ours"), ("r3", "theirs")):
            begin(journal, name, account)
        assert find_resumable(journal, None, "ours").run == "r2"
        assert find_resumable(journal, "r1", "ours").run == "r1"
        journal.finish_run("r2", "ok", counted())
        assert find_resumable(journal, None, "ours").run == "r1"
        for name, says in (("r3", "belongs to another account"), ("r9", "There is no run r9"), ("r", "several begin")):
            with pytest.raises(ConfigError, match=says):
                find_resumable(journal, name, "ours")
        with pytest.raises(ConfigError, match="no run to resume"):
            find_resumable(journal, None, "nobody")


def test_the_result_of_a_run_is_shown_when_it_has_ended_and_not_what_its_check_said(settings: Settings) -> None:
    with open_journal(settings, utc_now) as journal:
        begin(journal, "r1")
        journal.keep_result("r1", {"event": SO_FAR, "resources": {"clients": {"read": 2, "rejected": 1}}})
    assert show_run(settings, "r1", PROCESS)["result"] is None
    [listed] = list_runs(settings, 5, PROCESS)
    assert (listed["status"], listed["totals"]) == ("running", {"read": 2, "rejected": 1})
    with open_journal(settings, utc_now) as journal:
        journal.finish_run("r1", "partial", counted(read=2))
    assert show_run(settings, "r1", PROCESS)["result"] == counted(read=2)


def test_where_nothing_was_run_there_is_no_history_and_asking_makes_none(settings: Settings) -> None:
    assert (list_runs(settings, 5, PROCESS), prune_runs(settings, 0, PROCESS)) == ([], 0)
    with pytest.raises(ConfigError, match="nothing was run"):
        show_run(settings, "r1", PROCESS)
    assert not settings.state_dir.exists()


def test_runs_are_forgotten_by_the_clock_that_is_handed_in(settings: Settings) -> None:
    with open_journal(settings, utc_now) as journal:
        begin(journal, "r1")
        journal.finish_run("r1", "ok", counted())
    assert prune_runs(settings, 30, in_days(29)) == 0
    assert prune_runs(settings, 30, in_days(31)) == 1
    assert list_runs(settings, 5, PROCESS) == []


def test_old_values_of_changes_are_forgotten_with_their_runs(tmp_path: Path) -> None:
    settings = Settings(api_key="k", state_dir=tmp_path)
    with open_journal(settings, PROCESS.now):
        pass
    (tmp_path / "changes").mkdir()
    old, new = (tmp_path / "changes" / f"{name}.jsonl" for name in ("old", "new"))
    for path, days in ((old, 40), (new, 1)):
        path.write_text("{}")
        then = PROCESS.now().timestamp() - days * 86_400
        os.utime(path, (then, then))
    prune_runs(settings, 30, PROCESS)
    assert (old.exists(), new.exists()) == (False, True)
