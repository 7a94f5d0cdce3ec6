"""A list, page by page. Pure: it forms queries and reads envelopes, others send and receive.

pager = open_pager(dialect, {"from": "2025-06-01"})
query = pager.first()
while query is not None:
    judgement = await session.read(path, query)
    page = pager.take(judgement.data)
    ...page.rows...
    query = page.next

`pipeline.api.paging.listing` does so. A way of paging is a class here and a word in `schemas.dialects.spec`.
"""

from collections.abc import Sequence

from pipeline.api.paging.by_cursor import CursorPager
from pipeline.api.paging.by_number import NumberPager
from pipeline.api.paging.by_offset import OffsetPager
from pipeline.api.paging.by_window import WindowPager
from pipeline.api.paging.page import Pager, Query
from schemas.dialects.spec import Cursor, Dialect, Numbered

__all__ = ["open_pager"]


def open_pager(
    dialect: Dialect,
    filters: Query | None = None,
    *,
    overlap: bool = False,
    windows: Sequence[Query] = (),
    otherwise: Cursor | None = None,
) -> Pager:
    """The pager of the dialect's way of paging. With `overlap` it must notice rows that are lost between two pages;
    `windows` are the filters of stretches of time that together are the list; `otherwise` is how a list that is asked
    for by numbers is gone on with where the server does not know them."""
    if isinstance(dialect.paging, Numbered):
        return NumberPager(dialect, otherwise, filters)
    if isinstance(dialect.paging, Cursor):
        return WindowPager(dialect, windows) if len(windows) > 1 else CursorPager(dialect, filters)
    return OffsetPager(dialect, filters, overlap=overlap)
