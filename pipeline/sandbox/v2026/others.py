"""Services, invoices, receipts, webhooks, teams, users and retentions of generation 2026."""

from __future__ import annotations

import uuid

import msgspec

from pipeline.sandbox.exchange import Call, Operation, Refusal, Reply
from pipeline.sandbox.state import Condition
from pipeline.sandbox.v2026 import accepts, answers
from pipeline.sandbox.v2026.answers import Birth
from pipeline.sandbox.v2026.clients import find_payer
from pipeline.sandbox.v2026.operations import (
    answer,
    birth,
    change,
    delete,
    find,
    get,
    keep,
    list_page,
    put,
    read_body,
    search,
)  # fmt: skip
from pipeline.sandbox.v2026.queries import CLIENT, CREATED, STATUS, Filter, ListSpec, read_day_ms

_KINDS = {"income": "I", "egress": "E", "payment": "P", "transfer": "T"}
_INVOICES = ListSpec(
    {
        **CREATED,
        **STATUS,
        **CLIENT,
        "series": Filter("body ->> '$.series' = ?"),
        "invoice_id": Filter("instr(body, ?) > 0"),
        "payment_method": Filter("? <> ''"),  # sent by the first-party client, which notes that it filters nothing
    },
    metadata=True,
)
_SAT = ListSpec(
    {
        "from": Filter("at >= ?", read_day_ms),
        "to": Filter("at < ? + 86400000", read_day_ms),
        **{name: Filter(f"body ->> '$.{name}' = ?") for name in ("direction", "status", "invoice_type")},
        **{f"{who}_rfc": Filter(f"body ->> '$.{who}.rfc' = ?") for who in ("issuer", "receiver")},
    },
    cursor="starting_after",
    sorted=False,
)
_PLAIN = ListSpec(CREATED)


def create_service(call: Call) -> Reply:
    body = read_body(call, accepts.service)
    return keep(call, "services", answers.service(body, birth(call, "service")), "service created")


# --- invoices ---------------------------------------------------------------------------------------------------------


def create_invoice(call: Call, kind: str = "I", *, draft: bool) -> Reply:
    """2.5. The sandbox stamps nothing: what would be stamped is told as valid, without a seal."""
    body = read_body(call, accepts.draft if draft else accepts.invoice)
    payer = find_payer(call, body["client"]) if "client" in body else {}
    born = Birth(str(uuid.uuid4()), call.now_ms, call.identity.team, call.identity.livemode, call.twists)
    return keep(call, "invoices", answers.invoice(body, born, payer, kind, draft=draft), "invoice created")


def _list_invoices(call: Call, kind: str) -> Reply:
    of_kind = Condition("body ->> '$.invoice_type' = ? AND body ->> '$.status' <> 'draft'", kind)
    return list_page(call, "invoices", _INVOICES, of_kind)


def _list_drafts(call: Call) -> Reply:
    return list_page(call, "invoices", _INVOICES, Condition("body ->> '$.status' = ?", "draft"))


def _replace_draft(call: Call) -> Reply:
    """The whole body anew: what it leaves out is cleared (F13)."""
    before, body = find(call, "invoices"), read_body(call, accepts.draft)
    payer = find_payer(call, body["client"]) if "client" in body else {}
    born = Birth(before["uuid"], call.now_ms, call.identity.team, call.identity.livemode, call.twists)
    return put(call, "invoices", answers.invoice(body, born, payer, "I", draft=True) | {"id": before["id"]})


def _stamp_draft(call: Call) -> Reply:
    """A POST without a body."""
    return put(call, "invoices", find(call, "invoices") | {"status": "valid"}, "stamped")


def _cancel_invoice(call: Call) -> Reply:
    """A DELETE with a body."""
    body = read_body(call, accepts.cancellation)
    return put(call, "invoices", find(call, "invoices") | {"status": "canceled", "cancellation": body}, "canceled")


def _files(call: Call) -> Reply:
    place = f"https://files.sandbox.invalid/{find(call, 'invoices')['uuid']}"
    return answer(call, {"pdf": f"{place}.pdf", "xml": f"{place}.xml"})


def _send_invoice(call: Call) -> Reply:
    """No mail leaves."""
    read_body(call, accepts.mailing, empty=True)
    return answer(call, {"uuid": find(call, "invoices")["uuid"], "sent": True}, "sent")


def _get_sat_invoice(call: Call) -> Reply:
    """By its uuid, as other invoices."""
    by_uuid = [Condition("body ->> '$.uuid' = ?", call.ids["id"])]
    for _, body in call.store.walk("sat_invoices", by_uuid, 1, None, descending=True):
        return answer(call, msgspec.Raw(body.encode()))
    raise Refusal(404, "resource_not_found", f"there is no invoice {call.ids['id']}")


# --- receipts ---------------------------------------------------------------------------------------------------------


def create_receipt(call: Call) -> Reply:
    body = read_body(call, accepts.receipt)
    record = answers.receipt(body, birth(call, "receipt"), find_payer(call, body["client"]))
    return keep(call, "receipts", record, "receipt created")


def _stamp_receipt(call: Call) -> Reply:
    """With or without a body."""
    read_body(call, accepts.receipt_stamp, empty=True)
    return put(call, "receipts", find(call, "receipts") | {"status": "completed"}, "stamped")


