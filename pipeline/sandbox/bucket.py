"""The rate limit: a token bucket with a small burst."""

from __future__ import annotations

import time
from collections.abc import Callable

BURST_S = 0.1
"""The bucket holds what comes in a tenth of a second: enough for jitter, too little to hide a client that hurries."""


class TokenBucket:
    """`rate` tokens per second, read on a monotonic clock in seconds."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._capacity = max(1.0, rate * BURST_S)
        self._tokens = self._capacity
        self._clock = clock
        self._filled_at = clock()

    def take(self) -> float:
        """Take one token: 0 when there was one, else the seconds until there will be."""
        now = self._clock()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate
