"""The journal: what is remembered of runs and records, and that nothing sent is ever planned again."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import an_action, python

from pipeline.errors import JournalError
from pipeline.journal import InputRow, Intent, Ledger, Outcome, Planned
from pipeline.model import Account, State

PRINT = (("email", "name"), b"12345678")
OTHER_PRINT = (("email", "name"), b"1234WXYZ")


def now() -> datetime:
    return datetime(2026, 5, 31, tzinfo=UTC)


def planned(ledger: Ledger, account: Account, *keys: str, run: str = "r1") -> list[int]:
    return ledger.plan(account, run, 0, [Planned(an_action(key), *PRINT) for key in keys])


def test_a_new_journal_is_private_durable_and_remembers_nothing(empty_journal: Ledger, account: Account) -> None:
    assert stat.S_IMODE(empty_journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(empty_journal.path.parent.stat().st_mode) == 0o700
    assert empty_journal.known(account, "payments", ["id:p1"]) == {}
    assert empty_journal.runs() == []
    database = empty_journal._db
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: a commit survives power loss"


def test_a_run_is_remembered_from_its_begin_with_its_inputs_and_result(empty_journal: Ledger, account: Account) -> None:
    files = [InputRow("a.csv", Path("/x/a.csv"), "ab" * 32, "clients", 3)]
    empty_journal.begin_run("r1", "import", account, {"files": ["a.csv"]}, files)
    begun = empty_journal.run("r1")
    assert begun is not None
    assert (begun.status, begun.finished_at, begun.result) == ("running", None, None)
    empty_journal.finish_run("r1", "ok", {"seconds": 1.5})
    ended = empty_journal.run("r1")
    assert ended is not None
    assert (ended.status, ended.result, ended.settings) == ("ok", {"seconds": 1.5}, {"files": ["a.csv"]})
    assert (ended.account, ended.livemode) == account
    assert empty_journal.inputs("r1") == [(0, "a.csv", "/x/a.csv", "ab" * 32, "clients", 3)]


def test_a_run_is_found_by_the_beginning_of_its_name_when_only_one_begins_so(
    empty_journal: Ledger, account: Account
) -> None:
    for name in ("2026-a1", "2026-b2", "2026-b2-more"):
        empty_journal.begin_run(name, "import", account, {})
    found = {part: empty_journal.run(part) for part in ("2026-a", "2026-b2", "2026", "nothing")}
    assert {part: row and row.run for part, row in found.items()} == {
        "2026-a": "2026-a1",
        "2026-b2": "2026-b2",
        "2026": None,
        "nothing": None,
    }


def test_runs_are_listed_newest_first(state_dir: Path, account: Account) -> None:
    moments = iter(now() + timedelta(minutes=n) for n in range(9))
    with Ledger(state_dir / "journal.sqlite", lambda: next(moments)) as ledger:
        for name in "abc":
            ledger.begin_run(name, "import", account, {})
        assert [row.run for row in ledger.runs()] == ["c", "b", "a"]
        assert [row.run for row in ledger.runs(limit=1)] == ["c"]


def test_a_record_walks_from_planned_by_sending_to_done(empty_journal: Ledger, account: Account) -> None:
    (record_id,) = planned(empty_journal, account, "id:p1")
    walked = []
    for event in (None, Intent(record_id, 1, b"h"), Outcome(record_id, State.DONE, "payment_1", 201)):
        if event is not None:
            empty_journal.commit([event])
        entry = empty_journal.known(account, "payments", ["id:p1"])["id:p1"]
        walked.append((entry.state, entry.remote_id))
    assert walked == [(State.PLANNED, None), (State.SENDING, None), (State.DONE, "payment_1")]
    assert (entry.fields, entry.digests) == PRINT


@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT, State.DONE])
def test_what_was_sent_is_never_planned_again(state: State, empty_journal: Ledger, account: Account) -> None:
    """A record that is done, or of unknown fate; and of the same call, no other record is planned either."""
    (record_id,) = planned(empty_journal, account, "id:p1")
    sent = Intent(record_id, 1, b"h") if state is State.SENDING else Outcome(record_id, state, "payment_1")
    empty_journal.commit([sent])
    with pytest.raises(JournalError, match="id:p1"):
        planned(empty_journal, account, "id:p2", "id:p1")
    assert set(empty_journal.known(account, "payments", ["id:p1", "id:p2"])) == {"id:p1"}
    assert empty_journal.known(account, "payments", ["id:p1"])["id:p1"].state is state


@pytest.mark.parametrize("state", [State.DONE, State.REFUSED])
def test_no_intent_is_taken_for_a_record_whose_fate_is_known(
    state: State, empty_journal: Ledger, account: Account
) -> None:
    settled, other = planned(empty_journal, account, "id:p1", "id:p2")
    empty_journal.commit([Outcome(settled, state, "payment_1")])
    with pytest.raises(JournalError):
        empty_journal.commit([Intent(other, 1, b"h"), Intent(settled, 2, b"h")])
    entries = empty_journal.known(account, "payments", ["id:p1", "id:p2"])
    assert (entries["id:p1"].state, entries["id:p2"].state) == (state, State.PLANNED)


def test_events_of_records_that_do_not_exist_are_refused(empty_journal: Ledger) -> None:
    for event in (Intent(99, 1, b"h"), Outcome(99, State.DONE, "payment_1")):
        with pytest.raises(JournalError):
            empty_journal.commit([event])


@pytest.mark.parametrize("state", [State.PLANNED, State.REFUSED])
def test_what_was_not_sent_or_was_refused_is_planned_anew_by_a_later_run(
    state: State, empty_journal: Ledger, account: Account
) -> None:
    (first,) = planned(empty_journal, account, "id:p1")
    if state is State.REFUSED:
        empty_journal.commit([Outcome(first, state, None, 400, "invalid", "The RFC is wrong.")])
    (second,) = empty_journal.plan(account, "r2", 1, [Planned(an_action("id:p1", line=7), *OTHER_PRINT)])
    entry = empty_journal.known(account, "payments", ["id:p1"])["id:p1"]
    assert second == first
    assert (entry.state, entry.origin, entry.digests) == (State.PLANNED, ("r2", 1, 7), OTHER_PRINT[1])
    assert empty_journal.tally("r1") == {}
    assert empty_journal.tally("r2") == {("payments", State.PLANNED): 1}


def test_records_of_other_accounts_modes_resources_and_generations_are_other_records(
    empty_journal: Ledger, account: Account
) -> None:
    (done,) = planned(empty_journal, account, "id:p1")
    empty_journal.commit([Outcome(done, State.DONE, "payment_1")])
    elsewhere = Account("another account", livemode=False)
    live = account._replace(livemode=True)
    assert empty_journal.known(elsewhere, "payments", ["id:p1"]) == {}
    assert empty_journal.known(live, "payments", ["id:p1"]) == {}
    assert empty_journal.known(account, "clients", ["id:p1"]) == {}
    assert empty_journal.known(account, "payments", ["id:p1"], generation=2) == {}
    ids = {
        *empty_journal.plan(elsewhere, "r1", 0, [Planned(an_action("id:p1"), *PRINT)]),
        *empty_journal.plan(live, "r1", 0, [Planned(an_action("id:p1", livemode=True), *PRINT)]),
        *empty_journal.plan(account, "r1", 0, [Planned(an_action("id:p1", resource="clients"), *PRINT)]),
        *empty_journal.plan(account, "r1", 0, [Planned(an_action("id:p1"), *PRINT)], generation=2),
    }
    assert len(ids - {done}) == 4


def test_many_thousand_keys_are_looked_up_and_planned_in_order(empty_journal: Ledger, account: Account) -> None:
    keys = [f"id:{n}" for n in range(5000)]
    ids = planned(empty_journal, account, *keys)
    assert len(set(ids)) == 5000
    found = empty_journal.known(account, "payments", [*keys, "id:other"])
    assert [found[key].record_id for key in keys] == ids
    assert "id:other" not in found


def test_what_later_files_may_take_is_that_of_records_done_or_to_be_created_in_this_run(
    empty_journal: Ledger, account: Account
) -> None:
    actions = [an_action(f"id:{n}", resource="services", local={"price": f"{n}.50"}) for n in range(4)]
    done, refused, _, _ = empty_journal.plan(account, "r1", 0, [Planned(a, *PRINT) for a in actions])
    empty_journal.commit([Outcome(done, State.DONE, "s0"), Outcome(refused, State.REFUSED)])
    keys = [f"id:{n}" for n in range(5)]
    assert empty_journal.local(account, "services", keys, "r1") == {
        "id:0": {"price": "0.50"},
        "id:2": {"price": "2.50"},
        "id:3": {"price": "3.50"},
    }
    assert empty_journal.local(account, "services", keys, "r2") == {"id:0": {"price": "0.50"}}
    assert empty_journal.local(None, "services", keys) == {"id:0": {"price": "0.50"}}
    assert empty_journal.local(Account("other", False), "services", keys) == {}


def test_neither_bodies_nor_the_api_key_are_in_the_files_of_the_journal(state_dir: Path, account: Account) -> None:
    body = b'{"client":{"name":"Very Private Name","email":"private@empresa.example"}}'
    with Ledger(state_dir / "journal.sqlite", now) as ledger:
        ledger.begin_run("r1", "import", account, {"files": ["a.csv"]})
        (record_id,) = ledger.plan(account, "r1", 0, [Planned(an_action(body=body), *PRINT)])
        ledger.commit([Intent(record_id, 1, b"hash")])
        ledger.commit([Outcome(record_id, State.DONE, "payment_1", 201)])
        written = b"".join(path.read_bytes() for path in state_dir.iterdir())
    assert b"payment_1" in written
    assert b"Private" not in written
    assert b"private@" not in written


def test_what_was_written_is_there_for_the_next_process(state_dir: Path, account: Account) -> None:
    with Ledger(state_dir / "journal.sqlite", now) as ledger:
        planned(ledger, account, "id:p1")
    with Ledger(state_dir / "journal.sqlite", now) as ledger:
        assert ledger.known(account, "payments", ["id:p1"])["id:p1"].state is State.PLANNED


# --- a journal that cannot be used ------------------------------------------------------------------------------------


def refused(path: Path) -> JournalError:
    with pytest.raises(JournalError) as caught:
        Ledger(path, now)
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
    assert "cannot be made" in refused(tmp_path / "state" / "journal.sqlite").message


def test_a_state_folder_this_user_may_not_write_to_is_refused(
    open_folder: Path, account: Account, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    with Ledger(open_folder / "kept" / "journal.sqlite", now) as ledger:
        planned(ledger, account, "id:p1")
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
from pipeline.journal import Ledger, Planned
from pipeline.model import Account

account = Account("a", False)
fields, digests = ("name",), b"1234"
with Ledger(Path(sys.argv[1]), lambda: datetime.now(UTC)) as ledger:
    full = 512 * 1024
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            keys = [f"id:{n}" for n in range(kept, kept + 500)]
            ledger.plan(account, "r", 0, [Planned(an_action(key), fields, digests) for key in keys])
            kept += 500
    except JournalError as error:
        assert error.exit_code == 5, error
        print(error.message, "|", error.hint)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.plan(account, "r", 0, [Planned(an_action("id:after"), fields, digests)])
    print(kept, len(ledger.known(account, "payments", [f"id:{n}" for n in range(kept + 500)] + ["id:after"])))
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
from pipeline.journal import Intent, Ledger, Planned
from pipeline.model import Account

ledger = Ledger(Path(sys.argv[1]), lambda: datetime.now(UTC))
(record_id,) = ledger.plan(Account("a", False), "r", 0, [Planned(an_action(), ("name",), b"1234")])
ledger.commit([Intent(record_id, 1, b"h")])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_intent_is_there_after_the_process_was_killed_right_behind_it(state_dir: Path) -> None:
    done = python(KILLED, state_dir / "journal.sqlite")
    assert done.returncode == -9, done.stderr
    with Ledger(state_dir / "journal.sqlite", now) as ledger:
        entry = ledger.known(Account("a", False), "payments", ["id:p1"])["id:p1"]
    assert entry.state is State.SENDING


def test_a_journal_damaged_in_the_middle_is_a_journal_error_and_no_wrong_answer(
    state_dir: Path, account: Account
) -> None:
    path = state_dir / "journal.sqlite"
    with Ledger(path, now) as ledger:
        planned(ledger, account, *(f"id:{n}" for n in range(2000)))
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size - 8192 - 4096))
    with pytest.raises(JournalError) as caught, Ledger(path, now) as ledger:
        ledger.known(account, "payments", [f"id:{n}" for n in range(2000)])
    assert "Move it away" in caught.value.hint


def test_another_program_that_holds_the_database_is_waited_for_and_then_told(
    state_dir: Path, account: Account, empty_journal: Ledger
) -> None:
    empty_journal._db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(empty_journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError) as caught:
        planned(empty_journal, account, "id:p1")
    assert "holds the journal" in caught.value.hint
    other.rollback()
    other.close()
    assert planned(empty_journal, account, "id:p1")
