"""Who still waits for leave to send when the run is stopped is turned away, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.api.throttle.admission import Signal, Throttle
from pipeline.delivery.stop_gate import StopGate, Stopped


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_stop_turns_away_those_that_wait_for_a_place_or_for_their_next_attempt() -> None:
    async def watch() -> None:
        stop = asyncio.Event()
        async with StopGate(Throttle(concurrency=1), stop) as gate:
            permit = await gate.acquire()
            waiting = [asyncio.create_task(gate.acquire()), asyncio.create_task(gate.sleep(3600))]
            await turns()
            stop.set()
            told = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(error) for error in told] == [Stopped, Stopped]
            gate.release(permit, signal=Signal.OK, seconds=0.01)  # what is in flight ends as ever
            assert gate.take() is None, "nobody is let through any more, whoever could go at once"
            with pytest.raises(Stopped):
                await gate.acquire()

    asyncio.run(watch())


def test_one_who_is_cancelled_is_cancelled_and_not_stopped() -> None:
    async def watch() -> None:
        async with StopGate(Throttle(concurrency=1), asyncio.Event()) as gate:
            await gate.acquire()
            waiting = asyncio.create_task(gate.acquire())
            await turns()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(watch())
