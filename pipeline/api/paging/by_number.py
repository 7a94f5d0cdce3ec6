"""A list by the number of the page, from 1: how lists are asked for by a member of metadata (docs/api.md 1)."""

from pipeline.api.paging.by_cursor import CursorPager
from pipeline.api.paging.page import MOST_PAGES, Page, Pager, PagerState, Query, RawPage, RepeatedPage
from pipeline.api.paging.seen_rows import BadPaging
from pipeline.language.say import say
from schemas.dialects.spec import Cursor, Dialect, Numbered

__all__ = ["NumberPager"]

_MOST_EMPTY = 10
"""Empty pages in a row that a server may call not the last."""


class NumberPager(PagerState):
    """Walks one list by the numbers of its pages. Pages cannot be asked for ahead.

    A full page has one behind it, whatever the server says: that costs a question where it is the last. A server that
    gives the same page for each number is gone on with by its cursor, where it names one.
    """

    def __init__(
        self, dialect: Dialect, cursor: Cursor | None, filters: Query | None = None, *, most_pages: int = MOST_PAGES
    ) -> None:
        if not isinstance(dialect.paging, Numbered):
            raise TypeError(f"dialect {dialect.name} does not page by number")
        super().__init__(dialect, filters, most_pages)
        self._paging = dialect.paging
        self._cursor = cursor
        self._number = 1
        self._empty = 0

    @property
    def due(self) -> Query:
        return {**self.filters, self._paging.limit: self._paging.size, self._paging.position: self._number}

    def first(self) -> Query:
        return self.due

    def ahead(self, count: int) -> list[Query]:
        return []

    def take(self, envelope: RawPage) -> Page:
        came = self.known.of(envelope)
        present = [row for row in came if row is not None]
        new = self.known.unseen(present)
        self.total = self.known.total(envelope, self.total)
        if present and not new and self._number > 1:
            raise RepeatedPage(f"{self._paging.position}={self._number}")
        self.pages += 1
        self.rows += len(new)
        self.nulls += len(came) - len(present)
        self.repeated += len(present) - len(new)
        self._empty = 0 if came else self._empty + 1
        if len(came) < self._paging.size and self.known.more(envelope) is not True:
            return Page(new, None)
        if self._empty >= _MOST_EMPTY:
            raise BadPaging(
                say("The server says that the list goes on and gives no rows."),
                say("Try again later; the list is incomplete."),
            )
        self.refuse_endless()
        self._number += 1
        return Page(new, self.due)

    def follow(self, envelope: RawPage) -> tuple[Pager, Query] | None:
        token = self.known.token(envelope)
        if self._cursor is None or token is None:
            return None
        pager = CursorPager(self.dialect, self.filters, most_pages=self.most_pages, undeclared=self._cursor)
        pager.continue_from(self)
        pager.expect(token)
        return pager, pager.due
