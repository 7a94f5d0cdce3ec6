"""Which rows of a list an export is about: those of a stretch of time, less those given before.

The API's own date filters are used where it has some, and never trusted: rows outside are told apart here and counted,
so an endpoint without a filter and one that ignores it (payments' are an assumption, docs/api.md 2.2.3) export the
same rows as one that filters.
"""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from pipeline.errors import ConfigError
from pipeline.exporter.watermark import NewestRows, Watermark
from pipeline.language.say import say
from schemas.cleaning.dates import instant
from schemas.dialects.spec import TimeForm

__all__ = ["Window", "format_bound", "format_instant", "parse_moment"]

_DAY_CHARACTERS = len("2026-11-30")


_FIRST_YEAR, _LAST_YEAR = 1900, 9998
"""Years a bound may be of: a day more or less than it must still be a date the API takes."""


def parse_moment(text: str, flag: str, *, end: bool = False) -> datetime:
    """The instant of an ISO date or date-time; no offset means Mexico City. ConfigError when it is none.

    At the `end` of a stretch a bare day is meant whole: its instant is the beginning of the next.
    """
    found = _instant(text.strip())
    if found is not None and not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ConfigError(
            say("{flag} {text}: no record is of that time.", flag=flag, text=text),
            say("Leave {flag} out where the stretch has no bound on that side.", flag=flag),
        )
    if found is not None and end and len(text.strip()) == _DAY_CHARACTERS:
        found = _instant((date.fromisoformat(text.strip()) + timedelta(days=1)).isoformat())
    if found is None:
        raise ConfigError(
            say("{flag} {text} is no date.", flag=flag, text=text),
            say("Write 2026-11-30, or 2026-11-30T18:00:00-06:00; no offset is Mexico City."),
        )
    return found


def _instant(text: str) -> datetime | None:
    found = pl.select(instant(pl.lit(text, dtype=pl.String))).item()
    return found if isinstance(found, datetime) else None


def format_instant(moment: datetime, *, end: bool = False) -> str:
    """A moment as the API takes it: UTC, whole seconds, never narrower than the moment itself."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    if end and whole != moment:
        whole += timedelta(seconds=1)
    return f"{whole:%Y-%m-%dT%H:%M:%SZ}"


def format_bound(moment: datetime, times: TimeForm, *, end: bool = False) -> str | int:
    """A moment as a query of the API takes it, never narrower than the moment itself."""
    text = format_instant(moment, end=end)
    if times is TimeForm.ISO:
        return text
    if times is TimeForm.DAY:
        return text[:_DAY_CHARACTERS]
    seconds = int(datetime.fromisoformat(text).timestamp())
    return seconds if times is TimeForm.SECONDS else seconds * 1000


class Window:
    """`since` <= time < `until`, without the rows that `last` has given; rows without a time are always inside.

    `outside`, `known` and `timeless` count what was kept out, given before, and let in for want of a time. With
    `again` known rows are let in: for a dataset, where a row replaces itself.
    """

    def __init__(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        ceiling: datetime,
        last: Watermark | None = None,
        again: bool = False,
    ) -> None:
        self.since = since if last is None else last.since
        self.until = until
        self._last = last
        self._again = again
        self._newest = NewestRows(ceiling)
        self.outside = self.known = self.timeless = 0

    @property
    def bounded(self) -> bool:
        return self.since is not None or self.until is not None

    def watermark(self) -> Watermark | None:
        """The watermark once the rows seen are safe."""
        return self._newest.watermark(self._last)

    def inside(self, times: pl.Series, ids: pl.Series) -> pl.Series:
        """Which of some rows belong to the export."""
        inside = pl.repeat(True, len(times), eager=True)
        if self.since is not None:
            inside &= (times >= self.since).fill_null(True)
        if self.until is not None:
            inside &= (times < self.until).fill_null(True)
        self._newest.add(times.filter(inside), ids.filter(inside))
        self.outside += len(times) - int(inside.sum())
        self.timeless += times.null_count() if self.bounded else 0
        if self._last is not None and not self._again:
            known = self._last.knows(times, ids) & inside
            self.known += int(known.sum())
            inside &= ~known
        return inside
