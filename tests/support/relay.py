"""What stands between the command and the pretend API, and keeps every body that goes by."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx2 as httpx


class Written(NamedTuple):
    """One request that writes: method, path with its query, body."""

    method: str
    path: str
    body: dict[str, Any]


class Relay(ThreadingHTTPServer):
    """`written` holds what was written, in the order it came; `refused` is answered 422 instead, by method and path;
    `answers` are given in place of the API's own: status and body, by method and path."""

    daemon_threads = True

    def __init__(self, origin: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.beyond = httpx.Client(base_url=origin, timeout=10)
        self.written: list[Written] = []
        self.refused: set[tuple[str, str]] = set()
        self.answers: dict[tuple[str, str], tuple[int, str]] = {}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Relay
    protocol_version = "HTTP/1.1"

    def _relay(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.command != "GET":
            self.server.written.append(Written(self.command, self.path, json.loads(content or b"{}")))
        if (self.command, self.path) in self.server.refused:
            body = {"success": False, "error": {"code": "operation_not_allowed", "message": "it is in use"}}
            self._give(422, {"content-type": "application/json"}, json.dumps(body).encode())
            return
        if (self.command, self.path) in self.server.answers:
            status, said = self.server.answers[self.command, self.path]
            kind = "text/html" if said.startswith("<") else "application/json"
            self._give(status, {"content-type": kind, "location": "https://elsewhere.example/"}, said.encode())
            return
        names = ("authorization", "content-type")
        sent = {name: self.headers[name] for name in names if name in self.headers}
        answer = self.server.beyond.request(self.command, self.path, content=content, headers=sent)
        names = ("content-type", "retry-after")
        self._give(answer.status_code, {n: answer.headers[n] for n in names if n in answer.headers}, answer.content)

    def _give(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _relay

    def log_message(self, format: str, *args: Any) -> None:
        """It is quiet."""


@contextmanager
def open_relay(origin: str) -> Iterator[Relay]:
    """A relay to that server while the block runs."""
    relay = Relay(origin)
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()
        relay.beyond.close()
