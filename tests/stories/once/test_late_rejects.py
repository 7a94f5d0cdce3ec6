"""What fails after the check is rejected, counted and written once, whatever else happens to the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from stage import KILLED, Desk, Recorder, client, payment
from wire import a_request, an_answer, serving

import pipeline.importer.results.late_rejects as late_rejects
from pipeline.errors import JournalError
from pipeline.failpoints import CrashPoint, enable
from pipeline.result import Result
from tests.stories.once.conftest import Importing

pytestmark = pytest.mark.usefixtures("disarmed")


def fates(result: Result, resource: str = "payments") -> dict[str, int]:
    counts = result.resources[resource]
    assert counts.balanced
    return {fate: n for fate, n in counts.as_dict().items() if n}


def test_all_that_fails_after_the_check_is_written_in_one_reading_of_the_file(
    importing: Importing, desk: Desk, held: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two payments the API refuses, and two that it says exist, which are looked up one by one and differ."""
    read: list[str] = []
    read_batches = late_rejects.read_batches
    monkeypatch.setattr(
        late_rejects, "read_batches", lambda source: (read.append(source.name), read_batches(source))[1]
    )
    item = {"name": "Plan", "description": "Plan", "quantity": 1, "total": 777, "product_key": "84111506"}
    item |= {"unit_key": "E48", "unit_name": "Unidad de servicio"}
    for name in ("p2", "p3"):
        held("payments", client={"name": "Ana"}, items=[item], metadata={"internalId": name})
    nobody = {"clientId": "client_nobody_knows", "client.name": "", "client.rfc": "", "client.email": ""}
    rows = [{"clientId": ""} | payment(n) | (nobody if n < 2 else {}) for n in range(5)]

    result = importing(desk.csv("payments.csv", rows), match=False)

    assert fates(result) == {"read": 5, "created": 1, "rejected": 2, "refused": 2}
    states = desk.states()
    assert states == {"p0": "refused", "p1": "refused", "p2": "rejected", "p3": "rejected", "p4": "done"}
    assert len(read) == 1
    written = (desk.folder / "payments.rejects.csv").read_text()
    assert (written.count("API-REFUSED"), written.count("amount")) == (2, 2)


def test_what_refers_to_a_record_that_was_refused_is_rejected(importing: Importing, desk: Desk) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            is_write = (await a_request(reader)).startswith(b"POST")
            writer.write(an_answer({"message": "No."}, 400) if is_write else an_answer({"data": []}))

    async def main() -> Result:
        async with serving(refuse) as base_url:
            importing.settings = replace(importing.settings, base_url=base_url)
            clients = desk.csv("clients.csv", [client(1)])
            payments = desk.csv("payments.csv", [payment(1, "", "c1"), payment(2, "", "c1")])
            return await asyncio.to_thread(importing, clients, payments)

    result = asyncio.run(main())

    assert fates(result, "clients") == {"read": 1, "refused": 1}
    assert fates(result) == {"read": 2, "rejected": 2}
    assert desk.states() == {"p1": "rejected", "p2": "rejected"}
    written = (desk.folder / "payments.rejects.csv").read_text()
    assert (written.count("PAY-CLIENT"), written.count("client_ref")) == (2, 3)


def test_what_was_set_aside_is_looked_at_again_by_a_resume(
    importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    held("clients", name="Otra", rfc="EKU9003173C9", email="x@y.example")
    clients = desk.csv("clients.csv", [client(1, rfc="EKU9003173C9"), client(2)])
    run = importing(clients, on_existing="error")
    assert fates(run, "clients") == {"read": 2, "created": 1, "rejected": 1}
    assert desk.states("clients") == {"c1": "rejected", "c2": "done"}
    assert fates(importing.resume(run.run), "clients") == {"read": 2, "created": 1, "rejected": 1}

    server.reset()
    assert fates(importing.resume(run.run), "clients") == {"read": 2, "created": 2}


def test_what_refers_to_a_record_that_was_set_aside_is_rejected_with_it_until_a_resume_creates_both(
    importing: Importing, desk: Desk, server: Recorder, held: Callable[..., str]
) -> None:
    held("clients", name="Otra", rfc="EKU9003173C9", email="x@y.example")
    clients = desk.csv("clients.csv", [client(1, rfc="EKU9003173C9"), client(2)])
    payments = desk.csv("payments.csv", [payment(1, "", "c1"), payment(2, "", "c2")])
    run = importing(clients, payments, on_existing="error")
    assert run.exit_code == 1
    assert fates(run, "clients") == {"read": 2, "created": 1, "rejected": 1}
    assert fates(run) == {"read": 2, "created": 1, "rejected": 1}
    assert (desk.folder / "payments.rejects.csv").read_text().count("PAY-CLIENT") == 1

    server.reset()
    assert fates(importing.resume(run.run)) == {"read": 2, "created": 2}


def test_a_doubt_that_an_earlier_run_left_is_counted_by_the_run_that_settles_it(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    server.misbehave(drop_after_commit=1, read_error_500=1)
    payments = desk.csv("payments.csv", [payment(1)])
    earlier = importing(payments, match=False)
    assert fates(earlier) == {"read": 1, "in_doubt": 1}

    server.misbehave()
    later = importing(desk.csv("more.csv", [payment(1), payment(2)]))
    assert later.run != earlier.run
    assert fates(later) == {"read": 2, "created": 2}
    assert server.ids() == {"p1": 1, "p2": 1}


def test_a_run_that_is_cut_short_counts_what_the_journal_knows(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    sent = 0

    def fail(point: CrashPoint) -> None:
        nonlocal sent
        sent += point is CrashPoint.ANSWERED
        if sent == 3:
            raise JournalError("The disk is gone.", "Find it.")

    enable(fail)
    with pytest.raises(JournalError) as cut_short:
        importing(desk.csv("payments.csv", [payment(n) for n in range(6)]))
    counts: dict[str, Any] = (cut_short.value.result or {})["resources"]["payments"]
    assert counts["created"] == 2
    assert counts["in_doubt"] >= 1
    assert sum(counts.values()) == 2 * counts["read"] == 12


def test_of_a_run_that_was_killed_the_history_tells_what_was_read_and_rejected(desk: Desk, server: Recorder) -> None:
    bad = payment(8, **{"items.total": "x"})
    payments = desk.csv("payments.csv", [*(payment(n) for n in range(5)), bad])
    killed = desk.gigbulk("import", payments, "--concurrency", "1", death="answered:3")
    assert (killed.code, killed.result) == (KILLED, {})
    [run] = desk.gigbulk("runs", "list").result["runs"]
    shown = desk.gigbulk("runs", "show", run["run"]).result
    counts = shown["resources"]["payments"]
    assert (counts["read"], counts["rejected"]) == (6, 1)
    # How many intents stood when the process died is the machine's affair; that every row has one fate is ours.
    assert counts["in_doubt"] and sum(counts.get(fate, 0) for fate in ("created", "in_doubt", "unsent")) == 5
    assert (shown["result"], shown["status"], run["totals"]) == (None, "running", counts)

    resumed = desk.gigbulk("runs", "resume")
    assert resumed.counts() == {"read": 6, "created": 5, "rejected": 1}
    assert desk.gigbulk("runs", "show", run["run"]).counts() == resumed.counts()
