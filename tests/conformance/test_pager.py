"""What every way of paging promises: each row once, in order, to the end, or the reason why not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paged import WAYS, Query, Row, Way

from pipeline.api.paging.listing import Ahead, Listing, NextLists
from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import RawPage
from pipeline.api.paging.seen_rows import BadPaging
from pipeline.errors import ApiStop

every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


class Reading:
    """A list read to its end: what was given, what was asked, and what was offered to be asked ahead."""

    def __init__(self, way: Way, rows: list[Row], spoil: dict[str, Any] | None = None) -> None:
        self.given: list[str] = []
        self.asked: list[Query] = []
        self.offered: list[Query] = []
        self.said: list[str] = []
        self._way, self._rows, self._spoil = way, rows, spoil or {}
        pager = open_pager(way.dialect, {"rfc": "X"}, overlap=True)
        self.listing = Listing("clients", pager, self._page, NextLists(self.said.append))
        asyncio.run(self._read())

    async def _page(self, query: Query, ahead: Ahead) -> RawPage:
        self.asked.append(query)
        self.offered += ahead(3)
        return self._way.answer(self._rows, query) | self._spoil

    async def _read(self) -> None:
        async for page in self.listing:
            self.given += [row["id"] for row in page.rows]


def rows(count: int) -> list[Row]:
    return [{"id": f"c_{n}"} for n in range(count)]


def ids(stored: list[Row]) -> list[str]:
    return [row["id"] for row in stored if row is not None]


@every_way
@given(count=st.integers(0, 450))
def test_every_row_is_given_once_and_in_order(way: Way, count: int) -> None:
    stored = rows(count)
    reading = Reading(way, stored)
    pager = reading.listing.pager
    assert reading.given == ids(stored)
    assert (pager.rows, pager.total, pager.nulls, pager.repeated, pager.gaps) == (count, count, 0, 0, 0)
    assert pager.pages == len(reading.asked)


@every_way
def test_filters_and_the_largest_limit_go_with_every_query(way: Way) -> None:
    asked = Reading(way, rows(250)).asked
    assert len(asked) >= 3
    assert all(query["rfc"] == "X" and query["limit"] == way.dialect.paging.size for query in asked)


@every_way
def test_what_may_be_asked_ahead_is_asked_in_the_end(way: Way) -> None:
    reading = Reading(way, rows(450))
    assert [query for query in reading.offered if query not in reading.asked] == []


@every_way
def test_nulls_are_counted_and_not_given(way: Way) -> None:
    stored: list[Row] = [*rows(120), None, *({"id": f"d_{n}"} for n in range(100))]
    reading = Reading(way, stored)
    assert reading.given == ids(stored)
    assert reading.listing.pager.nulls == 1


@every_way
def test_something_that_is_not_a_list_of_records_is_said_so(way: Way) -> None:
    with pytest.raises(BadPaging, match="not a list of records"):
        Reading(way, rows(250), {"data": {"id": "c_1"}})


@every_way
@pytest.mark.parametrize("more", [{"hasMore": True}, {"hasMore": True, "next": "t100"}, {"next": "t100"}])
def test_a_server_that_always_gives_the_same_page_is_left(way: Way, more: dict[str, Any]) -> None:
    with pytest.raises(ApiStop, match=r"again|does not say where"):
        Reading(way, rows(250), {"data": rows(100)} | more)


@every_way
def test_a_page_of_rows_known_already_with_ever_new_names_of_the_next_is_left(way: Way) -> None:
    count = iter(range(1000))
    endless = Way(way.dialect, lambda stored, query: {"data": stored[:100], "hasMore": True, "next": f"n{next(count)}"})
    with pytest.raises(BadPaging, match="same rows again"):
        Reading(endless, rows(250))


# --- a server that ignores offsets and names the next page ------------------------------------------------------------


def test_a_server_seen_to_ignore_the_offset_is_read_on_by_next_and_it_is_said_once() -> None:
    reading = Reading(WAYS["next"], rows(250))
    assert [(query.get("offset"), query.get("next")) for query in reading.asked] == [
        (0, None), (99, None), (None, "t100"), (None, "t200"),
    ]  # fmt: skip
    assert reading.listing.follows_next
    assert reading.said == ["The API gives the same clients whatever the offset: their list is read on by its `next`."]


def test_a_list_known_to_go_on_by_next_is_not_asked_by_offset_again() -> None:
    known = NextLists()
    known.add("clients")
    asked: list[Query] = []

    async def page(query: Query, ahead: Ahead) -> RawPage:
        asked.append(query)
        return WAYS["next"].answer(rows(250), query)

    async def read() -> int:
        listing = Listing("clients", open_pager(WAYS["next"].dialect, overlap=True), page, known)
        return sum([len(found.rows) async for found in listing])

    assert asyncio.run(read()) == 250
    assert [(query.get("offset"), query.get("next")) for query in asked] == [(0, None), (None, "t100"), (None, "t200")]


def test_short_pages_and_no_word_of_more_do_not_end_a_list_that_names_its_next_page() -> None:
    """Twenty rows, whatever was asked for: the same twenty again are no proof that there are no others."""

    def twenty(stored: list[Row], query: Query) -> dict[str, Any]:
        begin = int(str(query.get("next", "t0"))[1:])
        return {"data": stored[begin : begin + 20], "next": f"t{begin + 20}" if begin + 20 < len(stored) else None}

    reading = Reading(Way(WAYS["next"].dialect, twenty), rows(90))
    assert reading.given == ids(rows(90))


def test_offsets_that_are_obeyed_are_kept_to_though_a_next_page_is_named() -> None:
    def both(stored: list[Row], query: Query) -> dict[str, Any]:
        return WAYS["offset"].answer(stored, query) | {"next": "t1"}

    reading = Reading(Way(WAYS["offset"].dialect, both), rows(250))
    assert reading.given == ids(rows(250))
    assert not any("next" in query for query in reading.asked)
    assert (reading.said, reading.listing.follows_next) == ([], False)


def test_a_next_that_brings_nothing_new_is_not_believed_and_not_said() -> None:
    """The server obeys neither: the last page of what it gives by `next` is the first once more."""

    def neither(stored: list[Row], query: Query) -> dict[str, Any]:
        return {"data": stored[:100], "next": None if "next" in query else "t1", "totalResults": 250}

    with pytest.raises(BadPaging, match="same rows again for next=t1"):
        Reading(Way(WAYS["next"].dialect, neither), rows(250))


def test_a_row_added_at_the_head_meanwhile_does_not_make_the_list_look_torn() -> None:
    stored = rows(250)
    asked = iter(range(1000))

    def growing(_: list[Row], query: Query) -> dict[str, Any]:
        if next(asked) == 1:
            stored.insert(0, {"id": "new"})
        return WAYS["next"].answer(stored, query)

    reading = Reading(Way(WAYS["next"].dialect, growing), stored)
    assert set(reading.given) == {*ids(rows(250)), "new"}
    assert reading.listing.pager.gaps == 0
