"""A list by cursors, asked for in stretches of time: a stretch's first page can be asked for while others are read.

Stretches share their edges, since nothing says whether an instant between two whole seconds belongs to the one or the
other; what stands in both is told apart by its id. A list bounded by whole days is read in one piece: nothing says
whether a day that ends a stretch belongs to it, so stretches would ask for days twice or lose them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.api.paging.by_cursor import CursorPager
from pipeline.api.paging.page import Page, Pager, Query, RawPage
from schemas.dialects.spec import Dialect, Endpoint, TimeForm

__all__ = ["MOST_WINDOWS", "WindowPager", "split_window"]

MOST_WINDOWS = 16
"""More would ask for pages of stretches without a row."""

_DAY = {TimeForm.SECONDS: 86_400, TimeForm.MILLISECONDS: 86_400_000}


def split_window(endpoint: Endpoint, filters: Query) -> list[Query]:
    """The filters of each stretch, in the order of the list (the newest first); the filters alone where they do not
    bound the time on both sides, or bound no more than a day."""
    bounds = [filters.get(name) if name else None for name in (endpoint.since, endpoint.until)]
    unit = _DAY.get(endpoint.times)
    begin, end = bounds
    if unit is None or not isinstance(begin, int) or not isinstance(end, int):
        return [filters]
    count = min(MOST_WINDOWS, (end - begin) // unit)
    if count < 2:
        return [filters]
    edges = [begin + (end - begin) * number // count for number in range(count + 1)]
    stretches: list[Query] = [
        {**filters, f"{endpoint.since}": low, f"{endpoint.until}": high} for low, high in pairwise(edges)
    ]
    return stretches if filters.get("sort") == "asc" else stretches[::-1]


class _Walked(NamedTuple):
    """What a stretch gave, each row once, however often it came, and what the server counts in it."""

    rows: int
    nulls: int
    total: int | None

    @property
    def short(self) -> int:
        return max(0, (self.total or 0) - self.rows - self.nulls)


class WindowPager:
    """Walks one stretch after the other; counts are those of all. See Pager."""

    def __init__(self, dialect: Dialect, windows: Sequence[Query]) -> None:
        self._left = [CursorPager(dialect, window, may_repeat=True) for window in windows]
        self._stretches = len(windows)
        self._pager = self._left.pop(0)
        self._known: set[object] = set()
        self._nulls_before = 0
        self._walked: list[_Walked] = []

    @property
    def pages(self) -> int:
        return self._pager.pages

    @pages.setter
    def pages(self, count: int) -> None:
        self._pager.pages = count

    @property
    def rows(self) -> int:
        return self._pager.rows

    @property
    def nulls(self) -> int:
        return self._pager.nulls

    @property
    def repeated(self) -> int:
        return self._pager.repeated

    @property
    def gaps(self) -> int:
        return self._pager.gaps

    @property
    def blanks(self) -> int:
        return self._pager.blanks

    @property
    def failed(self) -> int:
        return self._pager.failed

    @property
    def counts(self) -> tuple[int, ...]:
        """Empty until the last stretch was read, and where one of them was not counted."""
        totals = tuple(walked.total for walked in self._walked if walked.total is not None)
        return totals if len(totals) == self._stretches else ()

    @property
    def short(self) -> int:
        """Stretch by stretch: what one has too many must not make up for what another lacks."""
        return sum(walked.short for walked in self._walked) if self.counts else 0

    @property
    def total(self) -> int | None:
        """The server's own counts once all were read: their sum, each row counted once.

        Where every stretch is given the same count and one falls short of it, that is taken for the count of the whole
        list, as a server gives that ignores the stretch: whether it is can only be asked (`counts`).
        """
        counts = self.counts
        if not counts:
            return None
        if self.short and len({*counts}) == 1:
            return counts[0]
        shared = sum(walked.rows for walked in self._walked) - self.rows
        return sum(counts) - max(0, shared)

    @property
    def undeclared(self) -> bool:
        return False

    def follow(self, envelope: RawPage) -> tuple[Pager, Query] | None:
        return None

    def first(self) -> Query:
        return self._pager.first()

    def take(self, envelope: RawPage) -> Page:
        page = self._pager.take(envelope)
        self._known.update(each for each in self._pager.known.identify_all(envelope) if each is not None)
        if page.next is not None:
            return page
        self._walked.append(_Walked(len(self._known), self.nulls - self._nulls_before, self._pager.total))
        self._known, self._nulls_before = set(), self.nulls
        if not self._left:
            return page
        following = self._left.pop(0)
        following.continue_from(self._pager)
        following.total = None
        self._pager = following
        return Page(page.rows, following.first())

    def ahead(self, count: int) -> list[Query]:
        return [pager.first() for pager in self._left[:count]]
