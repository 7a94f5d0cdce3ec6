"""Whole imports in dialect 2026 against the pretend API, whose own record is what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from pipeline import run_import
from pipeline.errors import PipelineError
from pipeline.sandbox import EmbeddedSandbox, Options

CLIENTS = "metadata.internalId,name,rfc,email,tax_system,use,address.zip,legal_name\n"
ANA = "c1,Ana Lopez,LOAA800101AB1,ana@a.mx,612,G03,06600,ANA LOPEZ\n"
PAYMENTS = (
    "metadata.internalId,client_ref,paid,paymentMethod,team,items.name,items.description,items.quantity,items.total,"
    "items.product_key,items.unit_key,items.unit_name,items.taxes\n"
)


def payment(number: int, *, paid: bool = True, team: str = "", total: str = "200.00") -> str:
    item = f"Plan,Plan mensual,2,{total},84111506,E48,Unidad de servicio,IVA 16%"
    return f"p{number},c1,{str(paid).lower()},{'03' if paid else ''},{team},{item}\n"


class Desk:
    """A folder, a state and a server."""

    def __init__(self, folder: Path, server: EmbeddedSandbox) -> None:
        self.folder, self.server = folder, server

    def bring(self, name: str, text: str, **how: Any) -> dict[str, int]:
        """Import one file; the counts of its resource."""
        path = self.folder / f"{name}.csv"
        path.write_text(text, "utf-8")
        settings = {"base_url": self.server.base_url, "api_key": "opaque-key", "dialect": "2026", "settle_s": 0.1}
        done = run_import([path], yes=True, state_dir=self.folder / "state", **{**settings, **how})
        counts: dict[str, int] = done["resources"][name]
        return {fate: count for fate, count in counts.items() if count}

    def stored(self, resource: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ask(f"records?resource={resource}")
        return rows

    def ask(self, what: str) -> Any:
        return httpx.get(f"{self.server.origin}/_sandbox/{what}").json()


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    with EmbeddedSandbox(Options(dialect="2026", faults=getattr(request, "param", {}))) as server:
        yield Desk(tmp_path, server)


def hold_client(desk: Desk, **members: Any) -> str:
    """A client the account holds before; its id."""
    body = {"name": "Ana", "tax_id": "LOAA800101AB1", "email": "old@a.mx", **members}
    made = httpx.post(f"{desk.server.base_url}/clients", json=body, headers={"Authorization": "Bearer any"})
    return str(made.json()["data"]["id"])


def test_the_same_files_are_created_once(desk: Desk) -> None:
    assert desk.bring("clients", CLIENTS + ANA) == {"read": 1, "created": 1}
    rows = PAYMENTS + payment(1) + payment(2, paid=False)
    assert desk.bring("payments", rows) == {"read": 2, "created": 2}
    assert desk.bring("payments", rows) == {"read": 2, "existing": 2}
    register, request = sorted(desk.stored("payments"), key=lambda row: row["metadata"]["internalId"])
    assert (register["status"], request["status"]) == ("succeeded", "requires_payment_method")
    assert (register["total"], register["items"][0]["unit_price"]) == (232, 100)


def test_another_machine_finds_what_the_first_has_sent(desk: Desk) -> None:
    desk.bring("clients", CLIENTS + ANA)
    desk.bring("payments", PAYMENTS + payment(1))
    elsewhere = {"state_dir": desk.folder / "other"}
    assert desk.bring("clients", CLIENTS + ANA) == {"read": 1, "existing": 1}
    path = desk.folder / "payments.csv"
    settings = {"base_url": desk.server.base_url, "api_key": "opaque-key", "dialect": "2026"}
    done = run_import([desk.folder / "clients.csv", path], yes=True, **settings, **elsewhere)
    assert done["resources"]["payments"]["existing"] == 1
    assert desk.ask("counts")["payments"] == 1


def test_a_team_stands_in_the_address(desk: Desk) -> None:
    desk.bring("clients", CLIENTS + ANA)
    desk.bring("payments", PAYMENTS + payment(1, team="team_9"))
    (made,) = desk.stored("payments")
    assert made["team"] == "team_9"


def test_a_total_that_does_not_divide_is_rejected_before_anything_is_sent(desk: Desk) -> None:
    desk.bring("clients", CLIENTS + ANA)
    odd = payment(1, total="100.00").replace(",2,100.00", ",3,100.00")
    assert desk.bring("payments", PAYMENTS + odd) == {"read": 1, "rejected": 1}
    assert desk.ask("counts")["payments"] == 0


def test_a_client_the_api_finds_is_existing_and_stays_as_it_is(desk: Desk) -> None:
    hold_client(desk)
    assert desk.bring("clients", CLIENTS + ANA, match=False) == {"read": 1, "existing": 1}
    assert [row["email"] for row in desk.stored("clients")] == ["old@a.mx"]


def test_a_client_the_api_finds_is_changed_where_that_is_asked_for(desk: Desk) -> None:
    hold_client(desk)
    assert desk.bring("clients", CLIENTS + ANA, on_existing="update") == {"read": 1, "existing": 1}
    assert [row["email"] for row in desk.stored("clients")] == ["ana@a.mx"]


def test_a_client_the_api_finds_is_refused_where_it_must_not_be_there(desk: Desk) -> None:
    hold_client(desk)
    assert desk.bring("clients", CLIENTS + ANA, match=False, on_existing="error") == {"read": 1, "refused": 1}


def test_a_client_that_is_found_under_another_internal_id_asks_for_a_decision(desk: Desk) -> None:
    hold_client(desk, metadata={"internalId": "c9"})
    assert desk.bring("clients", CLIENTS + ANA) == {"read": 1, "refused": 1}


@pytest.mark.parametrize("asked", [{"on_existing": "update"}, {"match": False}])
def test_a_client_without_an_internal_id_is_existing_where_the_one_that_is_found_has_one(
    desk: Desk, asked: dict[str, Any]
) -> None:
    hold_client(desk, metadata={"internalId": "c9"})
    assert desk.bring("clients", CLIENTS + ANA.replace("c1,", ","), **asked) == {"read": 1, "existing": 1}
    assert len(desk.stored("clients")) == 1


def test_several_clients_that_fit_ask_for_a_decision(desk: Desk) -> None:
    for number in (1, 2):
        hold_client(desk, metadata={"internalId": f"x{number}"})
    assert desk.bring("clients", CLIENTS + ANA) == {"read": 1, "refused": 1}


def test_2025_06_says_that_it_changes_nothing(desk: Desk) -> None:
    with pytest.raises(PipelineError, match="changes nothing"):
        desk.bring("clients", CLIENTS + ANA, on_existing="update", dialect="2025-06")


@pytest.mark.parametrize("desk", [{"total_as_unit_price": 1}, {"wrong_livemode": 1}], ids=str, indirect=True)
def test_a_server_that_means_something_else_gets_one_record(desk: Desk) -> None:
    if "wrong_livemode" in desk.server.options.faults:
        with pytest.raises(PipelineError, match="livemode"):
            desk.bring("clients", CLIENTS + ANA)
        return
    desk.bring("clients", CLIENTS + ANA)
    with pytest.raises(PipelineError, match="not understood as meant"):
        desk.bring("payments", PAYMENTS + "".join(payment(n) for n in range(9)))
    assert desk.ask("counts")["payments"] == 1


@pytest.mark.parametrize(
    "desk",
    [
        {"duplicate_reject": 1, "drop_after_commit": 0.3},
        {"duplicate_return_first": 1, "error_500_after_commit": 0.3},
        {"duplicate_ignore": 1, "drop_after_commit": 0.3, "truncated_reply": 0.3},
    ],
    ids=str,
    indirect=True,
)
def test_no_payment_is_lost_or_doubled_whatever_becomes_of_its_answer(desk: Desk) -> None:
    desk.bring("clients", CLIENTS + ANA)
    counts = desk.bring("payments", PAYMENTS + "".join(payment(n) for n in range(20)))
    assert (
        counts.get("created", 0) + counts.get("existing", 0) + counts.get("in_doubt", 0) + counts.get("unsent", 0) == 20
    )
    names = [row["metadata"]["internalId"] for row in desk.stored("payments")]
    assert len(names) == len(set(names)) >= counts.get("created", 0)
