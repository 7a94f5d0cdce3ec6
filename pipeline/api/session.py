"""One account's way to the API: the client that sends, the throttle that paces it, the contract both speak.

async with open_session(dialect, settings, account.name, connections=64, warn=events.warn) as session:
    judgement = await session.write("/payments", body)
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote

from msgspec.structs import replace

from pipeline.api import attempts
from pipeline.api.attempts import Before
from pipeline.api.client import Client
from pipeline.api.paging.by_window import split_window
from pipeline.api.paging.listing import Ahead, Listing, NextLists, PageSource, envelope_of
from pipeline.api.paging.open import open_pager
from pipeline.api.paging.page import Pager, Query, RawPage, find_metadata_key
from pipeline.api.reply import NoReply, Reply
from pipeline.api.throttle.admission import Gate, Throttle
from pipeline.api.throttle.shared_rate import SharedRate
from pipeline.api.transport import open_transport
from pipeline.api.verdict import Judgement, Verdict, judge_read
from pipeline.edge import PROCESS, Edge
from pipeline.events import describe_patience
from pipeline.language.say import say
from pipeline.redact import redact_bytes
from schemas.dialects.spec import Cursor, Dialect

__all__ = ["ApiSession", "SessionSettings", "open_session"]

READS, WRITES = 8, 6
"""How often a read and a write are tried, at most. One more read costs nothing but time."""


@dataclass(frozen=True, slots=True)
class ApiSession:
    """Reads and writes, each tried again as far as that is harmless. An async context manager: it opens the client.

    Trouble is a Judgement, never an exception. `sleep` waits between two attempts. `by_next` remembers the lists that
    the server was seen to page by `next`.
    """

    client: Client
    throttle: Gate
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    by_next: NextLists = field(default_factory=NextLists)

    @property
    def dialect(self) -> Dialect:
        return self.client.dialect

    @property
    def in_flight(self) -> int:
        """Requests worth asking for at once: so many connections there are. The throttle may allow fewer."""
        return self.client.connections

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.__aexit__(kind, error, trace)

    def paced_by(self, throttle: Gate, sleep: Callable[[float], Awaitable[None]]) -> Self:
        """The same client behind another gate."""
        return dataclasses.replace(self, throttle=throttle, sleep=sleep)

    async def write(self, path: str, body: bytes, *, before_attempt: Before | None = None) -> Judgement:
        """POST `body`, again only while it is certain that it was not carried out."""
        return await attempts.write(
            self.client, self.throttle, path, body, before_attempt=before_attempt, attempts=WRITES, sleep=self.sleep
        )

    async def change(
        self, resource: str, identity: str, body: bytes, *, before_attempt: Before | None = None
    ) -> Judgement:
        """PUT the members of one record that are to change. Said again it changes nothing more: one in doubt may be
        sent again. ValueError for a resource whose records cannot be changed."""
        template = self.dialect.endpoints[resource].change
        if template is None:
            raise ValueError(f"dialect {self.dialect.name} changes none of the {resource}")
        return await self._write("PUT", template, identity, body, before_attempt)

    async def remove(self, resource: str, identity: str, *, before_attempt: Before | None = None) -> Judgement:
        """DELETE one record. Said again it changes nothing more. ValueError for a resource that has no such request."""
        removal = self.dialect.endpoints[resource].removal
        if removal is None:
            raise ValueError(f"dialect {self.dialect.name} deletes none of the {resource}")
        return await self._write("DELETE", removal.path, identity, None, before_attempt)

    async def _write(
        self, method: str, template: str, identity: str, body: bytes | None, before_attempt: Before | None
    ) -> Judgement:
        return await attempts.write(
            self.client,
            self.throttle,
            template.replace("{id}", quote(identity, safe="")),
            body,
            method=method,
            before_attempt=before_attempt,
            attempts=WRITES,
            sleep=self.sleep,
        )

    async def read(self, path: str, query: Query | None = None, *, tries: int = READS) -> Judgement:
        """GET. `data` of the judgement is the whole envelope."""
        return await attempts.read(self.client, self.throttle, path, query, attempts=tries, sleep=self.sleep)

    async def read_page(self, path: str, query: Query, *, tries: int = READS) -> Judgement:
        """GET a page of a list whose rows are kept: what looks like a secret is masked before it is decoded, and an
        answer that cannot be read is told with the page it was."""
        judgement = await attempts.read(
            self.client, self.throttle, path, query, judge=_judge_page, attempts=tries, sleep=self.sleep
        )
        if judgement.verdict is Verdict.DONE or judgement.status is None or not 200 <= judgement.status < 300:
            return judgement
        return replace(
            judgement, message=say("{message}, page at {query}", message=judgement.message, query=self._place(query))
        )

    async def read_record(self, resource: str, identity: str, *, tries: int = READS) -> Judgement:
        """GET one record by its id, masked as the pages of a list are."""
        path = self.record_path(resource, identity)
        return await attempts.read(
            self.client, self.throttle, path, judge=_judge_page, attempts=tries, sleep=self.sleep
        )

    def record_path(self, resource: str, identity: str) -> str:
        """Where one record is asked for by its id. ValueError for a resource whose records cannot be asked for."""
        template = self.dialect.endpoints[resource].record
        if template is None:
            raise ValueError(f"dialect {self.dialect.name} has no path for one of the {resource}")
        return template.replace("{id}", quote(identity, safe=""))

    def _place(self, query: Query) -> str:
        """Where in its list a page is, as it was asked for."""
        ways = (way for e in self.dialect.endpoints.values() for way in (e.by_metadata, e.paging))
        own = (way.position for way in ways if way is not None)
        names = (self.dialect.envelope.next, self.dialect.paging.position, *own)
        return next(
            (say("{name}={query}", name=name, query=query[name]) for name in names if name in query),
            say("its beginning"),
        )

    def list(
        self,
        resource: str,
        filters: Query | None = None,
        *,
        overlap: bool = False,
        source: PageSource | None = None,
    ) -> Listing:
        """The pages of a list, in order. With `overlap` rows that are lost between two pages are noticed; `source`
        gives the pages where they do not come straight from the server, one after the other."""

        async def read(query: Query, ahead: Ahead) -> RawPage:
            return envelope_of(await self.read(self.dialect.endpoints[resource].path, query), resource)

        return Listing(resource, self._pager(resource, filters or {}, overlap=overlap), source or read, self.by_next)

    def _pager(self, resource: str, filters: Query, *, overlap: bool) -> Pager:
        """How the list is gone through: with filters of metadata by the numbers of its pages, else as it is paged."""
        usual, endpoint = self.dialect.speak_of(resource), self.dialect.endpoints[resource]
        if endpoint.by_metadata is not None and any(find_metadata_key(name) for name in filters):
            spoken = self.dialect.speak_of(resource, by_metadata=True)
            return open_pager(spoken, filters, otherwise=usual.paging if isinstance(usual.paging, Cursor) else None)
        return open_pager(usual, filters, overlap=overlap, windows=split_window(endpoint, filters))


def _judge_page(dialect: Dialect, outcome: Reply | NoReply) -> Judgement:
    if isinstance(outcome, Reply):
        outcome = replace(outcome, content=redact_bytes(outcome.content))
    return judge_read(dialect, outcome)


class SessionSettings(Protocol):
    """What a session asks of the settings (pipeline.settings), which stand on this floor too."""

    @property
    def base_url(self) -> str | None: ...
    @property
    def concurrency(self) -> int | None: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def transport(self) -> str: ...
    @property
    def state_dir(self) -> Path: ...

    def key(self) -> str: ...


def open_session(
    dialect: Dialect,
    settings: SessionSettings,
    account: str,
    *,
    connections: int,
    warn: Callable[[str], None],
    edge: Edge = PROCESS,
) -> ApiSession:
    """The session of one account, to be entered. ConfigError for a base URL or a key that cannot be used.

    `connections` is how many there are where the settings name no concurrency. The learnt rate is shared with other
    processes that work for this `account`; `warn` is told once that the server is not there, or that a list pages
    otherwise. `edge` has the clocks that answers are read and timed by; requests are paced by the event loop's own.
    """
    client = Client(
        dialect,
        open_transport(settings.concurrency or connections, name=settings.transport),
        base_url=settings.base_url or dialect.base_url,
        key=settings.key(),
        timeout_s=settings.timeout_s,
        now=edge.now,
        ticks=edge.ticks,
    )
    throttle = Throttle(
        concurrency=settings.concurrency,
        rate=settings.rate,
        shared=SharedRate.for_account(settings.state_dir, account),
        on_unreachable=lambda why, patience_s: warn(describe_patience(why, patience_s)),
    )
    return ApiSession(client, throttle, by_next=NextLists(warn))
