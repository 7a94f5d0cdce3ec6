"""The throttle: two controllers decide when a request may leave, and the lower wins.

`concurrency` bounds requests in flight, `rate` bounds requests per second, and Retry-After stops everything. Use it
from one event loop:

    permit = await throttle.acquire()
    reply = await send(...)
    throttle.release(permit, signal=Signal.OK, seconds=0.05)

Ask for the permit last, after the intent is written, so that no wait lies between permission and sending.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from pipeline.api.throttle.concurrency import Concurrency
from pipeline.api.throttle.rate import LearnedRate, RateStore
from pipeline.api.throttle.retry_budget import RetryBudget
from pipeline.edge import PROCESS

__all__ = ["SHUT_OUT_S", "Gate", "Permit", "Signal", "Throttle"]

Clock = Callable[[], float]
"""Monotonic seconds, of the same clock as the event loop's timers: `time.monotonic`."""

AUTO_START, AUTO_CEILING = 4, 64
"""Requests in flight when the user says `auto`: low at first, because nothing is known of the server yet. 64 in flight
at 50 ms are 1,280 requests/s, about what one process can send with this client; more would only queue."""

SHUT_OUT_S = 60.0
"""A limit that lets nothing through for so long, and does not say when to come back, is more than a minute's window."""

LEAST_NAP_S = 0.0001
"""Timers below this would spin: event loops wake at best every tenth of a millisecond or so."""


class Signal(Enum):
    """What a reply says about the server's health, which is not what it says about the row."""

    OK = "ok"  # 2xx: the only one that may speed things up
    REFUSED = "refused"  # a 4xx about the row: never slows, never speeds
    PUSH_BACK = "push_back"  # 429
    ERROR = "error"  # 5xx, network, timeout: slows, never speeds


@dataclass(slots=True, eq=False)
class Permit:
    """Leave to send one request. Hand it back exactly once."""

    sent_at: float
    released: bool = False


class Gate(Protocol):
    """What an attempt asks before it leaves and tells when it is over. `tests/conformance/test_gate.py` holds the
    throttle to it, and what stands before it."""

    async def acquire(self) -> Permit:
        """Wait for leave to send one request. Cancelling is safe: whoever waits behind is let in instead."""
        ...

    def take(self) -> Permit | None:
        """Leave at once; None where it has to be waited for."""
        ...

    def release(self, permit: Permit, *, signal: Signal, seconds: float, retry_after_s: float | None = None) -> None:
        """Tell what became of the request, once per permit: a second time is a ValueError."""

    def may_retry(self) -> bool:
        """Take one retry from the run's budget; False when it is used up."""
        ...

    @property
    def shut_s(self) -> float:
        """Seconds since the first 429 after the server last took a request in; 0 where there is none."""
        ...

    def unreachable(self, why: str, patience_s: float) -> None:
        """No connection came to be, and it is tried again; only the first time is told."""


