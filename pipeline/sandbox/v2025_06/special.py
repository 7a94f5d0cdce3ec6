"""The operations of 2025-06 that are not made in the common way: payments, invoices, ping, catalogs, team members."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.sandbox.exchange import Call, Operation, Refusal, Reply
from pipeline.sandbox.v2025_06 import accepts, answers
from pipeline.sandbox.v2025_06.answers import Body
from pipeline.sandbox.v2025_06.catalogs import CATALOGS
from pipeline.sandbox.v2025_06.misread import misread_payment
from pipeline.sandbox.v2025_06.operations import (
    answer,
    birth,
    client_of,
    decode,
    encode,
    get,
    keep,
    list_of,
    list_page,
    page_of,
    read_body,
    stored,
)


def create_payment(call: Call) -> Reply:
    """2.2.1. An inline `client` is stored as a client of its own each time (UNKNOWN, ASSUMED yes)."""
    body = read_body(call, accepts.payment)
    internal_id = body.get("metadata", {}).get("internalId")
    if internal_id is not None and call.duplicates != "ignore":
        first = call.store.first_with_internal_id("payments", internal_id)
        if first is not None:
            return _duplicate(call, internal_id, *first)
    body = misread_payment(body, call.twists)
    client_id, client = _payer(call, body)
    record = answers.payment(body, birth(call, "payment"), msgspec.Raw(client.encode()), client_id)
    return keep(call, "payments", record, "payment created", client_id)


def _duplicate(call: Call, internal_id: str, id: str, first: str) -> Reply:
    """1.1: the reference wants the id unique and does not say what happens if it is not."""
    if call.duplicates == "return_first":
        return answer(msgspec.Raw(first.encode()), "payment exists", resource_id=id)
    message = f"metadata.internalId {internal_id} has already been used"
    raise Refusal(409, "resource_already_exists", message)


def _payer(call: Call, body: Body) -> tuple[str, str]:
    """Id and JSON of the payment's client: the stored one, or a new one made of the inline `client`."""
    if "client" not in body:
        return body["clientId"], client_of(call, body)
    inline = {name: value for name, value in body["client"].items() if name not in ("id", "timestamp")}
    if "email" in body:
        inline.setdefault("email", body["email"])
    record = answers.client({"livemode": body.get("livemode", False)} | inline, birth(call, "client"))
    keep(call, "clients", record, "")
    return record["id"], encode(record).decode()


def create_invoice(call: Call) -> Reply:
    """2.5. The sandbox stamps nothing: an invoice stays a draft."""
    body = read_body(call, accepts.invoice)
    client: Body = decode(client_of(call, body))
    folio = call.store.counts()["invoices"] + 1
    record = answers.invoice(body, birth(call, "invoice"), client, folio)
    return keep(call, "invoices", record, "invoice created", body["clientId"])


def ping(call: Call) -> Reply:
    """2.1. The bodies of POST, PUT and DELETE are unknown: whatever they carry is not looked at."""
    pong = {"message": "pong", "timestamp": answers.Birth("", call.now_ms).iso, "version": "2.0.0"}
    return answer(pong, "pong")


def list_catalogs(call: Call) -> Reply:
    return page_of(call, {}, list_of(CATALOGS))


def get_catalog(call: Call) -> Reply:
    for catalog in CATALOGS:
        if catalog["id"] == call.ids["id"]:
            return answer(catalog, "ok")
    raise Refusal(404, "resource_not_found", f"there is no catalog {call.ids['id']}")


def onboarding(call: Call) -> Reply:
    team = _team(call)
    return answer({"id": team["id"], "onboardingUrl": team["onboardingUrl"]}, "ok")


def list_members(call: Call) -> Reply:
    return page_of(call, {}, list_of(_team(call)["members"]))


def get_member(call: Call) -> Reply:
    return answer(_member(call, _team(call)), "ok")


def change_member(call: Call) -> Reply:
    team = _team(call)
    member = _member(call, team)
    body = read_body(call, accepts.member_change)
    permissions = member["permissions"] | body.get("permissions", {})
    member.update(body | {"permissions": permissions})
    call.store.replace("teams", team["id"], encode(team).decode())
    return answer(member, "member updated", resource_id=member["id"], committed=True)


def remove_member(call: Call) -> Reply:
    team = _team(call)
    member = _member(call, team)
    team["members"].remove(member)
    call.store.replace("teams", team["id"], encode(team).decode())
    return answer({"id": member["id"], "deleted": True}, "deleted", resource_id=member["id"], committed=True)


def _team(call: Call) -> Body:
    return decode(stored(call, "teams", call.ids["id"]))  # type: ignore[no-any-return]


def _member(call: Call, team: Body) -> dict[str, Any]:
    for member in team["members"]:
        if member["id"] == call.ids["member"]:
            return member  # type: ignore[no-any-return]
    raise Refusal(404, "resource_not_found", f"there is no member {call.ids['member']} in this team")


_MEMBERS = "/connect/teams/{id}/members"

OPERATIONS = (
    *(Operation(method, "/ping", ping) for method in ("GET", "POST", "PUT", "DELETE")),
    Operation("POST", "/payments", create_payment),
    Operation("GET", "/payments", lambda call: list_page(call, "payments"), lists=True),
    Operation("GET", "/payments/{id}", lambda call: get(call, "payments")),
    Operation("POST", "/invoices", create_invoice),
    Operation("GET", "/invoices", lambda call: list_page(call, "invoices"), lists=True),
    Operation("GET", "/invoices/{id}", lambda call: get(call, "invoices")),
    Operation("GET", "/catalogs", list_catalogs, lists=True),
    Operation("GET", "/catalogs/{id}", get_catalog),
    Operation("GET", "/connect/teams/{id}/onboarding", onboarding),
    Operation("GET", _MEMBERS, list_members, lists=True),
    Operation("GET", _MEMBERS + "/{member}", get_member),
    Operation("PUT", _MEMBERS + "/{member}", change_member),
    Operation("DELETE", _MEMBERS + "/{member}", remove_member),
)
