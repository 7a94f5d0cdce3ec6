"""How long requests took, second by second: counted in steps, so that a million of them are a few thousand rows.

A step is an eighth of a doubling: what is read back is within 4.4 % of what was measured.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from pipeline.journal.rows import LatencyRow

__all__ = ["Latencies", "find_quantile"]

_STEPS_A_DOUBLING = 8

FLUSH_S = 10
"""Seconds of counts a killed process may lose. They are told to people; nothing is decided by them."""


class Latencies:
    """Counts of requests that were answered, or not in time, until `take` hands them on. `now` is the wall clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._counts: dict[tuple[int, int], int] = {}
        self._first = 0
        self.due = False

    def note(self, seconds: float) -> None:
        """Count one round trip. One of 0 seconds was cut off and tells nothing."""
        if seconds <= 0:
            return
        second = int(self._now().timestamp())
        slot = second, round(math.log2(seconds) * _STEPS_A_DOUBLING)
        if not self._counts:
            self._first = second
        self._counts[slot] = self._counts.get(slot, 0) + 1
        self.due = second - self._first >= FLUSH_S

    def take(self) -> list[LatencyRow]:
        """What was counted since the last time, by second."""
        counts, self._counts, self.due = self._counts, {}, False
        return [LatencyRow(second, step, count) for (second, step), count in counts.items()]


def find_quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Seconds within which that share of the requests took, by nearest rank; `counts` are by step. None of none."""
    rank = math.ceil(share * sum(counts.values()))
    for step in sorted(counts):
        rank -= counts[step]
        if rank <= 0:
            return float(2 ** (step / _STEPS_A_DOUBLING))
    return None
