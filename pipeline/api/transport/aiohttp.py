"""aiohttp beneath httpx: a quarter of the processor's time that httpx's own pool takes (ADR 0025).

What it raises does not say whether a request left; its connector does. Whatever goes wrong while it makes a
connection ready happens before the first byte of a request can leave, so that alone is taken for proof.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx2 as httpx
from multidict import CIMultiDict
from yarl import URL

from pipeline.api.transport.httpx import RAW_HEADERS, HttpxTransport, OverlongAnswer, WholeStream
from pipeline.api.transport.spec import KEEPALIVE_S
from pipeline.api.transport.trust import build_trust

__all__ = ["AiohttpCarrier", "ConnectorWitness", "open_aiohttp"]

_LARGEST_FIELD = 64 * 2**10
"""Bytes of one header of an answer. aiohttp's own bound of 8 KB would make a doubt of a created payment with a large
cookie beside it."""


@lru_cache(maxsize=8)
def _limits(connect_s: float) -> aiohttp.ClientTimeout:
    """The whole request is bounded by whoever awaits it."""
    return aiohttp.ClientTimeout(total=None, connect=connect_s)


def open_aiohttp(connections: int, *, idle_s: float = KEEPALIVE_S) -> HttpxTransport:
    """httpx over the connections of aiohttp."""
    return HttpxTransport(AiohttpCarrier(connections, idle_s), ConnectorWitness, connections, frames=True)


class ConnectorWitness:
    """The evidence of `_Connector`: it says itself when no connection came to be."""

    __slots__ = ()

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Nothing is told on the way."""

    def may_have_left(self, trouble: Exception) -> bool:
        """False when the connector failed, or was never asked. Whatever else aiohttp raises, by whatever name, proves
        nothing; so does all of it, should it ask a connector in another way one day."""
        return not isinstance(trouble, httpx.PoolTimeout) and not isinstance(trouble.__cause__, _NeverConnected)


class _NeverConnected(aiohttp.ClientError):
    """No connection came to be for a request, so it did not leave. Raised by `_Connector` alone; the reason is its
    cause."""


class _Connector(aiohttp.TCPConnector):
    """aiohttp asks it for a connection before it writes a request, and writes to none that it did not give."""

    async def connect(self, *request: Any, **limits: Any) -> aiohttp.connector.Connection:
        try:
            return await super().connect(*request, **limits)
        except (aiohttp.ClientError, OSError) as trouble:
            raise _NeverConnected from (trouble.__cause__ if isinstance(trouble, aiohttp.ClientError) else trouble)


class AiohttpCarrier(httpx.AsyncBaseTransport):
    """Carries requests of httpx; each is sent once, as it is, over HTTP/1.1, and its answer comes as it is.

    At most so many at a time, each connection given up when it was idle for `idle_s`. The extension `timeout` says how
    long connecting and the wait for a free connection may take.
    """

    def __init__(self, connections: int, idle_s: float) -> None:
        self._free = asyncio.Semaphore(connections)
        self._idle_s = idle_s
        self._address: tuple[httpx.URL, URL] | None = None
        self._headers: tuple[httpx.Headers, CIMultiDict[str]] | None = None

    async def __aenter__(self) -> Self:
        # Connections are counted here, where waiting for one and making one can be told apart.
        connector = _Connector(
            limit=0,
            keepalive_timeout=self._idle_s,
            ssl=build_trust(),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=_LARGEST_FIELD,
            max_field_size=_LARGEST_FIELD,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        self._session._retry_connection = False  # it sends a GET again by itself when a kept connection breaks
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._session.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connect_s = request.extensions["timeout"]["connect"]
        await self._take_turn(connect_s)
        try:
            answer = await self._session.request(
                request.method,
                self._translate_url(request.url),
                headers=self._translate_headers(request.headers),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=_limits(connect_s),
            )
        except aiohttp.ClientError as trouble:
            self._free.release()
            raise _translate(trouble) from trouble
        except BaseException:
            self._free.release()
            raise
        return _Answer(answer, self._free)

    def _translate_url(self, url: httpx.URL) -> URL:
        """The same as aiohttp takes it. Most requests have the address of the one before, in the same object."""
        if self._address is None or self._address[0] is not url:
            self._address = url, URL(str(url), encoded=True)
        return self._address[1]

    def _translate_headers(self, headers: httpx.Headers) -> CIMultiDict[str]:
        """As `_translate_url`."""
        if self._headers is None or self._headers[0] is not headers:
            fields = [(name.decode("ascii"), value.decode("latin-1")) for name, value in headers.raw]
            self._headers = headers, CIMultiDict(fields)
        return self._headers[1]

    async def _take_turn(self, longest_s: float) -> None:
        if self._free.locked():
            try:
                async with asyncio.timeout(longest_s):
                    await self._free.acquire()
            except TimeoutError as over:
                raise httpx.PoolTimeout("") from over
        else:
            await self._free.acquire()


class _Answer(httpx.Response):
    """An answer of aiohttp as one of httpx. Its headers are made into httpx's when somebody asks for them."""

    _request = next_request = None
    is_closed = is_stream_consumed = False
    default_encoding = "utf-8"
    _num_bytes_downloaded = 0

    def __init__(self, answer: aiohttp.ClientResponse, free: asyncio.Semaphore) -> None:
        self.status_code = answer.status
        self.stream = _Content(answer, free)
        self.extensions = {RAW_HEADERS: answer.raw_headers}
        self.history = []

    def __getattr__(self, name: str) -> httpx.Headers:
        if name != "headers":
            raise AttributeError(name)
        self.headers = httpx.Headers(self.extensions[RAW_HEADERS])
        return self.headers


class _Content(WholeStream):
    """What an answer holds. Closing it gives its connection back; one that was not read to its end is closed."""

    def __init__(self, answer: aiohttp.ClientResponse, free: asyncio.Semaphore) -> None:
        self._answer = answer
        self._free: asyncio.Semaphore | None = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while part := await self._answer.content.readany():
                yield part
        except aiohttp.ClientError as trouble:
            raise _translate(trouble) from trouble

    async def read_whole(self, most_bytes: int) -> bytes:
        content, parts = self._answer.content, []
        try:
            while part := await content.readany():
                parts.append(part)
                most_bytes -= len(part)
                if most_bytes < 0:
                    raise OverlongAnswer
                if content.at_eof():
                    break
        except aiohttp.ClientError as trouble:
            raise _translate(trouble) from trouble
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def aclose(self) -> None:
        if self._free is None:
            return
        free, self._free = self._free, None
        try:
            if self._answer.closed:  # read to its end; the connection may still be held by the task that wrote to it
                await self._answer.wait_for_close()
            else:
                self._answer.close()
        finally:
            free.release()


def _translate(trouble: aiohttp.ClientError) -> httpx.TransportError:
    """The same as httpx says it."""
    if isinstance(trouble, _NeverConnected):
        return httpx.ConnectTimeout("") if isinstance(trouble.__cause__, TimeoutError) else httpx.ConnectError("")
    return httpx.ReadError("") if isinstance(trouble, aiohttp.ClientOSError) else httpx.RemoteProtocolError("")
