"""The HTTP server under the application: uvicorn on a socket of ours, with three small changes.

It says when it listens, it never waits long for its connections when it is told to stop, and it lets the
application reach the connection under a request, without which a dropped connection cannot be played.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from pipeline.sandbox.misbehave import TRANSPORT

GRACE_S = 0.2
"""Requests in progress when the server is told to stop have this long to end."""

KEEP_ALIVE_S = 75
"""Long, so that a client never loses a race for an idle connection that no fault asked for."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ReachableProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's protocol, with the transport in the scope of each request."""

    app: ASGIApp

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app = _with_transport(self.app, transport)


def _with_transport(app: ASGIApp, transport: asyncio.BaseTransport) -> ASGIApp:
    async def reachable(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {TRANSPORT: transport}
        await app(scope, receive, send)

    return reachable


class Listener(uvicorn.Server):
    """A uvicorn server that calls `ready` once it listens, and stops within `GRACE_S` and a little."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=ReachableProtocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(GRACE_S, self._cut_connections)
        await super().shutdown(sockets=sockets)

    def _cut_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM end the server and go no further. Only the main thread can catch them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that name their protocol; with it a reply takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A server started anew right after another died must get its port back at once.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise OSError(f"the sandbox cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listening
