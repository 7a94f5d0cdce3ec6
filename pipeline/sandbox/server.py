"""Running a sandbox: beside the caller in a thread, or as the caller's own work until a signal ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline.sandbox.options import Options

if TYPE_CHECKING:
    import socket

    from starlette.applications import Starlette

    from pipeline.sandbox.listener import Listener

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10


class EmbeddedSandbox:
    """A sandbox in a daemon thread, listening while the context is open. It installs no signal handler.

    Raises OSError when the port or the data file cannot be used, ValueError for rows it cannot make.
    """

    origin: str
    """Scheme, host and port; `/_sandbox/...` is below it."""
    base_url: str
    """What a client of the API is given: the origin and `/v2`."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    def __enter__(self) -> Self:
        listening = threading.Event()
        self._app, self._socket, self._listener = _assemble(self.options, listening.set)
        self.origin = _origin(self.options, self._socket)
        self.base_url = f"{self.origin}/v2"
        self._thread = threading.Thread(target=self._run, name="gigbulk-sandbox", daemon=True)
        self._thread.start()
        if not listening.wait(START_TIMEOUT_S):
            raise OSError(f"the sandbox did not start within {START_TIMEOUT_S} s")
        return self

    def _run(self) -> None:
        try:
            self._listener.run(sockets=[self._socket])
        finally:
            self._app.state.api.store.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.should_exit = True
        self._thread.join(STOP_TIMEOUT_S)


def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then return. Calls `ready` with the base URL once it listens; prints nothing.

    Raises OSError when the port or the data file cannot be used, ValueError for rows it cannot make.
    """
    app, listening, listener = _assemble(options, lambda: ready(f"{_origin(options, listening)}/v2"))
    try:
        listener.run(sockets=[listening])
    finally:
        app.state.api.store.close()


def _assemble(options: Options, ready: Callable[[], None]) -> tuple[Starlette, socket.socket, Listener]:
    from pipeline.sandbox.app import create_app
    from pipeline.sandbox.listener import Listener, bind

    listening = bind(options.host, options.port)
    try:
        app = create_app(options)
    except BaseException:
        listening.close()
        raise
    return app, listening, Listener(app, ready)


def _origin(options: Options, listening: socket.socket) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{listening.getsockname()[1]}"
