"""A list by how many rows to pass over."""

from typing import Any

from pipeline.api.paging.by_cursor import follow_next
from pipeline.api.paging.page import MOST_PAGES, Page, Pager, PagerState, Query, RawPage, RepeatedPage
from pipeline.api.paging.seen_rows import BadPaging
from pipeline.language.say import say
from schemas.dialects.spec import Dialect, Offset

__all__ = ["OffsetPager"]


class OffsetPager(PagerState):
    """Walks one list by `limit` and `offset` (docs/api.md Q5). Hand it every page, in order.

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
        super().__init__(dialect, filters, most_pages)
        self._paging = dialect.paging
        self._past: set[int] = set()
        self._overlap = overlap
        self._last: object = None
        self.step = self._paging.size - overlap
        self.offset = 0
        self._named = False

    def at(self, offset: int) -> Query:
        """The query of the page that begins there."""
        paging = self._paging
        return {**self.filters, paging.limit: paging.size, paging.position: offset}

    def first(self) -> Query:
        return self.at(0)

    def follow(self, envelope: RawPage) -> tuple[Pager, Query] | None:
        follower = follow_next(self, envelope)
        return None if follower is None else (follower, follower.due)

    def take(self, envelope: RawPage) -> Page:
        """Read the next page. ApiStop for a server that repeats itself, never ends, or answers no list."""
        came = self.known.of(envelope)
        present = [row for row in came if row is not None]
        expected, new_before = self._place_of_last(present)
        new = self.known.unseen(present)
        self.total = self.known.total(envelope, self.total)
        last = self._is_last(envelope, len(came), brings=bool(new))
        self._named = self.known.token(envelope) is not None
        if last and self.pages == 1 and self._knows_no_pages(envelope, present):
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
        self.refuse_endless()
        return Page(new, self.at(self.offset))

    def ahead(self, count: int) -> list[Query]:
        """As far as the server's own count reaches. Where the first page names a next one, offsets are on probation:
        a server may obey that name instead."""
        if self._named and self.pages < 2:
            return []
        return [self.at(offset) for offset in range(self.offset + self.step, (self.total or 0) - 1, self.step)[:count]]

    def _knows_no_pages(self, envelope: RawPage, present: list[dict[str, Any]]) -> bool:
        """The same rows again, and not a word of more: the list is whole, and always given whole."""
        return self.known.more(envelope) is None and not self._named and self._is_past(present)

    def _place_of_last(self, present: list[dict[str, Any]]) -> tuple[int | None, bool]:
        """Where the last row of the page before stands in this one, and whether anything before it is new."""
        if self._last is None:
            return None, False
        identities = [self.known.identify(row) for row in present]
        if self._last not in identities:
            return None, False
        place = identities.index(self._last)
        return place, any(
            isinstance(identity, str | int) and identity not in self.known.seen for identity in identities[:place]
        )

    def _go_back(self, came: list[dict[str, Any] | None]) -> None:
        """Let the next page begin with the last row of this one, before the nulls that end it."""
        trailing = next(n for n, row in enumerate(reversed(came)) if row is not None)
        full = len(came) >= self._paging.size
        self.offset -= 1 + (trailing if full else 0)
        self.nulls -= trailing if full else 0
        self._last = self.known.identify(next(row for row in reversed(came) if row is not None))

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
            raise RepeatedPage(f"{self._paging.position}={self.offset}")
        self._past.add(self._page_identity(rows))

    def _is_past(self, rows: list[dict[str, Any]]) -> bool:
        return bool(rows) and self._page_identity(rows) in self._past

    def _page_identity(self, rows: list[dict[str, Any]]) -> int:
        identities = [self.known.identify(row) for row in rows]
        by_id = all(isinstance(identity, str | int) for identity in identities)
        return hash(frozenset(identities)) if by_id else hash(tuple(identities))

    def _is_last(self, envelope: RawPage, count: int, *, brings: bool) -> bool:
        more = self.known.more(envelope)
        full = count >= self._paging.size
        onward = self.known.token(envelope) is not None
        if more is False and not (full and onward):
            return True
        if count == 0:
            if more is True:
                raise BadPaging(
                    say("The server says that the list goes on and gives no rows."),
                    say("Try again later; the list is incomplete."),
                )
            return True
        return not brings and not full and more is not True
