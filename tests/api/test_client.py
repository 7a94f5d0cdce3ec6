"""One request in one dialect: the key and where it goes, what a reply tells, and what is told of a missing one.

What every transport does beneath it is in tests/conformance/test_transport.py.
"""

import asyncio
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from wire import CREATED, KEY, a_client, a_request, an_answer, answering, serving

from pipeline.api.client import Client, NoReply, Reply
from pipeline.sandbox import EmbeddedSandbox, Options

BODY = b'{"items": []}'


async def post(client: Client, **how: Any) -> Reply | NoReply:
    return await client.exchange("POST", "/payments", body=BODY, **how)


async def no_reply(base_url: str, **options: Any) -> NoReply:
    async with a_client(base_url, **options) as client:
        outcome = await post(client)
    assert isinstance(outcome, NoReply), outcome
    return outcome


async def reply_to(*answers: bytes, **options: Any) -> Reply:
    talk, _ = answering(*answers)
    async with serving(talk) as url, a_client(url, **options) as client:
        outcome = await post(client)
    assert isinstance(outcome, Reply), outcome
    return outcome


def test_no_answer_is_told_with_its_cause_how_long_it_took_and_whether_the_request_may_have_left() -> None:
    async def story() -> None:
        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            await asyncio.Event().wait()

        async with serving(stall) as url:
            left = await no_reply(url, timeout_s=0.2)
        unsent = await no_reply(url)  # nobody listens there any more
        assert left.sent
        assert left.cause == "no answer within 0.2 s"
        assert 0.2 <= left.seconds < 2
        assert not unsent.sent

    asyncio.run(story())


# --- answers ----------------------------------------------------------------------------------------------


def test_an_answer_is_read_to_its_end_and_its_numbers_are_exact() -> None:
    reply = asyncio.run(reply_to(an_answer(b'{"total": 0.10, "amount": 150000}')))
    assert reply.ok
    assert reply.content_type == "application/json"
    assert reply.json() == {"total": Decimal("0.10"), "amount": 150000}
    assert 0 < reply.seconds < 5


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe", b'{"a": "\xff"}', b"[" * 100_000, b"NaN"])
def test_what_is_not_json_decodes_to_nothing_and_never_raises(content: bytes) -> None:
    assert Reply(200, content, "application/json", None, 0.1).json() is None


def test_a_byte_order_mark_before_the_json_is_no_hindrance() -> None:
    assert Reply(200, b"\xef\xbb\xbf{}", "application/json", None, 0.1).json() == {}


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("7", None, 7.0),
        ("0", None, 0.0),
        ("1.5", None, 1.5),
        ("Sun, 01 Jun 2025 12:00:30 GMT", None, 30.0),
        ("Sun, 01 Jun 2025 12:00:30 GMT", "Sun, 01 Jun 2025 12:00:20 GMT", 10.0),
        ("Sun, 01 Jun 2025 11:00:00 GMT", None, 0.0),
        ("Sun, 01 Jun 2025 12:00:30 -0000", None, 30.0),
        ("9" * 5000, None, 1e9),
        ("soon", None, None),
        ("-5", None, None),
        ("", None, None),
    ],
)
def test_retry_after_is_understood_in_seconds_and_as_a_date(
    header: str, date: str | None, seconds: float | None
) -> None:
    answer = an_answer({}, 429, retry_after=header, **({"date": date} if date else {}))
    reply = asyncio.run(reply_to(answer, now=lambda: datetime(2025, 6, 1, 12, tzinfo=UTC)))
    assert reply.retry_after_s == seconds


def test_without_the_header_nothing_is_asked() -> None:
    assert asyncio.run(reply_to(an_answer(CREATED))).retry_after_s is None


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://login.example.test/v2/payments?token=secret", "login.example.test"),
        ("https://user:secret@login.example.test:8443/", "login.example.test:8443"),
        ("//login.example.test/v2", "login.example.test"),
        ("/v3/payments", None),
        ("https://login.example.test:port/", None),
        ("", None),
    ],
)
def test_of_where_a_redirect_points_only_the_host_is_kept(location: str, host: str | None) -> None:
    assert asyncio.run(reply_to(an_answer({}, 307, location=location))).elsewhere == host


# --- the key --------------------------------------------------------------------------------------------


def test_the_key_travels_in_one_header_and_the_body_as_it_is() -> None:
    async def story() -> None:
        talk, received = answering(an_answer(CREATED))
        async with serving(talk) as url, a_client(url, user_agent="gigbulk/test") as client:
            await client.exchange("POST", "/payments", body=BODY)
            await client.exchange("GET", "/clients", query={"email": "a+b@x.mx", "limit": 100})
        post, get = received
        assert post.startswith(b"POST /v2/payments HTTP/1.1\r\n")
        assert post.count(KEY.encode()) == 1
        assert f"\r\nAuthorization: Bearer {KEY}\r\n".encode() in post
        assert b"\r\nUser-Agent: gigbulk/test\r\n" in post
        assert b"\r\nContent-Type: application/json\r\n" in post
        assert post.endswith(b"\r\n\r\n" + BODY)
        assert get.startswith(b"GET /v2/clients?email=a%2Bb%40x.mx&limit=100 HTTP/1.1\r\n")

    asyncio.run(story())


def test_the_key_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> list[object]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(an_answer(await a_request(reader), 400))
            await writer.drain()

        async with serving(echo) as url, a_client(url) as client:
            reply = await post(client)
            shown: list[object] = [client, vars(client), reply]
        shown.append(await no_reply(url))
        return shown

    shown = asyncio.run(story())
    assert b"Authorization: Bearer ***" in shown[2].content  # type: ignore[attr-defined]
    shown[1].pop("_secret")  # type: ignore[attr-defined]
    for thing in shown:
        assert KEY not in repr(thing) + str(thing)
    assert KEY not in caplog.text


def test_the_sandbox_answers_through_this_door() -> None:
    async def story(base_url: str) -> None:
        async with a_client(base_url, key="test") as client:
            ping = await client.exchange("GET", "/ping")
            refused = await client.exchange("POST", "/payments", body=b"{}")
        assert isinstance(ping, Reply)
        assert ping.json()["data"]["message"] == "pong"
        assert isinstance(refused, Reply)
        assert refused.status == 400

    with EmbeddedSandbox(Options()) as sandbox:
        asyncio.run(story(sandbox.base_url))
