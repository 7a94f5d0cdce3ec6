"""A list of the API, read to its end: several pages in flight, kept on disk as they come, checked as a whole.

Offsets are no snapshot: rows come and go while a list is read (API reference Q5, Q6). So pages are taken in order, ids
are told apart, each page must share a row with the one before, counts are compared, and what cannot be shown to be
complete is said to be incomplete and why. Pages of a run that was cut off are used again when the list still begins
the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.api.paging import OffsetPager, Query
from pipeline.api.session import ApiSession
from pipeline.api.verdict import Verdict
from pipeline.errors import ApiStop
from pipeline.exporter.checkpoint import PageCheckpoint
from schemas.dialects.spec import Dialect

__all__ = ["Pulled", "Refused", "Row", "pull"]

Row = dict[str, Any]
Envelope = Mapping[str, Any]


class Refused(ApiStop):
    """The API refused the key, or answered as something else than the API: no page comes until that is mended."""


@dataclass(slots=True)
class Pulled:
    """What reading a list came to.

    `rows` are those handed on: no nulls, no id twice. `total_reported` is the server's own last count, `continued` the
    pages taken over from an earlier run. `complete` is False with the reason in `why`; `stopped` is set when the API
    let us read no further. `notes` are remarks that do not make it incomplete.
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
    connections, as far as that count reaches. ApiStop when not even the first page can be had. Pages stay in
    `checkpoint` while another run could go on from them, and after a whole one (for `--raw`): the caller clears it.
    """
    pages = _Pages(session, resource)
    traversal = _Traversal(
        session.dialect, OffsetPager(session.dialect, query, overlap=True), checkpoint, on_page, on_total
    )
    ahead = _Ahead(lambda offset: pages.read(traversal.pager.at(offset)), session.in_flight, traversal.pager.step)
    try:
        await traversal.through(ahead)
    except ApiStop as stop:
        if not traversal.pager.pages:
            raise
        traversal.pulled.why, traversal.pulled.stopped = stop.message, stop
    finally:
        ahead.close()
    traversal.count()
    if traversal.pulled.why is None and traversal.missing():
        await _explain(traversal, pages, query or {})
    traversal.pulled.complete = traversal.pulled.why is None
    traversal.pulled.notes += pages.notes
    return traversal.pulled


async def _explain(traversal: "_Traversal", pages: "_Pages", query: Query) -> None:
    """Rows are missing by the server's count. With a filter, ask whether that count knows of the filter at all."""
    counted = traversal.totals[-1]
    missing = (
        f"The server counts {counted} rows and gave {counted - traversal.missing()}: {traversal.missing()} are missing."
    )
    unfiltered = {name: value for name, value in traversal.pager.at(0).items() if name not in query}
    try:
        ignored = bool(query) and traversal.total_of(await pages.read(unfiltered)) == counted
    except ApiStop as stop:
        traversal.pulled.why = f"{missing} (what that count is of could not be asked: {stop.message})"
        return
    if ignored:
        said = f"The server's count ({counted}) ignores the filter: nothing to compare the rows with."
        traversal.pulled.notes.append(said)
    else:
        traversal.pulled.why = missing


class _Pages:
    """Pages of one list as they are asked for, whichever is first; counts those that had to be mended."""

    def __init__(self, session: ApiSession, resource: str) -> None:
        self._session = session
        self._resource = resource
        self._repaired = 0

    async def read(self, query: Query) -> Envelope:
        """The envelope of a page. ApiStop when it cannot be had, Refused when no other can either."""
        judgement = await self._session.read_page(self._session.dialect.endpoints[self._resource].path, query)
        self._repaired += judgement.repaired
        if judgement.verdict is not Verdict.DONE or judgement.data is None:
            stop = Refused if judgement.verdict is Verdict.STOP else ApiStop
            raise stop(f"{self._resource}: {judgement.message}", "Run it again: it goes on where it stopped.")
        return judgement.data

    @property
    def notes(self) -> list[str]:
        if not self._repaired:
            return []
        return [f"{self._repaired} pages held half characters (cut emoji): they are replaced by U+FFFD."]


class _Ahead:
    """Pages asked for before their turn."""

    def __init__(self, page_at: Callable[[int], Awaitable[Envelope]], depth: int, step: int) -> None:
        self._page_at = page_at
        self._depth = depth
        self._step = step
        self._tasks: dict[int, asyncio.Future[Envelope]] = {}

    async def take(self, offset: int, rows: int) -> Envelope:
        """The page at `offset`; those after it are asked for meanwhile, in a list of so many `rows`."""
        wanted = [offset, *range(offset + self._step, rows - 1, self._step)[: self._depth - 1]]
        for stale in self._tasks.keys() - set(wanted):
            self._tasks.pop(stale).cancel()
        for at in wanted:
            if at not in self._tasks:
                self._tasks[at] = asyncio.ensure_future(self._page_at(at))
        return await self._tasks.pop(offset)

    def close(self) -> None:
        """Give up what was asked for. What failed meanwhile is of no interest any more."""
        for task in self._tasks.values():
            task.cancel()
            task.add_done_callback(lambda t: t.cancelled() or t.exception())
        self._tasks.clear()


