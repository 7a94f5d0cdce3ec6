"""Healthchecks-style pings: a service that notices when a job did not start, did not end, or failed.

GET `URL/start`, then `URL` when the job ended with exit code 0 and `URL/fail?exit_code=N` when not: the addresses
healthchecks and its likes share. Whoever knows the URL can ping it, so it is a secret: nothing here shows more of it
than its host.
"""

from dataclasses import dataclass, field
from typing import Self

import httpx2 as httpx

from pipeline.api.outside import OUTSIDE_PATIENCE_S, parse_outside_address, send_outside
from pipeline.language.say import say

__all__ = ["Ping"]


@dataclass(frozen=True, slots=True)
class Ping:
    """Where to ping. Every call gives None, or the sentence to warn with: a ping never fails the job."""

    url: httpx.URL = field(repr=False)
    patience_s: float = OUTSIDE_PATIENCE_S

    @classmethod
    def at(cls, address: str) -> Self:
        """ConfigError, without the address, when it is none or would show itself to the network (plain http)."""
        return cls(parse_outside_address(address, "ping"))

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
        reason = send_outside(url, self.patience_s)
        if not reason:
            return None
        return say("A ping to {host} failed ({reason}); the job is not affected.", host=url.host, reason=reason)
