"""The only door to the network: one request, one attempt, an answer or the reason why there is none."""

import asyncio
import logging
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import httpx2 as httpx

from pipeline.api.address import authorization_header, check_base_address
from pipeline.api.reply import NoReply, Reply, read_retry_after
from pipeline.version import __version__
from schemas.dialects.spec import Dialect

__all__ = ["Client", "NoReply", "Reply"]

IDLE_S = 1.5
"""An idle connection is given up after this. It is less than what servers wait before they close one (2 s and more),
so that a request is not sent into a closing connection, where it would be in doubt."""

CONNECT_S = 10.0
"""Longest wait for a connection, and for a free place in the pool. Both prove that nothing left: giving up is cheap."""

LARGEST_PAGE, LARGEST_ANSWER = 64 * 2**20, 8 * 2**20
"""Bytes of an answer to a GET and to anything else, unpacked. A page of 100 rows has a few MB at most, a created record
a few KB; a server gone mad does not fill the memory."""

_KEY_CHARS = 8
"""A shorter key (of a sandbox) is no secret, and may be a word that stands in answers for good reason."""

_NEVER_LEFT = frozenset({"connection.connect_tcp.failed", "connection.start_tls.failed"})
"""Events of httpcore after which a request cannot have left: its connection never came to be."""

_url = lru_cache(maxsize=256)(httpx.URL)


class Client:
    """Sends requests in one dialect over one pool of connections. An async context manager.

    Certificates are verified, proxies and other settings of the environment ignored, redirects answered as they are.
    The key is in one header and nowhere else. `timeout_s` bounds one attempt from the first step to the last byte.
    `now` is the wall clock, for answers that ask to wait until a date. ConfigError for a base URL or a key that
    cannot be used.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        base_url: str,
        key: str,
        connections: int,
        timeout_s: float = 30.0,
        user_agent: str = f"gigbulk/{__version__}",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.dialect = dialect
        self.connections = connections
        self._base = check_base_address(base_url)
        self._headers = httpx.Headers(
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
        connect_s = min(CONNECT_S, timeout_s / 2)  # less than the whole, so that it is told apart
        self._timeouts = {"connect": connect_s, "pool": connect_s, "read": timeout_s, "write": timeout_s}
        self._now = now
        for library in ("httpx2", "httpcore2"):  # one line per request, with names and e-mails in the query
            logging.getLogger(library).setLevel(logging.WARNING)
        self._transport = httpx.AsyncHTTPTransport(
            trust_env=False,
            retries=0,
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=IDLE_S
            ),
        )

    def __repr__(self) -> str:
        return f"Client({self.dialect.name}, {self._base})"

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
        url = _url(self._base + path)
        way = _Way()
        request = httpx.Request(
            method,
            url.copy_merge_params(query) if query else url,
            headers=self._headers,
            content=body,
            extensions={"timeout": self._timeouts, "trace": way},
        )
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._transport.handle_async_request(request)
                content = await _read(response, LARGEST_PAGE if method == "GET" else LARGEST_ANSWER)
        except (httpx.HTTPError, OSError, _TooLarge) as trouble:
            return NoReply(
                sent=way.may_have_left(trouble),
                cause=self._in_words(trouble),
                seconds=time.perf_counter() - started,
                hopeless=any(isinstance(e, ssl.SSLCertVerificationError) for e in _causes(trouble)),
            )
        headers = response.headers
        return Reply(
            status=response.status_code,
            content=self._without_key(content) if method == "GET" or response.status_code >= 300 else content,
            content_type=headers.get("content-type", ""),
            retry_after_s=read_retry_after(headers.get("retry-after"), headers.get("date"), self._now),
            seconds=time.perf_counter() - started,
            elsewhere=_host_in(headers.get("location")),
        )

    def _without_key(self, content: bytes) -> bytes:
        """An error or a list that echoes the key does not carry it further."""
        return content.replace(self._secret, b"***") if len(self._secret) >= _KEY_CHARS else content

    def _in_words(self, trouble: Exception) -> str:
        words = next((words for kind, words in _WORDS if isinstance(trouble, kind)), "the connection failed")
        reasons = [_reason(e) for e in _causes(trouble) if isinstance(e, OSError)]
        reason = next((r for r in reversed(reasons) if r), "")
        return words.format(seconds=f"{self._timeout_s:g}") + (f" ({reason})" if reason else "")


def _host_in(location: str | None) -> str | None:
    """The host of an address, with its port if it names one."""
    try:
        url = httpx.URL(location or "")
    except httpx.InvalidURL:
        return None
    return url.netloc.decode("ascii", "replace").rpartition("@")[2] or None


class _Way:
    """How far a request came, told by httpcore's `trace` extension."""

    __slots__ = ("last", "left")

    def __init__(self) -> None:
        self.last = ""
        self.left = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self.last = event
        if event.startswith("http"):
            self.left = True

    def may_have_left(self, trouble: Exception) -> bool:
        """False only on evidence: connecting failed, or no connection was ever assigned.

        An event of another name, or none at all, proves nothing; so a change in httpcore makes rows in doubt,
        never rows sent twice.
        """
        never_connected = self.last in _NEVER_LEFT or (not self.last and isinstance(trouble, httpx.PoolTimeout))
        return self.left or not never_connected


class _TooLarge(Exception):
    """The answer is larger than any the API gives."""


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.PoolTimeout, "no connection became free"),
    (httpx.ConnectTimeout, "connecting took too long"),
    (httpx.ConnectError, "could not connect"),
    (httpx.TimeoutException, "no answer within {seconds} s"),
    (TimeoutError, "no answer within {seconds} s"),
    (httpx.RemoteProtocolError, "the server closed the connection without a whole answer"),
    (httpx.DecodingError, "the answer could not be unpacked"),
    (_TooLarge, "the answer was larger than any the API gives"),
    (httpx.NetworkError, "the connection broke before the answer came"),
)
"""First match counts."""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if error.errno is None or isinstance(error, ssl.SSLWantReadError):
        return ""
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as expected"
    return os.strerror(error.errno).lower() if error.errno > 0 else str(error.strerror).lower()


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    """The whole content, unpacked. However it ends, the connection is given back or closed."""
    parts = []
    size = 0
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            size += len(chunk)
            if size > most_bytes:
                raise _TooLarge
            parts.append(chunk)
    return b"".join(parts)
