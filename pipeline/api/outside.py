"""Calls to services that watch a job: the address is a secret, an answer is not read, and no failure fails the job."""

import threading
from functools import partial

import httpx2 as httpx

from pipeline.api.address import is_loopback
from pipeline.api.transport.trust import build_trust
from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.version import __version__

__all__ = ["ATTEMPTS", "OUTSIDE_PATIENCE_S", "parse_outside_address", "send_outside"]

TIMEOUT_S = 4.0
"""Longest wait for each step of one attempt; what is not answered by then says nothing new later."""

ATTEMPTS = 2
"""What is lost is a false alarm at night; one more try loses few."""

OUTSIDE_PATIENCE_S = 10.0
"""Longest a job waits for one call in all, names that do not resolve and answers that trickle included."""

_HEADERS = {"User-Agent": f"gigbulk/{__version__}"}
_ADVICE = say("Give the address your monitoring shows, as https://host/id.")


def parse_outside_address(address: str, what: str) -> httpx.URL:
    """ConfigError, without the address, when it is none or would show itself to the network (plain http); `what` (ping,
    alert) is what goes there."""
    try:
        url = httpx.URL(address.strip())
    except httpx.InvalidURL as wrong:
        raise ConfigError(say("The {what} URL is not a URL.", what=what), _ADVICE) from wrong
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.fragment:
        raise ConfigError(say("The {what} URL is not a plain http(s) address.", what=what), _ADVICE)
    if url.scheme == "http" and not is_loopback(url.host):
        told = say("The {what} URL goes to {host} without encryption.", what=what, host=url.host)
        raise ConfigError(told, _ADVICE)
    return url


def send_outside(url: httpx.URL, patience_s: float, content: bytes | None = None) -> str:
    """GET, or POST of JSON; why it failed, empty when it arrived.

    In a thread of its own: it may be left behind, and no event loop of the caller is in its way.
    """
    reasons: list[str] = [say("no answer in time")]
    trust = build_trust()
    method = "GET" if content is None else "POST"
    headers = _HEADERS if content is None else {**_HEADERS, "Content-Type": "application/json"}
    build = partial(httpx.Request, method, url, headers=headers, content=content)

    def ask() -> None:
        with httpx.HTTPTransport(verify=trust, trust_env=False, retries=0) as transport:
            for _ in range(ATTEMPTS):
                reason = _ask(transport, build)
                reasons.append(reason)
                if not reason:
                    return

    thread = threading.Thread(target=ask, name="gigbulk-outside", daemon=True)
    thread.start()
    thread.join(patience_s)
    return reasons[-1]


def _ask(transport: httpx.HTTPTransport, build: "partial[httpx.Request]") -> str:
    """Why it failed; empty when it arrived."""
    timeouts = dict.fromkeys(("connect", "pool", "read", "write"), TIMEOUT_S)
    try:
        response = transport.handle_request(build(extensions={"timeout": timeouts}))
        response.close()
    except (httpx.HTTPError, OSError, ValueError) as error:  # ValueError: a host name that IDNA or a socket refuses
        return type(error).__name__
    return "" if response.is_success else say("answered {status_code}", status_code=response.status_code)
