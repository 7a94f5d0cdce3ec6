"""What the journal in PostgreSQL does that none in a file can: a server that goes away, forgets, or is another one."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from builders import an_action
from journals import PRINT, claimed, now, planned
from lossy_line import LossyLine
from postgres import Postgres, shared_postgres, start_postgres
from psycopg import Connection

from pipeline.errors import ConfigError, JournalError
from pipeline.journal import ChangeRow, Claim, Intent, Outcome, Planned, journal_exists, open_journal
from pipeline.journal.postgres.address import check_address, name_place
from pipeline.journal.postgres.engine import POSTGRES
from pipeline.journal.postgres.journal import PostgresJournal
from pipeline.journal.terms import Terms
from pipeline.model import Account, State
from pipeline.settings import Settings

QUICK = Terms(lease_s=0.6, wait_s=10.0, timeout_s=1.0)


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One of this test's own, that may be killed."""
    server = start_postgres()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Where no journal is yet, on the server that all tests use."""
    return shared_postgres().schema_for(tmp_path)


# --- the address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana:secret@db/gigbulk",
        "postgresql://ana:@db/gigbulk",
        "postgresql://db/gigbulk?user=ana&password=secret",
        "postgresql://db/gigbulk?p%61ssword=secret",
        "postgresql://db/gigbulk?sslpassword=secret",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_shown(address: str, tmp_path: Path) -> None:
    for refused in (open_journal, lambda settings, now: journal_exists(settings)):
        with pytest.raises(ConfigError, match="holds a password") as caught:
            refused(Settings(state_dir=tmp_path, journal=address), now)
        assert "secret" not in f"{caught.value.message} {caught.value.hint}"
        assert ".pgpass" in caught.value.hint


@pytest.mark.parametrize("address", ["postgresql:db", "postgresql:/db", "postgresql://[::1/db"])
def test_an_address_that_is_no_uri_is_refused_with_how_one_looks(address: str) -> None:
    with pytest.raises(ConfigError, match="not one of PostgreSQL") as caught:
        check_address(address)
    assert "postgresql://USER@HOST" in caught.value.hint


def test_a_place_is_named_without_who_and_how() -> None:
    assert name_place("postgresql://ana@db.example:5433/gigbulk?sslmode=require") == "db.example:5433/gigbulk"


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("pipeline.journal.postgres.")]:
        if not name.endswith((".engine", ".address")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match="psycopg") as caught:
        POSTGRES.open("postgresql://db/gigbulk", now)
    assert "gigbulk[postgres]" in caught.value.hint


def test_a_journal_in_a_file_loads_nothing_of_it(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from typing import Any
from pipeline.edge import utc_now
from pipeline.journal import open_journal
from pipeline.settings import Settings
with open_journal(Settings(state_dir=Path({str(tmp_path)!r})), utc_now) as journal:
    journal.runs()
print([name for name in sys.modules if name.startswith("psycopg")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_server_that_is_not_there_is_a_journal_error_that_says_where(account: Account) -> None:
    for used in (lambda a: POSTGRES.open(a, now), POSTGRES.exists):
        with pytest.raises(JournalError, match=r"127\.0\.0\.1:1/gigbulk") as caught:
            used("postgresql://ana@127.0.0.1:1/gigbulk")
        assert caught.value.exit_code == 5
        assert "ana" not in caught.value.message.replace("ana@", "")


# --- fit, and the same server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit"])
def test_a_server_that_may_forget_commits_is_refused(name: str, tmp_path: Path) -> None:
    server = start_postgres(**{name: "off"})
    try:
        with pytest.raises(JournalError, match=f"{name} = off"):
            POSTGRES.open(server.address(), now)
    finally:
        server.remove()


def test_an_ordinary_role_with_a_schema_of_its_own_is_enough(account: Account) -> None:
    server = shared_postgres()
    with psycopg.connect(server.address(), autocommit=True) as db:
        db.execute("CREATE ROLE plain LOGIN")
        db.execute("CREATE SCHEMA AUTHORIZATION plain")
    with POSTGRES.open(server.address(user="plain"), now) as journal:
        planned(journal, account, "id:p1")
    assert POSTGRES.exists(server.address(user="plain"))


@pytest.mark.parametrize("column", ["system_identifier", "timeline"])
def test_another_server_or_history_of_it_sends_nothing_until_it_is_adopted(
    column: str, address: str, account: Account
) -> None:
    with POSTGRES.open(address, now) as journal:
        journal.keep_snapshot(account, "payments", [])
        before = claimed(journal, account)
        with psycopg.connect(address, autocommit=True) as db:
            db.execute(f"UPDATE journal SET {column} = 'another'".encode())  # noqa: S608
        with pytest.raises(JournalError, match="another server") as caught:
            POSTGRES.open(address, now)
        assert "gigbulk runs adopt" in caught.value.hint
        assert POSTGRES.adopt(address)
        assert not POSTGRES.adopt(address), "once"
    with POSTGRES.open(address, now, QUICK) as journal:
        assert not journal.has_snapshot(account, "payments"), "the account is learnt anew"
        (record_id,) = planned(journal, account, "id:p1")
        with pytest.raises(JournalError, match="may write no more"):
            journal.commit([Intent(record_id, 1, b"h")], before)
        after = claimed(journal, account)
        assert after.fence > before.fence + 1, "no fence is given twice, whatever was forgotten"
        assert journal.strays_s(after) > 0, "what may still be under way is waited for"


def test_a_commit_that_no_standby_confirmed_is_a_journal_error(address: str, account: Account) -> None:
    """PostgreSQL says so by a warning only, when the wait for the standby is cancelled."""
    with POSTGRES.open(f"{address}%20-csynchronous_commit%3Don", now) as journal:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        with psycopg.connect(address, autocommit=True) as db:
            try:
                db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                db.execute("SELECT pg_reload_conf()")
                canceller = threading.Timer(1.0, cancel_those_who_wait, (address,))
                canceller.start()
                with pytest.raises(JournalError, match="on itself alone"):
                    journal.commit([Intent(record_id, 1, b"h")], claim)
                canceller.join()
            finally:
                db.execute("ALTER SYSTEM RESET synchronous_standby_names")
                db.execute("SELECT pg_reload_conf()")


def cancel_those_who_wait(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")


# --- a server that goes away ------------------------------------------------------------------------------------------


def test_a_server_that_crashes_and_comes_back_is_waited_for_and_nothing_is_written_twice(
    server: Postgres, account: Account
) -> None:
    with POSTGRES.open(server.address(), now, QUICK) as journal:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        server.stop(signal.SIGQUIT)
        back = threading.Timer(0.8, server.start)
        back.start()
        journal.commit([Intent(record_id, 1, b"h")], claim)
        back.join()
        assert journal.known(account, "payments", ["id:p1"])["id:p1"].state is State.SENDING
        server.stop(signal.SIGINT)
        server.start()
        journal.commit([Outcome(record_id, State.DONE, "payment_1", 201)], claim)
        assert [row.remote_id for row in journal.done(account, "payments", ["id:p1"])] == ["payment_1"]


def test_a_server_that_stays_away_is_a_journal_error(server: Postgres, account: Account) -> None:
    with POSTGRES.open(server.address(), now, Terms(wait_s=0.5)) as journal:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        server.stop()
        with pytest.raises(JournalError, match="cannot be used"):
            journal.commit([Intent(record_id, 1, b"h")], claim)
        with pytest.raises(JournalError):
            journal.known(account, "payments", ["id:p1"])


def test_a_commit_whose_answer_was_lost_is_found_to_be_done_and_not_done_again(address: str, account: Account) -> None:
    """The line breaks in the instant after the server has committed."""
    port = shared_postgres().port
    with LossyLine(port) as line, POSTGRES.open(address.replace(f":{port}", f":{line.port}"), now, QUICK) as journal:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        line.lose(b"COMMIT\0")
        journal.commit([Intent(record_id, 1, b"h")], claim)
        with pytest.raises(JournalError, match="being sent"):
            journal.commit([Intent(record_id, 1, b"h")], claim)
        journal.commit([Intent(record_id, 2, b"h")], claim)


def test_a_commit_that_was_lost_with_its_connection_is_written_again(address: str, account: Account) -> None:
    with POSTGRES.open(address, now, QUICK) as journal:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        end_connections(address)
        journal.commit([Intent(record_id, 1, b"h")], claim)
        end_connections(address)
        assert journal.known(account, "payments", ["id:p1"])["id:p1"].state is State.SENDING


def test_who_was_replaced_while_the_server_was_away_writes_nothing(address: str, account: Account) -> None:
    with POSTGRES.open(address, now, QUICK) as journal, POSTGRES.open(address, now, QUICK) as other:
        (record_id,) = planned(journal, account, "id:p1")
        claim = claimed(journal, account)
        end_connections(address)
        other.next_fence(account.name, "r2")
        with pytest.raises(JournalError, match="r2"):
            journal.commit([Intent(record_id, 1, b"h")], claim)
        assert other.known(account, "payments", ["id:p1"])["id:p1"].state is State.PLANNED


def end_connections(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND application_name = 'gigbulk'"
        )


# --- leases -----------------------------------------------------------------------------------------------------------


def test_a_lease_is_renewed_as_long_as_its_holder_lives(address: str) -> None:
    with POSTGRES.open(address, now, QUICK) as journal, POSTGRES.open(address, now, QUICK) as other:
        with journal.claim("a", "r1"):
            threading.Event().wait(3 * QUICK.lease_s)
            with pytest.raises(JournalError, match="r1") as caught, other.claim("a", "r2"):
                raise AssertionError("two at once")
            assert "ends by itself" in caught.value.hint
        with other.claim("a", "r2"):
            pass


def test_the_claim_of_one_who_died_is_free_after_its_lease_and_its_requests_are_waited_for(
    address: str, account: Account
) -> None:
    code = f"""
