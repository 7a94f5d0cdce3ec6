"""One process with the page: its socket and its address."""

import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from pipeline.errors import ConfigError
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.web.app import build_app
from pipeline.web.serving.patience import PatientBodies, PatientProtocol
from pipeline.web.site import Site

__all__ = ["open_socket", "serve_page"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any free one. ConfigError when it is taken or not of this machine."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        raise ConfigError(
            say("The page cannot listen at {host}:{port}: {cause}.", host=host, port=port, cause=os_cause(error)),
            say("Name another --port, or leave it out for a free one."),
        ) from error
    return bound


def serve_page(site: Site, bound: socket.socket, tell: Callable[[str], None], *, browser: bool) -> None:
    """Serve until the process is interrupted. `tell` is given the address, once somebody would be answered there."""
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}/" + (
        f"open?token={site.access.token}" if site.access.proxy_secret is None else ""
    )
    bound.listen(64)
    tell(address)
    if browser:
        webbrowser.open(address)
    config = uvicorn.Config(
        PatientBodies(build_app(site)),
        http=PatientProtocol,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[bound])
