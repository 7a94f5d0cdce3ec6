"""Generation 2026 of the pretend API: cursors, upserts, keys, JSON whatever the status, what its own client sends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from played import Play, Played

from pipeline.sandbox.v2026 import GENERATION

CAPTURED = Path(__file__).parents[3] / "shared" / "api" / "cli_requests.jsonl"
"""What the official client v0.3.1 was seen to send."""

PLANTED = dict.fromkeys(("clients", "services", "payments", "invoices", "receipts", "webhooks", "teams"), 12)
A_CLIENT = {"name": "Ana", "tax_id": "LOAA800101AB1", "email": "ana@empresa.example"}
AN_ITEM = {"description": "Plan", "quantity": 2, "unit_price": 500, "taxes": [{"type": "IVA", "rate": 0.16}]}


@pytest.fixture
def server(play: Play) -> Played:
    return play(dialect="2026", rows=PLANTED)


def a_payment(**members: Any) -> dict[str, Any]:
    return {"client": {"id": "client_1"}, "items": [AN_ITEM], "payment_form": "03", **members}


# --- what its own client sends ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured requests are not here")
def test_every_request_the_official_client_was_seen_to_send_is_understood(play: Play) -> None:
    server = play(dialect="2026", rows=PLANTED)
    refused = []
    for line in CAPTURED.read_text("utf-8").splitlines():
        sent = json.loads(line)
        path = re.sub(r"^/v2", "", sent["path"])
        # a draft is another invoice than the one that is sent and cancelled
        path = re.sub(r"(/invoices/draft/11111111-2222-4333-8444-55555555555)5", r"\g<1>9", path)
        headers = {"Content-Type": "application/json"}
        content = b"" if sent["body"] is None else json.dumps(sent["body"]).encode()
        query = {**sent["query"], "team": ""} if "list" in sent["command"] else sent["query"]
        reply = server.api.request(sent["method"], path, params=query, content=content, headers=headers)
        reply.json()
        if reply.status_code not in (200, 201):
            refused.append((sent["command"], reply.status_code, reply.text))
    assert refused == []


def test_every_status_has_a_body_of_json(server: Played) -> None:
    for method, path in (
        ("GET", "/nothing"),
        ("GET", "/clients/x"),
        ("PATCH", "/clients"),
        ("DELETE", "/clients/client_1"),
    ):
        assert server.api.request(method, path).json()


def test_no_operation_hides_behind_another() -> None:
    seen: list[tuple[str, re.Pattern[str]]] = []
    for operation in GENERATION.operations:
        hiding = [
            pattern for method, pattern in seen if method == operation.method and pattern.fullmatch(operation.path)
        ]
        assert hiding == [], operation.path
        seen.append((operation.method, re.compile(re.sub(r"{\w+}", r"[^/]+", operation.path))))


# --- lists ------------------------------------------------------------------------------------------------------------


def walked(server: Played, path: str, position: str = "next", answered: str = "next", **query: Any) -> list[str]:
    ids: list[str] = []
    asked = {"limit": 5, **query}
    while True:
        page = server.api.get(path, params=asked).json()
        ids += [row["id"] for row in page["data"] if row]
        if not page["has_more"]:
            return ids
        asked[position] = page[answered]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/clients", ("next", "next")),
        ("/payments", ("next", "next")),
        ("/teams", ("next", "next")),
        ("/webhooks", ("cursor", "next_cursor")),
    ],
)
def test_a_list_is_walked_by_its_own_cursor(server: Played, path: str, names: tuple[str, str]) -> None:
    ids = walked(server, path, *names)
    assert len(ids) == len(set(ids)) == 12


def test_a_cursor_stands_still_while_rows_come(server: Played) -> None:
    page = server.api.get("/clients", params={"limit": 5}).json()
    server.api.post("/clients", json=A_CLIENT)
    later = server.api.get("/clients", params={"limit": 20, "next": page["next"]}).json()
    assert [row["id"] for row in page["data"] + later["data"]] == [f"client_{n}" for n in range(12, 0, -1)]


def test_a_window_is_inclusive_and_in_seconds(server: Played) -> None:
    moments = [
        row["created_at"] for row in server.api.get("/clients", params={"limit": 100, "sort": "asc"}).json()["data"]
    ]
    window = {"created[gte]": moments[2], "created[lte]": moments[5]}
    assert len(walked(server, "/clients", **window)) == sum(moments[2] <= at <= moments[5] for at in moments)


def test_metadata_finds_a_record_and_pages_by_number(server: Played) -> None:
    found = server.api.get("/payments", params={"metadata.internalId": "PAG-0000003"}).json()
    assert [row["id"] for row in found["data"]] == ["payment_3"]
    assert server.api.get("/payments", params={"metadata.internalId": "PAG-0000003", "page": 2}).json()["data"] == []


def test_what_a_list_does_not_document_is_refused(server: Played) -> None:
    assert server.api.get("/clients", params={"offset": 3}).status_code == 400


# --- clients ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("update", "phone"), [(False, None), (True, "5511112222")])
def test_an_upsert_finds_and_changes_only_where_it_is_told_to(server: Played, update: bool, phone: str | None) -> None:
    search = {"on_key": "tax_id", "on_value": A_CLIENT["tax_id"], "update": update}
    first = server.api.post("/clients", json={**A_CLIENT, "search": search})
    again = server.api.post("/clients", json={**A_CLIENT, "phone": "5511112222", "search": search})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert again.json()["data"].get("phone") == phone


def test_an_upsert_that_fits_several_is_refused(server: Played) -> None:
    for _ in range(2):
        server.api.post("/clients", json=A_CLIENT)
    search = {"on_key": "email", "on_value": A_CLIENT["email"]}
    assert server.api.post("/clients", json={**A_CLIENT, "search": search}).status_code == 409


def test_a_change_is_of_the_members_given_and_null_clears(server: Played) -> None:
    changed = server.api.put("/clients/client_1", json={"email": None, "phone": "55"}).json()["data"]
    assert (changed["email"], changed["phone"], changed["name"]) == (None, "55", "Comercio 1")


# --- payments ---------------------------------------------------------------------------------------------------------


def test_amounts_are_in_units_and_a_withheld_tax_is_taken_away(server: Played) -> None:
    taxes = [{"type": "IVA", "rate": 0.16}, {"type": "ISR", "rate": 0.1, "withholding": True}]
    item = {**AN_ITEM, "taxes": taxes, "discount": 100}
    made = server.api.post("/payments/register", json=a_payment(items=[item])).json()["data"]
    assert (made["subtotal"], made["taxes"], made["withholding_taxes"], made["total"]) == (1000, 144, 90, 954)


def test_an_inclusive_tax_is_in_the_price(server: Played) -> None:
    item = {**AN_ITEM, "unit_price": 580, "taxes": [{"type": "IVA", "rate": 0.16, "inclusive": True}]}
    made = server.api.post("/payments/register", json=a_payment(items=[item])).json()["data"]
    assert (made["subtotal"], made["total"]) == (1000, 1160)


@pytest.mark.parametrize(
    ("mode", "status", "count"),
    [("duplicate_reject", 409, 1), ("duplicate_return_first", 200, 1), ("duplicate_ignore", 201, 2)],
)
def test_a_repeated_key_is_answered_as_the_server_was_told_to(play: Play, mode: str, status: int, count: int) -> None:
    server = play(dialect="2026", rows={"clients": 1}, faults={mode: 1})
    body = a_payment(idempotency_key="k-12345678")
    assert server.api.post("/payments/register", json=body).status_code == 201
    assert server.api.post("/payments/register", json=body).status_code == status
    assert server.inspect("counts")["payments"] == count


def test_a_client_described_in_a_payment_is_found_or_made(server: Played) -> None:
    payer = {**A_CLIENT, "search": {"on_key": "tax_id", "on_value": A_CLIENT["tax_id"], "auto_create": True}}
    made = [server.api.post("/payments/register", json=a_payment(client=payer)).json()["data"] for _ in range(2)]
    assert made[0]["client"]["id"] == made[1]["client"]["id"]


def test_the_names_of_2025_06_are_refused(server: Played) -> None:
    reply = server.api.post("/payments/register", json={"clientId": "client_1", "items": [AN_ITEM], "paid": True})
    assert reply.status_code == 400
    assert "clientId is not a documented field" in reply.json()["message"]


def test_a_requested_payment_is_marked_paid_on_its_day(server: Played) -> None:
    body = {"client": {"id": "client_1"}, "items": [AN_ITEM], "allowed_payment_methods": ["bank"]}
    made = server.api.post("/payments/request", json=body).json()["data"]
    paid = server.api.post(f"/payments/{made['id']}/paid", json={"payment_form": "03", "date": 1748779200}).json()[
        "data"
    ]
    assert (made["status"], paid["status"], paid["succeeded_at"]) == (
        "requires_payment_method",
        "succeeded",
        1748779200,
    )


def test_two_reads_change_something_and_can_be_seen_to_have_been_called(server: Played) -> None:
    server.api.get("/teams/team_1/onboarding-url")
    assert server.stored("teams")[0]["portal_password_renewed"] == 1
    assert server.api.get("/invoices/download/invoice/x").status_code == 402


@pytest.mark.parametrize(("kind", "letter"), [("income", "I"), ("egress", "E"), ("payment", "P"), ("transfer", "T")])
def test_an_invoice_is_listed_under_its_kind(server: Played, kind: str, letter: str) -> None:
    made = server.api.post(f"/invoices/{kind}", json={"client": {"id": "client_1"}, "items": [AN_ITEM]})
    assert (made.status_code, made.json()["data"]["invoice_type"]) == (201, letter)
    assert made.json()["data"]["uuid"] in walked(server, f"/invoices/{kind}")


def test_a_draft_put_anew_loses_what_is_left_out(server: Played) -> None:
    made = server.api.post("/invoices/draft", json={"client": {"id": "client_1"}, "items": [AN_ITEM], "series": "B"})
    place = f"/invoices/draft/{made.json()['data']['id']}"
    assert server.api.put(place, json={"client": {"id": "client_1"}, "items": [AN_ITEM]}).status_code == 200
    shown = server.api.get(place).json()["data"]
    assert (shown.get("series"), shown["status"], shown["id"]) == ("A", "draft", made.json()["data"]["id"])


def test_a_search_is_narrowed_by_status_and_client(server: Played) -> None:
    every = server.api.get("/payments/search", params={"q": "", "limit": 100}).json()
    paid = server.api.get("/payments/search", params={"q": "", "limit": 100, "status": "succeeded"}).json()
    one = server.api.get("/payments/search", params={"q": "", "client_id": "client_4"}).json()
    assert (every["found"], paid["found"], one["found"]) == (12, 9, 1)