import os, sys
sys.path.insert(0, "tests/support")
from journals import PRINT, now
from builders import an_action
from pipeline.journal import Intent, Planned
from pipeline.journal.postgres.engine import POSTGRES
from pipeline.journal.postgres.journal import PostgresJournal
from pipeline.journal.terms import Terms
from pipeline.model import Account
account = Account({account.name!r}, livemode=False)
journal = POSTGRES.open({address!r}, now, Terms(0.6, 10.0, 1.0))
with journal.claim(account.name, "r1") as claim:
    ids = journal.plan(account, "r1", 0, [Planned(an_action("id:p1"), *PRINT)])
    journal.commit([Intent(ids[0], 1, b"h")], claim)
    os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    with POSTGRES.open(address, now, QUICK) as journal:
        for _ in range(100):
            try:
                with journal.claim(account.name, "r2") as claim:
                    assert claim.fence == 2
                    assert 0 < journal.strays_s(claim) <= QUICK.request_s
                    assert [doubt.key for doubt in journal.doubtful("r1")] == ["id:p1"]
                break
            except JournalError as error:
                assert "r1" in error.message
                threading.Event().wait(0.05)
        else:
            raise AssertionError("never free")
        with journal.claim(account.name, "r3") as claim:
            assert journal.strays_s(claim) > 0, "of any claim before"


