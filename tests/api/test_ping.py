"""Pings: three addresses, one more try, never a secret shown, never a job failed."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from dataclasses import replace

import pytest
from witness import witness

from pipeline.api.outside import ATTEMPTS
from pipeline.api.ping import Ping
from pipeline.errors import ConfigError

SECRET = "5f0c2c1e-dead-beef"


def test_start_success_and_failure_have_their_own_addresses() -> None:
    with witness() as server:
        ping = Ping.at(f"{server.origin}/{SECRET}")
        assert [ping.started(), ping.ended(0), ping.ended(6)] == [None, None, None]
    assert server.asked == [
        ("GET", f"/{SECRET}/start"),
        ("GET", f"/{SECRET}"),
        ("GET", f"/{SECRET}/fail?exit_code=6"),
    ]


def test_a_query_and_a_last_slash_of_the_address_are_kept_apart_from_the_path() -> None:
    with witness() as server:
        ping = Ping.at(f" {server.origin}/{SECRET}/?create=1 ")
        assert (ping.started(), ping.ended(130)) == (None, None)
    assert server.paths == [f"/{SECRET}/start?create=1", f"/{SECRET}/fail?create=1&exit_code=130"]


def test_a_ping_that_failed_once_is_tried_once_more() -> None:
    with witness() as server:
        server.answers = [503]
        assert Ping.at(f"{server.origin}/{SECRET}").started() is None
    assert len(server.asked) == 2


def test_a_ping_that_is_refused_is_a_warning_with_the_status_and_without_the_secret() -> None:
    with witness() as server:
        server.answers = [404] * ATTEMPTS
        said = Ping.at(f"{server.origin}/{SECRET}").ended(0)
    assert said == "A ping to 127.0.0.1 failed (answered 404); the job is not affected."


def test_nobody_there_is_a_warning() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = Ping.at(f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}").started()
    assert said is not None and "ConnectError" in said and SECRET not in said


def test_a_service_that_never_answers_holds_the_job_up_no_longer_than_its_patience() -> None:
    with witness() as server:
        server.silent.set()
        begun = time.monotonic()
        said = replace(Ping.at(f"{server.origin}/{SECRET}"), patience_s=0.3).started()
        assert time.monotonic() - begun < 2
    assert said is not None and "no answer in time" in said


def test_a_ping_works_while_an_event_loop_runs() -> None:
    async def story() -> str | None:
        return Ping.at(f"{server.origin}/{SECRET}").started()

    with witness() as server:
        assert asyncio.run(story()) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "not a url",
        "ftp://hc.example/secret-id",
        "http://hc.example/secret-id",
        "https://user:secret-id@hc.example/",
        "https:///secret-id",
        "https://hc.example:port/secret-id",
        "https://hc.example/x#secret-id",
    ],
)
def test_an_address_that_cannot_be_pinged_safely_is_a_usage_error_that_does_not_repeat_it(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Ping.at(address)
    assert "secret-id" not in caught.value.message + caught.value.hint + repr(caught.value)


def test_the_address_is_never_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with witness() as server:
        ping = Ping.at(f"{server.origin}/{SECRET}")
        ping.started()
    assert SECRET not in repr(ping) + caplog.text
