"""The query of a list in generation 2026: its cursor, its order, its filters, as a table (docs/api.md 1, 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from pipeline.sandbox.fields import Findings
from pipeline.sandbox.state import Condition

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
_CURSOR = "cur_"
_FARTHEST = 9_999_999_999
"""More than records there can be."""


@dataclass(frozen=True)
class Filter:
    """One query parameter: its condition, and how its text becomes the value (None: it cannot be read)."""

    sql: str
    read: Callable[[str], str | int | None] = str


def _milliseconds(text: str) -> int | None:
    """Epoch seconds, of which a window's end means the whole second."""
    return int(text) * 1000 if text.isascii() and text.isdigit() and len(text) < 16 else None


def read_day_ms(text: str) -> int | None:
    """A day of the calendar, from its midnight in UTC."""
    try:
        return int(datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None


CREATED = {"created[gte]": Filter("at >= ?", _milliseconds), "created[lte]": Filter("at < ? + 1000", _milliseconds)}
STATUS = {
    "status": Filter("replace(body ->> '$.status', 'cancelled', 'canceled') = replace(?, 'cancelled', 'canceled')")
}
CLIENT = {"client_id": Filter("client_id = ?")}


@dataclass(frozen=True)
class ListSpec:
    """What a list understands: its filters, the name its cursor is asked by and answered under, and whether it finds
    records by their metadata."""

    filters: Mapping[str, Filter] = field(default_factory=dict)
    cursor: str = "next"
    answered: str = "next"
    metadata: bool = False
    sorted: bool = True


@dataclass(frozen=True)
class Asked:
    """The page asked for: its size, the number it begins behind, its order, what it is narrowed to, its page by
    number where it is asked by metadata, and its cursor as it was written."""

    limit: int
    after: int | None
    descending: bool
    conditions: tuple[Condition, ...]
    page: int | None = None
    place: str = ""


def read_query(query: Mapping[str, str], spec: ListSpec, found: Findings) -> Asked:
    """What a list is asked for. What cannot be read or is not documented is noted in `found`."""
    conditions: list[Condition] = []
    by_metadata = False
    for name, value in query.items():
        if name in spec.filters:
            wanted = spec.filters[name].read(value)
            if wanted is None:
                found.note(name, "cannot be read")
            else:
                conditions.append(Condition(spec.filters[name].sql, wanted))
        elif spec.metadata and name.startswith(("metadata.", "metadata_")):
            by_metadata = True
            conditions.append(_metadata_condition(name[len("metadata.") :], value))
        elif name not in _known(spec) and found.strict:
            found.note(name, "is not a documented query parameter")
    limit = _whole(query.get("limit"), DEFAULT_LIMIT)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        found.note("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
        limit = DEFAULT_LIMIT
    place = (query.get(spec.cursor) or "").removeprefix(_CURSOR)
    after = _whole(place or None, None)
    if query.get(spec.cursor) and after is None:
        found.note(spec.cursor, "is no cursor of this list")
    page = _whole(query.get("page"), 1) if by_metadata else None
    return Asked(limit, after, query.get("sort", "desc") != "asc", tuple(conditions), page, place)


def _known(spec: ListSpec) -> tuple[str, ...]:
    order = ("sort", "order_by") if spec.sorted else ()
    return ("limit", "team", spec.cursor, *order, *(("page",) if spec.metadata else ()))


def _metadata_condition(key: str, value: str) -> Condition:
    if key == "internalId":
        return Condition("internal_id = ?", value)
    safe = "".join(letter for letter in key if letter.isalnum() or letter in "_-")
    return Condition(f"""body ->> '$.metadata."{safe}"' = ?""", value)


def _whole(text: str | None, default: int | None) -> int | None:
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def name_cursor(number: int) -> str:
    """The cursor of what comes behind the record of that number."""
    return f"{_CURSOR}{number}"


def name_again(asked: Asked) -> str:
    """Another cursor of the same place: a zero stands before it. Behind nothing there is the far end of the list."""
    return f"{_CURSOR}0{asked.place or (_FARTHEST if asked.descending else 0)}"