@pytest.mark.parametrize("again", range(3))
def test_one_that_is_paused_in_the_midst_of_a_transaction_keeps_nobody_out(
    again: int, address: str, account: Account
) -> None:
    """It holds the row of its claim; the server ends it, for nobody else could."""
    with Paused(address, now, QUICK) as journal, POSTGRES.open(address, now, QUICK) as other:
        journal.begin_run("r1", "import", account, {})
        claim = claimed(journal, account)
        journal.paused_s = 3 * QUICK.lease_s
        taken: list[Claim] = []
        taker = threading.Timer(0.2, lambda: taken.append(other.next_fence(account.name, "r2")))
        taker.start()
        with pytest.raises(JournalError, match="r2"):
            journal.keep_changes("r1", [ChangeRow("clients", "c1", State.SENDING, b"h")], [], claim)
        taker.join()
        assert taken[0].fence == claim.fence + 1


class Paused(PostgresJournal):
    """Stands still right before it commits."""

    paused_s = 0.0

    @contextmanager
    def transaction(self, db: Connection[Any]) -> Iterator[None]:
        with super().transaction(db):
            yield
            threading.Event().wait(self.paused_s)


def test_planning_of_two_accounts_side_by_side_does_not_deadlock(address: str, account: Account) -> None:
    keys = [f"id:{n}" for n in range(2000)]
    other = Account("another", livemode=False)

    def work(who: Account, order: list[str]) -> None:
        with POSTGRES.open(address, now) as journal:
            for _ in range(3):
                journal.plan(who, "r1", 0, [Planned(an_action(key), *PRINT) for key in order])

    threads = [threading.Thread(target=work, args=a) for a in ((account, keys), (account, keys[::-1]), (other, keys))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with POSTGRES.open(address, now) as journal:
        assert journal.fates("r1")["payments"].unsent == 4000
