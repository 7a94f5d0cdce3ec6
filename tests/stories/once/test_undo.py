"""What a run created is taken back: looked at before, what somebody has touched left, and said again only the rest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.support.stage import KILLED, Desk, Recorder, payment, sandbox_process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("api"), "--dialect", "2026", "--latency-ms", "2") as running:
        yield running


@pytest.fixture
def desk(server: Recorder, tmp_path: Path) -> Desk:
    server.reset()
    return Desk(tmp_path / "desk", f"{server.origin}/v2", timeout_s=1.0, settle_s=0.1, dialect="2026")


def imported(desk: Desk, count: int = 3) -> str:
    """A run of clients and of a payment of each; its name."""
    clients = [
        {"internalId": f"c{n}", "name": f"Ana {n}", "rfc": f"LOAA8001{n + 1:02d}AB1", "email": f"ana{n}@a.mx",
         "address.zip": "06600"}
        for n in range(count)
    ]  # fmt: skip
    payments = [payment(n, client_ref=f"c{n}") for n in range(count)]
    ended = desk.gigbulk("import", desk.csv("clients.csv", clients), desk.csv("payments.csv", payments), "--yes")
    assert ended.code == 0, ended.said
    return str(ended.result["run"])


def put(server: Recorder, resource: str, number: int, **members: Any) -> str:
    """Somebody changes one; its id."""
    row = next(row for row in server.stored(resource) if row["metadata"]["internalId"].endswith(str(number)))
    who = {"authorization": "Bearer sk_test_x"}
    httpx.put(f"{server.origin}/v2/{resource}/{row['id']}", json=members, headers=who).raise_for_status()
    return str(row["id"])


def left(server: Recorder) -> tuple[set[str], set[str]]:
    """The clients that are there, and the statuses of the payments."""
    clients = {row["metadata"]["internalId"] for row in server.stored("clients")}
    return clients, {row["status"] for row in server.stored()}


def test_all_that_a_run_created_goes_payments_first(desk: Desk, server: Recorder) -> None:
    run = imported(desk)
    asked = desk.gigbulk("runs", "undo", run)
    assert (asked.code, left(server)[0]) == (2, {"c0", "c1", "c2"})
    assert f"This takes back what run {run} created: 3 payments, 3 clients, 351.48 MXN." in asked.said
    ended = desk.gigbulk("runs", "undo", run, "--yes")
    assert (ended.code, left(server)) == (0, (set(), {"canceled"})), ended.said
    assert ended.result["changes"] == {"payments": {"deleted": 3}, "clients": {"deleted": 3}}
    order = [r["path"].split("/")[2] for r in server.received() if r["method"] == "DELETE"]
    assert order == ["payments"] * 3 + ["clients"] * 3
    again = desk.gigbulk("runs", "undo", run, "--yes")
    assert (again.code, again.result["changes"]) == (0, {"payments": {"absent": 3}})


def test_what_somebody_touched_since_is_left_and_listed(desk: Desk, server: Recorder) -> None:
    run = imported(desk)
    touched = put(server, "clients", 1, email="theirs@a.mx")
    ended = desk.gigbulk("runs", "undo", run, "--yes", "-o", "left.csv")
    assert (ended.code, left(server)[0]) == (1, {"c1"}), ended.said
    assert ended.result["changes"]["clients"] == {"touched": 1, "deleted": 2}
    assert f"c1 ({touched}) was touched since and is left: email" in ended.said
    with (desk.folder / "left.csv").open(encoding="utf-8", newline="") as file:
        assert [*csv.DictReader(file)] == [
            {"resource": "clients", "internalId": "c1", "id": touched, "touched": "email"}
        ]


def test_what_a_payment_that_stays_may_refer_to_stays_too(desk: Desk, server: Recorder) -> None:
    run = imported(desk)
    server.misbehave(drop_before_commit=1.0)  # no payment can be deleted, and nobody answers
    ended = desk.gigbulk("runs", "undo", run, "--yes")
    assert ended.code == 6, ended.said
    assert left(server)[0] == {"c0", "c1", "c2"}
    assert ended.result["changes"]["clients"] == {"unsent": 3}
    server.misbehave()
    assert desk.gigbulk("runs", "undo", run, "--yes").code == 0
    assert left(server) == (set(), {"canceled"})


def test_a_dry_run_says_what_would_go_and_nothing_goes(desk: Desk, server: Recorder) -> None:
    run = imported(desk, 2)
    ended = desk.gigbulk("runs", "undo", run, "--dry-run")
    assert (ended.code, ended.result["changes"]) == (
        0,
        {"payments": {"would_delete": 2}, "clients": {"would_delete": 2}},
    )
    assert left(server) == ({"c0", "c1"}, {"succeeded"})


@pytest.mark.slow
@pytest.mark.parametrize("death", ["intent_durable:2", "answered:3", "outcome_durable:4", "pushed", "written"])
def test_an_undo_that_is_killed_goes_on_when_it_is_said_again(death: str, desk: Desk, server: Recorder) -> None:
    run = imported(desk)
    killed = desk.gigbulk("runs", "undo", run, "--yes", "--concurrency", "1", death=death)
    assert killed.code == KILLED
    resumed = desk.gigbulk("runs", "resume", "--yes")
    assert resumed.code == 0, resumed.said
    ended = desk.gigbulk("runs", "undo", run, "--yes")
    assert (ended.code, left(server)) == (0, (set(), {"canceled"})), ended.said
    assert len([r for r in server.received() if r["method"] == "DELETE"]) == 6, "each is asked to go once"


def test_what_another_run_created_or_the_account_held_before_stays(desk: Desk, server: Recorder) -> None:
    imported(desk, 2)
    second = imported(desk, 3)
    ended = desk.gigbulk("runs", "undo", second, "--yes")
    assert ended.result["changes"] == {"payments": {"deleted": 1}, "clients": {"deleted": 1}}
    assert left(server)[0] == {"c0", "c1"}


def test_a_run_in_doubt_is_settled_before_it_is_undone(desk: Desk, server: Recorder) -> None:
    killed = desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), "--yes", death="intent_durable:1")
    assert killed.code == KILLED
    run = desk.gigbulk("runs", "list").result["runs"][0]["run"]
    ended = desk.gigbulk("runs", "undo", run, "--yes")
    assert ended.code == 2 and "are in doubt" in ended.said and f"runs resume {run}" in ended.said


def test_where_nothing_can_be_taken_back_the_office_gets_a_list(tmp_path: Path) -> None:
    with sandbox_process(tmp_path) as old:
        desk = Desk(tmp_path / "desk", f"{old.origin}/v2", timeout_s=1.0, settle_s=0.1)
        run = imported(desk, 2)
        ended = desk.gigbulk("runs", "undo", run, "--yes", "-o", "office.csv")
    assert ended.code == 2 and "cannot take back payments, clients" in ended.said
    with (desk.folder / "office.csv").open(encoding="utf-8", newline="") as file:
        assert [row["internalId"] for row in csv.DictReader(file)] == ["p0", "p1", "c0", "c1"]
