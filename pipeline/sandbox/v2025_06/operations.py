"""The operations of generation 2025-06: what each method of each path does with a call.

The common ones (create, list, get, change, delete) are made from a `Resource`; payments and invoices add their own.
An operation checks everything before it stores anything, so a refusal leaves no trace.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from pipeline.sandbox.exchange import Call, Operation, Refusal, Reply
from pipeline.sandbox.fields import Check, Findings
from pipeline.sandbox.state import Record
from pipeline.sandbox.v2025_06 import answers
from pipeline.sandbox.v2025_06.answers import Birth, Body
from pipeline.sandbox.v2025_06.filters import FILTERS, Filter, read_query

decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Resource:
    """A resource that is created, listed and read in the common way."""

    table: str
    path: str
    prefix: str
    """What the ids begin with."""
    accepts: Check
    answers: Callable[[Body, Birth], Body]
    changes: Check | None = None
    """What PUT accepts; None when it is not listed."""
    changed: Callable[[Body, Body], Body] = operator.or_
    """The record after a PUT, of the record before it and the body."""
    deletes: bool = False

    def operations(self) -> list[Operation]:
        one = f"{self.path}/{{id}}"
        found = [
            Operation("POST", self.path, lambda call: create(call, self)),
            Operation("GET", self.path, lambda call: list_page(call, self.table), lists=True),
            Operation("GET", one, lambda call: get(call, self.table)),
        ]
        if changes := self.changes:
            found.append(Operation("PUT", one, lambda call: change(call, self, changes)))
        if self.deletes:
            found.append(Operation("DELETE", one, lambda call: delete(call, self.table)))
        return found


def read_body(call: Call, accepts: Check) -> Body:
    """The body of a call, checked field by field. Raises Refusal 400, naming each field that is wrong."""
    if call.strict and call.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(400, "invalid_request_body", "Content-Type must be application/json")
    try:
        body: Any = decode(call.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "invalid_request_body", f"the body is not JSON: {error}") from error
    found = Findings(strict=call.strict)
    accepts(body, "", found)
    if found.problems:
        raise Refusal(400, "validation_failed", str(found))
    return body  # type: ignore[no-any-return]


def answer(data: object, message: str, **how: Any) -> Reply:
    """One object in the envelope of section 1, whose list members are there even now."""
    envelope = {"data": data, "message": message, "next": None, "totalResults": 1, "hasMore": False}
    return Reply(encode(envelope), **how)


def birth(call: Call, prefix: str) -> Birth:
    return Birth(answers.new_id(prefix), call.now_ms, call.identity.team, call.identity.livemode, call.twists)


def keep(call: Call, table: str, record: Body, message: str, client_id: str | None = None) -> Reply:
    """Store a new record and answer with it."""
    stored = encode(record)
    call.store.insert(
        table,
        [
            Record(
                record["id"],
                call.now_ms,
                stored.decode(),
                internal_id=record.get("metadata", {}).get("internalId"),
                client_id=client_id,
                rfc=record.get("rfc"),
                email=record.get("email"),
            )
        ],
    )
    return answer(msgspec.Raw(stored), message, resource_id=record["id"], committed=True)


def stored(call: Call, table: str, id: str) -> str:
    """The body of one record. Raises Refusal 404."""
    body = call.store.get(table, id)
    if body is None:
        raise Refusal(404, "resource_not_found", f"there is no {table.removesuffix('s')} {id}")
    return body


def client_of(call: Call, body: Body) -> str:
    """The JSON of the client that a body's `clientId` names. Raises Refusal 400."""
    client = call.store.get("clients", body["clientId"])
    if client is None:
        raise Refusal(400, "validation_failed", f"clientId names no client: {body['clientId']}")
    return client


def create(call: Call, resource: Resource) -> Reply:
    body = read_body(call, resource.accepts)
    if "clientId" in body:
        client_of(call, body)
    record = resource.answers(body, birth(call, resource.prefix))
    return keep(call, resource.table, record, f"{resource.prefix} created", body.get("clientId"))


def get(call: Call, table: str) -> Reply:
    return answer(msgspec.Raw(stored(call, table, call.ids["id"]).encode()), "ok")


def change(call: Call, resource: Resource, accepts: Check) -> Reply:
    """PUT: the members given replace the stored ones, the others stay (ASSUMED)."""
    id = call.ids["id"]
    before: Body = decode(stored(call, resource.table, id))
    body = read_body(call, accepts)
    if "clientId" in body:
        client_of(call, body)
    after = encode(resource.changed(before, body))
    call.store.replace(resource.table, id, after.decode())
    return answer(msgspec.Raw(after), f"{resource.prefix} updated", resource_id=id, committed=True)


def delete(call: Call, table: str) -> Reply:
    id = call.ids["id"]
    stored(call, table, id)
    call.store.delete(table, id)
    return answer({"id": id, "deleted": True}, "deleted", resource_id=id, committed=True)


# --- lists -----------------------------------------------------------------------------------------------


def list_page(call: Call, table: str) -> Reply:
    """A page, oldest record first (the order is UNKNOWN in the reference; creation order is ours)."""

    def rows(page: Any, offset: int) -> tuple[list[str], int]:
        return call.store.page(table, page.conditions, page.limit, offset)

    return page_of(call, FILTERS[table], rows)


def page_of(call: Call, filters: Mapping[str, Filter], rows: Callable[[Any, int], tuple[list[str], int]]) -> Reply:
    """The page that the query asks for, spoiled by the list faults that strike this call."""
    found = Findings(strict=call.strict)
    names_next = "page_by_next" in call.twists
    query = {name: value for name, value in call.query.items() if name != "next"} if names_next else call.query
    page = read_query(query, filters, found)
    offset = _named_offset(call.query.get("next"), found) if names_next else page.offset
    if found.problems:
        raise Refusal(400, "validation_failed", str(found))
    lost = -(-offset // page.limit) if "shrinking_list" in call.twists else 0
    if "ignore_offset" in call.twists:
        offset = 0
    elif "repeat_page" in call.twists:
        offset = max(0, offset - page.limit)
    bodies, total = ([], 0) if "empty_list" in call.twists else rows(page, offset + lost)
    after = offset + lost + len(bodies)
    has_more = after < total
    if "null_rows" in call.twists:
        bodies.insert(len(bodies) // 2, "null")
    failed = "failed_page" in call.twists
    if failed:
        bodies = bodies[: -(-len(bodies) // 2)]
    envelope = {
        "data": msgspec.Raw(f"[{','.join(bodies)}]".encode()),
        "message": "ok",
        "next": f"{_NEXT}{after}" if names_next and has_more else None,
        "totalResults": max(0, total - lost),
        "hasMore": has_more,
    }
    return Reply(encode(envelope | ({"success": False, "message": HALF} if failed else {})))


HALF = "a part of the list could not be read"
"""What a page says that failed."""

_NEXT = "page_from_"
"""What the name of a page begins with, for servers that name them; nobody else is to read it."""


def _named_offset(name: str | None, found: Findings) -> int:
    """Where the page of that name begins; the first has none."""
    place = (name or f"{_NEXT}0").removeprefix(_NEXT)
    if place.isascii() and place.isdigit() and len(place) < 16:
        return int(place)
    found.note("next", "names no page")
    return 0


def list_of(records: Sequence[Body]) -> Callable[[Any, int], tuple[list[str], int]]:
    """Pages of records that are not in the store."""

    def rows(page: Any, offset: int) -> tuple[list[str], int]:
        return [encode(record).decode() for record in records[offset : offset + page.limit]], len(records)

    return rows
