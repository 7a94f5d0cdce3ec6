"""A list by cursors, asked for in stretches of time: a stretch's first page can be asked for while others are read.

Stretches share their edges, since nothing says whether an instant between two whole seconds belongs to the one or the
other; what stands in both is told apart by its id.
"""

from collections.abc import Sequence
from itertools import pairwise

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


class WindowPager:
    """Walks one stretch after the other; counts are those of all. See Pager."""

    def __init__(self, dialect: Dialect, windows: Sequence[Query]) -> None:
        self._dialect = dialect
        self._left = [CursorPager(dialect, window, may_repeat=True) for window in windows]
        self._pager = self._left.pop(0)
        self._totals: list[int | None] = []

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
    def total(self) -> int | None:
        """The server's own counts once all were read: one for all if it is the same each time, as where it ignores the
        stretch, else their sum, less what stands in two stretches."""
        if self._left or not self._totals or any(total is None for total in self._totals):
            return None
        totals = [total for total in self._totals if total is not None]
        return totals[0] if len({*totals}) == 1 else max(0, sum(totals) - self.repeated)

    @property
    def undeclared(self) -> bool:
        return False

    def follow(self, envelope: RawPage) -> tuple[Pager, Query] | None:
        return None

    def first(self) -> Query:
        return self._pager.first()

    def take(self, envelope: RawPage) -> Page:
        page = self._pager.take(envelope)
        if page.next is not None:
            return page
        self._totals.append(self._pager.total)
        if not self._left:
            return page
        following = self._left.pop(0)
        following.continue_from(self._pager)
        following.total = None
        self._pager = following
        return Page(page.rows, following.first())

    def ahead(self, count: int) -> list[Query]:
        return [pager.first() for pager in self._left[:count]]
