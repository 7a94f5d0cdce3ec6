"""What every transport promises, over real sockets: one request, once, and whether it may have left.

A new transport gets its line in `TRANSPORTS`, and these tests. A record is sent again where `sent` is False, so a False
that is not true is a payment sent twice.
"""

import asyncio
import gzip
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from wire import CREATED, KEY, Talk, a_request, an_answer, answering, serving

import pipeline
from pipeline.api.transport import TRANSPORTS, NotReceived, Received, Request, Transport, open_transport
from pipeline.errors import ConfigError

BODY = b'{"items": []}'
MOST_BYTES = 8 * 2**20


@pytest.fixture(params=TRANSPORTS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a transport; each test is run with every one."""
    return str(request.param)


def a_get(base_url: str) -> Request:
    return replace(a_post(base_url), method="GET", body=None)


def a_post(base_url: str, *, timeout_s: float = 5.0, most_bytes: int = MOST_BYTES) -> Request:
    headers = {"Authorization": f"Bearer {KEY}", "Accept-Encoding": "gzip", "X-Odd-Case": "as it is"}
    return Request("POST", f"{base_url}/payments", headers, BODY, timeout_s, timeout_s / 2, most_bytes)


async def not_received(name: str, base_url: str, **limits: Any) -> NotReceived:
    async with open_transport(4, name=name) as transport:
        outcome = await transport.send(a_post(base_url, **limits))
    assert isinstance(outcome, NotReceived), outcome
    return outcome


async def received(name: str, answer: bytes, **limits: Any) -> Received:
    talk, _ = answering(answer)
    async with serving(talk) as url, open_transport(4, name=name) as transport:
        outcome = await transport.send(a_post(url, **limits))
    assert isinstance(outcome, Received), outcome
    return outcome


@asynccontextmanager
async def counted(talk: Talk) -> Any:
    """A server that talks so; gives its base URL and a list that grows with every connection."""
    connections: list[object] = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        await talk(reader, writer)

    async with serving(count) as url:
        yield url, connections


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and says nothing for ever."""
    await asyncio.Event().wait()


# --- proven unsent ----------------------------------------------------------------------------------------


def test_a_refused_connection_is_proven_unsent(name: str) -> None:
    async def story() -> None:
        async with serving(answering(b"")[0]) as url:
            pass  # the port was free, and nobody listens on it now
        outcome = await not_received(name, url)
        assert not outcome.sent
        assert "connection refused" in outcome.cause

    asyncio.run(story())


def test_a_name_that_does_not_resolve_is_proven_unsent(name: str) -> None:
    outcome = asyncio.run(not_received(name, "https://nothing.invalid/v2"))
    assert not outcome.sent
    assert "could not connect" in outcome.cause


def test_tls_to_a_server_that_speaks_plain_is_proven_unsent(name: str) -> None:
    async def story() -> None:
        async def puzzled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert BODY not in await reader.read(1000)
            writer.write(an_answer({}, 400))
            await writer.drain()

        async with serving(puzzled) as url:
            outcome = await not_received(name, url.replace("http:", "https:"))
        assert not outcome.sent
        assert not outcome.hopeless
        assert "TLS" in outcome.cause

    asyncio.run(story())


def test_a_server_that_never_finishes_the_tls_handshake_is_proven_unsent(name: str) -> None:
    async def story() -> None:
        async with serving(stall) as url:
            outcome = await not_received(name, url.replace("http:", "https:"), timeout_s=0.4)
        assert not outcome.sent
        assert outcome.cause == "connecting took too long"

    asyncio.run(story())


def test_a_certificate_that_is_not_trusted_is_unsent_and_hopeless(name: str) -> None:
    async def story() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(Path(__file__).with_name("untrusted.pem"))
        talk, arrived = answering(an_answer(CREATED))
        async with serving(talk, tls=tls) as url:
            outcome = await not_received(name, url.replace("http:", "https:"))
        assert not outcome.sent
        assert outcome.hopeless
        assert "certificate is not trusted" in outcome.cause
        assert not arrived

    asyncio.run(story())


def test_a_certificate_that_the_environment_names_is_trusted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a company's network opens TLS. One that cannot be read is not passed over."""
    own = Path(__file__).with_name("untrusted.pem")

    async def story() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(own)
        talk, arrived = answering(an_answer(CREATED))
        async with serving(talk, tls=tls) as url, open_transport(4, name=name) as transport:
            outcome = await transport.send(a_post(url.replace("http:", "https:")))
        assert isinstance(outcome, Received), outcome
        assert len(arrived) == 1

    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    asyncio.run(story())
    for missing in (own.with_name("none.pem"), Path(__file__)):
        monkeypatch.setenv("SSL_CERT_FILE", str(missing))
        with pytest.raises(ConfigError, match="SSL_CERT_FILE or SSL_CERT_DIR names cannot be read"):
            asyncio.run(story())


def test_waiting_in_vain_for_a_free_connection_is_proven_unsent(name: str) -> None:
    async def story() -> None:
        arrived: list[bytes] = []

        async def read_and_stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(await a_request(reader))
            await stall(reader, writer)

        async with serving(read_and_stall) as url, open_transport(1, name=name) as transport:
            request = a_post(url, timeout_s=0.4)
            first, second = await asyncio.gather(transport.send(request), transport.send(request))
        assert isinstance(first, NotReceived)
        assert isinstance(second, NotReceived)
        assert first.sent
        assert not second.sent
        assert "no connection became free" in second.cause
        assert len(arrived) == 1

    asyncio.run(story())


def test_a_server_whose_queue_is_full_is_proven_unsent(name: str) -> None:
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # nobody accepts them, and Linux takes one more than it is told
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        outcome = asyncio.run(not_received(name, f"http://127.0.0.1:{full.getsockname()[1]}/v2", timeout_s=0.4))
    assert not outcome.sent
    assert outcome.cause == "connecting took too long"


# --- may have left ----------------------------------------------------------------------------------------


def test_a_connection_closed_after_the_request_was_read_leaves_it_in_doubt(name: str) -> None:
    async def story() -> None:
        arrived: list[bytes] = []

        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(await a_request(reader))

        async with serving(close) as url:
            outcome = await not_received(name, url)
        assert outcome.sent
        assert "closed the connection" in outcome.cause
        assert len(arrived) == 1, "a transport must not send a request again by itself"

    asyncio.run(story())


def test_a_connection_reset_after_the_request_was_read_leaves_it_in_doubt(name: str) -> None:
    async def story() -> None:
        async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            writer.transport.abort()

        async with counted(reset) as (url, connections):
            outcome = await not_received(name, url)
        assert outcome.sent
        assert len(connections) == 1

    asyncio.run(story())


def test_a_connection_closed_before_anything_was_read_is_in_doubt_too(name: str) -> None:
    async def story() -> None:
        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        async with serving(close) as url:
            outcome = await not_received(name, url)
        assert outcome.sent, "the system may have taken the bytes"

    asyncio.run(story())


def test_a_server_that_does_not_answer_in_time_leaves_it_in_doubt(name: str) -> None:
    async def story() -> None:
        async with serving(stall) as url:
            outcome = await not_received(name, url, timeout_s=0.2)
        assert outcome.sent
        assert outcome.cause == "no answer within 0.2 s"

    asyncio.run(story())


def test_an_answer_that_trickles_is_bounded_by_the_whole_not_by_each_byte(name: str) -> None:
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
            outcome = await not_received(name, url, timeout_s=0.3)
        assert outcome.sent
        assert time.monotonic() - started < 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (an_answer(CREATED)[:-5], "without a whole answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "without a whole answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "without a whole answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno number\r\n", "without a whole answer"),
        (an_answer(b"not gzip at all", content_encoding="gzip"), "could not be unpacked"),
        (an_answer(gzip.compress(bytes(9 * 2**20)), content_encoding="gzip"), "larger than any the API gives"),
    ],
    ids=["truncated body", "truncated head", "another protocol", "broken parts", "broken packing", "a bomb"],
)
def test_an_answer_that_cannot_be_read_whole_leaves_it_in_doubt(name: str, answer: bytes, cause: str) -> None:
    async def story() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            writer.write(answer)
            await writer.drain()

        async with serving(talk) as url:
            outcome = await not_received(name, url)
        assert outcome.sent
        assert cause in outcome.cause

    asyncio.run(story())


