"""What all ways of paging have in common: a query, a page, and what is counted on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.api.paging.seen_rows import BadPaging, SeenRows
from pipeline.errors import ApiStop
from pipeline.language.say import say
from schemas.dialects.spec import Dialect

__all__ = [
    "MOST_PAGES",
    "Page",
    "Pager",
    "PagerState",
    "Query",
    "RawPage",
    "RepeatedPage",
    "find_metadata_key",
]

Query = Mapping[str, str | int]
RawPage = Mapping[str, Any]

MOST_PAGES = 100_000
"""Ten million rows at 100 a page. More is a server that never ends, not an account."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page that were not seen before, in order, and the query of the page after it (None at the end)."""

    rows: list[dict[str, Any]]
    next: Query | None


def find_metadata_key(parameter: str) -> str | None:
    """The member of metadata that a query parameter asks for (docs/api.md 1, `metadata.KEY`); None for any other."""
    around, _, key = parameter.partition(".")
    return key if around == "metadata" and key else None


class Pager(Protocol):
    """Walks one list: ask the query of `first`, hand over every page in order, ask its `next` until there is none.

    `pages`, `rows` (given), `nulls` and `repeated` count what came, `gaps` the places where rows may have been lost,
    `blanks` the answers without a list, `failed` those that say they failed. `total` is the server's own count, as of
    the last page that had one. Where the list is read in parts, `counts` are the counts of each, one after the other,
    and `short` is by how many rows parts fell short of their own.
    """

    pages: int

    @property
    def rows(self) -> int: ...

    @property
    def nulls(self) -> int: ...

    @property
    def repeated(self) -> int: ...

    @property
    def gaps(self) -> int: ...

    @property
    def total(self) -> int | None: ...

    @property
    def blanks(self) -> int: ...

    @property
    def failed(self) -> int: ...

    @property
    def counts(self) -> tuple[int, ...]: ...

    @property
    def short(self) -> int: ...

    def first(self) -> Query:
        """The query of the first page."""
        ...

    def take(self, envelope: RawPage) -> Page:
        """Read the next page. BadPaging for a server that repeats itself or answers no list, ApiStop for one whose
        list has no end."""
        ...

    def ahead(self, count: int) -> list[Query]:
        """The queries of at most so many pages behind the one that is due, as far as they can be known now."""
        ...

    @property
    def undeclared(self) -> bool:
        """Whether it goes by words that its dialect does not have."""
        ...

    def follow(self, envelope: RawPage) -> "tuple[Pager, Query] | None":
        """Who goes on by the `next` of that page, and the query of its first page: where a server turns out to page
        by it, and the dialect says otherwise. None where that is no way on."""
        ...


class RepeatedPage(BadPaging):
    """The server gave rows again that it had given, where others were asked for."""

    def __init__(self, asked: str) -> None:
        super().__init__(
            say("The server gave the same rows again for {asked}: it does not page as expected.", asked=asked),
            say("Nothing is wrong with your data; the list cannot be read to its end in this dialect."),
        )


class PagerState:
    """What a pager counts, and how it knows rows again. It holds all ids, about 130 bytes each."""

    def __init__(self, dialect: Dialect, filters: Query | None, most_pages: int) -> None:
        self.dialect = dialect
        self.filters = dict(filters or {})
        self.most_pages = most_pages
        self.known = SeenRows(dialect)
        self.pages = self.rows = self.nulls = self.repeated = self.gaps = 0
        self.total: int | None = None

    @property
    def blanks(self) -> int:
        return self.known.blanks

    @property
    def failed(self) -> int:
        return self.known.failed

    @property
    def counts(self) -> tuple[int, ...]:
        return () if self.total is None else (self.total,)

    @property
    def short(self) -> int:
        return 0

    @property
    def undeclared(self) -> bool:
        return False

    def follow(self, envelope: RawPage) -> tuple[Pager, Query] | None:
        return None

    def continue_from(self, walked: "PagerState") -> None:
        """Count on from another pager of the same list. Its gaps are not taken over: it was not led by this way."""
        self.known, self.total = walked.known, walked.total
        self.pages, self.rows, self.nulls, self.repeated = walked.pages, walked.rows, walked.nulls, walked.repeated

    def refuse_endless(self) -> None:
        if self.pages >= self.most_pages:
            raise ApiStop(
                say("The list did not end after {pages} pages.", pages=self.pages),
                say("Narrow it with --since, --until or --filter; if it is really that long, tell us."),
            )