class _Traversal:
    """One list on its way: its pages in order, from disk where an earlier run has left them."""

    def __init__(
        self,
        dialect: Dialect,
        pager: OffsetPager,
        checkpoint: PageCheckpoint,
        on_page: Callable[[list[Row]], None],
        on_total: Callable[[int], None],
    ) -> None:
        self._envelope = dialect.envelope
        self._size = dialect.paging.size
        self._on_page = on_page
        self._on_total = on_total
        self._spool = checkpoint
        self.pager = pager
        self.pulled = Pulled()
        self.totals: list[int] = []

    async def through(self, ahead: _Ahead) -> None:
        """Take every page. The first is always read anew: what is on disk is good only if the list still begins so."""
        envelope = await ahead.take(0, 0)
        first = self._spool.load(0)
        if first is None or not self._begins_alike(envelope, first):
            self._spool.clear()
            self._spool.save(0, envelope)
        while True:
            at = self.pager.offset
            try:
                page = self.pager.take(envelope)
            except ApiStop as astray:  # the server repeats itself: reading on is no use, now or later
                if not self.pager.pages:
                    raise
                self.pulled.why = astray.message
                self._spool.clear()
                return
            total = self.total_of(envelope)
            if total is not None:
                self.totals.append(total)
                self._on_total(total)
            self._on_page(page.rows)
            if page.next is None or self.pager.offset == at:
                return
            envelope = await self._next(ahead)

    async def _next(self, ahead: _Ahead) -> Envelope:
        offset = self.pager.offset
        kept = self._spool.load(offset)
        if kept is not None and self._goes_on(kept):
            self.pulled.continued += 1
            return kept
        envelope = await ahead.take(offset, self.pager.total or 0)
        self._spool.save(offset, envelope)
        return envelope

    def _begins_alike(self, now: Envelope, then: Envelope) -> bool:
        """Same rows in the same order, and no fewer in all."""
        before, after = self.total_of(then), self.total_of(now)
        return (
            self._ids(now) == self._ids(then)
            and self._goes_on(then)
            and (before is None or after is None or after >= before)
        )

    def _goes_on(self, envelope: Envelope) -> bool:
        """A full page with more behind it. A last page is always read anew: rows may have come since."""
        more = any(envelope.get(name) is False for name in self._envelope.more)
        return len(self._ids(envelope)) >= self._size and not more

    def _ids(self, envelope: Envelope) -> list[Any]:
        rows = envelope.get(self._envelope.data)
        return [row.get("id") if isinstance(row, dict) else None for row in rows] if isinstance(rows, list) else []

    def total_of(self, envelope: Envelope) -> int | None:
        """The server's own count of the list, if it gave one."""
        found = next((envelope[n] for n in self._envelope.total if envelope.get(n) is not None), None)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def count(self) -> None:
        """What came, and what the server's own counts say about it."""
        pager, pulled = self.pager, self.pulled
        pulled.rows, pulled.pages = pager.rows, pager.pages
        pulled.null_rows, pulled.duplicate_rows = pager.nulls, pager.repeated
        pulled.total_reported = self.totals[-1] if self.totals else None
        if not self.totals:
            pulled.notes.append("The server gave no count to compare the rows with.")
            self._say_gaps()
            return
        self._say_gaps()
        if self.totals[-1] > self.totals[0]:
            pulled.notes.append(f"The list grew from {self.totals[0]} to {self.totals[-1]} rows while it was read.")
        if pulled.rows > self.totals[-1]:
            pulled.notes.append(f"The server counts {self.totals[-1]} rows and gave {pulled.rows}.")

    def _say_gaps(self) -> None:
        if self.pager.gaps and self.pulled.why is None:
            self.pulled.why = "Rows read already went away meanwhile: others have moved up and may have been skipped."

    def missing(self) -> int:
        """Rows the server counts and did not give. What was added before rows already read is new, not missing."""
        if not self.totals:
            return 0
        came = self.pager.rows + self.pager.nulls
        added = min(self.totals[-1] - self.totals[0], self.pager.repeated)
        return max(0, self.totals[-1] - max(added, 0) - came)
