"""Who asks slowly: the page waits for a bad line, and holds no connection for somebody who sends a byte a minute."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pipeline.web.serving import patience
from pipeline.web.serving.patience import PatientBodies, PatientProtocol

PATIENCE_S = 0.4


async def count(request: Request) -> Response:
    try:
        return PlainTextResponse(f"{len(await request.body())} bytes")
    except ClientDisconnect:
        return PlainTextResponse("broken off", 400)


async def refuse(request: Request) -> Response:
    return PlainTextResponse("never", 403)


async def think(request: Request) -> Response:
    await asyncio.sleep(PATIENCE_S * 4)
    return PlainTextResponse("thought")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(patience, "_PATIENCE_S", PATIENCE_S)
    app = Starlette(
        routes=[
            Route("/count", count, methods=["POST"]),
            Route("/refuse", refuse, methods=["POST"]),
            Route("/think", think),
        ]
    )
    with serving(app) as port:
        yield port


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    bound = socket.create_server(("127.0.0.1", 0))
    patient = PatientBodies(app, first_s=PATIENCE_S)
    config = uvicorn.Config(patient, http=PatientProtocol, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def listen(raw: socket.socket) -> bytes:
    """What comes until the other side closes."""
    raw.settimeout(PATIENCE_S * 20)
    heard = b""
    try:
        while part := raw.recv(4096):
            heard += part
    except ConnectionResetError:
        pass
    return heard


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-"])
def test_a_head_that_never_ends_is_hung_up_on(port: int, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(begun)
        assert listen(raw) == b""


def test_a_body_that_has_stopped_is_told_as_broken_off_and_hung_up_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        heard = listen(raw)
    assert b" 400 " in heard and heard.endswith(b"broken off")


def test_a_body_that_drips_is_hung_up_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < PATIENCE_S * 10:
                raw.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - begun < PATIENCE_S * 8


def test_a_slow_line_that_goes_on_is_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n")
        for _ in range(20):
            raw.sendall(b"x" * 1000)
            time.sleep(PATIENCE_S / 5)
        assert listen(raw).endswith(b"20000 bytes")


def test_who_is_refused_and_sends_on_is_hung_up_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
        assert b" 403 " in listen(raw)


def test_who_has_asked_is_answered_however_long_it_takes(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"GET /think HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert listen(raw).endswith(b"thought")


def test_a_browser_that_keeps_its_connection_and_asks_now_and_then_keeps_it(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        for _ in range(6):
            raw.sendall(b"POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            heard = b""
            while not heard.endswith(b"3 bytes"):
                part = raw.recv(4096)
                assert part
                heard += part
            time.sleep(PATIENCE_S / 2)
