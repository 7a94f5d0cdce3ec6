"""How many requests may be in flight: AIMD on round-trip time and trouble (the first of the two controllers).

Add one when every slot was in use and replies came as fast as usual; multiply by `SHRINK` when the server pushed back,
failed, or became slow. The design is vector's adaptive concurrency; what differs, and why, is in
docs/adr/0006-two-controllers-the-lower-wins.md. Nothing here reads a clock: callers say when things happened, in the
seconds of one monotonic clock.
"""

import math

SHRINK = 0.9
"""What trouble leaves of the limit. It may shrink again one round trip later, so a server in real difficulty is down to
1 after some forty round trips. ADR 0006 has the simulated comparison with 0.5."""

STRAY, SHARE_SMOOTHING = 0.1, 0.02
"""Share of the newest replies, some fifty, that may be failures before one of them is held against the server: a server
that answers three of a hundred with an error is no faster for having less to do. An outage is past it by its sixth."""

SMOOTHING = 0.2
"""Weight of the newest round trip in the moving average. Smaller remembers longer and follows a change later."""

TOLERANCE = 2.5
"""Deviations above the average from which a round trip is slow. Smaller sees a queue sooner, and noise as a queue."""

STEADY = 0.05
"""Least deviation assumed, as a share of the average, so that a very regular server is not thought slow for a hair."""

QUEUEING, LONG_SMOOTHING, FIRST_TRIPS = 1.3, 0.05, 5
"""Times the best latency from which the limit no longer grows: the moving average alone walks up with the queue that it
measures. Both sides of the comparison are a slower average, trusted after so many round trips: the best of something
noisy is only its luckiest moment."""

FORGET = 0.002
"""Share by which the best latency nears the present one per round trip, so that a server grown slower is accepted."""


class Concurrency:
    """Slots for requests in flight, as many as the server bears. `limit` is a float, so that small steps add up."""

    __slots__ = (
        "_average",
        "_best",
        "_count",
        "_deviation",
        "_failing",
        "_full",
        "_long_average",
        "_sum",
        "_trip_from",
        "_trips",
        "ceiling",
        "in_flight",
        "limit",
    )

    def __init__(self, *, start: int, ceiling: int) -> None:
        if not 1 <= start <= ceiling:
            raise ValueError(f"concurrency must start between 1 and its ceiling {ceiling}, not at {start}")
        self.ceiling = ceiling
        self.limit = float(start)
        self.in_flight = 0
        self._average = self._deviation = self._long_average = 0.0
        self._trips = 0
        self._failing = 0.0
        self._best = math.inf
        self._new_round_trip(-math.inf)

    @property
    def has_room(self) -> bool:
        return self.in_flight < int(self.limit)

    def enter(self) -> None:
        """Take a slot; to be called only when there is room."""
        self.in_flight += 1
        if self.in_flight >= int(self.limit):
            self._full = True

    def leave(self) -> None:
        """Give the slot back. What the reply meant is told by `good` or `trouble`, or by neither for a refused row."""
        self.in_flight -= 1

    def good(self, sent_at: float, now: float, seconds: float) -> None:
        """A successful reply took `seconds`. Only these feed the average: a fast error page is not good health."""
        self._failing -= SHARE_SMOOTHING * self._failing
        self._sum += seconds
        self._count += 1
        if sent_at < self._trip_from:
            return  # it left before the last decision, so it says nothing of what that decision did
        latency = self._sum / self._count
        if self._average and latency > self._average + TOLERANCE * max(self._deviation, STEADY * self._average):
            self.limit = max(1.0, self.limit * SHRINK)
        elif self._full and self._usual(latency):
            self.limit = min(float(self.ceiling), self.limit + 1)
        self._learn(latency)
        self._new_round_trip(now)

    def failed(self, sent_at: float, now: float) -> None:
        """The server failed: trouble, unless few of its newest replies are failures."""
        self._failing += SHARE_SMOOTHING * (1 - self._failing)
        if self._failing > STRAY:
            self.trouble(sent_at, now)

    def trouble(self, sent_at: float, now: float) -> None:
        """The server pushed back, or fails: shrink, at most once per round trip."""
        if sent_at >= self._trip_from:
            self.limit = max(1.0, self.limit * SHRINK)
            self._new_round_trip(now)

    def _usual(self, latency: float) -> bool:
        if not self._average:
            return True
        return latency <= self._average * (1 + STEADY) and self._long_average <= self._best * QUEUEING

    def _learn(self, latency: float) -> None:
        self._trips += 1
        error = latency - self._average
        weight = max(SMOOTHING, 1 / self._trips)  # a plain mean at first
        self._average += weight * error
        if self._trips > 1:
            self._deviation += weight * (abs(error) - self._deviation)
        self._long_average += max(LONG_SMOOTHING, 1 / self._trips) * (latency - self._long_average)
        if self._trips >= FIRST_TRIPS:
            best = min(self._best, self._long_average)
            self._best = best + FORGET * (self._long_average - best)

    def _new_round_trip(self, now: float) -> None:
        self._trip_from = now
        self._sum, self._count, self._full = 0.0, 0, self.in_flight >= int(self.limit)
