"""Why a request did not simply succeed: one word of a closed set, and a short text without anybody's data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import DIALECT

from pipeline.api.cause import MOST_CAUSE_CHARS, Cause, CauseKind, count_causes, describe_wait
from pipeline.api.reply import NoReply, Reply
from pipeline.api.verdict import judge_read, judge_write

PAGE = b"<html><head><title>%s</title></head><body>Password: hunter2, ana@empresa.example</body></html>"
NOON = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
"""Noon in Mexico City."""


def reply(status: int, content: bytes = b"", **members: Any) -> Reply:
    kind = "text/html" if content.startswith(b"<") else "application/json"
    return Reply(status, content, kind, members.pop("retry_after_s", None), 0.01, **members)


SAID: dict[str, tuple[Reply | NoReply, CauseKind, str]] = {
    "413 of a proxy": (
        reply(413, PAGE % b"413 Request Entity Too Large"),
        CauseKind.PROXY,
        "413 from a proxy: a web page titled “413 Request Entity Too Large”",
    ),
    "413 without a word": (reply(413), CauseKind.PROXY, "413 from a proxy, without the API's own words"),
    "text": (
        reply(503, b"upstream connect error"),
        CauseKind.PROXY,
        "503 from a proxy, without the API's own words",
    ),
    "a page to sign in": (
        reply(200, PAGE % b"Sign in &amp; go"),
        CauseKind.WEB_PAGE,
        "a web page titled “Sign in & go” instead of JSON (200)",
    ),
    "a page without a title": (
        reply(200, b"<p>hi</p>"),
        CauseKind.WEB_PAGE,
        "a web page without a title instead of JSON (200)",
    ),
    "a redirect": (reply(302, elsewhere="login.example"), CauseKind.REDIRECT, "302, a redirect to login.example"),
    "half an answer": (
        reply(201, b'{"data": {"id": "p_1"'),
        CauseKind.NOT_JSON,
        "201, and the answer is not valid JSON",
    ),
    "nothing": (reply(201), CauseKind.NOT_JSON, "201, and the answer is empty"),
    "a failure that calls itself a success": (
        reply(200, b'{"success": false, "message": "ana@empresa.example"}'),
        CauseKind.API_ERROR,
        "200, and the API says that it failed",
    ),
    "no record": (reply(200, b'{"data": {}}'), CauseKind.NO_RECORD, "200 without the created record"),
    "an error of its own": (
        reply(500, b'{"error": "internal_server_error", "message": "ana@empresa.example"}'),
        CauseKind.API_ERROR,
        "500 internal_server_error from the API",
    ),
    "a refusal": (
        reply(400, b'{"error": "validation_failed", "message": "The RFC of ANA LOPEZ"}'),
        CauseKind.REFUSED,
        "400 validation_failed from the API",
    ),
    "it exists": (reply(409, b'{"message": "there"}'), CauseKind.EXISTS, "409 from the API"),
    "the key": (reply(401, b'{"message": "no"}'), CauseKind.KEY, "401 from the API"),
    "too fast": (reply(429, b"{}", retry_after_s=1.0), CauseKind.RATE_LIMITED, "429 from the API"),
    "too fast for an hour": (
        reply(429, b"{}", retry_after_s=3600.0, received_at=NOON),
        CauseKind.RATE_LIMITED,
        "429 from the API, not before 13:00 (Mexico City time)",
    ),
    "silence": (
        NoReply(True, "no answer within 30 s", 30.0, timed_out=True),
        CauseKind.NO_ANSWER,
        "no answer within 30 s",
    ),
    "a broken connection": (
        NoReply(True, "the connection broke before the answer came (connection reset by peer)", 0.1),
        CauseKind.CONNECTION_LOST,
        "the connection broke before the answer came (connection reset by peer), after the request was sent",
    ),
    "nobody there": (
        NoReply(False, "could not connect (connection refused)", 0.1),
        CauseKind.NO_CONNECTION,
        "could not connect (connection refused)",
    ),
    "a false certificate": (
        NoReply(False, "its certificate is not trusted", 0.1, hopeless=True),
        CauseKind.UNTRUSTED,
        "its certificate is not trusted",
    ),
}


@pytest.mark.parametrize(("outcome", "kind", "text"), SAID.values(), ids=SAID)
def test_whatever_is_no_success_has_a_cause_with_the_title_of_a_page_and_nothing_else_of_a_body(
    outcome: Reply | NoReply, kind: CauseKind, text: str
) -> None:
    assert judge_write(DIALECT, outcome).cause == Cause(kind, text)


def test_a_success_has_none() -> None:
    assert judge_write(DIALECT, reply(201, b'{"data": {"id": "p_1"}}')).cause is None
    assert judge_read(DIALECT, reply(200, b'{"data": []}')).cause is None


@given(
    status=st.integers(100, 599),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: b"<title>" + t.encode())),
    elsewhere=st.one_of(st.none(), st.text(max_size=300)),
)
def test_a_cause_is_one_printable_line_of_at_most_200_characters(
    status: int, content: bytes, elsewhere: str | None
) -> None:
    for judge in (judge_write, judge_read):
        judgement = judge(DIALECT, reply(status, content, elsewhere=elsewhere))
        if judgement.cause is not None:
            assert 0 < len(judgement.cause.text) <= MOST_CAUSE_CHARS
            assert len(judgement.cause.text.splitlines()) == 1
            assert judgement.cause.text.isprintable()


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (None, ""),
        (300.0, ""),
        (301.0, "not before 12:06 (Mexico City time)"),
        (3600.0, "not before 13:00 (Mexico City time)"),
        (13 * 3600.0, "not before 2026-11-27 01:00 (Mexico City time)"),
        (10.0**9, "and not soon"),
    ],
)
def test_a_long_pause_is_told_as_a_time_of_day_in_mexico_city_never_too_early(wait_s: float | None, said: str) -> None:
    told = reply(429, b"{}", retry_after_s=wait_s, received_at=NOON)
    assert describe_wait(told) == said
    if said:
        assert said in judge_write(DIALECT, told).message
        assert said in judge_read(DIALECT, told).message


def test_a_redirect_says_to_check_the_address() -> None:
    judgement = judge_write(DIALECT, reply(302, elsewhere="login.example"))
    assert "redirects to login.example" in judgement.message
    assert "GIGSTACK_BASE_URL" in judgement.advice


def test_causes_are_counted_the_commonest_first_and_the_rest_by_number() -> None:
    causes = [Cause(CauseKind.PROXY, text) for text in "abacabde"]
    assert count_causes([None, *causes]) == "a (3), b (2), c (1), 2 other causes"
    assert count_causes([None]) == ""
