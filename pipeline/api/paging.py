"""A list, page by page. Pure: it forms queries and reads envelopes, others send and receive.

pager = open_pager(dialect, {"from": "2025-06-01"})
query = pager.first()
while query is not None:
    judgement = await read(client, throttle, path, query)
    page = pager.take(judgement.data)
    ...page.rows...
    query = page.next
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.api.seen_rows import SeenRows, first_of
from pipeline.errors import ApiStop
from schemas.dialects.spec import Cursor, Dialect, Offset

__all__ = ["CursorPager", "OffsetPager", "Page", "Pager", "Query", "open_pager"]

Query = Mapping[str, str | int]

MOST_PAGES = 100_000
"""Ten million rows at 100 a page. More is a server that never ends, not an account."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page that were not seen before, in order, and the query of the page after it (None at the end)."""

    rows: list[dict[str, Any]]
    next: Query | None


class Pager(Protocol):
    """Walks one list: ask the query of `first`, hand over every page in order, ask its `next` until there is none.

    `pages`, `rows` (given), `nulls` and `repeated` count what came, `gaps` the places where rows may have been lost.
    `total` is the server's own count, as of the last page that had one.
    """

    pages: int
    rows: int
    nulls: int
    repeated: int
    gaps: int
    total: int | None

    def first(self) -> Query:
        """The query of the first page."""
        ...

    def take(self, envelope: Mapping[str, Any]) -> Page:
        """Read the next page. ApiStop for a server that repeats itself, never ends, or answers no list."""
        ...


def open_pager(dialect: Dialect, filters: Query | None = None, *, overlap: bool = False) -> Pager:
    """The pager of the dialect's way of paging. With `overlap` it must notice rows that are lost between two pages."""
    if isinstance(dialect.paging, Cursor):
        return CursorPager(dialect, filters)
    return OffsetPager(dialect, filters, overlap=overlap)


class OffsetPager:
    """Walks one list by `limit` and `offset` (API reference, Q5). Hand it every page, in order.

    Offsets are not stable while rows come and go, so rows are told apart by id and none is given twice; it holds all
    ids, about 130 bytes each. `pages`, `rows` (given), `nulls`, `repeated` count what came; `total` is the server's own
    count, as of the last page that had one. Several pages may be asked for at once with `at`: if the `next` of a page
    is not the query that was asked ahead, the server gives fewer rows a page, and what was asked ahead is worthless.

    With an `overlap` every page begins with the last row of the one before. A page that does not hold that row, or
    something new before it, is a gap: rows that were read already are gone, and later ones have moved up unseen.
    Without `gaps`, every row that was there all the time has been given, whatever the server's counts say.

    Where the server does not say whether there is more, the end is a page that brings nothing new: neither a short page
    nor a count proves it, for a server may give fewer rows than asked for, and count what it likes.
    """

    def __init__(
        self, dialect: Dialect, filters: Query | None = None, *, most_pages: int = MOST_PAGES, overlap: bool = False
    ) -> None:
        if not isinstance(dialect.paging, Offset):
            raise TypeError(f"dialect {dialect.name} does not page by offset")
        self._dialect, self._paging = dialect, dialect.paging
        self._filters = dict(filters or {})
        self._most_pages = most_pages
        self._known = SeenRows(dialect)
        self._past: set[int] = set()
        self._overlap = overlap
        self._last: object = None
        self.step = self._paging.size - overlap
        self.offset = self.pages = self.rows = self.nulls = self.repeated = self.gaps = 0
        self.total: int | None = None

    def at(self, offset: int) -> Query:
        """The query of the page that begins there."""
        paging = self._paging
        return {**self._filters, paging.limit: paging.size, paging.position: offset}

    def first(self) -> Query:
        return self.at(0)

    def take(self, envelope: Mapping[str, Any]) -> Page:
        """Read the next page. ApiStop for a server that repeats itself, never ends, or answers no list."""
        came = self._known.of(envelope)
        present = [row for row in came if row is not None]
        expected, new_before = self._place_of_last(present)
        new = self._known.unseen(present)
        self.total = self._known.total(envelope, self.total)
        last = self._is_last(envelope, len(came), brings=bool(new))
        unsaid = first_of(envelope, self._dialect.envelope.more) is None
        if unsaid and last and self.pages == 1 and self._is_past(present):  # the same, whole: it knows no pages
            self.pages += 1
            return Page([], None)
        self._refuse_repetition(present, new, full=len(came) >= self._paging.size)
        shared = expected is not None
        self.gaps += bool(present) and self._last is not None and (not shared or new_before)
        self.pages += 1
        self.rows += len(new)
        self.nulls += len(came) - len(present)
        self.repeated += len(present) - len(new) - shared
        self.offset += self._advance(len(came), len(present))
        if last:
            return Page(new, None)
        if self._overlap and present and len(came) > 1:
            self._go_back(came)
        if self.pages >= self._most_pages:
            raise _endless(self.pages)
        return Page(new, self.at(self.offset))

    def _place_of_last(self, present: list[dict[str, Any]]) -> tuple[int | None, bool]:
        """Where the last row of the page before stands in this one, and whether anything before it is new."""
        if self._last is None:
            return None, False
        marks = [self._known.mark(row) for row in present]
        if self._last not in marks:
            return None, False
        place = marks.index(self._last)
        return place, any(isinstance(mark, str | int) and mark not in self._known.seen for mark in marks[:place])

    def _go_back(self, came: list[dict[str, Any] | None]) -> None:
        """Let the next page begin with the last row of this one, before the nulls that end it."""
        trailing = next(n for n, row in enumerate(reversed(came)) if row is not None)
        full = len(came) >= self._paging.size
        self.offset -= 1 + (trailing if full else 0)
        self.nulls -= trailing if full else 0
        self._last = self._known.mark(next(row for row in reversed(came) if row is not None))

    def _advance(self, came: int, present: int) -> int:
        """How far the next row lies. Whether a null takes a row's place is unknown, so in a short page nulls do not
        count: to read a row twice is harmless, to skip one is not."""
        size = self._paging.size
        return size if came >= size else present or came

    def _refuse_repetition(self, rows: list[dict[str, Any]], new: list[dict[str, Any]], *, full: bool) -> None:
        """A page given before, or a full page with nothing new, is a server that ignores the offset.

        A short page of known rows is not: rows that were inserted meanwhile push the last ones onto it.
        """
        if not rows:
            return
        if self._is_past(rows) or (full and not new):
            here = f"{self._paging.position}={self.offset}"
            raise ApiStop(
                f"The server gave the same rows again for {here}: it does not page as expected.",
                "Nothing is wrong with your data; the list cannot be read to its end in this dialect.",
            )
        self._past.add(self._page_mark(rows))

    def _is_past(self, rows: list[dict[str, Any]]) -> bool:
        return bool(rows) and self._page_mark(rows) in self._past

    def _page_mark(self, rows: list[dict[str, Any]]) -> int:
        marks = [self._known.mark(row) for row in rows]
        by_id = all(isinstance(mark, str | int) for mark in marks)
        return hash(frozenset(marks)) if by_id else hash(tuple(marks))

    def _is_last(self, envelope: Mapping[str, Any], count: int, *, brings: bool) -> bool:
        more = self._known.more(envelope)
        full = count >= self._paging.size
        onward = envelope.get(self._dialect.envelope.next) is not None
        if more is False and not (full and onward):
            return True
        if count == 0:
            if more is True:
                raise ApiStop(
                    "The server says that the list goes on and gives no rows.",
                    "Try again later; the list is incomplete.",
                )
            return True
        return not brings and not full and more is not True


