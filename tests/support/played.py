"""A running sandbox as the tests see it: the server, a plain HTTP client, and the server's own record."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from pipeline.sandbox import EmbeddedSandbox, Options

KEY = "opaque-key"


@dataclass
class Played:
    """A running sandbox: `api` is a client with a good key, `origin` is where the inspection endpoints are."""

    server: EmbeddedSandbox
    api: httpx.Client

    @property
    def origin(self) -> str:
        return self.server.origin

    def inspect(self, what: str) -> Any:
        return self.api.get(f"{self.origin}/_sandbox/{what}").json()

    def stored(self, resource: str = "payments") -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.inspect(f"records?resource={resource}")
        return records

    def misbehave(self, **faults: float) -> None:
        """Change the faults of the running server."""
        reply = self.api.post(f"{self.origin}/_sandbox/faults", json=faults)
        assert reply.status_code == 200, reply.text

    def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = self.api.post(path, json=body)
        assert reply.status_code == 200, reply.text
        data: dict[str, Any] = reply.json()["data"]
        return data

    def raw(self, request: bytes, timeout_s: float = 5) -> bytes:
        """Everything the server sends on a socket of its own until it closes the connection."""
        port = int(self.origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
            connection.sendall(request)
            received = b""
            try:
                while chunk := connection.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
            return received


@contextmanager
def playing(**options: Any) -> Iterator[Played]:
    """A sandbox with these options while the context is open."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        EmbeddedSandbox(Options(**options)) as server,
        httpx.Client(base_url=server.base_url, headers=headers, timeout=10) as api,
    ):
        yield Played(server, api)


Play = Callable[..., Played]
Build = Callable[..., dict[str, Any]]
