"""A journal that moves is the same, row by row, from every kind to every kind; the old one is of no use then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from builders import an_action
from journals import ADDRESSES, OTHER_PRINT, PRINT, claimed, now, open_in, planned

from pipeline.api.cause import Cause, CauseKind
from pipeline.errors import ConfigError, JournalError
from pipeline.journal import (
    ChangeRow,
    InputRow,
    Intent,
    Journal,
    LatencyRow,
    Outcome,
    Planned,
    ProofRow,
    RuleCount,
    SnapshotRow,
    open_journal,
)
from pipeline.journal.open import JOURNALS
from pipeline.journal.whole.move import move_journal, refuse_differences
from pipeline.journal.whole.tables import JOURNAL_TABLES
from pipeline.model import Account, State
from pipeline.settings import Settings

LOST = Cause(CauseKind.CONNECTION_LOST, "reset; ñandú \t\\N \n\"'")


def live_through(journal: Journal, account: Account) -> None:
    """Something of everything a journal keeps."""
    for run in ("r1", "r2"):
        files = [InputRow(n, "a.xlsx", "/x/año.xlsx", "ab" * 32, "clients", 3, s) for n, s in enumerate(("A", None))]
        journal.begin_run(run, "import", account, {"files": ["a\\b"], "n": 1.5}, files)
    ids = planned(journal, account, *(f"id:{n} ñ" for n in range(7)))
    journal.plan(account._replace(livemode=True), "r2", 0, [Planned(an_action("id:0", livemode=True), *OTHER_PRINT)])
    service = an_action("id:s", resource="services", local={"price": "1.50"})
    journal.plan(account, "r2", 1, [Planned(service, *PRINT)], generation=2)
    claim = claimed(journal, account)
    journal.commit([Intent(i, 1, bytes([0, 255, n])) for n, i in enumerate(ids[:5])], claim)
    journal.commit(
        [
            Outcome(ids[0], State.DONE, "payment_0", 201, link="https://pay"),
            Outcome(ids[1], State.DONE, "payment_1", matched=True, cause=LOST),
            Outcome(ids[2], State.REFUSED, None, 400, "bad", "línea\tuna\\dos"),
            Outcome(ids[3], State.PLANNED, "payment_3", 201, begun=True),
            Outcome(ids[5], State.REJECTED),
        ],
        claim,
    )
    journal.keep_changes("r1", [ChangeRow("clients", "c1", State.IN_DOUBT, b"\x00h", LOST)], [], claim)
    journal.keep_proofs("r1", account, [ProofRow("payments", "discount")])
    journal.keep_rule_counts("r1", [RuleCount("error", "B", "CFDI40147", 7), RuleCount("fix", "A", None, 2)])
    journal.add_latencies("r1", [LatencyRow(100, -8, 2), LatencyRow(101, 3, 1)])
    journal.keep_snapshot(account, "payments", [SnapshotRow("p1", "x1", '{"a":1}'), SnapshotRow("p1", "x2", None)])
    journal.move_watermark(account, "payments", "all", "2026-05-31", b"\x00\xff")
    journal.finish_run("r1", "ok", {"seconds": 1.5, "ñ": None})


@pytest.mark.parametrize("kept_by", JOURNALS)
@pytest.mark.parametrize("then_by", JOURNALS)
def test_every_row_of_every_table_is_the_same_after_a_move(
    kept_by: str, then_by: str, tmp_path: Path, account: Account
) -> None:
    with open_in(kept_by, tmp_path / "a", now) as old, open_in(then_by, tmp_path / "b", now) as new:
        live_through(old, account)
        new.fill({table: old.read_rows(table) for table in JOURNAL_TABLES})
        counts = refuse_differences(old, new)
        assert all(counts.values()), "every table has rows here, so that every column was compared"
        assert (counts["records"], counts["runs"]) == (9, 2)
        assert new.runs() == old.runs()
        assert new.doubtful("r1") == old.doubtful("r1")
        assert new.fates("r1") == old.fates("r1")
        with pytest.raises(JournalError, match="done or in doubt"):
            planned(new, account, "id:0 ñ")
        assert planned(new, account, "id:new") > planned(new, account, "id:6 ñ"), "ids are counted on"
        with pytest.raises(JournalError, match="not the same"):
            refuse_differences(old, new)


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_no_table_and_no_column_of_a_journal_is_left_out(kept_by: str, tmp_path: Path) -> None:
    """But for those of which only one kind has need: the lease of a claim, the order of runs, the server it is on."""
    known = {table.name: {*table.columns} for table in JOURNAL_TABLES}
    with open_in(kept_by, tmp_path, now):
        held = COLUMNS[kept_by](ADDRESSES[kept_by](tmp_path))
    own = {"number", "process", "host", "lease_until", "send_by", "strays_until", "batch"}
    assert {name: columns - own for name, columns in held.items() if name != "journal"} == known


def columns_of_file(address: str) -> dict[str, set[str]]:
    db = sqlite3.connect(address.removeprefix("sqlite:"))
    try:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1] for row in db.execute(f"PRAGMA table_info({name})")} for name in tables}
    finally:
        db.close()


def columns_of_server(address: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with psycopg.connect(address) as db:
        for table, column in db.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        ):
            found.setdefault(table, set()).add(column)
    return found


COLUMNS: dict[str, Callable[[str], dict[str, set[str]]]] = {
    "sqlite": columns_of_file,
    "postgresql": columns_of_server,
}


# --- the move itself --------------------------------------------------------------------------------------------------


def test_after_a_move_the_file_is_put_aside_and_who_has_it_open_sends_nothing(tmp_path: Path, account: Account) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    to = ADDRESSES["postgresql"](tmp_path)
    with open_journal(settings, now) as journal:
        live_through(journal, account)
        late = open_journal(settings, now)
        counts = move_journal(settings, to, "move", now)
        assert counts["records"] == 9
        with pytest.raises(JournalError):
            late.next_fence(account.name, "late")
        late.close()
    left = {path.name.removesuffix("-wal").removesuffix("-shm") for path in settings.state_dir.glob("journal.sqlite*")}
    assert left == {"journal.sqlite.moved"}
    with open_journal(Settings(state_dir=tmp_path / "state", journal=to), now) as moved:
        assert [row.run for row in moved.runs()] == ["r2", "r1"]
        assert len(moved.doubtful("r1")) == 1
        moved.prune(now() + timedelta(days=1))


def test_a_journal_in_use_is_not_moved_and_stays_the_one_in_use(tmp_path: Path, account: Account) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    with open_journal(settings, now) as journal:
        with journal.claim(account.name, "r1"):
            live_through(journal, account)
            with pytest.raises(JournalError, match="r1"):
                move_journal(settings, ADDRESSES["postgresql"](tmp_path), "move", now)
        assert [row.run for row in journal.runs()] == ["r2", "r1"]
    assert move_journal(settings, ADDRESSES["postgresql"](tmp_path), "move", now)["records"] == 9


def test_a_journal_is_moved_to_none_that_remembers_anything_and_none_is_moved_from_nowhere(
    tmp_path: Path, account: Account
) -> None:
    settings, to = Settings(state_dir=tmp_path / "state"), ADDRESSES["postgresql"](tmp_path)
    with pytest.raises(ConfigError, match="no journal to move"):
        move_journal(settings, to, "move", now)
    with open_in("postgresql", tmp_path, now) as other:
        planned(other, account, "id:p1")
    with open_journal(settings, now) as journal:
        live_through(journal, account)
    with pytest.raises(ConfigError, match="two are not made one"):
        move_journal(settings, to, "move", now)
    with pytest.raises(ConfigError, match="Only a journal that is a file"):
        move_journal(Settings(state_dir=tmp_path / "state", journal=to), f"sqlite:{tmp_path}/new", "move", now)
