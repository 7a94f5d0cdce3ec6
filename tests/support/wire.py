"""Small real servers that talk (and misbehave) on the level of bytes, and the client that meets them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pipeline.api.client import Client
from pipeline.api.transport import open_transport
from schemas.dialects import dialect

KEY = "sk_live_the-secret-of-the-house"
DIALECT = dialect("2025-06")

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def a_client(base_url: str, connections: int = 4, **options: Any) -> Client:
    options = {"key": KEY, "timeout_s": 5.0, **options}
    return Client(options.pop("dialect", DIALECT), open_transport(connections), base_url=base_url, **options)


@asynccontextmanager
async def serving(talk: Talk, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[str]:
    """A server on loopback (0: on a free port) that talks so on each connection; gives its base URL."""
    talking: set[asyncio.Task[None] | None] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client left, as many of these tests make it
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", port, ssl=tls)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v2"
    for task in talking:
        if task is not None:
            task.cancel()
    await asyncio.gather(*filter(None, talking), return_exceptions=True)


async def a_request(reader: asyncio.StreamReader) -> bytes:
    """One whole request, headers and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    return head + await reader.readexactly(int(lines.get(b"content-length", b"0")))


def an_answer(body: Any = None, status: int = 200, **headers: str) -> bytes:
    """An HTTP answer with a JSON body (or the given bytes); `retry_after="1"` is the header Retry-After."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"content-type": "application/json", "content-length": str(len(content))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + content


CREATED = {"data": {"id": "p_1"}, "message": "ok"}


def answering(*answers: bytes) -> tuple[Talk, list[bytes]]:
    """A server that gives these answers in turn (the last one for ever), and the requests it has read."""
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            received.append(await a_request(reader))
            writer.write(answers[min(len(received), len(answers)) - 1])
            await writer.drain()

    return talk, received
