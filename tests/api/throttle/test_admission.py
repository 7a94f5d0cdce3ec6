"""The throttle, one promise at a time, in simulated time unless a test says otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from simulation import simulate
from throttled import state_of

from pipeline.api.throttle.admission import Permit, Signal, Throttle
from pipeline.api.throttle.retry_budget import RetryBudget


def now() -> float:
    return asyncio.get_running_loop().time()


def a_throttle(concurrency: int | None = None, rate: float | None = None) -> Throttle:
    return Throttle(concurrency=concurrency, rate=rate, clock=now)


def done(throttle: Throttle, permit: Permit, signal: Signal = Signal.OK, retry_after_s: float | None = None) -> None:
    throttle.release(permit, signal=signal, seconds=0.05, retry_after_s=retry_after_s)


def in_simulated_time(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        async def main() -> None:
            await test()

        simulate(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__  # type: ignore[attr-defined]
    return run


@in_simulated_time
async def test_waiters_are_admitted_in_the_order_they_came() -> None:
    throttle = a_throttle(concurrency=2)
    order: list[int] = []

    async def send(number: int) -> None:
        permit = await throttle.acquire()
        order.append(number)
        await asyncio.sleep(0.05)
        done(throttle, permit)

    await asyncio.gather(*(send(number) for number in range(20)))
    assert order == list(range(20))


@in_simulated_time
async def test_never_more_in_flight_than_the_ceiling() -> None:
    throttle = a_throttle(concurrency=3)
    seen: list[int] = []

    async def send() -> None:
        permit = await throttle.acquire()
        seen.append(state_of(throttle).in_flight)
        await asyncio.sleep(0.05)
        done(throttle, permit)

    await asyncio.gather(*(send() for _ in range(30)))
    assert max(seen) == 3


@in_simulated_time
async def test_a_cancelled_waiter_leaves_the_queue_and_the_next_one_goes() -> None:
    throttle = a_throttle(concurrency=1)
    first = await throttle.acquire()
    second, third = asyncio.ensure_future(throttle.acquire()), asyncio.ensure_future(throttle.acquire())
    await asyncio.sleep(0)
    second.cancel()
    done(throttle, first)
    done(throttle, await third)
    assert state_of(throttle).in_flight == state_of(throttle).waiting == 0


@in_simulated_time
async def test_a_waiter_cancelled_in_the_moment_it_is_admitted_hands_its_slot_on() -> None:
    throttle = a_throttle(concurrency=1)
    first = await throttle.acquire()
    second, third = asyncio.ensure_future(throttle.acquire()), asyncio.ensure_future(throttle.acquire())
    await asyncio.sleep(0)
    done(throttle, first)  # admits the second, which has not run yet
    second.cancel()
    done(throttle, await third)
    assert state_of(throttle).in_flight == state_of(throttle).waiting == 0


@in_simulated_time
async def test_a_permit_is_released_exactly_once() -> None:
    throttle = a_throttle()
    permit = await throttle.acquire()
    done(throttle, permit)
    with pytest.raises(ValueError, match="released before"):
        done(throttle, permit)
    assert state_of(throttle).in_flight == 0


@pytest.mark.parametrize("signal", [Signal.PUSH_BACK, Signal.ERROR])
def test_nothing_leaves_before_retry_after_is_over(signal: Signal) -> None:
    async def main() -> None:
        throttle = a_throttle(concurrency=4)
        permit = await throttle.acquire()
        start = now()
        done(throttle, permit, signal, retry_after_s=10)
        assert state_of(throttle).paused_s == 10
        await throttle.acquire()
        assert now() >= start + 10

    simulate(main())


@in_simulated_time
async def test_the_longest_of_several_pauses_holds() -> None:
    throttle = a_throttle(concurrency=4)
    permits = [await throttle.acquire() for _ in range(3)]
    start = now()
    for permit, seconds in zip(permits, (5, 10, 1), strict=True):
        done(throttle, permit, Signal.PUSH_BACK, retry_after_s=seconds)
    await throttle.acquire()
    assert start + 10 <= now() < start + 10.5


@in_simulated_time
async def test_a_pause_told_between_admission_and_waking_up_still_holds() -> None:
    throttle = a_throttle(concurrency=2)
    first, second = await throttle.acquire(), await throttle.acquire()
    third = asyncio.ensure_future(throttle.acquire())
    await asyncio.sleep(0)
    start = now()
    done(throttle, first)  # admits the third
    done(throttle, second, Signal.PUSH_BACK, retry_after_s=10)  # before it has run
    assert (await third).sent_at >= start + 10
    assert state_of(throttle).in_flight == 1


@in_simulated_time
async def test_a_user_rate_is_kept_from_the_first_request_on() -> None:
    throttle = a_throttle(rate=20)
    start = now()
    for _ in range(101):
        done(throttle, await throttle.acquire())
    assert now() - start == pytest.approx(5, abs=0.15)


@in_simulated_time
async def test_quick_errors_never_raise_the_limit() -> None:
    throttle = a_throttle()
    before = state_of(throttle).limit
    for _ in range(200):
        permits = [await throttle.acquire() for _ in range(state_of(throttle).limit)]
        await asyncio.sleep(0.001)
        for permit in permits:
            throttle.release(permit, signal=Signal.ERROR, seconds=0.001)
        assert state_of(throttle).limit <= before
    assert state_of(throttle).limit == 1


@in_simulated_time
async def test_errors_and_refused_rows_never_raise_a_learnt_rate() -> None:
    throttle = a_throttle(concurrency=8)
    for _ in range(50):
        await asyncio.sleep(0.01)
        done(throttle, await throttle.acquire())
    done(throttle, await throttle.acquire(), Signal.PUSH_BACK)
    done(throttle, await throttle.acquire())
    learnt = state_of(throttle).rate
    assert learnt is not None
    for signal in [Signal.ERROR, Signal.REFUSED] * 500:
        done(throttle, await throttle.acquire(), signal)
        assert state_of(throttle).rate == learnt


@in_simulated_time
async def test_several_429_of_one_round_trip_are_one_back_off() -> None:
    throttle = a_throttle(concurrency=20)
    permits = [await throttle.acquire() for _ in range(20)]
    await asyncio.sleep(0.05)
    done(throttle, permits[0], Signal.PUSH_BACK)
    once = state_of(throttle)
    for permit in permits[1:]:
        done(throttle, permit, Signal.PUSH_BACK)
    state = state_of(throttle)
    assert (state.rate, state.limit) == (once.rate, once.limit)


@in_simulated_time
async def test_the_limit_does_not_grow_while_it_is_not_used() -> None:
    throttle = a_throttle()
    for _ in range(200):
        permit = await throttle.acquire()
        await asyncio.sleep(0.05)
        done(throttle, permit)
    assert state_of(throttle).limit == 4


def test_the_retry_budget_is_a_reserve_and_a_share_of_the_requests() -> None:
    async def main() -> None:
        throttle = Throttle(clock=now, retry_budget=RetryBudget(reserve=3, share=0.2))
        assert [throttle.may_retry() for _ in range(5)] == [True, True, True, False, False]
        for _ in range(10):
            done(throttle, await throttle.acquire())
        assert [throttle.may_retry() for _ in range(3)] == [True, True, False]
        assert (state_of(throttle).retries, state_of(throttle).retries_left) == (5, 0)

    simulate(main())


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"rate": 0.0}, {"rate": -1.0}, {"rate": float("nan")}])
def test_settings_that_could_never_send_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        Throttle(**wrong)  # type: ignore[arg-type]


def test_over_a_real_socket_a_limited_server_is_used_and_not_bothered() -> None:
    """Real time and a real loopback server of 200 requests/s; the bands are wide because the machine is shared."""
    answered = {True: 0, False: 0}
    tokens, at = 20.0, time.monotonic()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tokens, at
        while await reader.readexactly(1):
            moment = time.monotonic()
            tokens, at = min(20.0, tokens + (moment - at) * 200), moment
            admitted = tokens >= 1
            tokens -= admitted
            answered[admitted] += 1
            writer.write(b"y" if admitted else b"n")

    async def work(throttle: Throttle, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                permit = await throttle.acquire()
                sent_at = time.monotonic()
                writer.write(b"?")
                admitted = await reader.readexactly(1) == b"y"
                signal = Signal.OK if admitted else Signal.PUSH_BACK
                throttle.release(permit, signal=signal, seconds=time.monotonic() - sent_at)
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(lambda r, w: serve_until_closed(serve, r, w), "127.0.0.1", 0)
        throttle = Throttle()
        workers = [asyncio.create_task(work(throttle, server.sockets[0].getsockname()[1])) for _ in range(8)]
        await asyncio.sleep(1.5)
        learning = dict(answered)
        await asyncio.sleep(1.5)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        server.close()
        await server.wait_closed()
        passed, refused = answered[True] - learning[True], answered[False] - learning[False]
        assert 100 <= passed <= 330
        assert refused <= 0.15 * (passed + refused)

    asyncio.run(main())


async def serve_until_closed(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        await serve(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
