"""Deletions that are killed, or whose answers are lost: nothing goes that was not kept, and counts tell what is so."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.support.relay import open_relay
from tests.support.stage import KILLED, Desk, Ended, Recorder, payment, sandbox_process

CLIENTS = 6
DEATHS = (
    "planned", "intent_waiting:1", "intent_waiting:4", "intent_durable:1", "intent_durable:3", "answered:1",
    "answered:4", "outcome_durable:1", "outcome_durable:3", "pushed", "written",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with sandbox_process(tmp_path_factory.mktemp("api"), "--dialect", "2026", "--latency-ms", "2") as running:
        yield running


@pytest.fixture
def desk(server: Recorder, tmp_path: Path) -> Desk:
    server.reset()
    server.misbehave()
    return Desk(tmp_path / "desk", f"{server.origin}/v2", timeout_s=1.0, settle_s=0.1, dialect="2026")


def a_client(number: int) -> dict[str, str]:
    rfc = f"LOAA8001{number + 1:02d}AB1"
    return {"internalId": f"c{number}", "name": f"Ana {number}", "rfc": rfc, "email": f"ana{number}@a.mx"}


def clients(desk: Desk, count: int = CLIENTS) -> Path:
    """So many, held by the account; the list of their ids."""
    created = desk.folder / "created.csv"
    rows = desk.csv("clients.csv", [a_client(number) for number in range(count)])
    ended = desk.gigbulk("import", rows, "--yes", "--created", created)
    assert ended.counts("clients")["created"] == count, ended.said
    return created


def held(server: Recorder, resource: str = "clients") -> set[str]:
    return {row["metadata"]["internalId"] for row in server.stored(resource)}


def deletes(server: Recorder) -> Counter[str]:
    """How often each record was asked to be deleted."""
    return Counter(request["path"] for request in server.received() if request["method"] == "DELETE")


def kept(desk: Desk) -> list[str]:
    (path,) = (desk.state_dir / "deleted").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return sorted(line["record"]["metadata"]["internalId"] for line in lines)


def changes(ended: Ended, resource: str = "clients") -> dict[str, int]:
    return dict(ended.result["changes"][resource])


def a_live_key() -> str:
    """A JWT that says it is for live mode."""
    parts = ({"alg": "HS256"}, {"livemode": True, "team": "t"})
    told = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*told, "xx"))


ALL = {f"c{number}" for number in range(CLIENTS)}
DELETE = ("--yes", "--concurrency", "1")


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_a_killed_deletion_is_finished_by_its_resume(death: str, desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    killed = desk.gigbulk("delete", "clients", created, *DELETE, death=death)
    assert killed.code == KILLED, killed.said
    assert kept(desk) == sorted(ALL), "all is kept before the first goes"
    finished = desk.gigbulk("runs", "resume", "--yes")
    assert (finished.code, changes(finished)) == (0, {"deleted": CLIENTS}), finished.said
    assert held(server) == set()
    assert set(deletes(server).values()) == {1}, "what was carried out is not said again"
    assert kept(desk) == sorted(ALL)


def test_what_somebody_else_deleted_before_its_turn_is_absent_and_counted_so_by_every_resume(
    desk: Desk, server: Recorder
) -> None:
    created = clients(desk)
    assert desk.gigbulk("delete", "clients", created, *DELETE, death="planned").code == KILLED
    first = server.stored("clients")[0]["id"]
    httpx.delete(f"{server.origin}/v2/clients/{first}", headers={"authorization": "Bearer k"}).raise_for_status()
    assert desk.gigbulk("runs", "resume", death="answered:2").code == KILLED
    finished = desk.gigbulk("runs", "resume")
    assert (finished.code, changes(finished)) == (0, {"deleted": CLIENTS - 1, "absent": 1}), finished.said
    again = desk.gigbulk("runs", "resume", finished.result["run"])
    assert changes(again) == changes(finished)


def test_a_key_of_the_other_mode_resumes_nothing(desk: Desk, server: Recorder) -> None:
    (desk.folder / "gigbulk.toml").write_text('account = "acme"\ndialect = "2026"\nlang = "en"\n')
    created = clients(desk, 2)
    assert desk.gigbulk("delete", "clients", created, *DELETE, death="planned").code == KILLED
    ended = desk.gigbulk("runs", "resume", key=a_live_key())
    assert (ended.code, deletes(server)) == (2, {}) and "a key of the other mode" in ended.said


@pytest.mark.slow
def test_a_resume_that_is_killed_is_finished_by_the_next(desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    assert desk.gigbulk("delete", "clients", created, *DELETE, death="answered:2").code == KILLED
    assert desk.gigbulk("runs", "resume", "--yes", death="intent_durable:2").code == KILLED
    finished = desk.gigbulk("runs", "resume", "--yes")
    assert (finished.code, changes(finished), held(server)) == (0, {"deleted": CLIENTS}, set())


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "error_500_after_commit", "bad_json"])
def test_a_deletion_whose_answer_is_lost_is_looked_up(fault: str, desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    server.misbehave(**{fault: 0.4})
    ended = desk.gigbulk("delete", "clients", created, *DELETE)
    server.misbehave()
    if ended.code:
        ended = desk.gigbulk("runs", "resume", "--yes")
    assert (ended.code, changes(ended)["deleted"], held(server)) == (0, CLIENTS, set()), ended.said


def test_what_was_deleted_is_created_anew_by_the_next_import(desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    deleted = desk.gigbulk("delete", "clients", created, *DELETE)
    assert (deleted.code, changes(deleted), held(server)) == (0, {"deleted": CLIENTS}, set())
    assert desk.gigbulk("import", desk.folder / "clients.csv", "--yes").counts("clients")["created"] == CLIENTS
    assert held(server) == ALL


def test_what_is_not_there_is_counted_and_nothing_is_sent_for_it(desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    desk.gigbulk("delete", "clients", created, *DELETE)
    again = desk.gigbulk("delete", "clients", created, *DELETE)
    assert (again.code, changes(again)) == (0, {"absent": CLIENTS})
    assert set(deletes(server).values()) == {1}


def test_a_dry_run_looks_and_deletes_nothing(desk: Desk, server: Recorder) -> None:
    created = clients(desk, 2)
    ended = desk.gigbulk("delete", "clients", created, "--dry-run")
    assert (ended.code, changes(ended), ended.result["run"]) == (0, {"would_delete": 2}, None)
    assert "c0 · Ana 0" in ended.said
    assert (held(server), deletes(server)) == ({"c0", "c1"}, {})
    assert not (desk.state_dir / "deleted").exists()


def test_without_a_yes_nothing_goes(desk: Desk, server: Recorder) -> None:
    created = clients(desk, 2)
    ended = desk.gigbulk("delete", "clients", created)
    assert ended.code == 2
    assert "This deletes 2 clients in the account, and there is no undo." in ended.said
    assert deletes(server) == {}


def test_a_payment_is_canceled_and_stays_known(desk: Desk, server: Recorder) -> None:
    created = desk.folder / "created.csv"
    rows = desk.csv("payments.csv", [payment(n) for n in range(3)])
    desk.gigbulk("import", rows, "--yes", "--created", created)
    asked = desk.gigbulk("delete", "payments", created)
    assert "This deletes 3 payments of 351.48 MXN" in asked.said
    ended = desk.gigbulk("delete", "payments", created, "--yes")
    assert (ended.code, changes(ended, "payments")) == (0, {"deleted": 3})
    assert {row["status"] for row in server.stored()} == {"canceled"}
    assert desk.gigbulk("import", rows, "--yes").counts() == {"read": 3, "existing": 3}
    assert changes(desk.gigbulk("delete", "payments", created, "--yes"), "payments") == {"absent": 3}


def test_what_the_api_refuses_to_delete_is_named_and_the_others_go(desk: Desk, server: Recorder) -> None:
    with open_relay(server.origin) as relay:
        own = Desk(desk.folder / "behind", f"{relay.origin}/v2", timeout_s=5, settle_s=0.1, dialect="2026")
        created = clients(own)
        first = server.stored("clients")[0]["id"]
        relay.refused.add(("DELETE", f"/v2/clients/{first}"))
        ended = own.gigbulk("delete", "clients", created, *DELETE)
        shown = own.gigbulk("runs", "show", ended.result["run"])
    assert (ended.code, changes(ended)) == (1, {"deleted": CLIENTS - 1, "refused": 1}), ended.said
    assert f"{first} was not deleted: " in ended.said and "it is in use" in ended.said
    assert [(change["id"], change["state"]) for change in shown.result["changes"]] == [(first, "refused")]
    assert held(server) == {"c0"}


@pytest.mark.parametrize(
    ("method", "status", "body", "code", "fates", "said"),
    [
        ("GET", 404, "<html>nginx</html>", 4, None, "cannot be read"),
        ("DELETE", 404, '{"message": "client not found"}', 6, {"in_doubt": 1}, "nobody knows whether it was deleted"),
        ("DELETE", 404, "<html>nginx</html>", 4, {"unsent": 1}, "Check GIGSTACK_BASE_URL"),
        ("DELETE", 302, "", 4, {"unsent": 1}, "Check GIGSTACK_BASE_URL"),
    ],
)
def test_an_answer_that_the_account_contradicts_deletes_nothing_and_says_so(
    method: str, status: int, body: str, code: int, fates: dict[str, int] | None, said: str,
    desk: Desk, server: Recorder,
) -> None:  # fmt: skip
    created = clients(desk, 1)
    with open_relay(server.origin) as relay:
        relay.answers[method, f"/v2/clients/{server.stored('clients')[0]['id']}"] = (status, body)
        own = Desk(desk.folder / "behind", f"{relay.origin}/v2", timeout_s=5, settle_s=0.1, dialect="2026")
        ended = own.gigbulk("delete", "clients", created, *DELETE)
    assert (ended.code, ended.result.get("changes", {}).get("clients")) == (code, fates), ended.said
    assert said in ended.said and held(server) == {"c0"}


def test_a_payment_whose_answer_does_not_show_it_canceled_is_looked_up(desk: Desk, server: Recorder) -> None:
    created = desk.folder / "created.csv"
    desk.gigbulk("import", desk.csv("payments.csv", [payment(1)]), "--yes", "--created", created)
    identity = server.stored()[0]["id"]
    with open_relay(server.origin) as relay:
        shown = json.dumps({"success": True, "data": {"id": identity, "status": "succeeded"}})
        relay.answers["DELETE", f"/v2/payments/{identity}"] = (200, shown)
        own = Desk(desk.folder / "behind", f"{relay.origin}/v2", timeout_s=5, settle_s=0.1, dialect="2026")
        ended = own.gigbulk("delete", "payments", created, *DELETE)
    assert (ended.code, changes(ended, "payments")) == (6, {"in_doubt": 1}), ended.said


def test_a_record_that_cannot_be_looked_at_ends_it_before_anything_goes(desk: Desk, server: Recorder) -> None:
    created = clients(desk, 2)
    ended = desk.gigbulk("delete", "clients", created, *DELETE, "--live")
    assert (ended.code, deletes(server)) == (2, {}), ended.said
    with open_relay(server.origin) as relay:
        relay.refused.add(("GET", f"/v2/clients/{server.stored('clients')[1]['id']}"))
        own = Desk(desk.folder / "behind", f"{relay.origin}/v2", timeout_s=5, settle_s=0.1, dialect="2026")
        ended = own.gigbulk("delete", "clients", created, *DELETE)
    assert (ended.code, deletes(server), held(server)) == (4, {}, {"c0", "c1"}), ended.said
    assert "cannot be read" in ended.said and "Nothing was deleted" in ended.said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("delete", "payments", "--ids", "p", "--dialect", "2025-06"), "Dialect 2026 does."),
        (("delete", "invoices", "--ids", "p"), "No dialect does."),
        (("delete", "nobody", "--ids", "p"), "No dialect does."),
        (("delete", "clients"), "a FILE, or --ids"),
        (("delete", "clients", "--ids", "a b"), "is no id of the API"),
    ],
)
def test_what_cannot_be_deleted_is_said_in_one_sentence(words: tuple[str, ...], said: str, desk: Desk) -> None:
    ended = desk.gigbulk(*words, "--yes")
    assert ended.code == 2 and said in ended.said


def test_an_import_is_not_resumed_as_a_deletion_nor_the_reverse(desk: Desk, server: Recorder) -> None:
    created = clients(desk)
    desk.gigbulk("delete", "clients", created, *DELETE, death="answered:2")
    who: dict[str, Any] = {"authorization": "Bearer sk_test_x"}
    assert len(httpx.get(f"{server.origin}/v2/clients", headers=who).json()["data"]) == CLIENTS - 2
    again = desk.gigbulk("runs", "resume", "--yes")
    assert (again.code, again.result["command"], held(server)) == (0, "delete", set())


def test_a_file_that_is_not_there_is_taken_for_no_id(desk: Desk, server: Recorder) -> None:
    clients(desk)
    before = held(server)
    done = desk.gigbulk("delete", "clients", "created", "--yes")
    assert done.code == 2 and "created: there is no such file." in done.said
    assert held(server) == before
