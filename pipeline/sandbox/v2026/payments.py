"""Payments (docs/api.md 2.2.4, 2.2.5): registered or requested, once for each idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

import msgspec

from pipeline.sandbox.exchange import Call, Operation, Refusal, Reply
from pipeline.sandbox.fields import Check
from pipeline.sandbox.state import Record
from pipeline.sandbox.v2026 import accepts, answers
from pipeline.sandbox.v2026.answers import Body
from pipeline.sandbox.v2026.clients import find_payer
from pipeline.sandbox.v2026.operations import (
    answer,
    birth,
    change,
    find,
    get,
    keep,
    list_page,
    put,
    read_body,
    search,
)  # fmt: skip
from pipeline.sandbox.v2026.queries import CLIENT, CREATED, STATUS, Filter, ListSpec

KEYS = "idempotency_keys"
"""The table of keys seen: the record's id is the key, its body the id of the payment."""

_LIST = ListSpec(
    {
        **CREATED,
        **STATUS,
        **CLIENT,
        "currency": Filter("body ->> '$.currency' = ?"),
        "email": Filter("body ->> '$.client.email' = ?"),
        "tax_id": Filter("body ->> '$.client.tax_id' = ?"),
    },
    metadata=True,
)


def create_payment(call: Call, check: Check, *, paid: bool) -> Reply:
    """What a repeated key is answered is not documented (Q4): the fault modes choose."""
    body = read_body(call, check)
    key = body.get("idempotency_key")
    if key is not None and call.duplicates != "ignore" and (seen := call.store.get(KEYS, key)) is not None:
        return _repeated(call, key, seen)
    body = _inherit(call, misread(body, call.twists))
    record = answers.payment(body, birth(call, "payment"), find_payer(call, body["client"]), paid=paid)
    if key is not None and call.store.get(KEYS, key) is None:
        call.store.insert(KEYS, [Record(key, call.now_ms, record["id"])])
    return keep(call, "payments", record, "payment created")


def _repeated(call: Call, key: str, first: str) -> Reply:
    if call.duplicates == "return_first":
        return answer(call, find(call, "payments", first), "payment exists", resource_id=first)
    raise Refusal(409, "resource_conflict", f"idempotency_key {key} has already been used")


def _inherit(call: Call, body: Body) -> Body:
    """An item with the id of a service takes from it what it does not say itself."""
    items = []
    for item in body["items"]:
        service = call.store.get("services", item["id"]) if "id" in item else None
        if "id" in item and service is None:
            raise Refusal(400, "validation_failed", f"items.id names no service: {item['id']}")
        known = msgspec.json.decode(service) if service else {}
        taken = {name: known[name] for name in accepts.INHERITED if name in known}
        items.append(taken | item)
    return body | {"items": items}


def mark_paid(call: Call) -> Reply:
    payment = find(call, "payments")
    body = read_body(call, accepts.payment_paid)
    if payment["status"] == "succeeded":
        raise Refusal(409, "operation_not_allowed", "the payment is paid already")
    paid_at = body.get("date", call.now_ms // 1000)
    if "date_as_utc_day" in call.twists:
        paid_at -= paid_at % 86_400
    paid = {"status": "succeeded", "payment_form": body["payment_form"], "succeeded_at": paid_at}
    return put(call, "payments", payment | paid)


def refund(call: Call) -> Reply:
    """With or without a body."""
    payment = find(call, "payments")
    body = read_body(call, accepts.refund, empty=True)
    return put(call, "payments", payment | {"status": "refunded", "refunds": [body]})


def cancel(call: Call) -> Reply:
    return put(call, "payments", find(call, "payments") | {"status": "canceled"}, "canceled")


# --- payments understood otherwise than they were meant ---------------------------------------------------------------


def _each(taken: Callable[[Body], Body]) -> Callable[[Body], Body]:
    return lambda body: body | {"items": [item | taken(item) for item in body["items"]]}


def misread(body: Body, faults: Collection[str]) -> Body:
    """The body as a server with those faults takes it."""
    for name, taken in _MISREADINGS.items():
        if name in faults:
            body = taken(body)
    return body


_MISREADINGS: Mapping[str, Callable[[Body], Body]] = {
    "total_as_unit_price": _each(lambda item: {"unit_price": Decimal(item["unit_price"]) * item.get("quantity", 1)}),
    "discount_ignored": _each(lambda item: {"discount": 0}),
    "tax_added_twice": _each(lambda item: {"taxes": [*item.get("taxes", ())] * 2}),
    "exchange_ignored": lambda body: body | {"exchange_rate": 1},
    "currency_dropped": lambda body: body | {"currency": "MXN"},
    "cents_for_units": _each(lambda item: {"unit_price": Decimal(item["unit_price"]) / 100}),
    "quantity_dropped": _each(lambda item: {"quantity": 1}),
    "product_key_lost": _each(lambda item: {"product_key": "01010101"}),
    "item_lost": lambda body: body | {"items": body["items"][:-1] or body["items"]},
    "metadata_lost": lambda body: body | {"metadata": {}},
}

PAYMENT_OPERATIONS = (
    Operation("POST", "/payments/register", lambda c: create_payment(c, accepts.payment_register, paid=True)),
    Operation("POST", "/payments/request", lambda c: create_payment(c, accepts.payment_request, paid=False)),
    Operation("GET", "/payments", lambda call: list_page(call, "payments", _LIST), lists=True),
    Operation("GET", "/payments/search", lambda call: search(call, "payments")),
    Operation("GET", "/payments/{id}", lambda call: get(call, "payments")),
    Operation("PUT", "/payments/{id}", lambda call: change(call, "payments", accepts.payment_change)),
    Operation("DELETE", "/payments/{id}", cancel),
    Operation("POST", "/payments/{id}/paid", mark_paid),
    Operation("POST", "/payments/{id}/refund", refund),
)
