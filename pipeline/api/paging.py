"""A list, page by page. Pure: it forms queries and reads envelopes, others send and receive.

pager = OffsetPager(dialect, {"from": "2025-06-01"})
query = pager.first()
while query is not None:
    judgement = await read(client, throttle, path, query)
    page = pager.take(judgement.data)
    ...page.rows...
    query = page.next
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.errors import ApiStop
from schemas.dialects.spec import Dialect

__all__ = ["MOST_PAGES", "OffsetPager", "Page", "Query"]

Query = Mapping[str, str | int]

MOST_PAGES = 100_000
"""Ten million rows at 100 a page. More is a server that never ends, not an account."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page that were not seen before, in order, and the query of the page after it (None at the end)."""

    rows: list[dict[str, Any]]
    next: Query | None


class OffsetPager:
    """Walks one list by `limit` and `offset` (API reference, Q5). Hand it every page, in order.

    Offsets are not stable while rows come and go, so rows are told apart by id and none is given twice; it holds all
    ids, about 130 bytes each. `pages`, `rows` (given), `nulls`, `repeated` count what came; `total` is the server's own
    count, as of the last page that had one. Several pages may be asked for at once with `at`: if the `next` of a page
    is not the query that was asked ahead, the server gives fewer rows a page, and what was asked ahead is worthless.

    With an `overlap` every page begins with that many rows of the one before. So pages that follow one another share a
    row, unless rows that were read already are gone and later ones have moved up unseen: `gaps` counts where they do
    not. Without gaps, every row that was there all the time has been given, whatever the server's counts say.
    """

    def __init__(
        self, dialect: Dialect, filters: Query | None = None, *, most_pages: int = MOST_PAGES, overlap: int = 0
    ) -> None:
        self._dialect = dialect
        self._filters = dict(filters or {})
        self._most_pages = most_pages
        self._seen: set[str] = set()
        self._past: set[int] = set()
        self._overlap = overlap
        self._shares = 0
        self.step = dialect.paging.size - overlap
        self.offset = self.pages = self.rows = self.nulls = self.repeated = self.gaps = 0
        self.total: int | None = None

    def at(self, offset: int) -> Query:
        """The query of the page that begins there."""
        paging = self._dialect.paging
        return {**self._filters, paging.limit: paging.size, paging.offset: offset}

    def first(self) -> Query:
        return self.at(0)

    def take(self, envelope: Mapping[str, Any]) -> Page:
        """Read the next page. ApiStop for a server that repeats itself, never ends, or answers no list."""
        came = self._rows_of(envelope)
        present = [row for row in came if row is not None]
        new = self._unseen(present)
        self._refuse_repetition(present, new, full=len(came) >= self._dialect.paging.size)
        total = _first_of(envelope, self._dialect.envelope.total)
        if isinstance(total, int) and not isinstance(total, bool):
            self.total = total
        shared = min(self._shares, len(present) - len(new))
        self.gaps += bool(present) and shared < self._shares
        self.pages += 1
        self.rows += len(new)
        self.nulls += len(came) - len(present)
        self.repeated += len(present) - len(new) - shared
        advance = self._advance(len(came), len(present))
        self._shares = min(self._overlap, max(advance - 1, 0))
        self.offset += advance - self._shares
        if self._is_last(envelope, len(came)):
            return Page(new, None)
        if self.pages >= self._most_pages:
            raise ApiStop(
                f"The list did not end after {self.pages} pages.",
                "Narrow it with --since, --until or --filter; if it is really that long, tell us.",
            )
        return Page(new, self.at(self.offset))

    def _advance(self, came: int, present: int) -> int:
        """How far the next row lies. Whether a null takes a row's place is unknown, so in a short page nulls do not
        count: to read a row twice is harmless, to skip one is not."""
        size = self._dialect.paging.size
        return size if came >= size else present or came

    def _rows_of(self, envelope: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        rows = envelope.get(self._dialect.envelope.data)
        if rows is None:
            return []
        if not isinstance(rows, list) or not all(row is None or isinstance(row, dict) for row in rows):
            raise ApiStop(
                "The server answered something that is not a list of records.",
                "Check the dialect and the base URL with `gigbulk doctor`.",
            )
        return rows

    def _unseen(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows whose id was not seen before. A row without an id cannot be known again, so it counts as new."""
        new = []
        for row in rows:
            identity = row.get(self._dialect.identifier)
            if isinstance(identity, str):
                if identity in self._seen:
                    continue
                self._seen.add(identity)
            new.append(row)
        return new

    def _refuse_repetition(self, rows: list[dict[str, Any]], new: list[dict[str, Any]], *, full: bool) -> None:
        """A page given before, or a full page with nothing new, is a server that ignores the offset.

        A short page of known rows is not: rows that were inserted meanwhile push the last ones onto it.
        """
        if not rows:
            return
        ids = [row.get(self._dialect.identifier) for row in rows]
        known_by_id = all(isinstance(identity, str) for identity in ids)
        mark = hash(frozenset(ids)) if known_by_id else hash(msgspec.json.encode(rows))
        if mark in self._past or (full and not new):
            paging = self._dialect.paging
            raise ApiStop(
                f"The server gave the same rows again for {paging.offset}={self.offset}: it does not page as expected.",
                "Nothing is wrong with your data; the list cannot be read to its end in this dialect.",
            )
        self._past.add(mark)

    def _is_last(self, envelope: Mapping[str, Any], count: int) -> bool:
        more = _first_of(envelope, self._dialect.envelope.more)
        if more is False:
            return True
        if count == 0:
            if more is True:
                raise ApiStop(
                    "The server says that the list goes on and gives no rows.",
                    "Try again later; the list is incomplete.",
                )
            return True
        if more is True or count >= self._dialect.paging.size or envelope.get(self._dialect.envelope.next) is not None:
            return False
        return self.total is None or self.offset + self._shares >= self.total


def _first_of(envelope: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((envelope[name] for name in names if envelope.get(name) is not None), None)
