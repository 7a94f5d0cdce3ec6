"""What pings and alerts share: the address is looked at first, a call is tried twice."""

from __future__ import annotations

import httpx2 as httpx
import pytest
from witness import witness

from pipeline.api.outside import ATTEMPTS, parse_outside_address, send_outside
from pipeline.errors import ConfigError


def test_plain_http_is_for_this_machine_only() -> None:
    assert parse_outside_address(" http://127.0.0.1:9/x ", "ping") == httpx.URL("http://127.0.0.1:9/x")
    with pytest.raises(ConfigError, match=r"The ping URL goes to x\.example without encryption"):
        parse_outside_address("http://x.example/y", "ping")


def test_a_body_is_posted_and_none_is_asked_for_by_get() -> None:
    with witness() as server:
        url = httpx.URL(f"{server.origin}/x")
        assert (send_outside(url, 5.0), send_outside(url, 5.0, b"{}")) == ("", "")
    assert server.asked == [("GET", "/x"), ("POST", "/x")] and server.posted == [b"{}"]


def test_it_is_tried_twice_and_the_last_reason_is_told() -> None:
    with witness() as server:
        server.answers = [500] * (ATTEMPTS - 1) + [418]
        assert send_outside(httpx.URL(server.origin), 5.0, b"{}") == "answered 418"
    assert len(server.posted) == ATTEMPTS
