"""A write and a read, tried again as long as that is certain to be harmless and not in vain.

The first attempt is bare: tenacity is entered only once an attempt has failed, because entering it costs more than
ten times what the rest of this module does. It is used here and nowhere else.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import cast

from tenacity import AsyncRetrying, RetryCallState

from pipeline.api.cause import PATIENCE_S
from pipeline.api.client import Client
from pipeline.api.reply import NoReply, Reply
from pipeline.api.throttle.admission import SHUT_OUT_S, Gate, Signal
from pipeline.api.verdict import RATE_LIMITED, Judgement, Verdict, judge_read, judge_write, signal_of
from schemas.dialects.spec import Dialect

__all__ = ["Before", "Leave", "read", "write"]

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
"""The window of the first wait, doubled each time, and its largest. The wait is drawn from the whole window (full
jitter), so that requests which failed together do not come back together."""

Leave = Callable[[], Awaitable[None]]
"""Awaited once the throttle has let a request pass, right before it leaves."""
Before = Callable[[int], Awaitable[Leave | None]]
"""Awaited with the number of the attempt, from 1, before each: there the intent is made durable."""
Judge = Callable[[Dialect, Reply | NoReply], Judgement]


async def write(
    client: Client,
    throttle: Gate,
    path: str,
    body: bytes | None,
    *,
    method: str = "POST",
    before_attempt: Before | None = None,
    attempts: int = 6,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Callable[[float, float], float] = random.uniform,
) -> Judgement:
    """Send `body`, at most `attempts` times, again only after RETRY (certainly not carried out).

    `before_attempt` is awaited with the number of the attempt, from 1, before each: there the intent is made durable.
    What it gives, if anything, is awaited when the throttle has let the request pass, right before it leaves.
    """

    async def attempt(number: int) -> Judgement:
        leave = None if before_attempt is None else await before_attempt(number)
        return await _once(client, throttle, judge_write, method, path, body=body, leave=leave)

    first = await attempt(1)
    return (
        first if first.verdict is not Verdict.RETRY else await _persist(first, attempt, throttle, attempts, sleep, draw)
    )


async def read(
    client: Client,
    throttle: Gate,
    path: str,
    query: Mapping[str, str | int] | None = None,
    *,
    judge: Judge = judge_read,
    attempts: int = 8,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Callable[[float, float], float] = random.uniform,
) -> Judgement:
    """GET, at most `attempts` times. `data` of the judgement is the whole envelope."""

    async def attempt(number: int) -> Judgement:
        return await _once(client, throttle, judge, "GET", path, query=query)

    first = await attempt(1)
    return (
        first if first.verdict is not Verdict.RETRY else await _persist(first, attempt, throttle, attempts, sleep, draw)
    )


async def _once(
    client: Client,
    throttle: Gate,
    judge: Judge,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    query: Mapping[str, str | int] | None = None,
    leave: Leave | None = None,
) -> Judgement:
    permit = throttle.take() or await throttle.acquire()
    try:
        if leave is not None:
            await leave()
        outcome = await client.exchange(method, path, body=body, query=query)
    except BaseException:  # cancelled: neither good news of the server nor bad
        throttle.release(permit, signal=Signal.REFUSED, seconds=0.0)
        raise
    judgement = judge(client.dialect, outcome)
    asked_s = judgement.retry_after_s
    pause_s = asked_s if asked_s is None or asked_s <= PATIENCE_S else None  # a longer one is nobody's to wait for
    throttle.release(permit, signal=signal_of(judgement), seconds=outcome.seconds, retry_after_s=pause_s)
    return judgement


async def _persist(
    first: Judgement,
    attempt: Callable[[int], Awaitable[Judgement]],
    throttle: Gate,
    attempts: int,
    sleep: Callable[[float], Awaitable[None]],
    draw: Callable[[float, float], float],
) -> Judgement:
    """The first attempt came to RETRY: what the next ones come to."""
    if first.status is None and attempts > 1:
        throttle.unreachable(first.message, sum(_window_s(number) for number in range(1, attempts)))

    def asked_s(state: RetryCallState) -> float:
        return _judgement(state).retry_after_s or 0.0

    def in_vain(state: RetryCallState) -> bool:
        if state.attempt_number >= attempts or asked_s(state) > PATIENCE_S:
            return True
        if _judgement(state).status == RATE_LIMITED:
            # Paced by the throttle already: it costs no retry of the run's budget, as long as anything is let through.
            return not asked_s(state) and throttle.shut_s > SHUT_OUT_S
        return not throttle.may_retry()

    def wait_s(state: RetryCallState) -> float:
        return max(asked_s(state), draw(0.0, _window_s(state.attempt_number)))

    async def next_attempt() -> Judgement:
        number: int = retrying.statistics["attempt_number"]
        return first if number == 1 else await attempt(number)

    retrying = AsyncRetrying(
        sleep=sleep,
        wait=wait_s,
        stop=in_vain,
        retry=lambda state: _judgement(state).verdict is Verdict.RETRY,
        retry_error_callback=_judgement,
    )
    result: Judgement = await retrying(next_attempt)
    return result


def _window_s(number: int) -> float:
    """The longest wait after an attempt, by its number."""
    return min(FIRST_WAIT_S * 2.0 ** (number - 1), LONGEST_WAIT_S)


def _judgement(state: RetryCallState) -> Judgement:
    """What the attempt came to. An exception (cancelled, journal lost) is passed on, never tried again."""
    return cast("Future[Judgement]", state.outcome).result()
