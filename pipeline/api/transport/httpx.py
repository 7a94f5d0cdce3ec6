"""httpx carries the request; httpcore's trace tells whether it left.

`HttpxTransport` takes any `AsyncBaseTransport` of httpx, together with the evidence that one gives: another network
library beneath httpx needs an evidence of its own and a line in TRANSPORTS, and keeps the words and limits of this one.
"""

import logging
import os
import ssl
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol, Self, cast

import httpx2 as httpx

from pipeline.api.transport.deadlines import Deadlines
from pipeline.api.transport.spec import KEEPALIVE_S, NotReceived, Received, Request
from pipeline.api.transport.trust import build_trust
from pipeline.language.say import say

__all__ = ["RAW_HEADERS", "Evidence", "HttpcoreTrace", "HttpxTransport", "OverlongAnswer", "WholeStream", "open_httpx"]

RAW_HEADERS = "raw_headers"
"""Extension of a response whose carrier has its headers as bytes: nobody need make httpx's own of them."""

_NEVER_LEFT = frozenset({"connection.connect_tcp.failed", "connection.start_tls.failed"})
"""Events of httpcore after which a request cannot have left: its connection never came to be."""

_url = lru_cache(maxsize=256)(httpx.URL)


class Evidence(Protocol):
    """How far one request came. It is handed to the carrier as the request's `trace` extension."""

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None: ...

    def may_have_left(self, trouble: Exception) -> bool:
        """False only on positive evidence."""
        ...


def open_httpx(connections: int, *, idle_s: float = KEEPALIVE_S) -> "HttpxTransport":
    """httpx over its own pool (httpcore)."""
    for library in ("httpx2", "httpcore2"):  # one line per request, with names and e-mails in the query
        logging.getLogger(library).setLevel(logging.WARNING)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=idle_s)
    carrier = httpx.AsyncHTTPTransport(verify=build_trust(), trust_env=False, retries=0, limits=limits)
    return HttpxTransport(carrier, HttpcoreTrace, connections)


class HttpxTransport:
    """A Transport over `carrier`. `evidence` makes the witness of one request. A carrier that `frames` writes Host and
    Content-Length itself."""

    def __init__(
        self,
        carrier: httpx.AsyncBaseTransport,
        evidence: Callable[[], Evidence],
        connections: int,
        *,
        frames: bool = False,
    ) -> None:
        self.connections = connections
        self._carrier = carrier
        self._evidence = evidence
        self._frames = frames
        self._mould: tuple[Request, httpx.Request] | None = None
        self._deadlines = Deadlines()

    async def __aenter__(self) -> Self:
        await self._carrier.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._carrier.__aexit__(kind, error, trace)

    async def send(self, request: Request) -> Received | NotReceived:
        whole = request.timeout_s
        evidence = self._evidence()
        asked = self._compose(request, evidence)
        try:
            return await self._deadlines.end_after(whole, self._exchange(asked, request.most_bytes))
        except (httpx.HTTPError, OSError, OverlongAnswer) as trouble:
            return NotReceived(
                sent=evidence.may_have_left(trouble),
                cause=_in_words(trouble, whole),
                hopeless=any(isinstance(e, ssl.SSLCertVerificationError) for e in _causes(trouble)),
                timed_out=isinstance(trouble, TimeoutError | httpx.ReadTimeout | httpx.WriteTimeout),
            )

    async def _exchange(self, asked: httpx.Request, most_bytes: int) -> Received:
        response = await self._carrier.handle_async_request(asked)
        headers = _decode_headers(response.extensions.get(RAW_HEADERS) or response.headers.raw)
        content = await _read(response, most_bytes, packed="content-encoding" in headers)
        return Received(response.status_code, headers, content)

    def _compose(self, request: Request, evidence: Evidence) -> httpx.Request:
        whole, connect = request.timeout_s, request.connect_s
        extensions = {
            "timeout": {"connect": connect, "pool": connect, "read": whole, "write": whole},
            "trace": evidence,
        }
        if self._frames:  # then httpx need not: a fifth of the time
            return _Cast(self._find_mould(request), request.body or b"", extensions)
        return httpx.Request(
            request.method, _url(request.url), headers=request.headers, content=request.body, extensions=extensions
        )

    def _find_mould(self, request: Request) -> httpx.Request:
        """A request like it but for its body. Nearly always it is the one of the request before."""
        if self._mould is not None:
            like, mould = self._mould
            if request.headers is like.headers and request.url == like.url and request.method == like.method:
                return mould
        mould = httpx.Request(request.method, request.url, headers=request.headers, stream=httpx.ByteStream(b""))
        self._mould = request, mould
        return mould