def _cancel_receipt(call: Call) -> Reply:
    return put(call, "receipts", find(call, "receipts") | {"status": "canceled"}, "canceled")


# --- teams ------------------------------------------------------------------------------------------------------------


def _renew_password(call: Call) -> Reply:
    """A GET that changes something: it renews the password of the portal. Nobody who only reads may call it."""
    team = find(call, "teams")
    renewed = team | {"portal_password_renewed": team.get("portal_password_renewed", 0) + 1}
    return put(call, "teams", renewed, "renewed")


def _charge(call: Call) -> Reply:
    """A GET that may cost a credit, and is refused here."""
    raise Refusal(402, "business_rule_violation", "a download would be charged")


def create_webhook(call: Call) -> Reply:
    return keep(
        call, "webhooks", answers.webhook(read_body(call, accepts.webhook), birth(call, "wh")), "webhook created"
    )


_WEBHOOKS = ListSpec(STATUS, cursor="cursor", answered="next_cursor", sorted=False)

OTHER_OPERATIONS = (
    Operation("POST", "/services", create_service),
    Operation("GET", "/services", lambda call: list_page(call, "services", _PLAIN), lists=True),
    Operation("GET", "/services/{id}", lambda call: get(call, "services")),
    Operation("PUT", "/services/{id}", lambda call: change(call, "services", accepts.service_change)),
    Operation("DELETE", "/services/{id}", lambda call: delete(call, "services")),
    *(
        Operation("POST", f"/invoices/{name}", lambda call, kind=kind: create_invoice(call, kind, draft=False))  # type: ignore[misc]
        for name, kind in _KINDS.items()
    ),
    *(
        Operation("GET", f"/invoices/{name}", lambda call, kind=kind: _list_invoices(call, kind), lists=True)  # type: ignore[misc]
        for name, kind in _KINDS.items()
    ),
    Operation("POST", "/invoices/draft", lambda call: create_invoice(call, draft=True)),
    Operation("GET", "/invoices/draft", _list_drafts, lists=True),
    Operation("GET", "/invoices/sat", lambda call: list_page(call, "sat_invoices", _SAT), lists=True),
    Operation("GET", "/invoices/search", lambda call: search(call, "invoices")),
    Operation("GET", "/invoices/download/activate/status", lambda call: answer(call, {"active": False})),
    Operation("GET", "/invoices/download/invoice/{id}", _charge),
    Operation("POST", "/invoices/draft/{id}/stamp", _stamp_draft),
    Operation("GET", "/invoices/draft/{id}", lambda call: get(call, "invoices")),
    Operation("PUT", "/invoices/draft/{id}", _replace_draft),
    Operation("DELETE", "/invoices/draft/{id}", lambda call: delete(call, "invoices")),
    *(Operation("GET", f"/invoices/{name}/{{id}}", lambda call: get(call, "invoices")) for name in _KINDS),
    Operation("GET", "/invoices/{id}/files", _files),
    Operation("POST", "/invoices/{id}/send", _send_invoice),
    Operation("DELETE", "/invoices/{id}", _cancel_invoice),
    Operation("POST", "/receipts", create_receipt),
    Operation("GET", "/receipts", lambda call: list_page(
        call, "receipts", ListSpec({**CREATED, **STATUS, **CLIENT}, metadata=True)), lists=True),
    Operation("GET", "/receipts/search", lambda call: search(call, "receipts")),
    Operation("GET", "/receipts/{id}", lambda call: get(call, "receipts")),
    Operation("POST", "/receipts/{id}/stamp", _stamp_receipt),
    Operation("DELETE", "/receipts/{id}", _cancel_receipt),
    Operation("POST", "/webhooks", create_webhook),
    Operation("GET", "/webhooks", lambda call: list_page(call, "webhooks", _WEBHOOKS), lists=True),
    Operation("GET", "/webhooks/{id}", lambda call: get(call, "webhooks")),
    Operation("PUT", "/webhooks/{id}", lambda call: change(call, "webhooks", accepts.webhook_change)),
    Operation("DELETE", "/webhooks/{id}", lambda call: delete(call, "webhooks")),
    Operation("GET", "/teams", lambda call: list_page(call, "teams", ListSpec(sorted=False)), lists=True),
    Operation("GET", "/teams/integrations", lambda call: answer(call, {"stripe": False, "sat": True})),
    Operation("GET", "/teams/{id}", lambda call: get(call, "teams")),
    Operation("GET", "/teams/{id}/onboarding-url", _renew_password),
    Operation("GET", "/invoices/sat/{id}", _get_sat_invoice),
    Operation("GET", "/users", lambda call: list_page(call, "users", _PLAIN), lists=True),
    Operation("GET", "/users/{id}", lambda call: get(call, "users")),
    Operation("GET", "/retentions/{id}", lambda call: get(call, "retentions")),
    Operation("GET", "/retentions", lambda call: list_page(call, "retentions", ListSpec(
        {"created_gte": Filter("at >= ?", int), "created_lte": Filter("at <= ?", int), **STATUS, **CLIENT})),
        lists=True),
)  # fmt: skip
