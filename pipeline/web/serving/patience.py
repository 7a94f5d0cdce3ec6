"""How long the page waits for whoever asks: somebody who sends a byte a minute shall not hold a connection for ever.

The head of a request has some seconds in all. Its body has those too, and as long again as a slow line needs for what
has come: an upload over a bad connection goes on, one that has stopped does not.
"""

import asyncio
from asyncio import TimerHandle

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["PatientBodies", "PatientProtocol"]

_PATIENCE_S = 20.0
"""Seconds for the head of a request, up to twice so many, and for the first of its body."""
_SLOWEST_BYTES_S = 4 << 10
"""Bytes a second that a body has at least, over the whole of it."""


class PatientProtocol(H11Protocol):
    """uvicorn's own, which waits for ever: for the head of a request, and for the rest of a body that was answered."""

    _next_look: TimerHandle
    _seen: tuple[str, int] = "", 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._next_look = self.loop.call_later(_PATIENCE_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._next_look.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close what waits for the same as at the last look. Between two requests uvicorn's own patience is shorter."""
        before, self._seen = self._seen, (self._awaited(), id(self.cycle))
        if self._seen[0] and self._seen == before:
            self.transport.close()
        else:
            self._next_look = self.loop.call_later(_PATIENCE_S, self._look)

    def _awaited(self) -> str:
        theirs, ours = self.conn.their_state.__name__, self.conn.our_state.__name__  # sentinels of h11
        if theirs == ours == "IDLE":
            return "a head"
        return "the rest" if theirs == "SEND_BODY" and ours in ("DONE", "MUST_CLOSE") else ""


class PatientBodies:
    """ASGI middleware: a body that comes too slowly is told as one that has broken off, and its connection closed."""

    def __init__(self, app: ASGIApp, first_s: float = _PATIENCE_S) -> None:
        self._app, self._first_s = app, first_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, read, whole, slow = asyncio.get_running_loop().time(), 0, False, False

        async def receive_soon() -> Message:
            nonlocal read, whole, slow
            if whole:  # what comes now says only that nobody is there any more, whenever that may be
                return await receive()
            try:
                async with asyncio.timeout_at(begun + self._first_s + read / _SLOWEST_BYTES_S):
                    message = await receive()
            except TimeoutError:
                slow = True
                return {"type": "http.disconnect"}
            read += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            return message

        async def send_closing(message: Message) -> None:
            if slow and message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive_soon, send_closing)
