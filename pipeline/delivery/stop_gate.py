"""The throttle of a run that may be stopped: whoever still waits for leave to send is turned away at once.

A record that waits for its turn has not been sent, so an interrupt need not wait for it. Not so a request in flight.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pipeline.api.throttle.admission import Gate, Permit, Signal

__all__ = ["StopGate", "Stopped"]

T = TypeVar("T")


class Stopped(Exception):
    """The run was stopped before this request left."""


def _hear_nothing(seconds: float) -> None:
    """For whoever does not ask how long requests take."""


class StopGate:
    """A throttle and the wish to stop. Use it in an `async with` statement, from one event loop.

    `hear` is told the round trip of every request, in seconds.
    """

    def __init__(self, throttle: Gate, stop: asyncio.Event, hear: Callable[[float], None] = _hear_nothing) -> None:
        self._throttle = throttle
        self._stop = stop
        self._hear = hear
        self._waiting: set[asyncio.Task[object]] = set()
        self._turned_away: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> "StopGate":
        self._watch = asyncio.create_task(self._turn_away())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()

    async def acquire(self) -> Permit:
        """As `Throttle.acquire`. Stopped when the run is stopped first."""
        if self._stop.is_set():
            raise Stopped
        return await self._patient(self._throttle.acquire())

    def take(self) -> Permit | None:
        """As `Throttle.take`. None when the run is stopped: `acquire` says so."""
        return None if self._stop.is_set() else self._throttle.take()

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts. Stopped when the run is stopped first."""
        await self._patient(asyncio.sleep(seconds))

    def release(self, permit: Permit, *, signal: Signal, seconds: float, retry_after_s: float | None = None) -> None:
        self._throttle.release(permit, signal=signal, seconds=seconds, retry_after_s=retry_after_s)
        self._hear(seconds)

    def may_retry(self) -> bool:
        return self._throttle.may_retry()

    @property
    def shut_s(self) -> float:
        return self._throttle.shut_s

    def unreachable(self, why: str, patience_s: float) -> None:
        self._throttle.unreachable(why, patience_s)

    async def _turn_away(self) -> None:
        await self._stop.wait()
        self._turned_away = set(self._waiting)
        for task in self._turned_away:
            task.cancel()

    async def _patient(self, waiting: Awaitable[T]) -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (always inside one)
        self._waiting.add(task)
        try:
            return await waiting
        except asyncio.CancelledError:
            if task in self._turned_away and not task.uncancel():
                raise Stopped from None
            raise
        finally:
            self._waiting.discard(task)