def test_the_cause_tells_neither_the_url_nor_a_header(name: str) -> None:
    async def story() -> list[NotReceived]:
        async with serving(answering(b"")[0]) as url:
            pass
        return [await not_received(name, url), await not_received(name, "https://nothing.invalid/secret")]

    for outcome in asyncio.run(story()):
        assert KEY not in outcome.cause
        assert "secret" not in outcome.cause
        assert "127.0.0.1" not in outcome.cause


# --- connections that were kept ---------------------------------------------------------------------------


def test_an_answer_given_up_half_way_gives_its_connection_back(name: str) -> None:
    async def story() -> None:
        talk, _ = answering(an_answer(bytes(3000)), an_answer(CREATED))
        async with serving(talk) as url, open_transport(1, name=name) as transport:
            assert isinstance(await transport.send(a_post(url, most_bytes=2000)), NotReceived)
            assert isinstance(await transport.send(a_post(url, most_bytes=2000)), Received)

    asyncio.run(story())


def test_a_kept_connection_that_the_server_closed_is_replaced_before_anything_is_sent(name: str) -> None:
    async def story() -> None:
        arrived: list[bytes] = []

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(await a_request(reader))
            writer.write(an_answer(CREATED))  # says nothing of closing, and closes
            await writer.drain()

        async with serving(once) as url, open_transport(4, name=name) as transport:
            for _ in range(3):
                assert isinstance(await transport.send(a_post(url)), Received)
                await asyncio.sleep(0.05)
        assert len(arrived) == 3

    asyncio.run(story())


