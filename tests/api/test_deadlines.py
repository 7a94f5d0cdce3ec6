"""Requests that take too long are ended by one timer, each at its own time, and nobody else's cancelling is lost."""

import asyncio
import time

import pytest

from pipeline.api.transport.deadlines import Deadlines


async def wait(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def test_what_is_done_in_time_is_given_and_what_is_not_is_a_timeout_each_at_its_own_deadline() -> None:
    async def bounded(deadlines: Deadlines, seconds: float, work_s: float) -> tuple[str, float]:
        begun = time.monotonic()
        try:
            told = await deadlines.end_after(seconds, wait(work_s))
        except TimeoutError:
            told = "over"
        return told, time.monotonic() - begun

    async def watch() -> list[tuple[str, float]]:
        deadlines = Deadlines()
        plans = [(5.0, 0.0), (0.3, 60.0), (0.1, 60.0), (0.2, 60.0), (0.1, 0.0), (5.0, 0.01)]
        return await asyncio.gather(*(bounded(deadlines, *plan) for plan in plans))

    told = asyncio.run(watch())
    assert [how for how, _ in told] == ["done", "over", "over", "over", "done", "done"]
    assert [took >= due for (_, took), due in zip(told[1:4], (0.3, 0.1, 0.2), strict=True)] == [True, True, True]
    assert all(took < 5 for _, took in told)


def test_a_task_goes_on_after_its_deadline_and_may_have_another_one() -> None:
    async def watch() -> list[str]:
        deadlines = Deadlines()
        told = []
        for seconds in (0.05, 5.0, 0.05):
            try:
                told.append(await deadlines.end_after(seconds, wait(0.2)))
            except TimeoutError:
                told.append("over")
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()
        return told

    assert asyncio.run(watch()) == ["over", "done", "over"]


def test_whoever_is_cancelled_in_time_or_with_the_deadline_is_cancelled_and_not_late() -> None:
    async def watch(*, late: bool) -> None:
        deadlines = Deadlines()
        task = asyncio.create_task(deadlines.end_after(0.05 if late else 60, wait(60)))
        await asyncio.sleep(0)
        if late:
            time.sleep(0.1)  # noqa: ASYNC251  (both come in the same turn of the loop)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(watch(late=False))
    asyncio.run(watch(late=True))


def test_what_fails_by_itself_fails_as_it_is() -> None:
    async def fail() -> None:
        raise ConnectionResetError

    async def watch() -> None:
        with pytest.raises(ConnectionResetError):
            await Deadlines().end_after(5, fail())

    asyncio.run(watch())
