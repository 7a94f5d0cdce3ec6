"""A list by stretches of time: the same rows in the same order as in one piece, first pages asked for ahead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.api.paging.by_window import MOST_WINDOWS, WindowPager, split_window
from pipeline.api.paging.listing import Ahead, Listing, NextLists
from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import Query, RawPage
from schemas.dialects import dialect

SPOKEN = dialect("2026")
CLIENTS, SAT, RETENTIONS = (SPOKEN.endpoints[name] for name in ("clients", "invoices_sat", "retentions"))
DAY = 86_400


def bounded(begin: int, end: int) -> Query:
    return {"created[gte]": begin, "created[lte]": end}


def serve(rows: list[dict[str, Any]], query: Query, *, filters_total: bool = True) -> dict[str, Any]:
    """Newest first, both bounds inclusive; the cursor is the number of rows to pass over."""
    low, high = int(query["created[gte]"]), int(query["created[lte]"])
    inside = sorted((r for r in rows if low <= r["at"] <= high), key=lambda r: (-r["at"], r["id"]))
    begin = int(str(query.get("next", "cur_0"))[4:])
    end = begin + int(query["limit"])
    total = len(inside) if filters_total else len(rows)
    told = {"data": inside[begin:end], "has_more": end < len(inside), "total_results": total}
    return told | ({"next": f"cur_{end}"} if end < len(inside) else {})


class Reading:
    """A list read to its end: what was given, and what was offered to be asked ahead."""

    def __init__(self, rows: list[dict[str, Any]], query: Query, *, filters_total: bool = True) -> None:
        self.given: list[str] = []
        self.offered: list[int] = []

        async def page(query: Query, ahead: Ahead) -> RawPage:
            self.offered.append(len(ahead(7)))
            return serve(rows, query, filters_total=filters_total)

        self.pager = open_pager(SPOKEN, query, windows=split_window(CLIENTS, query))
        listing = Listing("clients", self.pager, page, NextLists())

        async def run() -> None:
            async for read in listing:
                self.given += [row["id"] for row in read.rows]

        asyncio.run(run())


@pytest.mark.parametrize(
    ("endpoint", "query", "count"),
    [
        (CLIENTS, {}, 1),
        (CLIENTS, {"created[gte]": 0}, 1),
        (CLIENTS, bounded(0, DAY), 1),
        (CLIENTS, bounded(0, 3 * DAY), 3),
        (CLIENTS, bounded(0, 900 * DAY), MOST_WINDOWS),
        (CLIENTS, bounded(5 * DAY, 0), 1),
        (SAT, {"from": "2026-01-01", "to": "2026-02-01"}, 1),
        (SAT, {"from": "2026-01-01", "to": "2026-12-31"}, 1),
        (RETENTIONS, {"created_gte": 0, "created_lte": 3 * DAY * 1000}, 3),
    ],
)
def test_a_bounded_list_is_split_by_days_in_its_own_unit(endpoint: Any, query: Query, count: int) -> None:
    windows = split_window(endpoint, query)
    assert len(windows) == count
    assert isinstance(open_pager(SPOKEN, query, windows=windows), WindowPager) is (count > 1)


def test_stretches_share_their_edges_and_come_in_the_order_of_the_list() -> None:
    newest_first = split_window(CLIENTS, {**bounded(0, 2 * DAY), "status": "x"})
    assert newest_first == [{**bounded(DAY, 2 * DAY), "status": "x"}, {**bounded(0, DAY), "status": "x"}]
    assert split_window(CLIENTS, {**bounded(0, 2 * DAY), "sort": "asc"})[0]["created[gte]"] == 0


@given(
    moments=st.lists(st.integers(0, 5 * DAY) | st.sampled_from([0, DAY, 2 * DAY]), max_size=330),
    filters_total=st.booleans(),
)
def test_every_row_is_given_once_and_newest_first(moments: list[int], *, filters_total: bool) -> None:
    rows = [{"id": f"c_{n:03}", "at": at} for n, at in enumerate(moments)]
    reading = Reading(rows, bounded(0, 5 * DAY), filters_total=filters_total)
    assert reading.given == [row["id"] for row in sorted(rows, key=lambda r: (-r["at"], r["id"]))]
    assert reading.pager.rows == len(rows)
    assert reading.pager.total == len(rows) or len({*moments}) < len(moments) or not filters_total


def test_the_first_pages_of_the_stretches_to_come_are_asked_for_ahead() -> None:
    rows = [{"id": f"c_{n}", "at": n * 3600} for n in range(100)]
    assert Reading(rows, bounded(0, 4 * DAY)).offered == [3, 2, 1, 0]


def test_many_rows_of_one_edge_are_no_server_that_repeats_itself() -> None:
    rows = [{"id": f"c_{n:03}", "at": DAY} for n in range(250)]
    reading = Reading(rows, bounded(0, 2 * DAY))
    assert (len(reading.given), reading.pager.repeated) == (250, 250)


# --- counts -----------------------------------------------------------------------------------------------------------


def two_stretches(*pages: tuple[list[str], int]) -> WindowPager:
    """Two stretches of one page each, with the ids of their rows and what the server says is their count."""
    pager = WindowPager(SPOKEN, split_window(CLIENTS, bounded(0, 2 * DAY)))
    for ids, total in pages:
        pager.take({"data": [{"id": each} for each in ids], "has_more": False, "total_results": total})
    return pager


def test_stretches_of_the_same_count_are_not_taken_for_one() -> None:
    pager = two_stretches((["a", "b"], 2), (["c", "d"], 2))
    assert (pager.total, pager.short, pager.rows) == (4, 0, 4)


def test_what_one_stretch_has_too_many_does_not_make_up_for_what_another_lacks() -> None:
    pager = two_stretches((["a", "b"], 3), (["c", "d", "e"], 2))
    assert (pager.total, pager.short, pager.rows) == (5, 1, 5)


def test_a_row_of_two_stretches_counts_in_each() -> None:
    pager = two_stretches((["a", "b"], 2), (["b", "c"], 2))
    assert (pager.total, pager.short, pager.rows) == (3, 0, 3)


def test_a_row_given_twice_in_a_stretch_does_not_stand_for_another() -> None:
    assert two_stretches((["a", "a"], 2), (["b"], 1)).short == 1


def test_one_count_for_all_that_no_stretch_reaches_is_left_to_be_asked_about() -> None:
    pager = two_stretches((["a", "b"], 900), (["c"], 900))
    assert (pager.total, pager.counts, pager.short) == (900, (900, 900), 1797)
