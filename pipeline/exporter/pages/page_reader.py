"""The pages of an export: some asked for before their turn, all kept on disk as they come.

Pages of a run that was cut off are used again when the list still begins the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pipeline.api.paging.listing import Ahead, PageRefused, envelope_of
from pipeline.api.paging.page import Query, RawPage
from pipeline.api.paging.seen_rows import SeenRows
from pipeline.api.session import ApiSession
from pipeline.api.verdict import Verdict
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.language.say import say

__all__ = ["PageReader"]


class PageReader:
    """Hand its `page` to a listing, which asks for every page once and in order; `continued` counts those from disk."""

    def __init__(self, session: ApiSession, resource: str, checkpoint: PageCheckpoint) -> None:
        self._session = session
        self._resource = resource
        self._checkpoint = checkpoint
        self._ahead = _Ahead(self.read)
        self._rows = SeenRows(session.dialect.speak_of(resource))
        self._number = 0
        self._repaired = 0
        self._from_disk = False
        self.continued = 0
        self.failed = ""
        """What was said of the first page that failed, whether or not it gave rows."""

    async def page(self, query: Query, ahead: Ahead) -> RawPage:
        """ApiStop when it cannot be had, Refused when no other can either."""
        number, self._number = self._number, self._number + 1
        if number == 0:
            return await self._first(query)
        kept = self._checkpoint.load(number, query)
        self._from_disk, before = kept is not None and self._rows.goes_on(kept), self._from_disk
        if kept is not None and self._from_disk:
            self.continued += 1
            return kept
        try:
            envelope = await self._ahead.take(query, ahead(self._session.in_flight - 1))
        except PageRefused:
            if before:  # the page from disk named one that is not there any more: the next run reads the list anew
                self._checkpoint.clear()
            raise
        self._checkpoint.save(number, query, envelope)
        return envelope

    async def _first(self, query: Query) -> RawPage:
        """Always read anew: what is on disk is good only if the list still begins so."""
        envelope = await self._ahead.take(query, [])
        kept = self._checkpoint.load(0, query)
        if kept is None or not self._begins_alike(envelope, kept):
            self._checkpoint.clear()
            self._checkpoint.save(0, query, envelope)
        return envelope

    def _begins_alike(self, now: RawPage, then: RawPage) -> bool:
        """Same rows in the same order, and no fewer in all."""
        before, after = self._rows.total(then), self._rows.total(now)
        return (
            self._rows.identify_all(now) == self._rows.identify_all(then)
            and self._rows.goes_on(then)
            and (before is None or after is None or after >= before)
        )

    async def read(self, query: Query) -> RawPage:
        """A page from the server, whichever is first."""
        judgement = await self._session.read_page(self._session.dialect.endpoints[self._resource].path, query)
        self._repaired += judgement.repaired
        if judgement.verdict is not Verdict.DONE and not self.failed:
            self.failed = judgement.message
        return envelope_of(judgement, self._resource)

    @property
    def notes(self) -> list[str]:
        """What had to be mended."""
        if not self._repaired:
            return []
        return [
            say(
                "{repaired} pages held half characters (cut emoji): they are replaced by U+FFFD.",
                repaired=self._repaired,
            )
        ]

    def close(self) -> None:
        """Give up what was asked for."""
        self._ahead.close()


class _Ahead:
    """Pages asked for before their turn."""

    def __init__(self, read: Callable[[Query], Awaitable[RawPage]]) -> None:
        self._read = read
        self._tasks: dict[frozenset[tuple[str, str | int]], asyncio.Future[RawPage]] = {}

    async def take(self, query: Query, ahead: Sequence[Query]) -> RawPage:
        """The page of a query; those `ahead` are asked for meanwhile, and any others given up."""
        wanted = {frozenset(each.items()): each for each in (query, *ahead)}
        for stale in self._tasks.keys() - wanted.keys():
            self._give_up(stale)
        for key, each in wanted.items():
            if key not in self._tasks:
                self._tasks[key] = asyncio.ensure_future(self._read(each))
        return await self._tasks.pop(frozenset(query.items()))

    def _give_up(self, key: frozenset[tuple[str, str | int]]) -> None:
        """What failed meanwhile is of no interest any more."""
        task = self._tasks.pop(key)
        task.cancel()
        task.add_done_callback(lambda t: t.cancelled() or t.exception())

    def close(self) -> None:
        for key in list(self._tasks):
            self._give_up(key)
