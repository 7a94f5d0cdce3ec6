"""A line to a server that can be cut: at once, when certain bytes come back, or so that neither end notices."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType


class LossyLine:
    """A TCP proxy to a port of this machine. `port` is its own."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._lost: bytes | None = None
        self._open = threading.Event()
        self._open.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> LossyLine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def lose(self, answer: bytes) -> None:
        """Cut the line in place of the next piece that holds `answer`: what it answers was done, and nobody is told."""
        self._lost = answer

    def cut(self) -> None:
        """End every connection; new ones are taken."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def swallow(self) -> None:
        """From now on nothing comes through, and neither end is told; until `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                return
            self._pairs.append((client, server))
            both = threading.Barrier(2)
            for ends in ((client, server, False), (server, client, True)):
                self._threads.append(threading.Thread(target=self._carry, args=(*ends, both), daemon=True))
                self._threads[-1].start()

    def _carry(self, come: socket.socket, go: socket.socket, answers: bool, both: threading.Barrier) -> None:
        with contextlib.suppress(OSError):
            while piece := come.recv(65536):
                self._open.wait()
                if answers and self._lost is not None and self._lost in piece:
                    self._lost = None
                    break
                go.sendall(piece)
        for end in (come, go):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        both.wait()  # neither closes what the other one still uses
        come.close()
