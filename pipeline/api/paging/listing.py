"""One list of the API, read to its end: `async for page in session.list("clients")`.

Where pages come from is handed in: straight from the server, or from an export's disk. A server that gives the same
rows again whatever the offset, and names a next page, is read on by that name (docs/api.md Q5; ADR 20).
"""

from collections.abc import Awaitable, Callable
from typing import Self

from pipeline.api.paging.page import Page, Pager, Query, RawPage, RepeatedPage
from pipeline.api.verdict import Judgement, Verdict
from pipeline.errors import ApiStop
from pipeline.language.names import name_word
from pipeline.language.say import say

__all__ = ["Ahead", "Listing", "NextLists", "PageRefused", "PageSource", "Refused", "envelope_of"]

Ahead = Callable[[int], list[Query]]
"""The queries of at most so many pages that will be asked for after the one that is due."""

PageSource = Callable[[Query, Ahead], Awaitable[RawPage]]
"""Gives the page of a query, and may fetch others meanwhile. ApiStop when it cannot be had."""


class Refused(ApiStop):
    """The API refused the key, or answered as something else than the API: no page comes until that is mended."""


class PageRefused(ApiStop):
    """The API refused this page: what was asked for it does not take."""


class NextLists:
    """The lists of a server that were seen to go on by `next` and not by offset. `say` is told of each, once."""

    def __init__(self, say: Callable[[str], None] = lambda text: None) -> None:
        self._resources: set[str] = set()
        self._say = say

    def __contains__(self, resource: str) -> bool:
        return resource in self._resources

    def add(self, resource: str) -> None:
        if resource not in self._resources:
            self._resources.add(resource)
            self._say(
                say(
                    "The API gives the same {resource} whatever the offset: their list is read on by its `next`.",
                    resource=name_word(resource),
                )
            )


class Listing:
    """An asynchronous iterator over the pages of a list; `pager` counts what came.

    ApiStop when a page cannot be had, Refused when no other can either, BadPaging when the server does not page.
    """

    def __init__(self, resource: str, pager: Pager, source: PageSource, by_next: NextLists) -> None:
        self.resource = resource
        self.pager = pager
        self._source = source
        self._by_next = by_next
        self._query: Query | None = pager.first()

    @property
    def follows_next(self) -> bool:
        """Whether it is read by the `next` of its pages, with success, where the dialect speaks of offsets."""
        return self.pager.undeclared and self.resource in self._by_next

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page:
        if self._query is None:
            raise StopAsyncIteration
        page = self._taken(await self._source(self._query, self.pager.ahead))
        self._query = page.next
        return page

    def _taken(self, envelope: RawPage) -> Page:
        try:
            page = self.pager.take(envelope)
        except RepeatedPage:
            asked = self._follow(envelope)
            if asked is None:
                raise
            self.pager.pages += 1
            return Page([], asked)
        if self.pager.undeclared and page.rows:  # only now is it known that the server understands it
            self._by_next.add(self.resource)
        if page.next is not None and self.resource in self._by_next:
            return Page(page.rows, self._follow(envelope) or page.next)
        return page

    def _follow(self, envelope: RawPage) -> Query | None:
        """Go on by the `next` of that page, if it is offsets that were gone by until now; gives its query."""
        way_on = self.pager.follow(envelope)
        if way_on is None:
            return None
        self.pager, query = way_on
        return query


def envelope_of(judgement: Judgement, resource: str) -> RawPage:
    """The envelope of a page that was read; of one that came and says it failed, where it holds rows (FACTS F6)."""
    if judgement.verdict is not Verdict.STOP and judgement.data is not None:
        return judgement.data
    kinds = {Verdict.STOP: Refused, Verdict.REFUSED: PageRefused}
    raise kinds.get(judgement.verdict, ApiStop)(
        say(
            "The list of {resource} cannot be read: {message}", resource=name_word(resource), message=judgement.message
        ),
        say("Run it again: it goes on where it stopped."),
    )
