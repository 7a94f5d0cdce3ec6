"""A list of the API, read to its end and checked as a whole.

Offsets are no snapshot: rows come and go while a list is read (docs/api.md Q5, Q6). So pages are taken in order, ids
are told apart, each page must share a row with the one before, counts are compared, and what cannot be shown to be
complete is said to be incomplete and why.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from pipeline.api.paging.listing import Listing
from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import Pager, Query
from pipeline.api.paging.seen_rows import BadPaging, SeenRows
from pipeline.api.session import ApiSession
from pipeline.errors import ApiStop
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.pages.page_reader import PageReader
from pipeline.language.say import say
from schemas.dialects.spec import Cursor

__all__ = ["Pulled", "Row", "pull"]

Row = dict[str, Any]


@dataclass(slots=True)
class Pulled:
    """What reading a list came to.

    `rows` are those handed on: no nulls, no id twice. `total_reported` is the server's own last count, `continued` the
    pages taken over from an earlier run. `complete` is False with the reason in `why`; `stopped` is set when the API
    let us read no further. `notes` are remarks that do not make it incomplete. `follows_next`: the server named each
    next page itself, though its dialect speaks of offsets. `missing` are ids that were asked for and are not
    there, with what the API said beyond that.
    """

    rows: int = 0
    pages: int = 0
    complete: bool = False
    why: str | None = None
    total_reported: int | None = None
    null_rows: int = 0
    duplicate_rows: int = 0
    continued: int = 0
    notes: list[str] = field(default_factory=list)
    stopped: ApiStop | None = None
    follows_next: bool = False
    missing: dict[str, str] = field(default_factory=dict)


async def pull(
    session: ApiSession,
    resource: str,
    *,
    checkpoint: PageCheckpoint,
    on_page: Callable[[list[Row]], None],
    on_total: Callable[[int], None] = lambda total: None,
    query: Query | None = None,
) -> Pulled:
    """Read a list and hand its new rows to `on_page`, page by page, in order.

    The server's own count goes to `on_total` before each page. As many pages are asked for at once as the session has
    connections, as far as their queries can be known. ApiStop when not even the first page can be had. Pages stay in
    `checkpoint` while another run could go on from them, and after a whole one (for `--raw`): the caller clears it.
    """
    reader = PageReader(session, resource, checkpoint)
    listing = session.list(resource, query, overlap=True, source=reader.page)
    pulled, totals = Pulled(), _Totals(_grows_unseen(session, resource, query or {}))
    with closing(reader):
        try:
            async for page in listing:
                if listing.pager.total is not None:
                    totals.add(listing.pager.total)
                    on_total(listing.pager.total)
                on_page(page.rows)
        except ApiStop as stop:
            if not listing.pager.pages:
                raise
            pulled.why = stop.message
            if isinstance(stop, BadPaging):
                checkpoint.clear()
            else:
                pulled.stopped = stop
    _count(pulled, listing, totals)
    pulled.continued = reader.continued
    pulled.why = pulled.why or _name_failed(listing, reader)
    missing = totals.missing(listing)
    if pulled.why is None and missing:
        await _explain(pulled, listing.pager, missing, reader, session, resource, query or {})
    pulled.complete = pulled.why is None
    pulled.notes += reader.notes
    return pulled


@dataclass(slots=True)
class _Totals:
    """The server's own counts of a list while it is read: the first and the last.

    `grows_unseen`: what is added meanwhile stands before the place where reading began, and is no part of it.
    """

    grows_unseen: bool = False
    first: int | None = None
    last: int | None = None

    def add(self, total: int) -> None:
        self.first = total if self.first is None else self.first
        self.last = total

    def missing(self, listing: Listing) -> int:
        """Rows the server counts and did not give. What was added before rows already read is new, not missing."""
        if self.first is None or self.last is None:
            return 0
        pager = listing.pager
        grown = self.last - self.first
        added = grown if self.grows_unseen else min(grown, pager.repeated)
        return max(pager.short, self.last - max(added, 0) - pager.rows - pager.nulls)


def _grows_unseen(session: ApiSession, resource: str, query: Query) -> bool:
    """Whether new rows come before a cursor's begin: it lists the newest first, and goes on from a row, not a number.
    So all that was counted at the begin must come, and no more."""
    return isinstance(session.dialect.speak_of(resource).paging, Cursor) and query.get("sort") != "asc"


def _count(pulled: Pulled, listing: Listing, totals: _Totals) -> None:
    """What came, and what the server's own counts say about it."""
    pager = listing.pager
    pulled.rows, pulled.pages = pager.rows, pager.pages
    pulled.null_rows, pulled.duplicate_rows = pager.nulls, pager.repeated
    pulled.total_reported = totals.last
    pulled.follows_next = listing.follows_next
    if pager.gaps and pulled.why is None:
        pulled.why = say("Rows read already went away meanwhile: others have moved up and may have been skipped.")
    if totals.first is None or totals.last is None:
        pulled.notes.append(say("The server gave no count to compare the rows with."))
        return
    if totals.last > totals.first:
        pulled.notes.append(
            say("The list grew from {first} to {last} rows while it was read.", first=totals.first, last=totals.last)
        )
    if pulled.rows > totals.last:
        pulled.notes.append(say("The server counts {last} rows and gave {rows}.", last=totals.last, rows=pulled.rows))


def _name_failed(listing: Listing, reader: PageReader) -> str | None:
    """What is not proven whole because pages that held rows said that they failed."""
    if not listing.pager.failed:
        return None
    return say(
        "Of {failed} pages the server says that they failed, and gives rows all the same: others may be missing."
        " {said}",
        failed=listing.pager.failed,
        said=reader.failed,
    )


async def _explain(
    pulled: Pulled,
    pager: Pager,
    missing: int,
    reader: PageReader,
    session: ApiSession,
    resource: str,
    query: Query,
) -> None:
    """Rows are missing by the server's count. With a filter, ask whether that count knows of the filter at all: a list
    read in parts is counted so often, and each time the same."""
    counted = pager.rows + pager.nulls + missing if pager.short else pulled.total_reported
    said = say(
        "The server counts {counted} rows and gave {gave}: {missing} are missing.",
        counted=counted,
        gave=(counted or 0) - missing,
        missing=missing,
    )
    spoken = session.dialect.speak_of(resource)
    unfiltered = open_pager(spoken).first()
    try:
        ignored = bool(query) and {SeenRows(spoken).total(await reader.read(unfiltered))} == {*pager.counts}
    except ApiStop as stop:
        pulled.why = say(
            "{said} (what that count is of could not be asked: {message})", said=said, message=stop.message
        )
        return
    if ignored:
        pulled.notes.append(
            say(
                "The server's count ({counted}) ignores the filter: nothing to compare the rows with.",
                counted=pager.counts[0],
            )
        )
    else:
        pulled.why, pulled.total_reported = said, counted