class CursorPager:
    """Walks one list by the token each page gives for the next. Pages cannot be asked for ahead.

    The list ends where no token is given. An empty page with a token is gone on from: a server may filter after it has
    cut its pages. Rows that come twice are given once.
    """

    def __init__(self, dialect: Dialect, filters: Query | None = None, *, most_pages: int = MOST_PAGES) -> None:
        if not isinstance(dialect.paging, Cursor):
            raise TypeError(f"dialect {dialect.name} does not page by cursor")
        self._paging = dialect.paging
        self._known = SeenRows(dialect)
        self._filters = dict(filters or {})
        self._most_pages = most_pages
        self._tokens: set[str] = set()
        self.pages = self.rows = self.nulls = self.repeated = self.gaps = 0
        self.total: int | None = None

    def first(self) -> Query:
        return {**self._filters, self._paging.limit: self._paging.size}

    def take(self, envelope: Mapping[str, Any]) -> Page:
        came = self._known.of(envelope)
        present = [row for row in came if row is not None]
        new = self._known.unseen(present)
        self.total = self._known.total(envelope, self.total)
        token = self._token(envelope, full=len(came) >= self._paging.size)
        self.pages += 1
        self.rows += len(new)
        self.nulls += len(came) - len(present)
        self.repeated += len(present) - len(new)
        if token is None:
            return Page(new, None)
        if self.pages >= self._most_pages:
            raise _endless(self.pages)
        self._tokens.add(token)
        return Page(new, {**self.first(), self._paging.position: token})

    def _token(self, envelope: Mapping[str, Any], *, full: bool) -> str | None:
        """The token of the next page; None at the end."""
        token = first_of(envelope, self._paging.token)
        more = self._known.more(envelope)
        if more is True and not token:
            raise ApiStop(
                "The server says that the list goes on and does not say where.",
                "Try again later; the list is incomplete.",
            )
        if not token or (more is False and not full):
            return None
        if str(token) in self._tokens:
            raise ApiStop(
                f"The server gave {self._paging.position}={token} again: it does not page as expected.",
                "Nothing is wrong with your data; the list cannot be read to its end in this dialect.",
            )
        return str(token)


def _endless(pages: int) -> ApiStop:
    return ApiStop(
        f"The list did not end after {pages} pages.",
        "Narrow it with --since, --until or --filter; if it is really that long, tell us.",
    )
