"""A list is read to its end, each row once, or it is said why not."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import DIALECT, a_client

from pipeline.api.attempts import read
from pipeline.api.paging.by_offset import OffsetPager
from pipeline.api.throttle.admission import Throttle
from pipeline.errors import ApiStop
from pipeline.sandbox import EmbeddedSandbox, Options

Envelope = Mapping[str, Any]


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [{"id": f"p_{n}"} for n in range(first, last + 1)]


def walk(pager: OffsetPager, *envelopes: Envelope) -> tuple[list[str], list[int]]:
    """The ids a list came to, and the offsets that were asked for. Every envelope must be asked for, and no more."""
    query, ids, offsets = pager.first(), [], []
    for number, envelope in enumerate(envelopes, 1):
        offsets.append(int(query["offset"]))
        page = pager.take(envelope)
        ids += [row["id"] for row in page.rows]
        if page.next is None:
            assert number == len(envelopes), "ended early"
            return ids, offsets
        query = page.next
    raise AssertionError(f"wants more: {query}")


def test_a_page_is_asked_for_with_the_filters_the_largest_limit_and_the_offset() -> None:
    pager = OffsetPager(DIALECT, {"rfc": "LOAA800101AB1"})
    assert pager.first() == {"rfc": "LOAA800101AB1", "limit": 100, "offset": 0}
    assert pager.at(300) == {"rfc": "LOAA800101AB1", "limit": 100, "offset": 300}


@pytest.mark.parametrize("more", ["hasMore", "has_more"])
def test_a_list_goes_on_while_the_server_says_so_in_either_spelling(more: str) -> None:
    pager = OffsetPager(DIALECT)
    ids, offsets = walk(
        pager,
        {"data": rows(1, 100), more: True},
        {"data": rows(101, 200), more: True},
        {"data": rows(201, 250), more: False},
    )
    assert ids == [row["id"] for row in rows(1, 250)]
    assert offsets == [0, 100, 200]
    assert (pager.pages, pager.rows, pager.nulls, pager.repeated) == (3, 250, 0, 0)


@pytest.mark.parametrize("said", [{}, {"totalResults": 50}, {"totalResults": 0}, {"totalResults": 150}])
def test_without_a_word_on_more_the_list_ends_with_a_page_that_brings_nothing_new(said: Envelope) -> None:
    """A server may give fewer rows than asked for, and count what it likes."""
    pages = [{"data": rows(1, 50), **said}, {"data": rows(51, 100), **said}, {"data": rows(101, 150), **said}]
    assert len(walk(OffsetPager(DIALECT), *pages, {"data": [], **said})[0]) == 150


def test_with_an_overlap_that_page_holds_the_last_row_alone() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    ids, offsets = walk(pager, {"data": rows(1, 50)}, {"data": rows(50, 80)}, {"data": rows(80, 80)})
    assert (len(ids), offsets, pager.gaps, pager.repeated) == (80, [0, 49, 79], 0, 0)


def test_a_page_given_again_as_the_last_one_is_not_the_end() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    pager.take({"data": rows(1, 100), "hasMore": True})
    with pytest.raises(ApiStop, match="same rows again"):
        pager.take({"data": rows(1, 100), "hasMore": False})


def test_a_list_without_pages_is_given_again_and_ends() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    ids, _ = walk(pager, {"data": rows(1, 20)}, {"data": rows(1, 20)})
    assert (len(ids), pager.gaps, pager.repeated) == (20, 0, 0)


def test_a_full_page_that_says_it_is_the_last_and_names_a_next_one_is_not_believed() -> None:
    odd = {"hasMore": False, "next": "cursor"}
    assert len(walk(OffsetPager(DIALECT), {"data": rows(1, 100), **odd}, {"data": rows(101, 150), **odd})[0]) == 150


@pytest.mark.parametrize("kind", [str, lambda n: n], ids=["text", "number"])
def test_a_null_where_a_page_ends_is_no_gap_and_is_counted_once(kind: Callable[[int], object]) -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    stored: list[Any] = [{"id": kind(n)} for n in range(150)]
    stored[99] = None
    query, got = pager.first(), []
    while query is not None:
        at = int(query["offset"])
        page = pager.take({"data": stored[at : at + 100], "hasMore": at + 100 < len(stored)})
        got += page.rows
        query = page.next
    assert (len(got), pager.nulls, pager.gaps, pager.repeated) == (149, 1, 0, 0)


def test_rows_that_moved_to_the_end_leave_a_gap_though_they_are_known() -> None:
    """A list by date of change: three rows read already changed, so three others moved up unseen."""
    pager = OffsetPager(DIALECT, overlap=True)
    moved = [*rows(103, 150), *rows(1, 3)]
    walk(pager, {"data": rows(1, 100), "hasMore": True}, {"data": moved, "hasMore": False})
    assert pager.gaps == 1


def test_without_a_word_on_more_a_full_page_is_followed_by_an_empty_one() -> None:
    assert walk(OffsetPager(DIALECT), {"data": rows(1, 100)}, {"data": []})[1] == [0, 100]


@pytest.mark.parametrize("hint", [{"totalResults": 120}, {"total_results": 120}, {"next": "cursor"}])
def test_a_server_with_smaller_pages_than_asked_for_is_read_on_when_it_hints_at_more(hint: Envelope) -> None:
    pages: list[Envelope] = [{"data": rows(n, n + 39), **hint} for n in (1, 41, 81)]
    assert len(walk(OffsetPager(DIALECT), *pages, {"data": []})[0]) == 120


def test_an_empty_list_is_one_page() -> None:
    assert walk(OffsetPager(DIALECT), {"data": [], "hasMore": False, "totalResults": 0}) == ([], [0])


@pytest.mark.parametrize("envelope", [{}, {"data": None}])
def test_an_envelope_without_rows_is_an_empty_page(envelope: Envelope) -> None:
    assert walk(OffsetPager(DIALECT), envelope) == ([], [0])


@pytest.mark.parametrize("data", [{"id": "p_1"}, "rows", ["p_1"], [[1]], 7])
def test_something_that_is_not_a_list_of_records_stops_the_run(data: Any) -> None:
    with pytest.raises(ApiStop, match="not a list of records"):
        OffsetPager(DIALECT).take({"data": data})


def test_null_rows_are_counted_and_no_row_is_skipped_for_them() -> None:
    pager = OffsetPager(DIALECT)
    full_with_null_in_between = [*rows(1, 50), None, *rows(51, 100)]
    short_with_null_in_between = [*rows(101, 120), None, *rows(121, 150)]
    ids, offsets = walk(
        pager,
        {"data": full_with_null_in_between, "hasMore": True},
        {"data": short_with_null_in_between, "hasMore": True},
        {"data": rows(151, 160), "hasMore": False},
    )
    assert ids == [row["id"] for row in rows(1, 160)]
    assert offsets == [0, 100, 150]
    assert pager.nulls == 2


def test_a_page_of_nulls_does_not_hold_the_list_up() -> None:
    pager = OffsetPager(DIALECT)
    walk(pager, {"data": [None] * 10, "hasMore": True}, {"data": rows(1, 1), "hasMore": False})
    assert (pager.rows, pager.nulls) == (1, 10)


def test_rows_that_slide_onto_the_next_page_are_given_once() -> None:
    pager = OffsetPager(DIALECT)
    ids, _ = walk(pager, {"data": rows(1, 100), "hasMore": True}, {"data": rows(99, 150), "hasMore": False})
    assert ids == [row["id"] for row in rows(1, 150)]
    assert pager.repeated == 2


def test_a_short_last_page_of_known_rows_is_no_fault_of_the_server() -> None:
    pager = OffsetPager(DIALECT)
    ids, _ = walk(pager, {"data": rows(1, 100), "hasMore": True}, {"data": rows(99, 100), "hasMore": False})
    assert len(ids) == 100


@pytest.mark.parametrize("again", [rows(1, 100), rows(1, 100)[::-1]])
def test_a_server_that_ignores_the_offset_is_noticed_at_the_second_page(again: list[dict[str, Any]]) -> None:
    pager = OffsetPager(DIALECT)
    pager.take({"data": rows(1, 100), "hasMore": True})
    with pytest.raises(ApiStop, match="same rows again for offset=100"):
        pager.take({"data": again, "hasMore": True})


def test_a_server_that_ignores_offset_and_limit_is_noticed_too() -> None:
    pager = OffsetPager(DIALECT)
    pager.take({"data": rows(1, 20), "hasMore": True})
    with pytest.raises(ApiStop, match="same rows again"):
        pager.take({"data": rows(1, 20), "hasMore": True})


def test_a_page_of_long_ago_is_noticed() -> None:
    pager = OffsetPager(DIALECT)
    for first in range(1, 500, 100):
        pager.take({"data": rows(first, first + 99), "hasMore": True})
    with pytest.raises(ApiStop, match="same rows again"):
        pager.take({"data": rows(101, 200), "hasMore": True})


def test_rows_without_an_id_are_never_taken_for_one_another_but_a_repeated_page_is() -> None:
    nameless = [{"code": "MX"}, {"code": "MX"}]
    pager = OffsetPager(DIALECT)
    assert len(pager.take({"data": nameless, "hasMore": True}).rows) == 2
    with pytest.raises(ApiStop, match="same rows again"):
        pager.take({"data": nameless, "hasMore": True})


def test_more_that_brings_nothing_stops_instead_of_going_round() -> None:
    with pytest.raises(ApiStop, match="goes on and gives no rows"):
        OffsetPager(DIALECT).take({"data": [], "hasMore": True})


def test_a_list_that_never_ends_is_cut_off() -> None:
    pager = OffsetPager(DIALECT, most_pages=3)
    pager.take({"data": rows(1, 100), "hasMore": True})
    pager.take({"data": rows(101, 200), "hasMore": True})
    with pytest.raises(ApiStop, match="did not end after 3 pages"):
        pager.take({"data": rows(201, 300), "hasMore": True})


def test_the_servers_own_count_is_kept_as_it_was_last_said() -> None:
    pager = OffsetPager(DIALECT)
    pager.take({"data": rows(1, 100), "hasMore": True, "totalResults": 150})
    pager.take({"data": rows(101, 149), "hasMore": False, "totalResults": 149})
    assert pager.total == 149


@given(count=st.integers(0, 450), cap=st.integers(1, 130), told=st.sampled_from(["hasMore", "totalResults", "neither"]))
def test_every_row_of_a_list_is_given_exactly_once(count: int, cap: int, told: str) -> None:
    """Whatever the server's largest page, and whether or not it says when it is at the end."""
    stored = rows(1, count)
    size = min(cap, 100)
    pager = OffsetPager(DIALECT)
    query, got = pager.first(), []
    while query is not None:
        offset = int(query["offset"])
        chunk = stored[offset : offset + size]
        said = {"hasMore": {"hasMore": offset + size < count}, "totalResults": {"totalResults": count}, "neither": {}}
        page = pager.take({"data": chunk, **said[told]})
        got += page.rows
        query = page.next
    assert got == stored


