"""What an export asks of one list: the query that is sent, the window that is kept, the watermark it goes on from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pipeline.api.paging.page import Query, find_metadata_key
from pipeline.errors import ConfigError
from pipeline.exporter.watermark import Watermark
from pipeline.exporter.window import Window, format_bound, parse_moment
from pipeline.journal import Journal
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Account
from pipeline.sink import dataset
from schemas.dialects.spec import Dialect, Endpoint
from schemas.tables import TABLES

__all__ = ["LAST", "ListQuery", "TimeRange", "check_filters", "open_query"]

LAST = "last"
"""The `--since` that goes on where the last export left off."""

MARGIN = timedelta(days=1)
"""So much more is asked for at each end: nothing says whether the API's bounds are inclusive, or count whole days and
in which zone. The window cuts exactly."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The stretch of time asked for, for all lists alike. `last` goes on from a watermark, `full` forgets it."""

    since: datetime | None = None
    until: datetime | None = None
    last: bool = False
    full: bool = False

    @classmethod
    def parsed(cls, since: str | None, until: str | None, *, full: bool) -> "TimeRange":
        """ConfigError for what is no date, and for a stretch that holds nothing."""
        last = since == LAST
        if full and not last:
            raise ConfigError(say("--full starts an incremental export over."), say("Say --since last --full."))
        begin = parse_moment(since, "--since") if since is not None and not last else None
        end = parse_moment(until, "--until", end=True) if until is not None else None
        if begin is not None and end is not None and end <= begin:
            raise ConfigError(
                say("Nothing lies between --since {since} and --until {until}.", since=since, until=until),
                say("Exchange the two."),
            )
        return cls(begin, end, last, full)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One list as it is asked for: `query` is sent, `window` is kept. `anew`: all there is, so that nothing else may
    stay in a dataset. With `ids` it is no list but these records, in this order."""

    resource: str
    window: Window
    query: Query = field(default_factory=dict)
    anew: bool = False
    notes: tuple[str, ...] = ()
    watermark: "StoredWatermark | None" = None
    ids: tuple[str, ...] | None = None

    @property
    def asked(self) -> Query:
        """What pages are kept for: the query, and the ids where records are asked for one by one."""
        return self.query if self.ids is None else {**self.query, "ids": ",".join(self.ids)}

    def commit_watermark(self) -> None:
        """The rows are safe: the next export goes on behind them."""
        if self.watermark is not None:
            self.watermark.move(self.window.watermark())


@dataclass(frozen=True, slots=True)
class StoredWatermark:
    """The watermark of one list in the journal: per account, resource, filter, and dataset where there is one."""

    journal: Journal
    account: Account
    resource: str
    asked: str

    def find(self) -> Watermark | None:
        found = self.journal.watermark(self.account, self.resource, self.asked)
        return Watermark.unpacked(*found) if found else None

    def move(self, watermark: Watermark | None) -> None:
        if watermark is not None:
            self.journal.move_watermark(self.account, self.resource, self.asked, *watermark.packed())


def check_filters(
    dialect: Dialect, resource: str, filters: Mapping[str, str], since: TimeRange
) -> dict[str, str | int]:
    """The filters as the endpoint knows them. ConfigError for one it does not know, or one that is said twice."""
    endpoint = dialect.endpoints[resource]
    for key in filters:
        if not _is_known(endpoint, key):
            known = ", ".join((*endpoint.filters, *(["metadata.KEY"] if endpoint.by_metadata else []))) or "none"
            raise ConfigError(
                say("{resource} cannot be filtered by {key}.", resource=resource, key=key),
                say("Filters of {resource}: {known}.", resource=resource, known=known),
            )
        if (key == endpoint.since and (since.since or since.last)) or (key == endpoint.until and since.until):
            raise ConfigError(
                say("--filter {key} and a date flag say the same of {resource}.", key=key, resource=resource),
                say("Drop one of the two."),
            )
    return dict(filters)


def _is_known(endpoint: Endpoint, key: str) -> bool:
    """Whether a list can be filtered by that: a parameter of its own, or a member of metadata."""
    if key in endpoint.filters:
        return True
    return endpoint.by_metadata is not None and find_metadata_key(key) is not None


def open_query(
    dialect: Dialect,
    resource: str,
    filters: Mapping[str, str | int],
    since: TimeRange,
    *,
    started: datetime,
    account: Account,
    journal: Journal | None,
    into: Path | None,
) -> ListQuery:
    """Look up where to begin. `journal` is there with `--since last`, `into` is the whole path of a dataset.

    `filters` are those of `check_filters`; the dates the endpoint can filter by are added to them.
    """
    table = TABLES[resource]
    if table.created_column is None:
        said = say("{resource} tell no time of creation: all of them are exported.", resource=name_word(resource))
        return ListQuery(
            resource, Window(ceiling=started), filters, anew=True, notes=(said,) if since != TimeRange() else ()
        )
    kept = StoredWatermark(journal, account, resource, _asked(filters, into)) if journal is not None else None
    starts_over = since.full or (into is not None and not dataset.has_rows(into, table))
    last = kept.find() if kept is not None and not starts_over else None
    window = Window(since.since, since.until, last=last, again=into is not None, ceiling=started)
    dates, notes = _dates(dialect.endpoints[resource], resource, window)
    anew = since.full and since.until is None and not filters
    return ListQuery(resource, window, {**filters, **dates}, anew=anew, notes=notes, watermark=kept)


def _asked(filters: Mapping[str, str | int], into: Path | None) -> str:
    """What a watermark is kept for, besides account and resource."""
    place = str(into) if into else None
    return msgspec.json.encode([sorted(filters.items()), place]).decode()


def _dates(endpoint: Endpoint, resource: str, window: Window) -> tuple[dict[str, str | int], tuple[str, ...]]:
    """The bounds of a window as the endpoint's own filters, and what is to be said where it has none."""
    dates: dict[str, str | int] = {}
    notes: tuple[str, ...] = ()
    for moment, parameter, end in ((window.since, endpoint.since, False), (window.until, endpoint.until, True)):
        if moment is not None and parameter is None:
            notes = (
                say(
                    "{resource} have no date filter: all of them are read, those outside left out here.",
                    resource=name_word(resource),
                ),
            )
        elif moment is not None and parameter is not None:
            dates[parameter] = format_bound(_widened(moment, MARGIN if end else -MARGIN), endpoint.times, end=end)
    return dates, notes


def _widened(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # beyond the years there are, nothing is left out anyway
        return moment
