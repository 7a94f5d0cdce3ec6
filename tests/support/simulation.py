"""A discrete-event simulation: the real throttle, on an event loop whose clock jumps from timer to timer.

Nothing sleeps, and nothing of the throttle is replaced but the clock. `play` takes a scenario (a dict, as its TOML file
says it) and returns its statistics, named `<phase>.<what>`:

    used         replies that were not 429, as a share of what the server would have allowed in the phase
    passed_per_s the same per second
    pushed_back  share of the requests that were answered 429
    errors       requests answered by an error
    in_flight    mean number of requests at the server, seen by each arrival
    limit        mean of the throttle's concurrency limit (the sum, for several clients)
"""

from __future__ import annotations

import asyncio
import math
import random
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol, TypeVar

from throttled import state_of

from pipeline.api.throttle.admission import Signal, Throttle
from pipeline.api.throttle.shared_rate import SharedRate

T = TypeVar("T")


class JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Where a real loop would sleep until its next timer, time jumps there."""

    now = 1000.0  # not 0, so that no code can mistake "never" for "at the start"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the simulation is stuck: nobody waits for a time")
        self.now += timeout
        return list(super().select(0))


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in simulated time."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(main)


class Limiter(Protocol):
    limit: float

    def admit(self, now: float) -> float | None:
        """None to let the request in, else the exact seconds until one would be let in."""


@dataclass
class TokenBucket:
    """Allows `limit` requests/s on average, and `burst` at once after a rest."""

    limit: float
    burst: float
    tokens: float = math.nan
    at: float = 0.0

    def admit(self, now: float) -> float | None:
        self.tokens = self.burst if math.isnan(self.tokens) else self.tokens + (now - self.at) * self.limit
        self.tokens, self.at = min(self.burst, self.tokens), now
        if self.tokens < 1:
            return (1 - self.tokens) / self.limit
        self.tokens -= 1
        return None


@dataclass
class FixedWindow:
    """Allows `limit * window_s` requests in each window of the server's own clock."""

    limit: float
    window_s: float = 1.0
    window: float = -1
    used: int = 0

    def admit(self, now: float) -> float | None:
        window = now // self.window_s
        if window != self.window:
            self.window, self.used = window, 0
        if self.used >= round(self.limit * self.window_s):
            return (window + 1) * self.window_s - now
        self.used += 1
        return None


@dataclass
class Unlimited:
    limit: float = math.inf

    def admit(self, now: float) -> float | None:
        return None


LIMITERS: dict[str, Callable[..., Limiter]] = {
    "token_bucket": TokenBucket,
    "fixed_window": FixedWindow,
    "unlimited": Unlimited,
}
RETRY_AFTER: dict[str, Callable[[float], float | None]] = {
    "none": lambda wait_s: None,
    "exact": lambda wait_s: wait_s,
    "whole seconds": lambda wait_s: float(math.ceil(wait_s)),
}


@dataclass
class Server:
    """A limiter, a latency that grows past `knee` requests in flight, and troubles: `{from, to, what}`, in seconds.

    A trouble that pushes back says when it ends, unless `told = false` or it asks for `retry_after_s`. With a `share`
    it meets only so many of the requests, at random.
    """

    limiter: Limiter
    latency_s: float = 0.05
    jitter: float = 0.2  # sigma of the log-normal latency
    knee: float = math.inf
    retry_after: str = "none"
    row_errors: float = 0.0  # share of the requests answered 400
    change: list[dict[str, float]] = field(default_factory=list)  # the limit becomes `limit` `at` seconds
    trouble: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 1
    arrivals: list[tuple[float, Signal, int]] = field(default_factory=list)  # when, answer, requests in flight
    pauses: list[tuple[float, float]] = field(default_factory=list)  # from the client's hearing of it, to its end
    in_flight: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.limits = [(0.0, self.limiter.limit), *((c["at"], c["limit"]) for c in self.change)]
        self.start = asyncio.get_running_loop().time()

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.start

    def allowed(self, start: float, end: float) -> float:
        """Requests the limit allows between two times."""
        ends = [*(at for at, _ in self.limits[1:]), math.inf]
        return sum(
            limit * max(0.0, min(end, until) - max(start, at))
            for (at, limit), until in zip(self.limits, ends, strict=True)
        )

    async def answer(self) -> tuple[Signal, float | None]:
        self.in_flight += 1
        crowding = max(1.0, self.in_flight / self.knee)
        trip_s = self.latency_s * self.rng.lognormvariate(0, self.jitter) * crowding
        await asyncio.sleep(trip_s / 2)
        signal, retry_after_s = self._judge(self.now)
        self.arrivals.append((self.now, signal, self.in_flight))
        await asyncio.sleep(trip_s / 2 if signal in (Signal.OK, Signal.REFUSED) else self.latency_s / 4)
        self.in_flight -= 1
        if retry_after_s is not None:
            self.pauses.append((self.now, self.now + retry_after_s))
        return signal, retry_after_s

    def _judge(self, now: float) -> tuple[Signal, float | None]:
        self.limiter.limit = [limit for at, limit in self.limits if at <= now][-1]
        for trouble in self.trouble:
            if trouble["from"] <= now < trouble["to"] and self.rng.random() < trouble.get("share", 1):
                signal = Signal(trouble["what"])
                told = signal is Signal.PUSH_BACK and trouble.get("told", True)
                return signal, trouble.get("retry_after_s", trouble["to"] - now) if told else None
        wait_s = self.limiter.admit(now)
        if wait_s is not None:
            return Signal.PUSH_BACK, RETRY_AFTER[self.retry_after](wait_s)
        return (Signal.REFUSED if self.rng.random() < self.row_errors else Signal.OK), None