def listed(faults: Mapping[str, float]) -> OffsetPager:
    async def story(base_url: str) -> OffsetPager:
        pager = OffsetPager(DIALECT)
        throttle = Throttle()
        query = pager.first()
        async with a_client(base_url, key="test") as client:
            while query is not None:
                judgement = await read(client, throttle, "/payments", query)
                assert judgement.data is not None, judgement
                query = pager.take(judgement.data).next
        return pager

    with EmbeddedSandbox(Options(rows={"payments": 250}, faults=faults)) as sandbox:
        return asyncio.run(story(sandbox.base_url))


def test_the_sandbox_is_read_to_its_end() -> None:
    pager = listed({})
    assert (pager.pages, pager.rows, pager.total) == (3, 250, 250)


def test_the_sandbox_with_null_rows_loses_none() -> None:
    pager = listed({"null_rows": 1})
    assert pager.rows == 250
    assert pager.nulls == 3


@pytest.mark.parametrize("fault", ["ignore_offset", "repeat_page"])
def test_the_sandbox_that_repeats_itself_is_noticed(fault: str) -> None:
    with pytest.raises(ApiStop, match="same rows again"):
        listed({fault: 1})


def test_the_sandbox_that_shrinks_meanwhile_shows_in_the_count() -> None:
    pager = listed({"shrinking_list": 1})
    assert pager.rows < 250
    assert pager.total is not None


