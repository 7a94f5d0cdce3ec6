"""A monitoring service as a witness: a real HTTP server on loopback that keeps what it was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Witness(ThreadingHTTPServer):
    """Answers 200, or the statuses of `answers` first. `asked` holds (method, path with query), `posted` bodies."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.posted: list[bytes] = []
        self.answers: list[int] = []
        self.silent = threading.Event()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Witness

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        if self.server.silent.is_set():
            threading.Event().wait(3)
            return
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.server.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def witness() -> Iterator[Witness]:
    with Witness() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
