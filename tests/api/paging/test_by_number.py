"""A list by the number of the page: gone on with while pages are full, whatever the server says of more."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import Pager, RepeatedPage
from pipeline.api.paging.seen_rows import BadPaging
from schemas.dialects import dialect
from schemas.dialects.spec import Cursor

USUAL = dialect("2026")
SPOKEN = USUAL.speak_of("clients", by_metadata=True)


def a_pager() -> Pager:
    cursor = USUAL.paging if isinstance(USUAL.paging, Cursor) else None
    return open_pager(SPOKEN, {"metadata.campaign": "may"}, otherwise=cursor)


def page(begin: int, end: int, **told: Any) -> dict[str, Any]:
    return {"data": [{"id": f"c_{n}"} for n in range(begin, end)]} | told


def test_pages_are_asked_for_from_1_with_the_filter() -> None:
    pager = a_pager()
    assert pager.first() == {"metadata.campaign": "may", "limit": 100, "page": 1}
    assert pager.take(page(0, 100, has_more=True)).next == {"metadata.campaign": "may", "limit": 100, "page": 2}
    assert pager.take(page(100, 130, has_more=False)).next is None
    assert (pager.rows, pager.pages) == (130, 2)


@pytest.mark.parametrize("told", [{}, {"has_more": False}])
def test_a_full_page_is_not_believed_to_be_the_last(told: dict[str, Any]) -> None:
    pager = a_pager()
    assert pager.take(page(0, 100, **told)).next is not None
    assert pager.take(page(0, 0, **told)).next is None


def test_an_empty_page_with_more_behind_it_is_gone_on_from_and_not_for_ever() -> None:
    pager = a_pager()
    assert pager.take(page(0, 0, has_more=True)).next is not None
    assert pager.take(page(0, 3, has_more=True)).next is not None
    with pytest.raises(BadPaging, match="gives no rows"):
        for _ in range(20):
            pager.take(page(0, 0, has_more=True))


def test_the_same_page_for_every_number_is_a_server_that_does_not_know_them() -> None:
    pager = a_pager()
    pager.take(page(0, 100))
    with pytest.raises(RepeatedPage, match="page=2"):
        pager.take(page(0, 100))


def test_it_is_gone_on_with_by_its_cursor_where_it_names_one() -> None:
    pager = a_pager()
    pager.take(page(0, 100, next="t"))
    way_on = pager.follow(page(0, 100, next="t"))
    assert way_on is not None
    assert way_on[1] == {"metadata.campaign": "may", "limit": 100, "next": "t"}
    assert a_pager().follow(page(0, 100)) is None


def test_nulls_are_counted_and_rows_of_two_pages_given_once() -> None:
    pager = a_pager()
    pager.take({"data": [None, *({"id": f"c_{n}"} for n in range(99))], "has_more": True})
    assert [row["id"] for row in pager.take(page(98, 101)).rows] == ["c_99", "c_100"]
    assert (pager.nulls, pager.repeated, pager.rows) == (1, 1, 101)
