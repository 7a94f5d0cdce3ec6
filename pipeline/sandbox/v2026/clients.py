"""Clients, and who a payment's or an invoice's client is (docs/api.md 1.1, 2.3)."""

from __future__ import annotations

from typing import Any

from pipeline.sandbox.exchange import Call, Operation, Refusal, Reply
from pipeline.sandbox.state import Condition
from pipeline.sandbox.v2026 import accepts, answers
from pipeline.sandbox.v2026.answers import Body
from pipeline.sandbox.v2026.operations import (
    answer,
    birth,
    change,
    decode,
    delete,
    encode,
    find,
    get,
    keep,
    list_page,
    put,
    read_body,
    search,
)  # fmt: skip
from pipeline.sandbox.v2026.queries import CREATED, ListSpec

_LIST = ListSpec(CREATED, metadata=True)
_BY = {"tax_id": "rfc = ?", "email": "email = ?", "name": "body ->> '$.name' = ?"}


def _matching(call: Call, search: Body) -> list[Body]:
    condition = Condition(_BY[search["on_key"]], search["on_value"])
    return [decode(body) for _, body in call.store.walk("clients", [condition], 2, None, descending=False)]


def create_client(call: Call) -> Reply:
    """201 created, 200 found (changed when `update` is true), 409 when several match."""
    body = read_body(call, accepts.client)
    asked = body.get("search")
    known = _matching(call, asked) if asked else []
    if len(known) > 1:
        raise Refusal(409, "resource_conflict", f"several clients have this {asked['on_key']}")  # type: ignore[index]
    if not known:
        return keep(call, "clients", answers.client(body, birth(call, "client")), "client created")
    if asked and asked.get("update"):
        return put(call, "clients", known[0] | {name: v for name, v in body.items() if name != "search"})
    return answer(call, known[0], "client found", resource_id=known[0]["id"])


def find_payer(call: Call, client: Body) -> Body:
    """The client a body names: by id, by what it is found by, else a new one of what is said of it (ASSUMED)."""
    if "id" in client:
        stored = call.store.get("clients", client["id"])
        if stored is None:
            raise Refusal(400, "validation_failed", f"client.id names no client: {client['id']}")
        return decode(stored)  # type: ignore[no-any-return]
    asked: Any = client.get("search")
    known = _matching(call, asked) if asked else []
    if len(known) > 1:
        raise Refusal(409, "resource_conflict", f"several clients have this {asked['on_key']}")
    if known:
        return known[0]
    if asked and not asked.get("auto_create"):
        raise Refusal(404, "resource_not_found", f"no client has this {asked['on_key']}")
    record = answers.client(client, birth(call, "client"))
    keep(call, "clients", record, "")
    return decode(encode(record))  # type: ignore[no-any-return]


def validate(call: Call) -> Reply:
    """A POST without a body."""
    return answer(call, {"id": find(call, "clients")["id"], "is_valid": True}, "valid")


def open_portal(call: Call) -> Reply:
    body = read_body(call, accepts.portal)
    return answer(call, {"url": f"https://portal.sandbox.invalid/{body.get('id', '')}", "expires_at": call.now_ms})


CLIENT_OPERATIONS = (
    Operation("POST", "/clients", create_client),
    Operation("GET", "/clients", lambda call: list_page(call, "clients", _LIST), lists=True),
    Operation("GET", "/clients/search", lambda call: search(call, "clients")),
    Operation("POST", "/clients/customerportal", open_portal),
    Operation("POST", "/clients/validate/{id}", validate),
    Operation("GET", "/clients/{id}", lambda call: get(call, "clients")),
    Operation("PUT", "/clients/{id}", lambda call: change(call, "clients", accepts.client_change)),
    Operation("DELETE", "/clients/{id}", lambda call: delete(call, "clients")),
)
