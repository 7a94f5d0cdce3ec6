"""The API keeps neither clients nor services unique: what the account holds is matched before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from stage import Desk, Recorder, client, payment, service

import pipeline.delivery.reconcile
from pipeline.errors import ApiStop
from pipeline.remote.list_lookup import ListLookup, open_list_lookup
from pipeline.sandbox import EmbeddedSandbox, Options
from tests.stories.once.conftest import Importing

GENERIC = "XAXX010101000"
REAL = "EKU9003173C9"
Held = Callable[..., str]


@pytest.fixture(params=[0, 350], ids=["by listing", "by one lookup a record"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[EmbeddedSandbox]:
    """A small account, which is listed, and one of several pages, of which few records are asked for one by one."""
    rows = {"clients": request.param, "services": request.param} if request.param else {}
    with EmbeddedSandbox(Options(rows=rows)) as running:
        yield running


def fates(importing: Importing, *files: Any, resource: str = "clients", **asked: Any) -> dict[str, int]:
    counts = importing(*files, **asked).resources[resource]
    assert counts.balanced
    return {fate: n for fate, n in counts.as_dict().items() if n}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"rfc": REAL, "email": "otro@otra.example"}, {"internalId": "", "rfc": REAL}),
        ({"rfc": GENERIC, "email": "c1@empresa.example"}, {"internalId": ""}),
        ({"rfc": REAL, "email": "x@y.example", "metadata": {"internalId": "c1"}}, {"rfc": REAL}),
    ],
    ids=["rfc", "generic rfc: e-mail", "internalId"],
)
def test_a_client_the_account_holds_is_existing_and_never_sent(
    theirs: dict[str, Any], ours: dict[str, str], importing: Importing, desk: Desk, server: Recorder, held: Held
) -> None:
    there = held("clients", **{"name": "Otra S.A.", **theirs})
    before = len(server.received())

    assert fates(importing, desk.csv("clients.csv", [client(1, **ours)])) == {"read": 1, "existing": 1}

    assert len(server.received()) == before
    assert desk.journal("SELECT remote_id, matched FROM records") == [(there, 1)]


@pytest.mark.parametrize(("theirs", "ours"), [("1001.0", "1001"), ("0012", "12"), ("A–7", "A-7"), ("1E5", "100000")])
def test_a_client_the_account_holds_under_an_id_that_a_tool_changed_is_told_and_never_a_second_one(
    theirs: str, ours: str, importing: Importing, desk: Desk, server: Recorder, held: Held
) -> None:
    there = held("clients", name="Otra S.A.", rfc=REAL, email="x@y.example", metadata={"internalId": theirs})
    before = len(server.received())
    path = desk.csv("clients.csv", [client(1, rfc=REAL, internalId=ours)])

    assert fates(importing, path) == {"read": 1, "rejected": 1}
    assert len(server.received()) == before
    rejects = (desk.folder / "clients.rejects.csv").read_text(encoding="utf-8")
    assert all(word in rejects for word in ("X-ID-CHANGED", theirs, there))

    assert fates(importing, path, ignore=("X-ID-CHANGED",)) == {"read": 1, "created": 1}


@pytest.mark.parametrize("sandbox", [0], indirect=True)
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"rfc": REAL.lower(), "email": "x@y.example"}, {"rfc": REAL}),
        ({"rfc": GENERIC, "email": "C1@Empresa.example"}, {"internalId": ""}),
    ],
    ids=["rfc", "e-mail"],
)
def test_in_a_listing_capital_letters_make_no_difference(
    theirs: dict[str, Any], ours: dict[str, str], importing: Importing, desk: Desk, held: Held
) -> None:
    """In a lookup the server compares, by rules of its own."""
    held("clients", name="Otra S.A.", **theirs)
    assert fates(importing, desk.csv("clients.csv", [client(1, **ours)])) == {"read": 1, "existing": 1}


def test_a_client_is_never_matched_by_a_generic_rfc_alone(
    importing: Importing, desk: Desk, server: Recorder, held: Held
) -> None:
    held("clients", name="Público", rfc=GENERIC, email="otro@empresa.example")
    assert fates(importing, desk.csv("clients.csv", [client(1, internalId="")])) == {"read": 1, "created": 1}


def test_a_client_with_another_internal_id_is_another_client_though_the_rfc_is_the_same(
    importing: Importing, desk: Desk, held: Held
) -> None:
    held("clients", name="Sucursal", rfc=REAL, email="a@empresa.example", metadata={"internalId": "other"})
    assert fates(importing, desk.csv("clients.csv", [client(1, rfc=REAL)])) == {"read": 1, "created": 1}


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_one_record_of_the_account_is_never_two_of_ours(importing: Importing, desk: Desk, held: Held) -> None:
    held("services", name="Servicio", description="Por mes", price=100, currency="MXN")
    alike = [service(n, name="Servicio", price=f"{n}00.00") for n in (1, 2, 3)]

    assert fates(importing, desk.csv("two.csv", alike[:2]), resource="services") == {
        "read": 2, "existing": 1, "created": 1,
    }  # fmt: skip
    assert fates(importing, desk.csv("third.csv", alike[2:]), resource="services") == {"read": 1, "created": 1}


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_a_trial_in_test_mode_is_not_the_live_record(importing: Importing, desk: Desk, server: Recorder) -> None:
    """One list shows both modes: neither a match nor the answer to a doubt may be the trial's."""
    server.misbehave(duplicate_ignore=1)
    importing.settings = replace(importing.settings, account="acme")
    clients, payments = desk.csv("clients.csv", [client(1)]), desk.csv("payments.csv", [payment(n) for n in range(3)])
    importing(clients, payments)

    live = {"live": True, "yes": True}
    assert fates(importing, clients, **live) == {"read": 1, "created": 1}
    server.misbehave(duplicate_ignore=1, drop_before_commit=0.5)
    result = importing(payments, **live)
    while result.resources["payments"].unsent:
        result = importing.resume()

    stored = [(row["metadata"]["internalId"], row["livemode"]) for row in server.stored()]
    assert sorted(stored) == [(f"p{n}", mode) for n in range(3) for mode in (False, True)]


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_a_trial_under_a_changed_id_is_not_the_live_record(importing: Importing, desk: Desk, server: Recorder) -> None:
    """Not even where its id is ours but for zeros in front; in the same mode it is."""
    importing.settings = replace(importing.settings, account="acme")
    importing(desk.csv("trial.csv", [payment(1, internalId="0012")]))
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    changed = desk.csv("changed.csv", [payment(1, internalId="12")])
    assert fates(importing, changed, resource="payments", live=True, yes=True) == {"read": 1, "created": 1}
    assert fates(importing, changed, resource="payments") == {"read": 1, "rejected": 1}
    assert sorted((row["metadata"]["internalId"], row["livemode"]) for row in server.stored()) == [
        ("0012", False), ("12", True),
    ]  # fmt: skip


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_a_trial_is_not_the_live_record_though_no_journal_knows_of_it(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """Another machine: what was lost on its way in live mode is not found in the trial's record of the same id."""
    server.misbehave(duplicate_ignore=1)
    importing.settings = replace(importing.settings, account="acme")
    payments = desk.csv("payments.csv", [payment(n, client_ref="c1") for n in range(2)])
    files = desk.csv("clients.csv", [client(1)]), payments
    importing(*files)
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    server.misbehave(duplicate_ignore=1, drop_before_commit=1)
    with pytest.raises(ApiStop):
        importing(*files, live=True, yes=True)
    server.misbehave(duplicate_ignore=1)
    assert importing.resume(yes=True).exit_code == 0

    for resource, count in (("clients", 1), ("payments", 2)):
        assert Counter(row["livemode"] for row in server.stored(resource)) == {False: count, True: count}


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_records_that_the_api_says_to_hold_are_no_lost_answers(
    importing: Importing, desk: Desk, server: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many first ones of a shape are answered so, the run goes on; the list they stand in is read once."""
    read: list[int] = []

    async def counted(resource: str, expected: int, *rest: Any) -> ListLookup:
        read.append(expected)
        return await open_list_lookup(resource, expected, *rest)

    monkeypatch.setattr(pipeline.delivery.reconcile, "open_list_lookup", counted)
    payments = desk.csv("payments.csv", [payment(n) for n in range(7)])
    importing(payments)
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    assert fates(importing, payments, resource="payments", match=False) == {"read": 7, "existing": 7}
    assert read == [1]


@pytest.mark.parametrize("sandbox", [0], indirect=True)
def test_a_server_that_knows_no_such_path_stops_the_run_and_no_row_is_called_bad(
    importing: Importing, desk: Desk, sandbox: EmbeddedSandbox
) -> None:
    importing.settings = replace(importing.settings, base_url=f"{sandbox.origin}/v3")
    with pytest.raises(ApiStop) as stopped:
        importing(desk.csv("payments.csv", [payment(n) for n in range(3)]), match=False)
    assert {"GIGSTACK_BASE_URL", "GIGSTACK_DIALECT"} <= set(stopped.value.hint.split())
    assert stopped.value.result is not None
    assert {f: n for f, n in stopped.value.result["resources"]["payments"].items() if n} == {"read": 3, "unsent": 3}
    assert not (desk.folder / "payments.rejects.csv").exists()


def test_a_service_is_matched_by_its_whole_name(importing: Importing, desk: Desk, held: Held) -> None:
    row = service(1, internalId="")
    held("services", name=row["name"], description="x", price=1)
    held("services", name=row["name"] + " plus", description="x", price=1)
    services = desk.csv("services.csv", [row, service(2)])
    assert fates(importing, services, resource="services") == {"read": 2, "created": 1, "existing": 1}


def test_with_on_existing_error_what_the_account_holds_is_rejected_and_named(
    importing: Importing, desk: Desk, held: Held
) -> None:
    there = held("clients", name="Otra", rfc=REAL, email="x@y.example")
    clients = desk.csv("clients.csv", [client(1, rfc=REAL), client(2)])
    found = fates(importing, clients, on_existing="error")
    assert found == {"read": 2, "created": 1, "rejected": 1}
    rejects = (desk.folder / "clients.rejects.csv").read_text()
    assert "X-EXISTING" in rejects
    assert there in rejects


def test_a_client_that_several_of_the_account_may_be_is_rejected_and_all_are_named(
    importing: Importing, desk: Desk, server: Recorder, held: Held
) -> None:
    several = [held("clients", name=f"Otra {n}", rfc=REAL, email="x@y.example") for n in range(2)]
    assert fates(importing, desk.csv("clients.csv", [client(1, rfc=REAL)])) == {"read": 1, "rejected": 1}
    rejects = (desk.folder / "clients.rejects.csv").read_text()
    assert all(there in rejects for there in several)
    assert "X-EXISTING-MANY" in rejects
    assert len(server.received()) == 2


def test_payments_that_refer_to_a_matched_client_carry_its_id(
    importing: Importing, desk: Desk, server: Recorder, held: Held
) -> None:
    there = held("clients", name="Otra", rfc=REAL, email="x@y.example")
    files = desk.csv("clients.csv", [client(1, rfc=REAL)]), desk.csv("payments.csv", [payment(1, "", "c1")])
    assert fates(importing, *files, resource="payments") == {"read": 1, "created": 1}
    assert server.stored()[0]["clientId"] == there


def test_payments_are_matched_when_the_journal_was_lost(importing: Importing, desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(5)])
    importing(payments)
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    assert fates(importing, payments, resource="payments") == {"read": 5, "existing": 5}
    assert len(server.received()) == 5


def test_every_payments_file_of_a_call_is_matched_when_the_journal_was_lost(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """What the first file puts into the new journal does not keep the second from being looked up."""
    server.misbehave(duplicate_ignore=1)
    january = desk.csv("january.csv", [payment(n) for n in range(3)])
    february = desk.csv("february.csv", [payment(n) for n in range(3, 6)])
    importing(january, february)
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    again = importing(january, february).resources["payments"]

    assert (again.balanced, again.existing, again.created) == (True, 6, 0)
    assert len(server.received()) == 6


def test_after_the_journal_was_lost_no_later_run_pays_twice_either(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    """What the account holds is learnt once, and kept beside what the new journal creates itself."""
    server.misbehave(duplicate_ignore=1)
    january = desk.csv("january.csv", [payment(n) for n in range(3)])
    february = desk.csv("february.csv", [payment(n) for n in range(3, 6)])
    importing(january)
    importing(february)
    for path in desk.state_dir.glob("journal.sqlite*"):
        path.unlink()

    march = desk.csv("march.csv", [payment(n) for n in range(6, 9)])
    assert fates(importing, march, resource="payments") == {"read": 3, "created": 3}
    assert fates(importing, january, resource="payments") == {"read": 3, "existing": 3}
    changed = desk.csv("february.csv", [payment(3, **{"items.total": "1.00"}), payment(4), payment(5)])
    assert fates(importing, changed, resource="payments") == {"read": 3, "existing": 2, "rejected": 1}
    assert len(server.received()) == 9
