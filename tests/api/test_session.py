"""One way to an account: client, throttle and contract together, assembled once for imports and exports."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from throttled import Listening, state_of
from wire import CREATED, DIALECT, KEY, a_client, an_answer, answering, serving

from pipeline.api.session import READS, WRITES, ApiSession, open_session
from pipeline.api.throttle.admission import Signal, Throttle
from pipeline.api.verdict import Judgement, Verdict
from pipeline.errors import ConfigError
from pipeline.settings import Settings

FALLEN = an_answer({}, 503)
LISTED = an_answer(b'{"data": [{"id": "p_1", "note": "sk_live_LEAK"}], "hasMore": false}')


async def no_time(_: float) -> None:
    """No time passes between attempts."""


def told_by(*answers: bytes, page: bool = False, **how: Any) -> tuple[Judgement, int]:
    """What a read comes to when a server answers so, and how often it was asked."""

    async def story() -> tuple[Judgement, int]:
        talk, received = answering(*answers)
        async with serving(talk) as url, ApiSession(a_client(url), Throttle(), no_time) as session:
            ask = session.read_page if page else session.read
            return await ask("/payments", {"limit": 100, "offset": 200}, **how), len(received)

    return asyncio.run(story())


def test_a_session_opens_its_client_and_speaks_its_dialect() -> None:
    session = ApiSession(a_client("https://api.example.test/v2", connections=3), Throttle())
    assert session.dialect is DIALECT
    assert session.in_flight == 3


def test_a_read_is_tried_again_and_one_that_may_not_be_is_not() -> None:
    assert told_by(FALLEN)[1] == READS
    judgement, asked = told_by(FALLEN, tries=1)
    assert (judgement.verdict, asked) == (Verdict.RETRY, 1)


def test_a_page_is_masked_before_it_is_decoded_and_other_reads_are_as_they_came() -> None:
    judgement, _ = told_by(LISTED, page=True)
    assert judgement.data is not None
    assert "LEAK" not in repr(judgement.data)
    plain, _ = told_by(LISTED)
    assert plain.data is not None
    assert "LEAK" in repr(plain.data)


@pytest.mark.parametrize(
    ("answer", "names_the_page"),
    [(an_answer(b"{"), True), (an_answer({}, 401), False), (LISTED, False)],
    ids=["not JSON", "refused", "good"],
)
def test_an_answer_that_cannot_be_read_is_told_with_its_page(answer: bytes, names_the_page: bool) -> None:
    judgement, _ = told_by(answer, page=True, tries=1)
    assert ("page at offset=200" in judgement.message) is names_the_page


def test_a_session_behind_another_gate_sends_through_it_and_over_the_same_connections() -> None:
    async def story() -> tuple[Judgement, list[Signal], int]:
        talk, _ = answering(an_answer({}, 429), an_answer(CREATED))
        own, gate = Throttle(), Listening()
        async with serving(talk) as url, ApiSession(a_client(url), own) as session:
            gated = session.paced_by(gate, no_time)
            assert gated.client is session.client
            return await gated.write("/payments", b"{}"), gate.heard, state_of(own).requests

    judgement, heard, requests = asyncio.run(story())
    assert judgement.verdict is Verdict.DONE
    assert heard == [Signal.PUSH_BACK, Signal.OK]
    assert requests == 0


def test_every_attempt_of_a_write_is_announced_before_it_leaves() -> None:
    async def story() -> list[int]:
        announced: list[int] = []

        async def intend(number: int) -> None:
            announced.append(number)

        talk, _ = answering(an_answer({}, 429))
        async with serving(talk) as url, ApiSession(a_client(url), Listening(), no_time) as session:
            await session.write("/payments", b"{}", before_attempt=intend)
        return announced

    assert asyncio.run(story()) == list(range(1, WRITES + 1))


def test_a_session_is_made_of_the_settings_and_says_once_that_nobody_is_there(tmp_path: Path) -> None:
    said: list[str] = []

    async def story() -> ApiSession:
        async with serving(answering(b"")[0]) as url:
            pass  # nobody listens there now
        settings = Settings(api_key=KEY, base_url=url, state_dir=tmp_path, timeout_s=1)
        async with open_session(DIALECT, settings, "acme", connections=7, warn=said.append) as session:
            for _ in range(2):
                await session.paced_by(session.throttle, no_time).read("/payments", tries=2)
        return session

    assert asyncio.run(story()).in_flight == 7
    assert len(said) == 1
    assert "Trying again for up to" in said[0]


@pytest.mark.parametrize(("concurrency", "in_flight"), [(None, 16), (3, 3)])
def test_as_many_connections_as_the_settings_say_else_as_the_caller_does(
    concurrency: int | None, in_flight: int, tmp_path: Path
) -> None:
    settings = Settings(api_key=KEY, state_dir=tmp_path, concurrency=concurrency)
    session = open_session(DIALECT, settings, "acme", connections=16, warn=print)
    assert session.in_flight == in_flight


def test_without_a_key_there_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no API key"):
        open_session(DIALECT, Settings(state_dir=tmp_path), "acme", connections=1, warn=print)
