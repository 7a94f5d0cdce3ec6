"""Transports by name: what moves the bytes, and knows whether they left."""

from collections.abc import Mapping
from typing import Protocol

from pipeline.api.transport.spec import KEEPALIVE_S, NotReceived, Received, Request, Transport

__all__ = ["TRANSPORTS", "NotReceived", "Received", "Request", "Transport", "open_transport"]


class Opener(Protocol):
    """Makes a transport; it is opened by `async with`."""

    def __call__(self, connections: int, *, idle_s: float = ...) -> Transport: ...


def _open_aiohttp(connections: int, *, idle_s: float = KEEPALIVE_S) -> Transport:
    from pipeline.api.transport.aiohttp import open_aiohttp  # late: a tenth of a second that a check need not wait

    return open_aiohttp(connections, idle_s=idle_s)


def _open_httpx(connections: int, *, idle_s: float = KEEPALIVE_S) -> Transport:
    from pipeline.api.transport.httpx import open_httpx

    return open_httpx(connections, idle_s=idle_s)


TRANSPORTS: Mapping[str, Opener] = {
    "aiohttp": _open_aiohttp,
    "httpx": _open_httpx,
}


def open_transport(connections: int, *, name: str = "aiohttp", idle_s: float = KEEPALIVE_S) -> Transport:
    """At most so many connections to a server, each given up when it was idle for `idle_s`. KeyError for a name that
    stands for none."""
    return TRANSPORTS[name](connections, idle_s=idle_s)
