"""Again only what was certainly not carried out, not too soon, not too often, and never in vain."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from throttled import Listening, state_of
from wire import CREATED, a_client, an_answer, answering, serving

from pipeline.api.attempts import FIRST_WAIT_S, LONGEST_WAIT_S, read, write
from pipeline.api.cause import PATIENCE_S
from pipeline.api.throttle.admission import Signal, Throttle
from pipeline.api.throttle.retry_budget import RetryBudget
from pipeline.api.verdict import Judgement, Verdict
from pipeline.sandbox import EmbeddedSandbox, Options

PUSHED_BACK = an_answer({"error": "rate_limit_exceeded"}, 429)
FALLEN = an_answer({"message": "down"}, 503)
LIST = an_answer({"data": [], "hasMore": False}, connection="close")


class Waits:
    """Time that passes at once: the waits that were asked for, with the largest draw of each window."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)

    @property
    def how(self) -> dict[str, Any]:
        return {"sleep": self.sleep, "draw": lambda least, most: most}


def written(*answers: bytes, throttle: Throttle | None = None, **how: Any) -> tuple[Judgement, list[bytes]]:
    """What a write comes to, and the requests that reached the server."""

    async def story() -> tuple[Judgement, list[bytes]]:
        talk, received = answering(*answers)
        async with serving(talk) as url, a_client(url) as client:
            return await write(client, throttle or Throttle(), "/payments", b"{}", **how), received

    return asyncio.run(story())


def test_a_write_that_succeeds_is_sent_once_and_waits_for_nothing() -> None:
    waits = Waits()
    judgement, received = written(an_answer(CREATED), **waits.how)
    assert judgement.remote_id == "p_1"
    assert len(received) == 1
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (an_answer({"message": "no"}, 400), Verdict.REFUSED),
        (an_answer({"message": "no"}, 401), Verdict.STOP),
        (an_answer({"message": "no"}, 409), Verdict.EXISTS),
        (an_answer({"message": "no"}, 500), Verdict.IN_DOUBT),
        (an_answer(b"<html>", 502, content_type="text/html"), Verdict.IN_DOUBT),
        (an_answer({}, 503, retry_after="0"), Verdict.IN_DOUBT),
        (an_answer(b"{", 200), Verdict.IN_DOUBT),
    ],
)
def test_whatever_is_not_certainly_unsent_is_sent_once(answer: bytes, verdict: Verdict) -> None:
    judgement, received = written(answer)
    assert judgement.verdict is verdict
    assert len(received) == 1


def test_a_write_that_is_pushed_back_comes_again_with_the_same_body_after_ever_longer_waits() -> None:
    waits = Waits()
    judgement, received = written(PUSHED_BACK, PUSHED_BACK, PUSHED_BACK, an_answer(CREATED), **waits.how)
    assert judgement.verdict is Verdict.DONE
    assert len(set(received)) == 1
    assert len(received) == 4
    assert waits.seconds == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]


def test_the_wait_is_drawn_from_the_whole_window() -> None:
    waits = Waits()
    windows: list[tuple[float, float]] = []

    def draw(least: float, most: float) -> float:
        windows.append((least, most))
        return least

    written(*[PUSHED_BACK] * 9, an_answer(CREATED), attempts=10, sleep=waits.sleep, draw=draw)
    assert all(least == 0 for least, _ in windows)
    assert max(most for _, most in windows) == LONGEST_WAIT_S
    assert waits.seconds == [0.0] * 9


def test_retry_after_is_law_even_where_the_draw_is_shorter() -> None:
    waits = Waits()
    asked = an_answer({}, 429, retry_after="0.8")
    judgement, _ = written(asked, an_answer(CREATED), **waits.how)
    assert judgement.verdict is Verdict.DONE
    assert waits.seconds == [0.8]


def test_a_pause_beyond_all_patience_is_reported_instead_of_waited_for() -> None:
    waits = Waits()
    judgement, received = written(an_answer({}, 429, retry_after=str(PATIENCE_S + 1)), **waits.how)
    assert judgement.verdict is Verdict.RETRY
    assert judgement.retry_after_s == PATIENCE_S + 1
    assert len(received) == 1
    assert waits.seconds == []


def test_a_pause_beyond_all_patience_stops_no_look_up_whatever_the_status() -> None:
    """A 503 may ask for two hours: the write is in doubt, and the look-up that settles it does not wait so long."""

    async def story() -> tuple[Judgement, Judgement]:
        talk, _ = answering(an_answer({}, 503, retry_after="7200"), LIST)
        async with serving(talk) as url, a_client(url) as client:
            throttle = Throttle()
            lost = await write(client, throttle, "/payments", b"{}")
            return lost, await asyncio.wait_for(read(client, throttle, "/payments"), 5)

    lost, found = asyncio.run(story())
    assert (lost.verdict, lost.retry_after_s) == (Verdict.IN_DOUBT, 7200)
    assert found.verdict is Verdict.DONE


def test_attempts_are_bounded_and_the_last_judgement_is_handed_back() -> None:
    judgement, received = written(PUSHED_BACK, attempts=3, **Waits().how)
    assert judgement.verdict is Verdict.RETRY
    assert judgement.status == 429
    assert len(received) == 3


def read_of(*answers: bytes, throttle: Throttle, **how: Any) -> tuple[Judgement, list[bytes]]:
    """What a read comes to, and the requests that reached the server."""

    async def story() -> tuple[Judgement, list[bytes]]:
        talk, received = answering(*answers)
        async with serving(talk) as url, a_client(url) as client:
            return await read(client, throttle, "/payments", **how), received

    return asyncio.run(story())