class Throttle:
    """Lets requests go when both controllers agree.

    `concurrency`: None adapts between 1 and 64, from 4; a number is a ceiling, and where it starts. `rate`: the user's
    ceiling in requests/s; None for none but the learnt one. `shared` keeps the learnt rate together with other
    processes that use the same key. `on_unreachable` is told once that the server is not there, why, and for how many
    seconds at most a request goes on trying. Raises ValueError for a concurrency below 1 or a rate that is not above 0.
    """

    def __init__(
        self,
        *,
        concurrency: int | None = None,
        rate: float | None = None,
        clock: Clock = PROCESS.ticks,
        shared: RateStore | None = None,
        retry_budget: RetryBudget | None = None,
        on_unreachable: Callable[[str, float], None] | None = None,
    ) -> None:
        if rate is not None and not rate > 0:
            raise ValueError(f"rate must be above 0 requests/s, not {rate}")
        start, ceiling = (AUTO_START, AUTO_CEILING) if concurrency is None else (concurrency, concurrency)
        self.slots = Concurrency(start=start, ceiling=ceiling)
        self.learnt: RateStore = LearnedRate() if shared is None else shared
        self.ceiling = math.inf if rate is None else rate
        self.clock = clock
        self.budget = RetryBudget() if retry_budget is None else retry_budget
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._on_unreachable = on_unreachable
        self._shut_at: float | None = None

    @property
    def waiting(self) -> int:
        """How many wait for leave."""
        return len(self._waiters)

    async def acquire(self) -> Permit:
        """Wait for a slot, a token and the end of any pause, first come first served. Cancelling is safe."""
        if (permit := self.take()) is not None:
            return permit
        await self._turn()
        while (now := self.clock()) < self.learnt.paused_until:  # told between admission and waking up
            self.slots.leave()
            await self._turn(first=True)
        self.budget.requests += 1
        return Permit(now)

    def take(self) -> Permit | None:
        """As `acquire` where nothing has to be waited for, else None."""
        now = self.clock()
        if self._waiters or not self._admit(now):
            return None
        self.budget.requests += 1
        return Permit(now)

    def release(self, permit: Permit, *, signal: Signal, seconds: float, retry_after_s: float | None = None) -> None:
        """Tell what became of the request, once per permit: a second time is a ValueError.

        `seconds` is its round trip. `retry_after_s` is law whatever the status (a 503 may carry it too).
        """
        if permit.released:
            raise ValueError("this permit was released before")
        permit.released = True
        now = self.clock()
        if signal in (Signal.OK, Signal.REFUSED):
            self._shut_at = None
        elif signal is Signal.PUSH_BACK and self._shut_at is None:
            self._shut_at = now
        if signal is Signal.OK:
            self.slots.good(permit.sent_at, now, seconds)
            self.learnt.let_through(permit.sent_at, now, good=True)
        elif signal is Signal.REFUSED:
            self.learnt.let_through(permit.sent_at, now, good=False)
        else:
            (self.slots.trouble if signal is Signal.PUSH_BACK else self.slots.failed)(permit.sent_at, now)
            if signal is Signal.PUSH_BACK:
                self.learnt.push_back(permit.sent_at, now, retry_after_s)
            elif retry_after_s is not None:
                self.learnt.pause(now, retry_after_s)
        self.slots.leave()
        if self._waiters:
            self._wake()

    def may_retry(self) -> bool:
        """Take one retry from the run's budget (64 plus a fifth of the requests so far); False when it is used up.

        A row answered 429 need not ask: it was not processed, and the rate already bounds how often it can be sent.
        """
        return self.budget.spend()

    @property
    def shut_s(self) -> float:
        """Seconds since the first 429 after the server last took a request in; 0 where there is none."""
        return 0.0 if self._shut_at is None else self.clock() - self._shut_at

    def unreachable(self, why: str, patience_s: float) -> None:
        """No connection came to be, and it is tried again; only the first time is told."""
        if self._on_unreachable is not None:
            self._on_unreachable(why, patience_s)
            self._on_unreachable = None

    def _admit(self, now: float) -> bool:
        if not self.slots.has_room or not self.learnt.take(now, 1, self.ceiling):
            return False
        self.slots.enter()
        return True

    async def _turn(self, *, first: bool = False) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if first:
            self._waiters.appendleft(turn)
        else:
            self._waiters.append(turn)
        if self._waiters[0] is turn:  # those behind it are woken by a release or by the timer already set
            self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # admitted in the same moment: hand the slot on
                self.slots.leave()
            elif turn in self._waiters:
                self._waiters.remove(turn)
            self._wake()
            raise

    def _wake(self) -> None:
        """Admit waiters in order until a controller says no; if it was the rate, look again when it has a token."""
        now = self.clock()
        while self._waiters:
            if self._waiters[0].cancelled():
                self._waiters.popleft()
            elif self._admit(now):
                self._waiters.popleft().set_result(None)
            else:
                break
        if self._waiters and self.slots.has_room and self._timer is None:
            nap_s = max(self.learnt.ready_in(now), LEAST_NAP_S)
            self._timer = asyncio.get_running_loop().call_later(nap_s, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._wake()
