"""What every transport does: carry one request, once, and say how far it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import msgspec

__all__ = ["KEEPALIVE_S", "NotReceived", "Received", "Request", "Transport"]

KEEPALIVE_S = 1.5
"""An idle connection is given up after this. It is less than what servers wait before they close one (2 s and more),
so that a request is not sent into a closing connection, where it would be in doubt."""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request. `url` is whole and encoded, `body` is sent as it is.

    `timeout_s` bounds it from the first step to the last byte, `connect_s` (less than that) the wait for a connection
    and for a free place among the connections. An answer of more than `most_bytes`, unpacked, is none.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout_s: float
    connect_s: float
    most_bytes: int

    def __repr__(self) -> str:
        return f"Request({self.method}, {self.url})"


class Received(msgspec.Struct, frozen=True):
    """A whole answer. Names of `headers` are asked for in lower case; `content` is unpacked."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class NotReceived:
    """No whole answer came. `sent` is False only on positive evidence that no byte of the request left; a transport
    that cannot tell says True, which is safe and slow.

    `cause` is in plain words, without headers and without the URL. `hopeless`: the server's certificate is not trusted.
    `timed_out`: the time for the whole request was over.
    """

    sent: bool
    cause: str
    hopeless: bool = False
    timed_out: bool = False


class Transport(Protocol):
    """Connections to one server, at most `connections` of them. An async context manager.

    Certificates are verified (pipeline.api.transport.trust), proxies and other settings of the environment ignored,
    redirects and errors answered as they are. A request is sent once: never again by itself, not even on a new
    connection. No log holds a URL or a header. Trouble with the network is an answer, not an exception; a `send` that
    is cancelled leaves the others be.
    `tests/conformance/test_transport.py` holds every transport to this.
    """

    @property
    def connections(self) -> int: ...

    async def send(self, request: Request) -> Received | NotReceived: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
