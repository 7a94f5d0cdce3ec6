"""The only door to the API: one request in one dialect, one attempt, an answer or the reason why there is none."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from pipeline.api.address import authorization_header, check_base_address, read_host
from pipeline.api.reply import NoReply, Reply, read_retry_after
from pipeline.api.transport.spec import NotReceived, Request, Transport
from pipeline.edge import PROCESS, utc_now
from pipeline.redact import SHORTEST_SECRET
from pipeline.version import __version__
from schemas.dialects.spec import Dialect

__all__ = ["Client", "NoReply", "Reply"]

CONNECT_S = 10.0
"""Longest wait for a connection, and for a free place in the pool. Both prove that nothing left: giving up is cheap."""

LARGEST_PAGE, LARGEST_ANSWER = 64 * 2**20, 8 * 2**20
"""Bytes of an answer to a GET and to anything else, unpacked. A page of 100 rows has a few MB at most, a created record
a few KB; a server gone mad does not fill the memory."""


class Client:
    """Sends requests in one dialect over one transport. An async context manager, which opens the transport.

    The key is in one header and nowhere else. `timeout_s` bounds one attempt from the first step to the last byte.
    `now` is the wall clock, for answers that ask to wait until a date. ConfigError for a base URL or a key that
    cannot be used.
    """

    def __init__(
        self,
        dialect: Dialect,
        transport: Transport,
        *,
        base_url: str,
        key: str,
        timeout_s: float = 30.0,
        user_agent: str = f"gigbulk/{__version__}",
        now: Callable[[], datetime] = utc_now,
        ticks: Callable[[], float] = PROCESS.ticks,
    ) -> None:
        self.dialect = dialect
        self._transport = transport
        self._base = check_base_address(base_url)
        self._headers = _Headers(
            {
                "Authorization": authorization_header(dialect.auth_prefix, key),
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": user_agent,
            }
        )
        self._secret = key.encode("ascii")
        self._timeout_s = timeout_s
        self._connect_s = min(CONNECT_S, timeout_s / 2)  # less than the whole, so that it is told apart
        self._now = now
        self._ticks = ticks

    def __repr__(self) -> str:
        return f"Client({self.dialect.name}, {self._base})"

    @property
    def connections(self) -> int:
        """How many requests can be on their way at once."""
        return self._transport.connections

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Reply | NoReply:
        """Send one request, once. Trouble with the network is an answer (NoReply), not an exception."""
        request = Request(
            method,
            f"{self._base}{path}?{urlencode(query)}" if query else self._base + path,
            self._headers,
            body,
            timeout_s=self._timeout_s,
            connect_s=self._connect_s,
            most_bytes=LARGEST_PAGE if method == "GET" else LARGEST_ANSWER,
        )
        started = self._ticks()
        outcome = await self._transport.send(request)
        seconds = self._ticks() - started
        if isinstance(outcome, NotReceived):
            return NoReply(outcome.sent, outcome.cause, seconds, outcome.hopeless, outcome.timed_out)
        headers, content = outcome.headers, outcome.content
        return Reply(
            status=outcome.status,
            content=self._without_key(content) if method == "GET" or outcome.status >= 300 else content,
            content_type=headers.get("content-type", ""),
            retry_after_s=read_retry_after(headers.get("retry-after"), headers.get("date"), self._now),
            seconds=seconds,
            elsewhere=read_host(headers.get("location")),
            received_at=self._now(),
        )

    def _without_key(self, content: bytes) -> bytes:
        """An error or a list that echoes the key does not carry it further."""
        return content.replace(self._secret, b"***") if len(self._secret) >= SHORTEST_SECRET else content


class _Headers(dict[str, str]):
    """Headers of which only the names are ever shown: one holds the key."""

    def __repr__(self) -> str:
        return f"_Headers({', '.join(self)})"
