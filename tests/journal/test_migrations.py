"""The journal's tables grow by ordered changes; a change and the record that it was made are one."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import python

from pipeline.errors import JournalError
from pipeline.journal import Fates, Intent, Outcome
from pipeline.journal import sqlite_migrations as migrations
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, State


def now() -> datetime:
    return datetime(2026, 5, 31, tzinfo=UTC)


def version(path: Path) -> int:
    with sqlite3.connect(path) as database:
        found = database.execute("PRAGMA user_version").fetchone()[0]
    database.close()
    return int(found)


def tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as database:
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    database.close()
    return names


@pytest.fixture
def journal(state_dir: Path) -> Path:
    with SqliteJournal(state_dir / "journal.sqlite", now):
        pass
    return state_dir / "journal.sqlite"


def test_a_new_journal_has_the_newest_version(journal: Path) -> None:
    assert version(journal) == len(migrations.MIGRATIONS)


def test_an_older_journal_gets_the_changes_it_lacks_and_keeps_its_rows(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(journal) as database:
        database.execute("INSERT INTO shapes (fields) VALUES ('[\"kept\"]')")
    database.close()
    changes = ("CREATE TABLE later (x TEXT)", "ALTER TABLE later ADD COLUMN y TEXT; CREATE INDEX later_y ON later (y)")
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, *changes))
    with SqliteJournal(journal, now) as opened:
        assert opened.db.execute("SELECT fields FROM shapes").fetchall() == [('["kept"]',)]
        assert [row[1] for row in opened.db.execute("PRAGMA table_info(later)")] == ["x", "y"]
    assert version(journal) == len(migrations.MIGRATIONS)
    with SqliteJournal(journal, now):
        pass


BEFORE_FENCES = 3
"""The version whose journals knew neither claims nor fences."""


def test_a_journal_from_before_fences_keeps_its_doubts_and_what_it_was_sending_is_not_sent_unseen(
    state_dir: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = state_dir / "journal.sqlite"
    state_dir.mkdir()
    with monkeypatch.context() as older, sqlite3.connect(path) as database:
        older.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:BEFORE_FENCES])
        migrations.migrate(database)
        database.execute("INSERT INTO shapes VALUES (1, '[\"name\"]')")
        for record_id, state in enumerate(("sending", "planned", "done"), start=1):
            database.execute(
                "INSERT INTO records (id, account, livemode, resource, key, state, run, input, line, shape, digests, "
                "attempt, updated_at) VALUES (?, ?, 0, 'payments', ?, ?, 'r1', 0, 2, 1, x'00', 1, '2026-05-31')",
                (record_id, account.name, f"id:{state}", state),
            )
    database.close()
    assert version(path) == BEFORE_FENCES
    with SqliteJournal(path, now) as journal:
        assert journal.fates("r1") == {"payments": Fates(created=1, in_doubt=1, unsent=1)}
        claim = journal.next_fence(account.name, "r2")
        with pytest.raises(JournalError):
            journal.commit([Intent(1, 2, b"h")], claim)
        journal.commit([Outcome(1, State.PLANNED, message="looked up: not in the account"), Intent(2, 1, b"h")], claim)
        journal.commit([Intent(1, 1, b"h")], claim)


def test_a_change_that_fails_leaves_the_journal_as_it_was(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, count = tables(journal), version(journal)
    broken = "CREATE TABLE half (x TEXT); CREATE TABLE half (x TEXT)"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, broken))
    with pytest.raises(JournalError) as caught:
        SqliteJournal(journal, now)
    assert caught.value.exit_code == 5
    monkeypatch.undo()
    assert (tables(journal), version(journal)) == (before, count)
    with SqliteJournal(journal, now):
        pass


def test_a_journal_of_a_newer_gigbulk_is_refused_and_left_as_it_is(journal: Path) -> None:
    newer = len(migrations.MIGRATIONS) + 1
    with sqlite3.connect(journal) as database:
        database.execute(f"PRAGMA user_version = {newer}")
    database.close()
    with pytest.raises(JournalError, match="newer gigbulk") as caught:
        SqliteJournal(journal, now)
    assert "Upgrade" in caught.value.hint
    assert version(journal) == newer


OPEN_AT_ONCE = """
import sys
from datetime import UTC, datetime
from multiprocessing import Barrier, Process
from pathlib import Path
from pipeline.journal.sqlite import SqliteJournal

def opened(barrier):
    barrier.wait()
    with SqliteJournal(Path(sys.argv[1]), lambda: datetime.now(UTC)) as journal:
        journal.runs()

barrier = Barrier(6)
processes = [Process(target=opened, args=(barrier,)) for _ in range(6)]
for process in processes:
    process.start()
for process in processes:
    process.join()
print([process.exitcode for process in processes])
"""


def test_several_processes_may_be_the_first_to_open_a_journal(tmp_path: Path) -> None:
    for attempt in range(3):
        done = python(OPEN_AT_ONCE, tmp_path / str(attempt) / "journal.sqlite")
        assert done.stdout.strip() == str([0] * 6), done.stderr