def build_server(kind: str, limiter: dict[str, Any] | None = None, **rest: Any) -> Server:
    return Server(LIMITERS[kind](**limiter or {}), **rest)


async def work(throttle: Throttle, server: Server, denied: list[float]) -> None:
    """One worker that always has a next row, and asks for a retry after each error."""
    while True:
        permit = await throttle.acquire()
        sent_at = server.now
        signal, retry_after_s = await server.answer()
        throttle.release(permit, signal=signal, seconds=server.now - sent_at, retry_after_s=retry_after_s)
        if signal is Signal.ERROR and not throttle.may_retry():
            denied.append(server.now)


async def watch(clients: list[Throttle], server: Server, limits: list[tuple[float, int]]) -> None:
    while True:
        limits.append((server.now, sum(state_of(client).limit for client in clients)))
        await asyncio.sleep(0.1)


async def run(scenario: dict[str, Any], clients: list[Throttle]) -> dict[str, float]:
    server = build_server(**scenario["server"])
    denied: list[float] = []
    limits: list[tuple[float, int]] = []
    workers = [work(client, server, denied) for client in clients for _ in range(scenario.get("workers", 80))]
    tasks = [asyncio.ensure_future(each) for each in (watch(clients, server, limits), *workers)]
    await asyncio.sleep(scenario["seconds"])
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
    phases = {"all": (0.0, float(scenario["seconds"])), **scenario.get("phases", {})}
    stats = {f"{name}.{what}": n for name, span in phases.items() for what, n in measure(server, limits, *span).items()}
    return stats | {"retries_denied": len(denied), "sent_in_a_pause": sent_in_a_pause(server)}


def measure(server: Server, limits: list[tuple[float, int]], start: float, end: float) -> dict[str, float]:
    seen = [(signal, in_flight) for at, signal, in_flight in server.arrivals if start <= at < end]
    passed = sum(signal in (Signal.OK, Signal.REFUSED) for signal, _ in seen)
    return {
        "used": passed / server.allowed(start, end),
        "passed_per_s": passed / (end - start),
        "pushed_back": sum(signal is Signal.PUSH_BACK for signal, _ in seen) / max(1, len(seen)),
        "errors": sum(signal is Signal.ERROR for signal, _ in seen),
        "in_flight": fmean([in_flight for _, in_flight in seen] or [0]),
        "limit": fmean([limit for at, limit in limits if start <= at < end]),
    }


def sent_in_a_pause(server: Server) -> int:
    """Requests that arrived in a pause and cannot have been under way when the client heard of it.

    Four latencies are allowed for the way there: the jitter's tail.
    """
    way_s = 4 * server.latency_s
    return sum(start + way_s < at < end for start, end in server.pauses for at, _, _ in server.arrivals)


def play(scenario: dict[str, Any], shared: SharedRate | None = None) -> dict[str, float]:
    """One client through a scenario; as in the product, where the rate is kept in a file, with `shared`."""

    async def main() -> dict[str, float]:
        clock = asyncio.get_running_loop().time
        return await run(scenario, [Throttle(clock=clock, shared=shared, **scenario.get("client", {}))])

    return simulate(main())