class _Cast(httpx.Request):
    """A request with the method, the address and the headers of another: only its body is its own."""

    def __init__(self, mould: httpx.Request, body: bytes, extensions: dict[str, Any]) -> None:
        self.method, self.url, self.headers = mould.method, mould.url, mould.headers
        self.extensions = extensions
        self.stream = httpx.ByteStream(body)
        self._content = body


class HttpcoreTrace:
    """The evidence of httpcore, told by its `trace` extension."""

    __slots__ = ("last", "left")

    def __init__(self) -> None:
        self.last = ""
        self.left = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.last = event
        if event.startswith("http"):
            self.left = True

    def may_have_left(self, trouble: Exception) -> bool:
        """False when connecting failed, or no connection was ever assigned.

        An event of another name, or none at all, proves nothing; so a change in httpcore makes rows in doubt,
        never rows sent twice.
        """
        never_connected = self.last in _NEVER_LEFT or (not self.last and isinstance(trouble, httpx.PoolTimeout))
        return self.left or not never_connected


class OverlongAnswer(Exception):
    """The answer is larger than any the API gives."""


class WholeStream(httpx.AsyncByteStream):
    """The content of an answer that can be had in one piece, without a generator."""

    async def read_whole(self, most_bytes: int) -> bytes:
        """All of it. OverlongAnswer when it is more than so many bytes."""
        raise NotImplementedError


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.PoolTimeout, say("no connection became free")),
    (httpx.ConnectTimeout, say("connecting took too long")),
    (httpx.ConnectError, say("could not connect")),
    (httpx.TimeoutException, say("no answer within {seconds} s")),
    (TimeoutError, say("no answer within {seconds} s")),
    (httpx.RemoteProtocolError, say("the server closed the connection without a whole answer")),
    (httpx.DecodingError, say("the answer could not be unpacked")),
    (OverlongAnswer, say("the answer was larger than any the API gives")),
    (httpx.NetworkError, say("the connection broke before the answer came")),
)
"""First match counts."""


def _in_words(trouble: Exception, timeout_s: float) -> str:
    words = next((words for kind, words in _WORDS if isinstance(trouble, kind)), say("the connection failed"))
    reasons = [_reason(e) for e in _causes(trouble) if isinstance(e, OSError)]
    reason = next((r for r in reversed(reasons) if r), "")
    return words.format(seconds=f"{timeout_s:g}") + (f" ({reason})" if reason else "")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return say("its certificate is not trusted: {verify_message}", verify_message=error.verify_message)
    if error.errno is None or isinstance(error, ssl.SSLWantReadError):
        return ""
    if isinstance(error, ssl.SSLError):
        return say("it does not speak TLS as expected")
    return os.strerror(error.errno).lower() if error.errno > 0 else str(error.strerror).lower()


def _decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By their names in lower case; what is there twice is joined, as httpx does it."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {said}" if key in headers else said
    return headers


async def _read(response: httpx.Response, most_bytes: int, *, packed: bool) -> bytes:
    """The whole content, unpacked. However it ends, the connection is given back or closed."""
    if packed:
        async with aclosing(response.aiter_bytes()) as parts:
            return await _join(parts, most_bytes)
    stream = cast(httpx.AsyncByteStream, response.stream)
    try:  # as it came: the loops of httpx cost more than the network
        if isinstance(stream, WholeStream):
            return await stream.read_whole(most_bytes)
        return await _join(stream, most_bytes)
    finally:
        await stream.aclose()


async def _join(parts: AsyncIterable[bytes], most_bytes: int) -> bytes:
    read: list[bytes] = []
    left = most_bytes
    async for part in parts:
        read.append(part)
        left -= len(part)
        if left < 0:
            raise OverlongAnswer
    return read[0] if len(read) == 1 else b"".join(read)
