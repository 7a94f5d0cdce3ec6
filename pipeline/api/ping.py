"""Healthchecks-style pings: a service that notices when a job did not start, did not end, or failed.

GET `URL/start`, then `URL` when the job ended with exit code 0 and `URL/fail?exit_code=N` when not: the addresses
healthchecks and its likes share. Whoever knows the URL can ping it, so it is a secret: nothing here shows more of it
than its host.
"""

import threading
from dataclasses import dataclass, field
from typing import Self

import httpx2 as httpx

from pipeline.api.address import is_loopback
from pipeline.api.transport.trust import build_trust
from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.version import __version__

__all__ = ["Ping"]

TIMEOUT_S = 4.0
"""Longest wait for each step of one attempt; a ping that is not answered by then says nothing new later."""

ATTEMPTS = 2
"""A lost ping is a false alarm at night; one more try loses few."""

PING_PATIENCE_S = 10.0
"""Longest a job waits for one ping in all, names that do not resolve and answers that trickle included."""

_HEADERS = {"User-Agent": f"gigbulk/{__version__}"}
_ADVICE = say("Give the address your monitoring shows, as https://host/id.")


@dataclass(frozen=True, slots=True)
class Ping:
    """Where to ping. Every call gives None, or the sentence to warn with: a ping never fails the job."""

    url: httpx.URL = field(repr=False)
    patience_s: float = PING_PATIENCE_S

    @classmethod
    def at(cls, address: str) -> Self:
        """ConfigError, without the address, when it is none or would show itself to the network (plain http)."""
        try:
            url = httpx.URL(address.strip())
        except httpx.InvalidURL as wrong:
            raise ConfigError(say("The ping URL is not a URL."), _ADVICE) from wrong
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.fragment:
            raise ConfigError(say("The ping URL is not a plain http(s) address."), _ADVICE)
        if url.scheme == "http" and not is_loopback(url.host):
            raise ConfigError(say("The ping URL goes to {host} without encryption.", host=url.host), _ADVICE)
        return cls(url)

    def started(self) -> str | None:
        """Say that the job begins."""
        return self._get(self._below("start"))

    def ended(self, exit_code: int) -> str | None:
        """Say how the job ended."""
        if exit_code == 0:
            return self._get(self.url)
        return self._get(self._below("fail").copy_merge_params({"exit_code": str(exit_code)}))

    def _below(self, name: str) -> httpx.URL:
        return self.url.copy_with(path=f"{self.url.path.rstrip('/')}/{name}")

    def _get(self, url: httpx.URL) -> str | None:
        """Ask in a thread of its own: it may be left behind, and no event loop of the caller is in its way."""
        reasons: list[str] = [say("no answer in time")]

        trust = build_trust()

        def ask() -> None:
            with httpx.HTTPTransport(verify=trust, trust_env=False, retries=0) as transport:
                for _ in range(ATTEMPTS):
                    reason = _asked(transport, url)
                    reasons.append(reason)
                    if not reason:
                        return

        thread = threading.Thread(target=ask, name="gigbulk-ping", daemon=True)
        thread.start()
        thread.join(self.patience_s)
        return (
            say("A ping to {host} failed ({reason}); the job is not affected.", host=url.host, reason=reasons[-1])
            if reasons[-1]
            else None
        )


def _asked(transport: httpx.HTTPTransport, url: httpx.URL) -> str:
    """Why the ping failed; empty when it arrived."""
    timeouts = dict.fromkeys(("connect", "pool", "read", "write"), TIMEOUT_S)
    request = httpx.Request("GET", url, headers=_HEADERS, extensions={"timeout": timeouts})
    try:
        response = transport.handle_request(request)
        response.close()
    except (httpx.HTTPError, OSError, ValueError) as error:  # ValueError: a host name that IDNA or a socket refuses
        return type(error).__name__
    return "" if response.is_success else say("answered {status_code}", status_code=response.status_code)
