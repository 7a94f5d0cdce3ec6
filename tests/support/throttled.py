"""What a throttle is doing at the moment, which nothing in the product asks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.api.throttle.admission import Permit, Signal, Throttle


@dataclass(frozen=True)
class State:
    limit: int  # requests that may be in flight
    in_flight: int
    waiting: int
    rate: float | None  # requests/s; None while nothing limits it
    paused_s: float  # seconds Retry-After still holds
    requests: int
    retries: int
    retries_left: int


def state_of(throttle: Throttle) -> State:
    rate = min(throttle.learnt.rate, throttle.ceiling)
    return State(
        limit=int(throttle.slots.limit),
        in_flight=throttle.slots.in_flight,
        waiting=throttle.waiting,
        rate=None if rate == math.inf else rate,
        paused_s=max(0.0, throttle.learnt.paused_until - throttle.clock()),
        requests=throttle.budget.requests,
        retries=throttle.budget.retries,
        retries_left=throttle.budget.left,
    )


class Listening(Throttle):
    """A throttle that keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Signal] = []

    def release(self, permit: Permit, *, signal: Signal, seconds: float, retry_after_s: float | None = None) -> None:
        self.heard.append(signal)
        super().release(permit, signal=signal, seconds=seconds, retry_after_s=retry_after_s)