def test_a_kept_connection_that_dies_under_the_request_is_in_doubt_and_never_sent_again(name: str) -> None:
    async def story() -> None:
        arrived: list[bytes] = []

        async def dies_at_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(await a_request(reader))
            writer.write(an_answer(CREATED))
            await writer.drain()
            arrived.append(await a_request(reader))

        async with serving(dies_at_the_second) as url, open_transport(1, name=name) as transport:
            assert isinstance(await transport.send(a_post(url)), Received)
            second = await transport.send(a_post(url))
            await asyncio.sleep(0.1)
        assert isinstance(second, NotReceived)
        assert second.sent
        assert len(arrived) == 2, "once each"

    asyncio.run(story())


def test_a_read_is_not_sent_again_by_the_transport_either(name: str) -> None:
    """Whoever asks decides whether to ask again, and counts."""

    async def story() -> None:
        arrived: list[bytes] = []

        async def dies_at_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(await a_request(reader))
            writer.write(an_answer(CREATED))
            await writer.drain()
            arrived.append(await a_request(reader))

        async with serving(dies_at_the_second) as url, open_transport(1, name=name) as transport:
            assert isinstance(await transport.send(a_get(url)), Received)
            assert isinstance(await transport.send(a_get(url)), NotReceived)
            await asyncio.sleep(0.1)
        assert len(arrived) == 2

    asyncio.run(story())


def test_a_connection_is_used_again_and_given_up_when_it_was_idle_too_long(name: str) -> None:
    async def story() -> None:
        talk, _ = answering(an_answer(CREATED))
        async with counted(talk) as (url, connections), open_transport(4, name=name, idle_s=0.3) as transport:
            await transport.send(a_post(url))
            await transport.send(a_post(url))
            assert len(connections) == 1
            await asyncio.sleep(0.4)
            await transport.send(a_post(url))
            assert len(connections) == 2

    asyncio.run(story())


def test_many_requests_share_few_connections(name: str) -> None:
    async def story() -> None:
        talk, arrived = answering(an_answer(CREATED))
        async with counted(talk) as (url, connections), open_transport(3, name=name) as transport:
            assert transport.connections == 3
            outcomes = await asyncio.gather(*(transport.send(a_post(url)) for _ in range(60)))
        assert all(isinstance(outcome, Received) for outcome in outcomes)
        assert len(arrived) == 60
        assert len(connections) == 3

    asyncio.run(story())


def test_never_more_connections_are_open_than_there_may_be(name: str) -> None:
    """Answers that come while the request is still being written included."""

    async def story() -> None:
        async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while not reader.at_eof():
                await reader.readuntil(b"\r\n\r\n")
                writer.write(an_answer(CREATED))
                await writer.drain()
                await reader.readexactly(len(BODY))

        async with counted(hasty) as (url, connections), open_transport(2, name=name) as transport:
            await asyncio.gather(*(transport.send(a_post(url)) for _ in range(200)))
        assert len(connections) == 2

    asyncio.run(story())


