"""What each method of each path of generation 2026 has in common: envelopes, bodies, lists, searches.

Every answer is JSON, whatever its status (the first-party client reads nothing else).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from pipeline.sandbox.exchange import Call, Refusal, Reply
from pipeline.sandbox.fields import Check, Findings
from pipeline.sandbox.state import Condition, Record
from pipeline.sandbox.v2026.answers import Birth, Body, new_id
from pipeline.sandbox.v2026.queries import CLIENT, STATUS, Asked, ListSpec, name_again, name_cursor, read_query

decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(decimal_format="number").encode


def read_body(call: Call, accepts: Check, *, empty: bool = False) -> Body:
    """The body of a call, checked field by field; `empty` ones are nothing at all. Raises Refusal 400."""
    if not call.content and empty:
        return {}
    try:
        body: Any = decode(call.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "invalid_request_body", f"the body is not JSON: {error}") from error
    found = Findings(strict=call.strict)
    accepts(body, "", found)
    refuse(found)
    return body  # type: ignore[no-any-return]


def refuse(found: Findings) -> None:
    if found.problems:
        raise Refusal(400, "validation_failed", str(found))


def answer(call: Call, data: object, message: str = "ok", **how: Any) -> Reply:
    """One object in the envelope of section 1."""
    envelope = {"success": True, "message": message, "data": data, "timestamp": call.now_ms}
    return Reply(encode(envelope), **how)


def birth(call: Call, prefix: str) -> Birth:
    team = call.query.get("team") or call.identity.team
    return Birth(new_id(prefix), call.now_ms, team, call.identity.livemode, call.twists)


def keep(call: Call, table: str, record: Body, message: str, status: int = 201) -> Reply:
    """Store a new record and answer with it."""
    stored = encode(record)
    metadata, client = record.get("metadata") or {}, record.get("client") or {}
    internal_id = metadata.get("internalId")
    call.store.insert(
        table,
        [
            Record(
                record["id"],
                call.now_ms,
                stored.decode(),
                internal_id=str(internal_id) if internal_id is not None else None,
                client_id=client.get("id"),
                rfc=record.get("tax_id"),
                email=record.get("email"),
            )
        ],
    )
    return answer(call, msgspec.Raw(stored), message, status=status, resource_id=record["id"], committed=True)


def find(call: Call, table: str, id: str | None = None) -> Body:
    """One record. Raises Refusal 404."""
    id = call.ids["id"] if id is None else id
    body = call.store.get(table, id)
    if body is None:
        raise Refusal(404, "resource_not_found", f"there is no {table.removesuffix('s')} {id}")
    return decode(body)  # type: ignore[no-any-return]


def get(call: Call, table: str) -> Reply:
    return answer(call, find(call, table))


def change(call: Call, table: str, accepts: Check) -> Reply:
    """PUT: the members given replace the stored ones, null clears, the others stay."""
    before = find(call, table)
    return put(call, table, before | read_body(call, accepts))


def put(call: Call, table: str, record: Body, message: str = "updated") -> Reply:
    stored = encode(record)
    call.store.replace(table, record["id"], stored.decode())
    return answer(call, msgspec.Raw(stored), message, resource_id=record["id"], committed=True)


def delete(call: Call, table: str) -> Reply:
    """A DELETE with or without a body."""
    record = find(call, table)
    call.store.delete(table, record["id"])
    return answer(call, {"id": record["id"], "deleted": True}, resource_id=record["id"], committed=True)


# --- lists ------------------------------------------------------------------------------------------------------------


def list_page(call: Call, table: str, spec: ListSpec, *own: Condition) -> Reply:
    """A page behind a cursor; by page number where it is asked by metadata. `own` conditions are the list's."""
    found = Findings(strict=call.strict)
    asked = read_query(call.query, spec, found)
    refuse(found)
    conditions = (*own, *asked.conditions)
    rows, cursor, more = _rows(call, table, asked, conditions)
    bodies = [body for _, body in rows]
    if "null_rows" in call.twists:
        bodies.insert(len(bodies) // 2, "null")
    failed = "failed_page" in call.twists
    if failed:
        bodies = bodies[: -(-len(bodies) // 2)]
    envelope = {
        "success": True,
        "message": "ok",
        "data": msgspec.Raw(f"[{','.join(bodies)}]".encode()),
        spec.answered: cursor,
        "has_more": more,
        "total_results": call.store.count(table, own),  # ASSUMED as its client says: filters are not counted
        "timestamp": call.now_ms,
    }
    return Reply(encode(envelope | ({"success": False, "message": HALF} if failed else {})))


def _rows(
    call: Call, table: str, asked: Asked, conditions: tuple[Condition, ...]
) -> tuple[list[tuple[int, str]], str | None, bool]:
    """The rows, the cursor of what comes behind them, and whether anything does."""
    if "empty_list" in call.twists:
        return [], None, False
    if asked.page is not None:
        end = asked.page * asked.limit
        every = call.store.walk(table, conditions, end + 1, None, descending=asked.descending)
        return every[end - asked.limit : end], None, len(every) > end
    if "empty_page" in call.twists:
        return [], name_again(asked), True
    after = None if "ignore_offset" in call.twists else asked.after
    rows = call.store.walk(table, conditions, asked.limit + 1, after, descending=asked.descending)
    page = rows[: asked.limit]
    more = len(rows) > asked.limit
    return page, name_cursor(page[-1][0]) if more else None, more


HALF = "a part of the list could not be read"
"""What a page says that failed."""


def search(call: Call, table: str) -> Reply:
    """Full text: here, whatever holds the words, narrowed by the status and the client asked for."""
    limit, page = _number(call, "limit", 10), _number(call, "page", 1)
    conditions = [Condition("instr(fold(body), fold(?)) > 0", call.query.get("q", ""))]
    conditions += [Condition(by.sql, call.query[name]) for name, by in (STATUS | CLIENT).items() if name in call.query]
    every = call.store.walk(table, conditions, limit * page, None, descending=True)
    bodies = [body for _, body in every[limit * (page - 1) :]]
    envelope = {
        "success": True,
        "message": "ok",
        "data": msgspec.Raw(f"[{','.join(bodies)}]".encode()),
        "found": call.store.count(table, conditions),
        "page": page,
        "per_page": limit,
        "timestamp": call.now_ms,
    }
    return Reply(encode(envelope))


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 100_000):
        raise Refusal(400, "validation_failed", f"{name} must be a whole number above 0")
    return int(text)


Run = Callable[[Call], Reply]
