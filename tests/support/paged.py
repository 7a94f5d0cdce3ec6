"""A list that is paged in one of the ways there are, as a function from query to envelope: no server, no client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from schemas.dialects import dialect
from schemas.dialects.spec import Cursor, Dialect

Row = dict[str, Any] | None
Query = Mapping[str, str | int]
Answer = Callable[[list[Row], Query], dict[str, Any]]

OFFSETS = dialect("2025-06")
TOKENS = replace(OFFSETS, name="by-token", paging=Cursor("limit", "cursor", ("next", "next_cursor"), 100))


class Way(NamedTuple):
    """How a server pages, and the dialect in which it is asked."""

    dialect: Dialect
    answer: Answer


def _page(rows: list[Row], begin: int, query: Query, named: str | None = None) -> dict[str, Any]:
    end = begin + int(query.get("limit", 20))
    said = {named: f"t{end}"} if named and end < len(rows) else {}
    return {"data": rows[begin:end], "hasMore": end < len(rows), "totalResults": len(rows), "next": None} | said


def by_offset(rows: list[Row], query: Query) -> dict[str, Any]:
    return _page(rows, int(query.get("offset", 0)), query)


def by_token(rows: list[Row], query: Query) -> dict[str, Any]:
    return _page(rows, int(str(query.get("cursor", "t0"))[1:]), query, "next_cursor")


def by_next(rows: list[Row], query: Query) -> dict[str, Any]:
    """Ignores the offset; what each page calls the next is understood as `next`."""
    return _page(rows, int(str(query.get("next", "t0"))[1:]), query, "next")


WAYS = {
    "offset": Way(OFFSETS, by_offset),
    "cursor": Way(TOKENS, by_token),
    "next": Way(OFFSETS, by_next),
}