def test_a_cancelled_request_leaves_the_transport_usable(name: str) -> None:
    async def story() -> None:
        arrived = asyncio.Event()

        async def first_stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await a_request(reader)
            if not arrived.is_set():
                arrived.set()
                await stall(reader, writer)
            writer.write(an_answer(CREATED))
            await writer.drain()

        async with serving(first_stalls) as url, open_transport(1, name=name) as transport:
            request = asyncio.create_task(_send(transport, url))
            await arrived.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            assert isinstance(await _send(transport, url), Received)

    asyncio.run(story())


async def _send(transport: Transport, url: str) -> Received | NotReceived:
    return await transport.send(a_post(url))


# --- what arrives, and what comes back --------------------------------------------------------------------


def test_what_arrives_is_the_request_as_it_was_given(name: str) -> None:
    async def story() -> bytes:
        talk, arrived = answering(an_answer(CREATED))
        async with serving(talk) as url, open_transport(4, name=name) as transport:
            await transport.send(a_post(f"{url}/clients?email=a%2Bb%40x.mx&limit=100"))
        return arrived[0]

    request = asyncio.run(story())
    assert request.startswith(b"POST /v2/clients?email=a%2Bb%40x.mx&limit=100/payments HTTP/1.1\r\n")
    assert request.count(KEY.encode()) == 1
    assert f"\r\nAuthorization: Bearer {KEY}\r\n".encode() in request
    assert b"\r\nX-Odd-Case: as it is\r\n" in request
    assert request.endswith(b"\r\n\r\n" + BODY)


def test_an_answer_is_whole_and_unpacked_and_its_headers_are_found_in_lower_case(name: str) -> None:
    packed = an_answer(gzip.compress(b'{"total": 0.10}'), 201, content_encoding="gzip", Retry_After="7")
    answer = asyncio.run(received(name, packed))
    assert answer.status == 201
    assert answer.content == b'{"total": 0.10}'
    assert answer.headers.get("retry-after") == "7"
    assert answer.headers.get("date") is None


def test_an_answer_with_a_large_header_is_read(name: str) -> None:
    answer = asyncio.run(received(name, an_answer(CREATED, set_cookie="x=" + "y" * 20_000)))
    assert answer.status == 200


def test_a_cookie_is_not_sent_back(name: str) -> None:
    async def story() -> bytes:
        talk, arrived = answering(an_answer(CREATED, set_cookie="session=of-somebody; Path=/"))
        async with serving(talk) as url, open_transport(1, name=name) as transport:
            for _ in range(2):
                await transport.send(a_post(url))
        return arrived[1]

    assert b"of-somebody" not in asyncio.run(story())


@pytest.mark.parametrize("status", [307, 404, 429, 500])
def test_whatever_the_status_it_is_an_answer_and_no_redirect_is_followed(name: str, status: int) -> None:
    async def story() -> None:
        elsewhere, visited = answering(an_answer(CREATED))
        async with serving(elsewhere) as other:
            answer = await received(name, an_answer({}, status, location=other))
        assert answer.status == status
        assert not visited

    asyncio.run(story())


def test_requests_are_not_logged_for_their_query_names_people(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        talk, _ = answering(an_answer({"data": []}))
        async with serving(talk) as url, open_transport(4, name=name) as transport:
            await transport.send(a_post(f"{url}/clients?email=ana@empresa.example&"))

    asyncio.run(story())
    assert "ana@empresa.example" not in caplog.text
    assert KEY not in caplog.text


def test_a_request_shows_no_header() -> None:
    assert KEY not in repr(a_post("https://api.example.test"))


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
def test_proxies_of_the_environment_do_not_get_to_see_the_key(name: str) -> None:
    assert asyncio.run(received(name, an_answer(CREATED))).status == 200


# --- who opens one ----------------------------------------------------------------------------------------------------


def test_only_a_session_opens_a_transport() -> None:
    """So whatever speaks to the API does it by the transport of the settings, doctor included."""
    room = Path(pipeline.__file__).parent
    sources = {path.relative_to(room).as_posix(): path.read_text("utf-8") for path in room.rglob("*.py")}
    assert [name for name, text in sources.items() if "open_transport(" in text and "api/transport" not in name] == [
        "api/session.py"
    ]
