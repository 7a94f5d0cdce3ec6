"""The query of a list in generation 2025-06: `limit`, `offset` and the filters of each resource, as a table.

`from` and `to` bound the creation time and are inclusive; a bare day means that whole day in UTC (ASSUMED).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from pipeline.sandbox.fields import LARGEST_NUMBER, Findings, parse_day, parse_instant
from pipeline.sandbox.state import Condition

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_LARGEST_OFFSET = 2**53
"""What a larger offset is taken for: past the end either way, and a number that SQLite can hold."""
_LONGEST_NUMBER = 1000
"""Digits; Python refuses to read a few thousand."""


@dataclass(frozen=True)
class Filter:
    """One query parameter: the SQL condition it stands for, and how its text becomes the value."""

    sql: str
    read: Callable[[str], str | int | float | None] = str
    """None when the text cannot be read."""
    wanted: str = ""


def _start_ms(value: str) -> int | None:
    return _milliseconds(value, time.min)


def _end_ms(value: str) -> int | None:
    return _milliseconds(value, time.max)


def _milliseconds(value: str, hour: time) -> int | None:
    moment = parse_instant(value)
    day = parse_day(value)
    if moment is None and day is not None:
        moment = datetime.combine(day, hour, tzinfo=UTC)
    return None if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _flag(value: str) -> int | None:
    return {"true": 1, "false": 0}.get(value)


def _price(value: str) -> float | None:
    try:
        price = Decimal(value)
    except InvalidOperation:
        return None
    return float(price) if price.is_finite() and abs(price) <= LARGEST_NUMBER else None


_WHEN = "an ISO 8601 date or date-time (a + must be written %2B)"
_created = {
    "from": Filter("at >= ?", _start_ms, _WHEN),
    "to": Filter("at <= ?", _end_ms, _WHEN),
}
_name = {"name": Filter("instr(fold(body ->> '$.name'), fold(?)) > 0")}
_client = {"clientId": Filter("client_id = ?")}
_status = {"status": Filter("body ->> '$.status' = ?")}

FILTERS: Mapping[str, Mapping[str, Filter]] = {
    # 2.2.3: UNKNOWN for payments, ASSUMED as for invoices
    "payments": {**_client, **_status, **_created},
    "clients": {**_name, "rfc": Filter("rfc = ?"), "email": Filter("email = ?"), **_created},
    "services": {
        **_name,
        "category": Filter("body ->> '$.category' = ?"),
        "isActive": Filter("body ->> '$.isActive' = ?", _flag, "true or false"),
        "minPrice": Filter("body ->> '$.price' >= ?", _price, "a number"),
        "maxPrice": Filter("body ->> '$.price' <= ?", _price, "a number"),
    },
    "invoices": {**_client, **_status, "series": Filter("body ->> '$.series' = ?"), **_created},
    "receipts": {},
    "webhooks": {},
    "teams": {},
}


@dataclass(frozen=True)
class Page:
    limit: int
    offset: int
    conditions: tuple[Condition, ...]


def read_query(query: Mapping[str, str], filters: Mapping[str, Filter], found: Findings) -> Page:
    """The page asked for. What cannot be read, is out of range or is not documented is noted in `found`."""
    conditions = []
    for name, value in query.items():
        if name in filters:
            wanted = filters[name].read(value)
            if wanted is None:
                found.note(name, f"must be {filters[name].wanted}")
            else:
                conditions.append(Condition(filters[name].sql, wanted))
        elif name not in ("limit", "offset") and found.strict:
            found.note(name, "is not a documented query parameter")
    limit = _whole(query.get("limit"), DEFAULT_LIMIT)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        found.note("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    offset = _whole(query.get("offset"), 0)
    if offset is None:
        found.note("offset", "must be a whole number, 0 or more")
    return Page(limit or DEFAULT_LIMIT, min(offset or 0, _LARGEST_OFFSET), tuple(conditions))


def _whole(value: str | None, default: int) -> int | None:
    if value is None:
        return default
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER else None
