"""One request, one attempt: an answer, or a reason and whether the request may have left."""

import asyncio
import gzip
import logging
import os
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
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


# --- proven unsent ----------------------------------------------------------------------------------------


def test_a_refused_connection_is_proven_unsent() -> None:
    async def story() -> None:
        async with serving(answering(b"")[0]) as url:
            pass  # the port was free, and nobody listens on it now
        outcome = await no_reply(url)
        assert not outcome.sent
        assert "connection refused" in outcome.cause

    asyncio.run(story())


def test_a_name_that_does_not_resolve_is_proven_unsent() -> None:
    outcome = asyncio.run(no_reply("https://nothing.invalid/v2"))
    assert not outcome.sent
    assert "could not connect" in outcome.cause


def test_tls_to_a_server_that_speaks_plain_is_proven_unsent() -> None:
    async def story() -> None:
        async def puzzled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert BODY not in await reader.read(1000)
            writer.write(an_answer({}, 400))
            await writer.drain()

        async with serving(puzzled) as url:
            outcome = await no_reply(url.replace("http:", "https:"))
        assert not outcome.sent
        assert not outcome.hopeless
        assert "TLS" in outcome.cause

    asyncio.run(story())


def test_a_server_that_never_finishes_the_tls_handshake_is_proven_unsent() -> None:
    async def story() -> None:
        never = asyncio.Event()

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await never.wait()

        async with serving(stall) as url:
            outcome = await no_reply(url.replace("http:", "https:"), timeout_s=0.4)
        assert not outcome.sent
        assert outcome.cause == "connecting took too long"

    asyncio.run(story())


def test_a_certificate_that_is_not_trusted_is_unsent_and_hopeless() -> None:
    async def story() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
        talk, received = answering(an_answer(CREATED))
        async with serving(talk, tls=tls) as url:
            outcome = await no_reply(url.replace("http:", "https:"))
        assert not outcome.sent
        assert outcome.hopeless
        assert "certificate is not trusted" in outcome.cause
        assert not received

    asyncio.run(story())


def test_waiting_in_vain_for_a_free_connection_is_proven_unsent() -> None:
    async def story() -> None:
        never = asyncio.Event()
        received: list[bytes] = []

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await a_request(reader))
            await never.wait()

        async with serving(stall) as url, a_client(url, connections=1, timeout_s=0.4) as client:
            first, second = await asyncio.gather(post(client), post(client))
        assert isinstance(first, NoReply)
        assert isinstance(second, NoReply)
        assert first.sent
        assert not second.sent
        assert "no connection became free" in second.cause
        assert len(received) == 1

    asyncio.run(story())


# --- may have left ----------------------------------------------------------------------------------------


def test_a_connection_closed_after_the_request_was_read_leaves_it_in_doubt() -> None:
    async def story() -> None:
        received: list[bytes] = []

        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await a_request(reader))

        async with serving(close) as url:
            outcome = await no_reply(url)
        assert outcome.sent
        assert "closed the connection" in outcome.cause
        assert len(received) == 1, "httpcore must not send a request again by itself"

    asyncio.run(story())


def test_a_connection_closed_before_anything_was_read_is_in_doubt_too() -> None:
    async def story() -> None:
        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        async with serving(close) as url:
            outcome = await no_reply(url)
        assert outcome.sent, "the system may have taken the bytes"

    asyncio.run(story())


def test_a_server_that_does_not_answer_in_time_leaves_it_in_doubt() -> None:
    async def story() -> None:
        never = asyncio.Event()

        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            await never.wait()

        async with serving(stall) as url:
            outcome = await no_reply(url, timeout_s=0.2)
        assert outcome.sent
        assert outcome.cause == "no answer within 0.2 s"
        assert 0.2 <= outcome.seconds < 2

    asyncio.run(story())


def test_an_answer_that_trickles_is_bounded_by_the_whole_not_by_each_byte() -> None:
    async def story() -> None:
        async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

        started = time.monotonic()
        async with serving(trickle) as url:
            outcome = await no_reply(url, timeout_s=0.3)
        assert outcome.sent
        assert time.monotonic() - started < 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (an_answer(CREATED)[:-5], "without a whole answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "without a whole answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "without a whole answer"),
        (an_answer(b"not gzip at all", content_encoding="gzip"), "could not be unpacked"),
        (an_answer(gzip.compress(bytes(9 * 2**20)), content_encoding="gzip"), "larger than any the API gives"),
    ],
    ids=["truncated body", "truncated head", "another protocol", "broken packing", "a bomb"],
)
def test_an_answer_that_cannot_be_read_whole_leaves_it_in_doubt(answer: bytes, cause: str) -> None:
    async def story() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            writer.write(answer)
            await writer.drain()

        async with serving(talk) as url:
            outcome = await no_reply(url)
        assert outcome.sent
        assert cause in outcome.cause

    asyncio.run(story())


