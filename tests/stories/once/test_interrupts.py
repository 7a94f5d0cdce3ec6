"""Signals and overlapping imports: what is in flight is settled, what was not sent is resumed, nobody overlaps."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest
from stage import Desk, Recorder, ended, payment, until

from pipeline.sandbox import EmbeddedSandbox, Options

MANY = 60


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    """A slow server, so that there is something to interrupt."""
    with EmbeddedSandbox(Options(latency_ms=80)) as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_first_interrupt_lets_what_is_in_flight_be_settled_and_the_rest_be_resumed(
    number: signal.Signals, desk: Desk, server: Recorder
) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(MANY)])
    with desk.running("import", payments, "--concurrency", "4") as process:
        until(lambda: len(server.received()) >= 5)
        process.send_signal(number)
        interrupted = ended(process)

    assert interrupted.code == 130
    assert interrupted.result["status"] == "interrupted"
    assert interrupted.balanced
    counts = interrupted.counts()
    assert counts["created"] == len(server.stored()) < MANY
    assert counts["created"] + counts["unsent"] == MANY
    assert set(desk.states().values()) == {"done", "planned"}

    resumed = desk.gigbulk("runs", "resume")
    assert (resumed.code, resumed.counts()) == (0, {"read": MANY, "created": MANY})
    sums = resumed.result["sums"]["MXN"]
    assert sums["payments"] == MANY, "of the whole run, not of its last process"
    assert sums["answered"] == sum(row["amount"] for row in server.stored())
    assert server.ids() == {f"p{n}": 1 for n in range(MANY)}
    assert len(server.received()) == MANY


def test_a_resume_without_a_name_takes_the_newest_run_that_was_cut_short_and_says_which(
    desk: Desk, server: Recorder
) -> None:
    """A run that ended at its limit, or with nothing but rejected rows, is not unfinished, however new it is."""
    payments = desk.csv("payments.csv", [payment(n) for n in range(MANY)])
    with desk.running("import", payments, "--concurrency", "4") as process:
        until(lambda: len(server.received()) >= 2)
        process.kill()
    [(cut_short,)] = desk.journal("SELECT run FROM runs")
    mixed = desk.csv("mixed.csv", [payment(n, prefix="x") for n in range(3)] + [payment(9, **{"items.total": "x"})])
    assert desk.gigbulk("import", mixed, "--limit", "1").counts() == {
        "read": 4,
        "created": 1,
        "rejected": 1,
        "unsent": 2,
    }
    bad = desk.csv("bad.csv", [payment(8, **{"items.total": "x"})])
    assert desk.gigbulk("import", bad).result["status"] == "failed"

    resumed = desk.gigbulk("runs", "resume")
    assert resumed.result["run"] == cut_short
    assert f"Resuming the newest unfinished run, {cut_short}" in resumed.said
    assert resumed.counts() == {"read": MANY, "created": MANY}
    nothing = desk.gigbulk("runs", "resume")
    assert nothing.code == 2 and "no run to resume" in nothing.said


def test_an_interrupt_does_not_wait_for_records_that_only_wait_for_their_turn(desk: Desk, server: Recorder) -> None:
    """At one request in two seconds, 30 waiting records would take a minute to drain."""
    payments = desk.csv("payments.csv", [payment(n) for n in range(30)])
    with desk.running("import", payments, "--no-match", "--rate", "0.5", "--concurrency", "30") as process:
        until(lambda: len(server.received()) >= 2)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        interrupted = ended(process)
    assert time.monotonic() - begun < 10
    assert (interrupted.code, interrupted.balanced) == (130, True)
    assert interrupted.counts()["created"] == len(server.stored())
    assert set(desk.states().values()) == {"done", "planned"}


def test_a_second_interrupt_ends_at_once_and_is_resumable(desk: Desk, server: Recorder) -> None:
    """The server never answers; the first interrupt would wait out the timeout of a minute."""
    desk = Desk(desk.folder, desk.base_url, timeout_s=60)
    server.misbehave(stall=1)
    payments = desk.csv("payments.csv", [payment(n) for n in range(3)])
    with desk.running("import", payments) as process:
        until(lambda: len(server.received()) == 1)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        killed = ended(process)
    assert time.monotonic() - begun < 5
    assert killed.code == 130
    assert desk.states()["p0"] == "sending"

    server.misbehave()
    resumed = desk.gigbulk("runs", "resume")
    assert (resumed.code, resumed.counts()) == (0, {"read": 3, "created": 3})
    assert len(server.received()) == 3


def test_two_imports_of_one_account_cannot_overlap_and_the_second_names_the_first(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(MANY)])
    with desk.running("import", payments, "--concurrency", "2") as first:
        until(lambda: len(server.received()) >= 2)
        second = desk.gigbulk("import", payments)
        name = desk.journal("SELECT run FROM runs")[0][0]
        assert second.code == 5
        assert f"run {name}, process {first.pid}" in second.said
        done = ended(first)
    assert (done.code, done.counts()) == (0, {"read": MANY, "created": MANY})
    assert len(server.received()) == MANY
