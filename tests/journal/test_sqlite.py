"""The journal in SQLite, beside what every journal promises: a private file, a full disk, a kill, a damaged file."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from builders import an_action, python
from journals import PRINT, claimed, now, planned

from pipeline.errors import JournalError
from pipeline.journal import Intent, Outcome, Planned
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, State


def test_a_new_journal_is_private_and_durable(empty_journal: SqliteJournal, account: Account) -> None:
    assert stat.S_IMODE(empty_journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(empty_journal.path.parent.stat().st_mode) == 0o700
    database = empty_journal.db
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: a commit survives power loss"


def test_every_file_of_a_new_journal_is_private_in_a_folder_that_is_not(tmp_path: Path) -> None:
    """SQLite gives the files beside a database the mode that it has at that moment."""
    before = os.umask(0o022)
    try:
        (tmp_path / "state").mkdir(mode=0o755)
        with SqliteJournal(tmp_path / "state" / "journal.sqlite", now) as journal:
            journal.next_fence("account", "r1")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"), 0o600)


def test_neither_bodies_nor_the_api_key_are_in_the_files_of_the_journal(state_dir: Path, account: Account) -> None:
    body = b'{"client":{"name":"Very Private Name","email":"private@empresa.example"}}'
    with SqliteJournal(state_dir / "journal.sqlite", now) as journal:
        journal.begin_run("r1", "import", account, {"files": ["a.csv"]})
        (record_id,) = journal.plan(account, "r1", 0, [Planned(an_action(body=body), *PRINT)])
        claim = claimed(journal, account)
        journal.commit([Intent(record_id, 1, b"hash")], claim)
        journal.commit([Outcome(record_id, State.DONE, "payment_1", 201)], claim)
        written = b"".join(path.read_bytes() for path in state_dir.iterdir())
    assert b"payment_1" in written
    assert b"Private" not in written
    assert b"private@" not in written


# --- a journal that cannot be used ------------------------------------------------------------------------------------


def refused(path: Path) -> JournalError:
    with pytest.raises(JournalError) as caught:
        SqliteJournal(path, now)
    assert caught.value.exit_code == 5
    assert caught.value.hint
    return caught.value


def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"This is not a database, but somebody's notes.\n" * 30)
    content = path.read_bytes()
    assert "cannot be used" in refused(path).message
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_journal_or_a_file_in_the_place_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    refused(tmp_path / "journal.sqlite")
    (tmp_path / "state").write_text("")
    assert "cannot be written" in refused(tmp_path / "state" / "journal.sqlite").message


def test_a_state_folder_this_user_may_not_write_to_is_refused(
    open_folder: Path, account: Account, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    with SqliteJournal(open_folder / "kept" / "journal.sqlite", now) as journal:
        planned(journal, account, "id:p1")
    (open_folder / "kept").chmod(0o555)
    (open_folder / "kept" / "journal.sqlite").chmod(0o444)
    open_folder.chmod(0o555)
    with ordinary_user():
        assert "permission" in refused(open_folder / "new" / "journal.sqlite").hint
        assert "permission" in refused(open_folder / "kept" / "journal.sqlite").hint
    (open_folder / "kept").chmod(0o755)


FULL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, "tests/support")
from builders import an_action
from pipeline.errors import JournalError
from pipeline.journal import Planned
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account

account = Account("a", False)
fields, digests = ("name",), b"1234"
with SqliteJournal(Path(sys.argv[1]), lambda: datetime.now(UTC)) as journal:
    full = 512 * 1024
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            keys = [f"id:{n}" for n in range(kept, kept + 500)]
            journal.plan(account, "r", 0, [Planned(an_action(key), fields, digests) for key in keys])
            kept += 500
    except JournalError as error:
        assert error.exit_code == 5, error
        print(error.message, "|", error.hint)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.plan(account, "r", 0, [Planned(an_action("id:after"), fields, digests)])
    print(kept, len(journal.known(account, "payments", [f"id:{n}" for n in range(kept + 500)] + ["id:after"])))
"""


def test_a_full_disk_is_a_journal_error_and_the_journal_goes_on_when_there_is_room_again(state_dir: Path) -> None:
    """What was committed before is whole, what failed left nothing, and the next write works."""
    done = python(FULL_DISK, state_dir / "journal.sqlite")
    assert done.returncode == 0, done.stderr
    sentence, counts = done.stdout.splitlines()
    assert "The journal" in sentence
    kept, found = map(int, counts.split())
    assert kept > 0
    assert found == kept + 1


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, "tests/support")
from builders import an_action
from pipeline.journal import Intent, Planned
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account

journal = SqliteJournal(Path(sys.argv[1]), lambda: datetime.now(UTC))
(record_id,) = journal.plan(Account("a", False), "r", 0, [Planned(an_action(), ("name",), b"1234")])
journal.commit([Intent(record_id, 1, b"h")], journal.next_fence("a", "r"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_intent_is_there_after_the_process_was_killed_right_behind_it(state_dir: Path) -> None:
    done = python(KILLED, state_dir / "journal.sqlite")
    assert done.returncode == -9, done.stderr
    with SqliteJournal(state_dir / "journal.sqlite", now) as journal:
        entry = journal.known(Account("a", False), "payments", ["id:p1"])["id:p1"]
    assert entry.state is State.SENDING


def test_a_journal_damaged_in_the_middle_is_a_journal_error_and_no_wrong_answer(
    state_dir: Path, account: Account
) -> None:
    path = state_dir / "journal.sqlite"
    with SqliteJournal(path, now) as journal:
        planned(journal, account, *(f"id:{n}" for n in range(2000)))
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size - 8192 - 4096))
    with pytest.raises(JournalError) as caught, SqliteJournal(path, now) as journal:
        journal.known(account, "payments", [f"id:{n}" for n in range(2000)])
    assert "Move it away" in caught.value.hint


def test_another_program_that_holds_the_database_is_waited_for_and_then_told(
    state_dir: Path, account: Account, empty_journal: SqliteJournal
) -> None:
    empty_journal.db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(empty_journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError) as caught:
        planned(empty_journal, account, "id:p1")
    assert "holds the journal" in caught.value.hint
    other.rollback()
    other.close()
    assert planned(empty_journal, account, "id:p1")
