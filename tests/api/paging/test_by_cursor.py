"""A list by the token each page gives for the next, over envelopes written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.api.paging.by_cursor import CursorPager
from pipeline.api.paging.by_offset import OffsetPager
from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import Query
from pipeline.errors import ApiStop
from schemas.dialects import dialect
from schemas.dialects.spec import Cursor

OFFSET = dialect("2025-06")
CURSOR = replace(OFFSET, name="test", paging=Cursor("limit", "next", ("next", "next_cursor"), 2))
A, B, C = ({"id": name} for name in "abc")


def walk(pager: CursorPager, *envelopes: dict[str, Any]) -> tuple[list[str], list[Query]]:
    """The ids given and the queries asked."""
    query: Query | None = pager.first()
    ids, asked = [], []
    for envelope in envelopes:
        assert query is not None
        asked.append(query)
        page = pager.take(envelope)
        ids += [row["id"] for row in page.rows]
        query = page.next
    assert query is None
    return ids, asked


def test_the_dialect_decides_which_pager_walks() -> None:
    assert isinstance(open_pager(OFFSET), OffsetPager)
    assert isinstance(open_pager(CURSOR, {"a": 1}, overlap=True), CursorPager)
    with pytest.raises(TypeError, match="test does not page by offset"):
        OffsetPager(CURSOR)
    with pytest.raises(TypeError, match="2025-06 does not page by cursor"):
        CursorPager(OFFSET)


@pytest.mark.parametrize("name", ["next", "next_cursor"])
def test_a_token_is_sent_back_under_the_query_s_own_name(name: str) -> None:
    pager = CursorPager(CURSOR, {"rfc": "X"})
    ids, asked = walk(pager, {"data": [A, B], "has_more": True, name: "t1"}, {"data": [C], "has_more": False})
    assert ids == ["a", "b", "c"]
    assert asked == [{"rfc": "X", "limit": 2}, {"rfc": "X", "limit": 2, "next": "t1"}]
    assert (pager.pages, pager.rows, pager.gaps) == (2, 3, 0)


@pytest.mark.parametrize(
    "last",
    [
        {"data": [C]},
        {"data": [C], "next": None},
        {"data": [C], "next": ""},
        {"data": [C], "hasMore": False, "next": "t2"},
        {"data": [B, C], "hasMore": False},
    ],
)
def test_the_list_ends_where_no_token_is_given_or_no_more_is_said(last: dict[str, Any]) -> None:
    assert walk(CursorPager(CURSOR), {"data": [A, B], "next": "t1"}, last)[0] == ["a", "b", "c"]


def test_an_empty_page_with_more_behind_it_is_not_the_end() -> None:
    pages = [{"data": [A], "next": "t1"}, {"data": [], "next": "t2"}, {"next": "t3"}, {"data": [B]}]
    assert walk(CursorPager(CURSOR), *pages)[0] == ["a", "b"]


def test_a_full_page_with_a_token_goes_on_whatever_the_server_says_of_more() -> None:
    assert walk(CursorPager(CURSOR), {"data": [A, B], "has_more": False, "next": "t1"}, {"data": [C]})[0][-1] == "c"


def test_what_comes_twice_or_is_null_is_counted_and_not_given() -> None:
    pager = CursorPager(CURSOR)
    ids, _ = walk(pager, {"data": [A, None], "next": "t1", "total_results": 3}, {"data": [A, B]})
    assert (ids, pager.nulls, pager.repeated, pager.total) == (["a", "b"], 1, 1, 3)


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([{"data": [A], "next": "t1"}, {"data": [B], "next": "t1"}], "gave next=t1 again"),
        ([{"data": [A], "has_more": True}], "does not say where"),
        ([{"data": "rows"}], "not a list of records"),
    ],
)
def test_a_server_that_does_not_page_as_expected_stops_the_walk(pages: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ApiStop, match=said):
        walk(CursorPager(CURSOR), *pages)


def test_a_list_without_an_end_stops_the_walk() -> None:
    pager = CursorPager(CURSOR, most_pages=2)
    with pytest.raises(ApiStop, match="did not end after 2 pages"):
        walk(pager, {"data": [A], "next": "t1"}, {"data": [B], "next": "t2"})