def test_an_answer_given_up_half_way_gives_its_connection_back() -> None:
    async def story() -> None:
        bomb = an_answer(gzip.compress(bytes(9 * 2**20)), content_encoding="gzip")
        talk, _ = answering(bomb, an_answer(CREATED))
        async with serving(talk) as url, a_client(url, connections=1) as client:
            assert isinstance(await post(client), NoReply)
            assert isinstance(await post(client), Reply)

    asyncio.run(story())


# --- connections that were kept ---------------------------------------------------------------------------


def test_a_kept_connection_that_the_server_closed_is_replaced_before_anything_is_sent() -> None:
    async def story() -> None:
        received: list[bytes] = []

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await a_request(reader))
            writer.write(an_answer(CREATED))  # says nothing of closing, and closes
            await writer.drain()

        async with serving(once) as url, a_client(url) as client:
            for _ in range(3):
                assert isinstance(await post(client), Reply)
                await asyncio.sleep(0.05)
        assert len(received) == 3

    asyncio.run(story())


def test_a_kept_connection_that_dies_under_the_request_is_in_doubt_and_never_sent_again() -> None:
    async def story() -> None:
        received: list[bytes] = []

        async def dies_at_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await a_request(reader))
            writer.write(an_answer(CREATED))
            await writer.drain()
            received.append(await a_request(reader))

        async with serving(dies_at_the_second) as url, a_client(url, connections=1) as client:
            assert isinstance(await post(client), Reply)
            second = await post(client)
            await asyncio.sleep(0.1)
        assert isinstance(second, NoReply)
        assert second.sent
        assert len(received) == 2, "once each"

    asyncio.run(story())


def test_an_idle_connection_is_given_up_before_servers_usually_close_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        connections = 0
        talk, _ = answering(an_answer(CREATED))

        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await talk(reader, writer)

        async with serving(counted) as url, a_client(url) as client:
            await post(client)
            await post(client)
            assert connections == 1
            await asyncio.sleep(0.15)
            await post(client)
            assert connections == 2

    monkeypatch.setattr("pipeline.api.client.IDLE_S", 0.1)
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


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def story() -> None:
        elsewhere, visited = answering(an_answer(CREATED))
        async with serving(elsewhere) as other:
            reply = await reply_to(an_answer({}, 307, location=other))
        assert reply.status == 307
        assert not visited

    asyncio.run(story())


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


# --- the key and the surroundings -------------------------------------------------------------------------


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


def test_requests_are_not_logged_for_their_query_names_people(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        talk, _ = answering(an_answer({"data": []}))
        async with serving(talk) as url, a_client(url) as client:
            await client.exchange("GET", "/clients", query={"email": "ana@empresa.example"})

    asyncio.run(story())
    assert not [record for record in caplog.records if record.name.startswith("http")]


@pytest.fixture
def a_proxy_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    yield
    assert os.environ["HTTP_PROXY"]


@pytest.mark.usefixtures("a_proxy_in_the_environment")
def test_proxies_of_the_environment_do_not_get_to_see_the_key() -> None:
    assert asyncio.run(reply_to(an_answer(CREATED))).status == 200


def test_many_requests_share_few_connections() -> None:
    async def story() -> None:
        connections = 0
        talk, received = answering(an_answer(CREATED))

        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await talk(reader, writer)

        async with serving(counted) as url, a_client(url, connections=3) as client:
            replies = await asyncio.gather(*(post(client) for _ in range(60)))
        assert all(isinstance(reply, Reply) for reply in replies)
        assert len(received) == 60
        assert connections == 3

    asyncio.run(story())


def test_a_cancelled_request_leaves_the_client_usable() -> None:
    async def story() -> None:
        arrived = asyncio.Event()
        never = asyncio.Event()

        async def first_stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            if not arrived.is_set():
                arrived.set()
                await never.wait()
            writer.write(an_answer(CREATED))
            await writer.drain()

        async with serving(first_stalls) as url, a_client(url, connections=1) as client:
            request = asyncio.create_task(post(client))
            await arrived.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            assert isinstance(await post(client), Reply)

    asyncio.run(story())


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
