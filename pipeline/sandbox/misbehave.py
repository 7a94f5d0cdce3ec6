"""How each fault looks on the wire: ASGI responses that spoil a reply, or give none.

Cutting a connection needs the transport under the ASGI interface; `listener` puts it into the scope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.sandbox.exchange import Reply, error_body

TRANSPORT = "gigbulk.transport"
"""The scope extension that holds the connection's asyncio.Transport."""

STALL_S = 120.0
"""A stalled request is let go after this, should the client never leave."""

RETRY_AFTER_S = 1

LATER_S = 3600

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

_TOO_LARGE = b"<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>"
_LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"
_ELSEWHERE = "https://login.example/sign-in?next=/v2"


async def dropped(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without a byte."""
    _transport(scope).abort()
    await _gone(receive)


async def stalled(scope: Scope, receive: Receive, send: Send) -> None:
    """Say nothing until the client leaves or `STALL_S` has passed."""
    try:
        async with asyncio.timeout(STALL_S):
            await _gone(receive)
    except TimeoutError:
        await dropped(scope, receive, send)


def truncated(reply: Reply) -> ASGIApp:
    """Promise the whole body, send half of it and close."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        length = str(len(reply.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        half = reply.body[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()  # after what was written has left
        await _gone(receive)

    return app


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    return transport


async def _gone(receive: Receive) -> None:
    """Wait until the connection is lost, so that the server knows no answer is due."""
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass(frozen=True)
class Effect:
    """What a fault answers with, given the reply it spoils (None when the request was not handled)."""

    respond: Callable[[Reply | None], ASGIApp]
    status: int | None
    """The status the client sees, None for none: goes into the log of requests."""


def _json(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> ASGIApp:
    return Response(body, status, headers, media_type="application/json")


def _too_many(retry_after: str) -> ASGIApp:
    body = error_body("rate_limit_exceeded", "too many requests")
    return _json(429, body, {"Retry-After": retry_after})


def _http_date() -> str:
    # The form has whole seconds, so one more than in the other form: never a moment already past.
    return format_datetime(datetime.now(UTC) + timedelta(seconds=RETRY_AFTER_S + 1), usegmt=True)


_FALSE_SUCCESS = msgspec.json.encode(
    {"success": False, "message": "the record could not be stored", "error": "database_error"}
)
_BROKEN = error_body("internal_server_error", "something went wrong")

EFFECTS: Mapping[str, Effect] = {
    "drop": Effect(lambda reply: dropped, None),
    "stall": Effect(lambda reply: stalled, None),
    "error_500": Effect(lambda reply: _json(500, _BROKEN), 500),
    "html_502": Effect(lambda reply: Response(_HTML, 502, media_type="text/html"), 502),
    "html_413": Effect(lambda reply: Response(_TOO_LARGE, 413, media_type="text/html"), 413),
    "login_page": Effect(lambda reply: Response(_LOGIN, 200, media_type="text/html"), 200),
    "redirect": Effect(lambda reply: Response(b"", 302, {"Location": _ELSEWHERE}), 302),
    "429_later": Effect(lambda reply: _too_many(str(LATER_S)), 429),
    "429_seconds": Effect(lambda reply: _too_many(str(RETRY_AFTER_S)), 429),
    "429_date": Effect(lambda reply: _too_many(_http_date()), 429),
    "false_success": Effect(lambda reply: _json(200, _FALSE_SUCCESS), 200),
    "truncated": Effect(lambda reply: truncated(reply) if reply else dropped, 200),
    "bad_json": Effect(lambda reply: _json(200, reply.body[:-2] if reply else b"{"), 200),
}
