"""What every gate promises to an attempt (`pipeline.api.throttle.admission.Gate`): the throttle, and what stands before
it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from pipeline.api.throttle.admission import Gate, Signal, Throttle
from pipeline.delivery.stop_gate import StopGate

Open = Callable[[Throttle], AbstractAsyncContextManager[Gate]]


@asynccontextmanager
async def bare(throttle: Throttle) -> AsyncIterator[Gate]:
    yield throttle


@asynccontextmanager
async def stoppable(throttle: Throttle) -> AsyncIterator[Gate]:
    async with StopGate(throttle, asyncio.Event()) as gate:
        yield gate


GATES: dict[str, Open] = {"throttle": bare, "stop gate": stoppable}


@pytest.fixture(params=GATES)
def opened(request: pytest.FixtureRequest) -> Open:
    return GATES[request.param]


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_no_more_requests_leave_at_once_than_are_allowed_and_each_that_ends_lets_the_next_one_go(opened: Open) -> None:
    async def watch() -> list[int]:
        left: list[int] = []
        async with opened(Throttle(concurrency=2)) as gate:

            async def ask(number: int) -> object:
                permit = await gate.acquire()
                left.append(number)
                return permit

            asked = [asyncio.create_task(ask(number)) for number in range(4)]
            await turns()
            seen = [len(left)]
            for task in asked:
                permit = await task
                gate.release(permit, signal=Signal.REFUSED, seconds=0.01)  # type: ignore[arg-type]
                await turns()
                seen.append(len(left))
            assert left == [0, 1, 2, 3], "first come, first served"
            return seen

    assert asyncio.run(watch()) == [2, 3, 4, 4, 4]


def test_leave_at_once_is_leave_like_any_other_and_none_where_somebody_would_have_to_wait(opened: Open) -> None:
    async def watch() -> None:
        async with opened(Throttle(concurrency=1)) as gate:
            permit = gate.take()
            assert permit is not None
            assert gate.take() is None, "its place is taken"
            waiting = asyncio.create_task(gate.acquire())
            await turns()
            gate.release(permit, signal=Signal.REFUSED, seconds=0.01)
            assert gate.take() is None, "who waits goes first"
            async with asyncio.timeout(5):
                gate.release(await waiting, signal=Signal.REFUSED, seconds=0.01)
            assert gate.take() is not None

    asyncio.run(watch())


def test_who_is_cancelled_while_waiting_takes_no_place(opened: Open) -> None:
    async def watch() -> None:
        async with opened(Throttle(concurrency=1)) as gate:
            first = await gate.acquire()
            gone, next_ = (asyncio.create_task(gate.acquire()) for _ in range(2))
            await turns()
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            gate.release(first, signal=Signal.OK, seconds=0.01)
            async with asyncio.timeout(5):
                await next_

    asyncio.run(watch())


def test_a_permit_is_handed_back_once(opened: Open) -> None:
    async def watch() -> None:
        async with opened(Throttle()) as gate:
            permit = await gate.acquire()
            gate.release(permit, signal=Signal.OK, seconds=0.01)
            with pytest.raises(ValueError, match="released before"):
                gate.release(permit, signal=Signal.OK, seconds=0.01)

    asyncio.run(watch())


def test_a_pause_the_server_asks_for_holds_for_everybody(opened: Open) -> None:
    async def watch() -> None:
        async with opened(Throttle()) as gate:
            permit = await gate.acquire()
            gate.release(permit, signal=Signal.PUSH_BACK, seconds=0.01, retry_after_s=60.0)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await gate.acquire()

    asyncio.run(watch())


def test_the_budget_of_retries_ends(opened: Open) -> None:
    async def watch() -> int:
        async with opened(Throttle()) as gate:
            return sum(gate.may_retry() for _ in range(1000))

    assert 0 < asyncio.run(watch()) < 1000


def test_a_server_that_is_not_there_is_told_once(opened: Open) -> None:
    told: list[tuple[str, float]] = []

    async def watch() -> None:
        throttle = Throttle(on_unreachable=lambda why, patience_s: told.append((why, patience_s)))
        async with opened(throttle) as gate:
            gate.unreachable("could not connect", 30.0)
            gate.unreachable("could not connect", 30.0)

    asyncio.run(watch())
    assert told == [("could not connect", 30.0)]


def test_how_long_nothing_was_let_through_counts_from_the_first_429_to_whatever_is_taken_in(opened: Open) -> None:
    now = 100.0

    async def watch() -> list[float]:
        nonlocal now
        seen = []
        async with opened(Throttle(clock=lambda: now)) as gate:
            for signal, after in (
                (Signal.ERROR, 10.0),
                (Signal.PUSH_BACK, 20.0),
                (Signal.ERROR, 10.0),
                (Signal.PUSH_BACK, 10.0),
                (Signal.REFUSED, 5.0),
                (Signal.PUSH_BACK, 1.0),
                (Signal.OK, 1.0),
            ):
                permit = await gate.acquire()
                gate.release(permit, signal=signal, seconds=0.01)
                now += after
                seen.append(gate.shut_s)
        return seen

    assert asyncio.run(watch()) == [0.0, 20.0, 30.0, 40.0, 0.0, 1.0, 0.0]