def test_the_budget_of_the_run_bounds_all_retries_together() -> None:
    throttle = Throttle(retry_budget=RetryBudget(reserve=2, share=0.0))
    judgement, received = read_of(FALLEN, throttle=throttle, **Waits().how)
    assert judgement.verdict is Verdict.RETRY
    assert len(received) == 3
    assert state_of(throttle).retries_left == 0


def test_a_last_attempt_costs_nothing_of_the_budget() -> None:
    throttle = Throttle(retry_budget=RetryBudget(reserve=5, share=0.0))
    read_of(FALLEN, throttle=throttle, attempts=2, **Waits().how)
    assert state_of(throttle).retries == 1


def test_a_429_costs_nothing_of_the_budget_because_the_throttle_paces_it_already() -> None:
    throttle = Throttle(retry_budget=RetryBudget(reserve=0, share=0.0))
    judgement, received = written(PUSHED_BACK, PUSHED_BACK, an_answer(CREATED), throttle=throttle, **Waits().how)
    assert judgement.verdict is Verdict.DONE
    assert len(received) == 3
    assert state_of(throttle).retries == 0


def test_before_each_attempt_the_intent_is_made_durable() -> None:
    told: list[int] = []

    async def tell(attempt: int) -> None:
        told.append(attempt)

    _, received = written(PUSHED_BACK, PUSHED_BACK, an_answer(CREATED), before_attempt=tell, **Waits().how)
    assert told == [1, 2, 3]
    assert len(received) == 3


@pytest.mark.parametrize("fails_at", [1, 2])
def test_nothing_is_sent_when_the_intent_cannot_be_kept(fails_at: int) -> None:
    class DiskFull(Exception):
        pass

    async def story() -> int:
        async def tell(attempt: int) -> None:
            if attempt == fails_at:
                raise DiskFull

        talk, received = answering(PUSHED_BACK)
        async with serving(talk) as url, a_client(url) as client:
            with pytest.raises(DiskFull):
                await write(client, Throttle(), "/payments", b"{}", before_attempt=tell, **Waits().how)
        return len(received)

    assert asyncio.run(story()) == fails_at - 1


def test_a_refused_connection_is_tried_again_until_the_server_is_there() -> None:
    async def story() -> Judgement:
        talk, received = answering(an_answer(CREATED))
        async with serving(talk) as free:
            pass
        port = int(free.split(":")[2].removesuffix("/v2"))
        waits = 0

        async with AsyncExitStack() as servers, a_client(free) as client:

            async def sleep(seconds: float) -> None:
                nonlocal waits
                waits += 1
                if waits == 2:
                    await servers.enter_async_context(serving(talk, port=port))

            judgement = await write(client, Throttle(), "/payments", b"{}", sleep=sleep)
        assert len(received) == 1
        return judgement

    assert asyncio.run(story()).verdict is Verdict.DONE


@pytest.mark.parametrize(
    "trouble", [an_answer(b"<html>", 502, connection="close"), an_answer(b"{", connection="close"), b"HTTP/1.1"]
)
def test_a_read_is_tried_again_after_any_trouble_that_may_pass(trouble: bytes) -> None:
    async def story() -> Judgement:
        answers = iter([trouble, trouble, LIST])

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(next(answers))
            await writer.drain()

        async with serving(talk) as url, a_client(url) as client:
            return await read(client, Throttle(), "/payments", {"limit": 100}, **Waits().how)

    judgement = asyncio.run(story())
    assert judgement.verdict is Verdict.DONE
    assert judgement.data == {"data": [], "hasMore": False}


def test_every_attempt_passes_the_throttle_and_tells_it_what_came() -> None:
    throttle = Listening()
    written(PUSHED_BACK, an_answer({}, 400), throttle=throttle, **Waits().how)
    assert throttle.heard == [Signal.PUSH_BACK, Signal.REFUSED]
    assert state_of(throttle).in_flight == 0


def test_a_cancelled_write_hands_its_permit_back() -> None:
    async def story() -> Throttle:
        throttle = Throttle(concurrency=1)
        arrived, never = asyncio.Event(), asyncio.Event()

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.set()
            await never.wait()

        async with serving(stall) as url, a_client(url) as client:
            task = asyncio.create_task(write(client, throttle, "/payments", b"{}"))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return throttle

    assert state_of(asyncio.run(story())).in_flight == 0


def on_sandbox(options: Options, walk: Callable[[str], Awaitable[Any]]) -> Any:
    with EmbeddedSandbox(options) as sandbox:
        return asyncio.run(walk(sandbox.base_url))


def test_the_sandbox_pushes_back_now_and_then_and_every_client_is_created_once() -> None:
    async def walk(base_url: str) -> None:
        throttle = Throttle()
        async with a_client(base_url, key="test") as client:

            async def create(number: int) -> Judgement:
                body = b'{"name": "Ana", "rfc": "LOAA800101AB1", "email": "ana%d@x.mx"}' % number
                return await write(client, throttle, "/clients", body, attempts=20, draw=lambda least, most: 0.001)

            judgements = await asyncio.gather(*(create(n) for n in range(8)))
            listed = await read(client, throttle, "/clients", {"limit": 100}, draw=lambda least, most: 0.001)
        assert {j.verdict for j in judgements} == {Verdict.DONE}
        assert listed.data is not None
        assert sorted(row["email"] for row in listed.data["data"]) == sorted(f"ana{n}@x.mx" for n in range(8))

    on_sandbox(Options(faults={"rate_429_seconds": 0.3}), walk)
