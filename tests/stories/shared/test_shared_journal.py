"""Two machines and one journal in PostgreSQL: the real command line, a real server, real kills and pauses."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from lossy_line import LossyLine
from postgres import Postgres, shared_postgres, start_postgres

from pipeline.failpoints import CrashPoint
from tests.support.stage import KILLED, LEASE_S, Desk, Recorder, ended, payment, sandbox_process, until

pytestmark = pytest.mark.slow

PAYMENTS = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("sandbox"), "--latency-ms", "20") as recorder:
        yield recorder


@pytest.fixture
def address(tmp_path: Path, server: Recorder) -> str:
    server.reset()
    return shared_postgres().schema_for(tmp_path)


def a_machine(folder: Path, name: str, server: Recorder, address: str) -> Desk:
    """A machine with a state folder of its own."""
    return Desk(folder / name, f"{server.origin}/v2", timeout_s=6.0, settle_s=0.2, journal=address)


def payments(desk: Desk, count: int = PAYMENTS) -> Path:
    return desk.csv("payments.csv", [payment(n) for n in range(count)])


def stored_once(server: Recorder, count: int = PAYMENTS) -> bool:
    return server.ids() == {f"p{n}": 1 for n in range(count)}


def wait_until_sent(server: Recorder, count: int) -> None:
    until(lambda: len(server.stored()) >= count)


def test_what_one_machine_has_sent_another_does_not_send_again_and_sees_as_a_run(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    one, other = (a_machine(tmp_path, name, server, address) for name in ("one", "other"))
    assert one.gigbulk("import", payments(one)).code == 0
    again = other.gigbulk("import", payments(other))
    assert (again.code, again.counts()) == (0, {"read": PAYMENTS, "existing": PAYMENTS})
    shown = other.gigbulk("runs", "list")
    assert [run["command"] for run in shown.result["runs"]] == ["import", "import"]
    assert stored_once(server)


def test_two_machines_that_import_the_same_at_once_send_it_once_between_them(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    one, other = (a_machine(tmp_path, name, server, address) for name in ("one", "other"))
    with one.running("import", payments(one)) as first, other.running("import", payments(other)) as second:
        codes = sorted([ended(first).code, ended(second).code])
    assert codes in ([0, 0], [0, 5]), "the later one is told that an import of this account is under way"
    assert stored_once(server)


def test_a_killed_import_is_finished_by_another_machine_once_its_lease_is_over(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    one, other = (a_machine(tmp_path, name, server, address) for name in ("one", "other"))
    for desk in (one, other):
        settings = desk.folder / "gigbulk.toml"
        settings.write_text(settings.read_text().replace(f"lease_s = {LEASE_S}", "lease_s = 6"))
    assert one.gigbulk("import", payments(one), "--concurrency", "6", death=f"{CrashPoint.ANSWERED}:11").code == KILLED
    tries = [other.gigbulk("runs", "resume")]
    while tries[-1].code == 5:
        assert "ends by itself" in tries[-1].said
        tries.append(other.gigbulk("runs", "resume"))
    assert len(tries) > 1, "its lease goes on for a while"
    last = tries[-1]
    assert last.code == 0, last.said
    assert "a request of another process" in last.said
    assert stored_once(server)


def test_one_that_was_paused_beyond_its_lease_and_replaced_sends_nothing_when_it_wakes(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    one, other = (a_machine(tmp_path, name, server, address) for name in ("one", "other"))
    with one.running("import", payments(one), "--concurrency", "2") as paused:
        wait_until_sent(server, 4)
        paused.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_S + 0.3)
        last = other.gigbulk("runs", "resume")
        assert last.code == 0, last.said
        assert stored_once(server)
        paused.send_signal(signal.SIGCONT)
        woken = ended(paused)
    assert woken.code == 5, woken.said
    assert "claimed the account since" in woken.said
    assert stored_once(server)


def test_one_that_is_cut_off_from_the_journal_stops_sending_and_another_goes_on(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    port = shared_postgres().port
    with LossyLine(port) as line:
        one = a_machine(tmp_path, "one", server, address.replace(f":{port}", f":{line.port}"))
        other = a_machine(tmp_path, "other", server, address)
        with one.running("import", payments(one), "--concurrency", "2") as cut_off:
            wait_until_sent(server, 4)
            line.swallow()
            time.sleep(LEASE_S + 0.3)
            sent = len(server.received())
            last = other.gigbulk("runs", "resume")
            assert last.code == 0, last.said
            assert len(server.received()) >= sent
            line.release()
            line.cut()
            assert ended(cut_off).code == 5
    assert stored_once(server)


@pytest.fixture
def own_postgres(server: Recorder) -> Iterator[Postgres]:
    server.reset()
    postgres = start_postgres()
    try:
        yield postgres
    finally:
        postgres.remove()


def test_a_journal_whose_server_crashes_and_comes_back_costs_a_pause(
    tmp_path: Path, server: Recorder, own_postgres: Postgres
) -> None:
    one = a_machine(tmp_path, "one", server, own_postgres.address())
    with one.running("import", payments(one), "--concurrency", "2") as importing:
        for count in (4, 12):
            wait_until_sent(server, count)
            own_postgres.stop(signal.SIGQUIT)
            back = threading.Timer(0.5, own_postgres.start)
            back.start()
            back.join()
        last = ended(importing)
    assert last.code == 0, last.said
    assert last.counts() == {"read": PAYMENTS, "created": PAYMENTS}
    assert stored_once(server)


def test_a_journal_whose_server_stays_away_ends_the_import_which_is_resumed_when_it_is_back(
    tmp_path: Path, server: Recorder, own_postgres: Postgres
) -> None:
    one = a_machine(tmp_path, "one", server, own_postgres.address())
    settings = one.folder / "gigbulk.toml"
    settings.write_text(settings.read_text().replace("journal_wait_s = 15", "journal_wait_s = 1"))
    with one.running("import", payments(one), "--concurrency", "2") as importing:
        wait_until_sent(server, 4)
        own_postgres.stop(signal.SIGQUIT)
        last = ended(importing)
    assert last.code == 5, last.said
    assert own_postgres.address() not in last.said
    own_postgres.start()
    time.sleep(LEASE_S)
    assert one.gigbulk("runs", "resume").code == 0
    assert stored_once(server)


def test_after_a_failover_nothing_is_sent_until_it_is_adopted_and_then_nothing_twice(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    """The standby that took over has forgotten the fate of the last payments: they look as if nobody had sent them."""
    one = a_machine(tmp_path, "one", server, address)
    file = payments(one)
    assert one.gigbulk("import", file, "--limit", "40").code == 0
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(
            "UPDATE records SET state = 'planned', remote_id = NULL, fence = 0 WHERE id % 2 = 0 AND state = 'done'"
        )
        db.execute("UPDATE claims SET fence = 1")
        db.execute("UPDATE journal SET timeline = '000000FF'")
    before = len(server.received())
    for command in (("import", file), ("runs", "resume")):
        refused = one.gigbulk(*command)
        assert refused.code == 5, refused.said
        assert "gigbulk runs adopt" in refused.said
    assert one.gigbulk("doctor").code == 5
    assert len(server.received()) == before
    assert one.gigbulk("runs", "adopt", "--yes").result["adopted"] is True
    last = one.gigbulk("import", file)
    assert last.code == 0, last.said
    assert last.counts() == {"read": PAYMENTS, "created": PAYMENTS - 40, "existing": 40}
    assert stored_once(server)


def test_where_an_incremental_export_left_off_is_known_to_every_machine(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    one, other = (a_machine(tmp_path, name, server, address) for name in ("one", "other"))
    assert one.gigbulk("import", payments(one, 5)).code == 0
    first = one.gigbulk("export", "payments", "--since", "last", "-o", one.folder / "out.csv")
    assert first.code == 0, first.said
    again = other.gigbulk("export", "payments", "--since", "last", "-o", other.folder / "out.csv")
    assert again.code == 0, again.said
    assert (one.folder / "out.csv").read_text().count("\n") == 6
    assert (other.folder / "out.csv").read_text().count("\n") == 1


def test_a_journal_in_a_file_is_moved_and_the_shared_one_knows_what_was_sent(
    tmp_path: Path, server: Recorder, address: str
) -> None:
    alone = Desk(tmp_path / "alone", f"{server.origin}/v2", timeout_s=1.5, settle_s=0.2)
    assert alone.gigbulk("import", payments(alone)).code == 0
    moved = alone.gigbulk("runs", "move", "--to", address)
    assert (moved.code, moved.result["rows"]["records"]) == (0, PAYMENTS), moved.said
    other = a_machine(tmp_path, "other", server, address)
    again = other.gigbulk("import", payments(other))
    assert again.counts() == {"read": PAYMENTS, "existing": PAYMENTS}
    assert stored_once(server)
