"""POST /payments as section 2.2 of the reference has it: what is refused, and what comes back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from played import Build, Play, Played

ITEM_16 = {
    *("id", "name", "description", "quantity", "total", "unitPrice", "product_key", "unit_key", "unit_name"),
    *("taxes", "discount", "currency", "paymentType", "serviceId", "category", "subcategory"),
}


def _jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.signature"


def test_the_minimal_request_of_the_reference_is_answered_with_its_reply(sandbox: Played, a_payment: Build) -> None:
    client = sandbox.create("/clients", {"name": "Ana", "rfc": "LOAA800101AB1", "email": "ana@empresa.example"})
    body = a_payment(
        "ERP-000123",
        clientId=client["id"],
        currency="MXN",
        paid=True,
        paymentMethod="03",
        date="2025-06-01T12:00:00Z",
        livemode=False,
        avoidEmail=True,
    )
    del body["client"]
    reply = sandbox.api.post("/payments", json=body)
    assert reply.status_code == 200
    envelope = reply.json()
    assert set(envelope) == {"data", "message", "next", "totalResults", "hasMore"}
    assert (envelope["next"], envelope["totalResults"], envelope["hasMore"]) == (None, 1, False)
    data = envelope["data"]
    assert data["amount"] == 150000  # 1500 is $1,500.00: the guide's second statement, 0.3 item 1
    assert (data["currency"], data["status"], data["payment_form"]) == ("MXN", "succeeded", "03")
    assert data["date"] == data["succeededTimestamp"] == 1748779200000
    assert data["timestamp"] > 1e12
    assert data["metadata"] == {"internalId": "ERP-000123"}
    assert (data["clientId"], data["client"]) == (client["id"], client)
    assert data["livemode"] is False
    assert data["avoidEmail"] is True
    assert set(data["items"][0]) <= ITEM_16
    assert data["token"] and data["client_secret"] and data["shortURL"].startswith("https://")


def test_a_created_payment_is_read_back_exactly(sandbox: Played, a_payment: Build) -> None:
    created = sandbox.create("/payments", a_payment("A-1"))
    assert sandbox.api.get(f"/payments/{created['id']}").json()["data"] == created
    assert sandbox.api.get("/payments").json()["data"] == [created]
    assert sandbox.stored() == [created]


@pytest.mark.parametrize(
    ("item", "cents"),
    [
        ({"total": 1500}, 150000),
        ({"total": "0.01"}, 1),
        ({"total": 100, "discount": "10.50"}, 8950),
        ({"total": 100, "taxes": [{"type": "IVA", "rate": "0.16", "factor": "Tasa"}]}, 11600),
        ({"total": 100, "discount": 50, "taxes": [{"type": "IVA", "rate": "0.16", "factor": "Tasa"}]}, 5800),
        ({"total": 100, "taxes": [{"type": "IVA", "factor": "Exento"}]}, 10000),
        ({"total": 100, "quantity": 3, "taxes": [{"type": "IEPS", "rate": 2, "factor": "Cuota"}]}, 10600),
        (
            {
                "total": 100,
                "taxes": [
                    {"type": "IVA", "rate": "0.16", "factor": "Tasa"},
                    {"type": "ISR", "rate": "0.10", "factor": "Tasa", "retained": True},
                ],
            },
            10600,
        ),
        ({"total": "0.125"}, 13),  # half up: banker's rounding would say 12
        ({"total": "1.005"}, 101),  # a float would say 100
    ],
)
def test_the_amount_is_the_items_less_discount_with_taxes_in_exact_cents(
    sandbox: Played, a_payment: Build, item: dict[str, Any], cents: int
) -> None:
    body = a_payment()
    body["items"][0] |= item
    # Numbers written as text above are put into the JSON digit by digit, so that no float stands between.
    text = json.dumps(body)
    for number in ("0.01", "10.50", "0.16", "0.10", "0.125", "1.005"):
        text = text.replace(f'"{number}"', number)
    reply = sandbox.api.post("/payments", content=text, headers={"Content-Type": "application/json"})
    assert reply.status_code == 200, reply.text
    assert reply.json()["data"]["amount"] == cents


def test_several_items_are_added_before_the_one_rounding(sandbox: Played, a_payment: Build) -> None:
    body = a_payment()
    body["items"] = [body["items"][0] | {"total": 0.004}, body["items"][0] | {"total": 0.004}]
    assert sandbox.create("/payments", body)["amount"] == 1


def test_an_unpaid_payment_waits_for_a_payment_method(sandbox: Played, a_payment: Build) -> None:
    data = sandbox.create("/payments", a_payment())
    assert (data["status"], data["succeededTimestamp"]) == ("requires_payment_method", None)


def test_an_inline_client_is_stored_as_a_client_of_its_own(sandbox: Played, a_payment: Build) -> None:
    data = sandbox.create("/payments", a_payment())
    (client,) = sandbox.stored("clients")
    assert (data["clientId"], data["client"]) == (client["id"], client)
    assert client["rfc"] == "LOAA800101AB1"


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda body: body.pop(name)


def _with(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda body: body.update(members)


def _item(**members: Any) -> Callable[[dict[str, Any]], object]:
    return lambda body: body["items"][0].update(members)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_without("items"), "items is required"),
        (_with(items=[]), "items must have at least 1"),
        (_with(items="x"), "items must be an array, not text"),
        (_with(items=[7]), "items[0] must be an object, not a number"),
        (_without("client"), "clientId is required when client is absent"),
        (_with(clientId="client_1"), "client must not be given together with clientId"),
        (_with(currency="GBP"), "currency must be one of MXN, USD, EUR"),
        (_with(exchange="17.5"), "exchange must be a number, not text"),
        (_with(exchange=True), "exchange must be a number, not true or false"),
        (_with(paid=True), "paymentMethod is required when paid is true"),
        (_with(paymentMethod="07"), "paymentMethod must be one of"),
        (_with(paymentMethod=3), "paymentMethod must be one of"),
        (_with(paid="yes"), "paid must be true or false, not text"),
        (_with(date="2025-06-01"), "date must be an ISO 8601"),
        (_with(date="01/06/2025"), "date must be an ISO 8601"),
        (_with(date="2025-06-01T12:00:00"), "date must be an ISO 8601"),
        (_with(date="2025-02-30T12:00:00Z"), "date must be an ISO 8601"),
        (_with(email="nobody"), "email must be an e-mail address"),
        (_with(metadata={"internalId": 7}), "metadata.internalId must be text, not a number"),
        (_with(metadata={"any": None}), "metadata.any must be text, not null"),
        (_with(invoiceConfig={"serie": "A"}), "invoiceConfig.serie is not a documented field"),
        (_with(client_ref="C-1"), "client_ref is not a documented field"),
        (_with(client={"address": {"zipCode": "06600"}}), "client.address.zipCode is not a documented field"),
        (_item(quantity=0), "items[0].quantity must be from 0.000001"),
        (_item(total="100"), "items[0].total must be a number, not text"),
        (_item(total=-1), "items[0].total must be from 0"),
        (_item(unit_key=""), "items[0].unit_key must not be empty"),
        (_item(unit_price=1), "items[0].unit_price is not a documented field"),
        (_item(discount=1501), "items[0].discount must not be more than the item's total"),
        (_item(taxes=[{"type": "VAT", "rate": 1}]), "items[0].taxes[0].type must be one of IVA, ISR, IEPS"),
        (_item(taxes=[{"type": "IVA", "rate": "0.16"}]), "items[0].taxes[0].rate must be a number, not text"),
        (_item(taxes=[{"type": "ISR", "rate": 1.1, "retained": True}]), "items[0].taxes withhold more than"),
        (_item(taxes=[{"type": "IVA", "factor": "Tasa"}]), "items[0].taxes[0].rate is required"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    sandbox: Played, a_payment: Build, spoil: Callable[[dict[str, Any]], object], named: str
) -> None:
    body = a_payment()
    spoil(body)
    reply = sandbox.api.post("/payments", json=body)
    assert reply.status_code == 400
    error = reply.json()
    assert set(error) == {"message", "error"}
    assert error["error"] == "validation_failed"
    assert named in error["message"]
    assert sandbox.inspect("counts")["payments"] == sandbox.inspect("counts")["clients"] == 0


def test_one_reply_names_every_wrong_field(sandbox: Played, a_payment: Build) -> None:
    body = a_payment(currency="GBP", paid=True, extra=1)
    body["items"][0] |= {"quantity": "1", "total": None}
    message = sandbox.api.post("/payments", json=body).json()["message"]
    for name in ("currency", "paymentMethod", "extra", "items[0].quantity", "items[0].total"):
        assert name in message


def test_a_client_id_must_name_a_client(sandbox: Played, a_payment: Build) -> None:
    body = a_payment(clientId="client_nobody")
    del body["client"]
    reply = sandbox.api.post("/payments", json=body)
    assert (reply.status_code, "client_nobody" in reply.json()["message"]) == (400, True)


@pytest.mark.parametrize("body", [b"", b"{", b'{"items": NaN}', b"\xff", b"[1,2]", b'"x"'])
def test_a_body_that_is_not_a_json_object_is_refused(sandbox: Played, body: bytes) -> None:
    reply = sandbox.api.post("/payments", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert set(reply.json()) == {"message", "error"}


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "1e-999999", "100000000000000000000000000000"])
def test_an_absurd_number_is_refused_or_harmless(sandbox: Played, a_payment: Build, number: str) -> None:
    body = json.dumps(a_payment()).replace('"total": 1500', f'"total": {number}')
    reply = sandbox.api.post("/payments", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == (200 if number.startswith("1e-") else 400)


def test_a_lenient_sandbox_lets_undocumented_fields_pass(play: Play, a_payment: Build) -> None:
    assert play(strict=False).api.post("/payments", json=a_payment(extra=1)).status_code == 200


@pytest.mark.parametrize(("key", "asked", "answered"), [(True, False, True), (False, True, False)])
def test_a_jwt_key_decides_the_mode_whatever_the_body_says(
    sandbox: Played, a_payment: Build, key: bool, asked: bool, answered: bool
) -> None:
    headers = {"Authorization": f"Bearer {_jwt(livemode=key, team='team_9')}"}
    data = sandbox.api.post("/payments", json=a_payment(livemode=asked), headers=headers).json()["data"]
    assert (data["livemode"], data["team"]) == (answered, "team_9")


def test_an_opaque_key_leaves_the_mode_to_the_body(sandbox: Played, a_payment: Build) -> None:
    assert sandbox.create("/payments", a_payment(livemode=True))["livemode"] is True
    assert sandbox.create("/payments", a_payment())["livemode"] is False


def test_amounts_come_back_digit_for_digit(sandbox: Played, a_payment: Build) -> None:
    body = a_payment()
    body["items"][0] |= {"total": 0.1, "quantity": 3}
    reply = sandbox.api.post("/payments", json=body)
    item = json.loads(reply.text, parse_float=Decimal)["data"]["items"][0]
    assert (item["total"], item["unitPrice"]) == (Decimal("0.1"), Decimal("0.033333"))