def test_with_an_overlap_each_page_begins_with_the_last_row_of_the_one_before() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    ids, offsets = walk(
        pager,
        {"data": rows(1, 100), "hasMore": True},
        {"data": rows(100, 199), "hasMore": True},
        {"data": rows(199, 250), "hasMore": False},
    )
    assert offsets == [0, 99, 198]
    assert (len(ids), pager.rows, pager.repeated, pager.gaps) == (250, 250, 0, 0)


def test_pages_that_share_no_row_are_a_gap_even_when_the_counts_agree() -> None:
    """Two rows read already were deleted and two added: without the overlap nothing would tell that one was skipped."""
    pager = OffsetPager(DIALECT, overlap=True)
    walk(
        pager,
        {"data": rows(1, 100), "hasMore": True, "totalResults": 150},
        {"data": rows(102, 152), "hasMore": False, "totalResults": 150},
    )
    assert pager.gaps == 1


def test_rows_that_push_others_down_are_no_gap() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    walk(
        pager,
        {"data": rows(1, 100), "hasMore": True},
        {"data": rows(95, 150), "hasMore": False},
    )
    assert (pager.rows, pager.repeated, pager.gaps) == (150, 5, 0)


def test_a_server_with_shorter_pages_than_asked_for_shares_rows_too() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    ids, offsets = walk(
        pager,
        {"data": rows(1, 40), "hasMore": True},
        {"data": rows(40, 79), "hasMore": True},
        {"data": rows(79, 90), "hasMore": False},
    )
    assert (len(ids), offsets, pager.gaps) == (90, [0, 39, 78], 0)


def test_a_page_of_one_row_has_nothing_to_share_and_is_not_asked_for_again() -> None:
    pager = OffsetPager(DIALECT, overlap=True)
    ids, offsets = walk(
        pager,
        {"data": rows(1, 1), "hasMore": True},
        {"data": rows(2, 2), "hasMore": True},
        {"data": rows(3, 3), "hasMore": False},
    )
    assert (len(ids), offsets, pager.gaps) == (3, [0, 1, 2], 0)
