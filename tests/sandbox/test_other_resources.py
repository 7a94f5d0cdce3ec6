"""Every resource of section 2 other than payments, the errors of section 1.2, lists and their filters."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from played import Play, Played

CLIENT = {"name": "Ana López", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"}
ADDRESS = {"street": "Reforma 1", "city": "CDMX", "state": "CMX", "zip": "06600", "country": "MEX"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_ping_answers_pong_to_every_listed_method(sandbox: Played, method: str) -> None:
    data = sandbox.api.request(method, "/ping").json()["data"]
    assert (data["message"], data["version"]) == ("pong", "2.0.0")
    assert data["timestamp"].endswith("Z")


def test_a_client_keeps_the_names_of_the_schema_and_its_zeros(sandbox: Played) -> None:
    body = CLIENT | {"address": ADDRESS, "legal_name": "ANA LOPEZ", "tax_system": "601", "use": "G03", "phone": "0155"}
    data = sandbox.create("/clients", body | {"metadata": {"internalId": "C-1"}})
    assert data.items() >= body.items()
    assert data["timestamp"] > 1e12
    assert data["livemode"] is False


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/clients", {}, ("name is required", "rfc is required", "email is required")),
        ("/clients", CLIENT | {"legalName": "X"}, ("legalName is not a documented field",)),
        ("/clients", CLIENT | {"id": "client_1"}, ("id is not a documented field",)),
        ("/services", {"price": "12"}, ("name is required", "price must be a number")),
        ("/services", {"name": "X", "isActive": "si"}, ("isActive must be true or false",)),
        ("/invoices", {}, ("clientId is required", "amount is required")),
        ("/invoices", {"clientId": "nobody", "amount": 1}, ("clientId names no client",)),
        ("/receipts", {"clientId": "nobody"}, ("clientId names no client",)),
        ("/webhooks", {"url": "ftp://x", "events": []}, ("url must be an http(s) address", "events must have")),
        ("/connect/teams", {"members": "u"}, ("alias is required", "members must be an array")),
    ],
)
def test_each_create_refuses_what_the_reference_does_not_allow(
    sandbox: Played, path: str, body: dict[str, Any], named: tuple[str, ...]
) -> None:
    reply = sandbox.api.post(path, json=body)
    assert reply.status_code == 400
    for complaint in named:
        assert complaint in reply.json()["message"]


def test_clients_and_services_are_never_deduplicated(sandbox: Played) -> None:
    tagged = {"metadata": {"internalId": "same"}}
    for path, body in (("/clients", CLIENT | tagged), ("/services", {"name": "X"} | tagged)):
        first, second = sandbox.create(path, body), sandbox.create(path, body)
        assert first["id"] != second["id"]


def test_a_service_gets_its_defaults_and_an_iso_timestamp(sandbox: Played) -> None:
    data = sandbox.create("/services", {"name": "Consultoría", "price": 1200.5, "taxRate": 16.0})
    assert (data["currency"], data["isActive"], data["price"], data["taxRate"]) == ("MXN", True, 1200.5, 16.0)
    assert data["timestamp"].endswith("Z")


def test_an_invoice_is_a_numbered_draft_in_currency_units(sandbox: Played) -> None:
    client = sandbox.create("/clients", CLIENT | {"legal_name": "ANA LOPEZ"})
    for folio in (1, 2):
        data = sandbox.create("/invoices", {"clientId": client["id"], "amount": 1160.5, "dueDate": "2025-07-01"})
        assert (data["status"], data["series"], data["amount"]) == ("draft", "A", 1160.5)
        assert data["invoice"] == {"folioNumber": folio}
        assert data["client"] == {"rfc": "LOAA800101AB1", "name": "Ana López", "legalName": "ANA LOPEZ"}


def test_a_receipt_can_be_changed_and_deleted(sandbox: Played) -> None:
    client = sandbox.create("/clients", CLIENT)
    receipt = sandbox.create("/receipts", {"clientId": client["id"], "metadata": {"reference": "1"}})
    changed = sandbox.api.put(f"/receipts/{receipt['id']}", json={"currency": "USD"}).json()["data"]
    assert changed == receipt | {"currency": "USD"}
    assert sandbox.api.delete(f"/receipts/{receipt['id']}").status_code == 200
    assert sandbox.api.get(f"/receipts/{receipt['id']}").status_code == 404
    assert sandbox.stored("receipts") == []


def test_a_webhook_is_created_read_and_deleted_once(sandbox: Played) -> None:
    webhook = sandbox.create("/webhooks", {"url": "https://hooks.example/1", "events": ["payment.created"]})
    assert sandbox.api.get(f"/webhooks/{webhook['id']}").json()["data"] == webhook
    assert sandbox.api.delete(f"/webhooks/{webhook['id']}").status_code == 200
    assert sandbox.api.delete(f"/webhooks/{webhook['id']}").status_code == 404


def test_a_team_has_members_an_onboarding_link_and_can_be_changed(sandbox: Played) -> None:
    body = {"alias": "Norte", "logoUrl": "https://x.example/l.png", "members": ["user_1", "user_2"]}
    team = sandbox.create("/connect/teams", body)
    path = f"/connect/teams/{team['id']}"
    assert (team["alias"], team["logo"], team["setupComplete"]) == ("Norte", "https://x.example/l.png", False)
    assert sandbox.api.get(f"{path}/onboarding").json()["data"]["onboardingUrl"] == team["onboardingUrl"]
    assert sandbox.api.put(path, json={"alias": "Sur"}).json()["data"] == team | {"alias": "Sur"}
    assert [member["id"] for member in sandbox.api.get(f"{path}/members").json()["data"]] == body["members"]
    changed = sandbox.api.put(f"{path}/members/user_1", json={"role": "viewer"}).json()["data"]
    assert (changed["role"], sandbox.api.get(f"{path}/members/user_1").json()["data"]) == ("viewer", changed)
    assert sandbox.api.delete(f"{path}/members/user_1").status_code == 200
    assert sandbox.api.get(f"{path}/members/user_1").status_code == 404
    assert [member["id"] for member in sandbox.api.get(path).json()["data"]["members"]] == ["user_2"]


def test_catalogs_are_listed_and_read_by_id(sandbox: Played) -> None:
    catalogs = sandbox.api.get("/catalogs").json()
    assert catalogs["totalResults"] == len(catalogs["data"]) == 5
    assert sandbox.api.get("/catalogs/currencies").json()["data"] in catalogs["data"]
    assert sandbox.api.get("/catalogs/planets").status_code == 404


# --- errors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("opaque-key", 401),
        ("Basic abc", 401),
        ("Bearer my-revoked-key", 401),
        ("Bearer my-forbidden-key", 403),
        ("Bearer a.b.c", 200),
        ("bearer anything", 200),
    ],
)
def test_the_key_decides_who_may_enter(sandbox: Played, authorization: str | None, status: int) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = httpx.get(f"{sandbox.server.base_url}/ping", headers=headers)
    assert reply.status_code == status
    if status != 200:
        assert set(reply.json()) == {"message", "error"}


def test_a_refused_key_stores_nothing(sandbox: Played) -> None:
    sandbox.api.post("/clients", json=CLIENT, headers={"Authorization": "Bearer revoked"})
    assert sandbox.stored("clients") == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/payments/none", 404),
        ("GET", "/clients/none", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/payments/", 404),
        ("PUT", "/receipts/none", 404),
        ("GET", "/connect/teams/none/members", 404),
        ("PUT", "/clients/none", 405),
        ("DELETE", "/payments/none", 405),
        ("DELETE", "/payments", 405),
        ("PUT", "/webhooks/none", 405),
    ],
)
def test_unknown_paths_and_methods_are_refused_in_json(sandbox: Played, method: str, path: str, status: int) -> None:
    reply = sandbox.api.request(method, path)
    assert reply.status_code == status
    assert set(reply.json()) == {"message", "error"}


def test_more_requests_than_the_rate_are_told_to_wait(play: Play) -> None:
    sandbox = play(rate=10)
    replies = [sandbox.api.get("/ping") for _ in range(6)]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert replies[0].status_code == 200
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].json()["error"] == "rate_limit_exceeded"


# --- lists -----------------------------------------------------------------------------------------------


def _ids(reply: httpx.Response) -> list[str]:
    return [row["id"] for row in reply.json()["data"]]


def test_pages_walk_the_whole_list_in_order_of_creation(play: Play) -> None:
    sandbox = play(rows={"clients": 45})
    everything = [record["id"] for record in sandbox.stored("clients")]
    seen: list[str] = []
    while True:
        reply = sandbox.api.get("/clients", params={"limit": 20, "offset": len(seen)})
        seen += _ids(reply)
        assert reply.json()["totalResults"] == 45
        if not reply.json()["hasMore"]:
            break
    assert seen == everything
    assert len(_ids(sandbox.api.get("/clients"))) == 20


def test_a_page_past_the_end_is_empty(play: Play) -> None:
    envelope = play(rows={"clients": 3}).api.get("/clients", params={"offset": 9 * 10**18}).json()
    assert (envelope["data"], envelope["hasMore"], envelope["totalResults"]) == ([], False, 3)


def test_pages_stay_whole_after_a_deletion(sandbox: Played) -> None:
    hooks = [
        sandbox.create("/webhooks", {"url": f"https://h.example/{n}", "events": ["payment.created"]})["id"]
        for n in range(4)
    ]
    sandbox.api.delete(f"/webhooks/{hooks[1]}")
    assert _ids(sandbox.api.get("/webhooks", params={"limit": 2, "offset": 1})) == hooks[2:]


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"limit": -1}, {"offset": -1}, {"offset": "1.5"}, {"isactive": "1"}],
)
def test_a_query_out_of_range_or_undocumented_is_refused_by_name(sandbox: Played, query: dict[str, Any]) -> None:
    reply = sandbox.api.get("/services", params=query)
    assert reply.status_code == 400
    assert next(iter(query)) in reply.json()["message"]


def test_clients_are_found_by_part_of_the_name_and_by_exact_rfc_and_email(sandbox: Played) -> None:
    ana = sandbox.create("/clients", CLIENT)["id"]
    bob = sandbox.create("/clients", {"name": "ÁNGEL Ñ", "rfc": "ANGE800101AB1", "email": "angel@x.example"})["id"]
    found = {
        "lópez": ana,
        "ángel": bob,
    }
    for part, id in found.items():
        assert _ids(sandbox.api.get("/clients", params={"name": part})) == [id]
    assert _ids(sandbox.api.get("/clients", params={"rfc": "ANGE800101AB1"})) == [bob]
    assert _ids(sandbox.api.get("/clients", params={"email": "ana@empresa.example"})) == [ana]
    assert _ids(sandbox.api.get("/clients", params={"rfc": "ANGE800101AB1", "email": "ana@empresa.example"})) == []


def test_services_are_filtered_by_category_price_and_activity(sandbox: Played) -> None:
    cheap = sandbox.create("/services", {"name": "A", "category": "x", "price": 9.99, "isActive": False})["id"]
    dear = sandbox.create("/services", {"name": "B", "category": "y", "price": 1000})["id"]
    for query, id in (
        ({"category": "x"}, cheap),
        ({"isActive": "true"}, dear),
        ({"isActive": "false"}, cheap),
        ({"minPrice": "10"}, dear),
        ({"maxPrice": "9.99"}, cheap),
        ({"name": "b"}, dear),
    ):
        assert _ids(sandbox.api.get("/services", params=query)) == [id]


def test_payments_are_filtered_by_client_status_and_time(play: Play) -> None:
    sandbox = play(rows={"payments": 200})
    everything = sandbox.stored()
    client, moment = everything[7]["clientId"], everything[50]["timestamp"]
    day = "2024-01-01T06:50:00Z"

    def expect(query: dict[str, Any], want: list[dict[str, Any]]) -> None:
        envelope = sandbox.api.get("/payments", params={"limit": 100} | query).json()
        assert [row["id"] for row in envelope["data"]] == [row["id"] for row in want][:100]
        assert envelope["totalResults"] == len(want)

    expect({"clientId": client}, [row for row in everything if row["clientId"] == client])
    expect({"status": "succeeded"}, [row for row in everything if row["status"] == "succeeded"])
    expect({"from": day}, [row for row in everything if row["timestamp"] >= moment])
    expect({"to": day}, [row for row in everything if row["timestamp"] <= moment])
    expect({"from": "2024-01-01", "to": "2024-01-01"}, everything)
    expect({"from": "2024-01-02"}, [])
    assert sandbox.api.get("/payments", params={"from": "yesterday"}).status_code == 400


@pytest.mark.parametrize("resource", ["payments", "clients", "services", "invoices", "receipts", "webhooks", "teams"])
def test_seeded_rows_are_the_same_for_the_same_seed(play: Play, resource: str) -> None:
    first, second = (play(rows={resource: 25}, seed=3).stored(resource) for _ in range(2))
    assert first == second
    assert len({row["id"] for row in first}) == 25


def test_seeded_payments_name_seeded_clients_as_they_are(play: Play) -> None:
    sandbox = play(rows={"payments": 60, "clients": 50})
    clients = {client["id"]: client for client in sandbox.stored("clients")}
    assert all(payment["client"] == clients[payment["clientId"]] for payment in sandbox.stored())
