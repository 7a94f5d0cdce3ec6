"""What an answer means: may the record exist now, and may the same request be sent again?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import DIALECT

from pipeline.api.reply import NoReply, Reply
from pipeline.api.throttle.admission import Signal
from pipeline.api.verdict import Judgement, Verdict, judge_read, judge_write, signal_of

HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"
DONE, RETRY, REFUSED, EXISTS, IN_DOUBT, STOP = Verdict


def a_reply(status: int = 200, body: Any = None, **members: Any) -> Reply:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    kind = "text/html; charset=utf-8" if content.startswith(b"<") else "application/json"
    return Reply(
        status, content, members.pop("content_type", kind), members.pop("retry_after_s", None), 0.01, **members
    )


def an_error(code: str | None = None, message: str = "no") -> dict[str, Any]:
    return {"message": message, **({"error": code} if code else {})}


def write(status: int, body: Any = None) -> Judgement:
    return judge_write(DIALECT, a_reply(status, body))


def read(status: int, body: Any = None) -> Judgement:
    return judge_read(DIALECT, a_reply(status, body))


# --- writes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_write_is_done_when_the_created_object_comes_with_its_id(status: int) -> None:
    judgement = write(status, {"data": {"id": "p_1", "amount": 150000}, "message": "ok"})
    assert judgement.verdict is DONE
    assert judgement.remote_id == "p_1"
    assert judgement.data == {"id": "p_1", "amount": 150000}
    assert judgement.fate_known


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"OK",
        b'{"data": {"id": "p_1"',
        b"[]",
        b"null",
        HTML,
        {},
        {"data": None},
        {"data": {}},
        {"data": {"id": ""}},
        {"data": {"id": None}},
        {"data": [{"id": "p_1"}]},
        {"success": False},
        {"success": False, "message": "no"},
        {"success": False, "error": {"code": "nobody_knows_this", "message": "no"}},
        {"success": False, "data": {"id": "p_1"}, "error": "validation_failed"},
        {"success": False, "error": "database_error"},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_2xx_that_does_not_prove_the_record_is_in_doubt(status: int, body: Any) -> None:
    judgement = write(status, body)
    assert judgement.verdict is IN_DOUBT
    assert not judgement.fate_known
    assert judgement.remote_id is None


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("validation_failed", REFUSED),
        ("business_rule_violation", REFUSED),
        ("resource_already_exists", EXISTS),
        ("invalid_token", STOP),
    ],
)
def test_a_2xx_that_says_why_it_failed_is_judged_by_that(code: str, verdict: Verdict) -> None:
    body = {"success": False, "error": {"code": code, "message": "no"}, "timestamp": 1768240724433}
    assert write(200, body).verdict is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, REFUSED) for status in (400, 413, 422, 415, 418)),
        (409, EXISTS),
        *((status, STOP) for status in (401, 402, 403, 405, 300, 301, 302, 303, 307, 308)),
        (429, RETRY),
        *((status, IN_DOUBT) for status in (408, 500, 501, 502, 503, 504, 524, 599)),
        (101, IN_DOUBT),
        (777, IN_DOUBT),
    ],
)
@pytest.mark.parametrize("body", [an_error("some_code_nobody_knows"), {"message": "no"}, b"no", None])
def test_a_write_is_judged_by_its_status(status: int, verdict: Verdict, body: Any) -> None:
    assert write(status, body).verdict is verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("resource_already_exists", EXISTS),
        ("resource_conflict", EXISTS),
        ("rate_limit_exceeded", RETRY),
        ("unauthorized", STOP),
        ("cfdi_service_error", REFUSED),
        ("external_service_error", IN_DOUBT),
        ("database_error", IN_DOUBT),
        ("data_integrity_error", IN_DOUBT),
    ],
)
@pytest.mark.parametrize("shape", [lambda c: {"message": "m", "error": c}, lambda c: {"error": {"code": c}}])
def test_the_code_of_an_error_makes_a_refusal_more_precise(code: str, verdict: Verdict, shape: Any) -> None:
    judgement = write(400, shape(code))
    assert judgement.verdict is verdict
    assert judgement.code == code


WORDS_OF_A_DUPLICATE = [
    "metadata.internalId already exists",
    "The internal_id 'ERP-17' is already used.",
    "internalId must be unique",
    "Duplicate internalId: ERP-17",
    "El internalId ya existe",
    "Ya existe un pago con internalId ERP-17",
    "internalId duplicado",
    "Already exists",
    "This payment already exists.",
    "El pago ya existe.",
    "Duplicate record",
    "duplicate key",
]
WORDS_OF_OTHER_THINGS = [
    "metadata.internalId is required",
    "client.metadata.internalId already exists",
    "Client already exists in another team",
    "client already exists",
    "The RFC already exists",
    "Duplicate item in items[1]",
    "items.name is duplicated",
    "El cliente ya existe",
    "The invoice series already exists and is not unique",
    "no",
]


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("words", WORDS_OF_A_DUPLICATE)
@pytest.mark.parametrize("shape", [lambda w: {"error": w}, lambda w: {"message": w, "error": "validation_failed"}])
def test_a_refusal_whose_words_say_that_the_record_exists_is_looked_up(status: int, words: str, shape: Any) -> None:
    assert write(status, shape(words)).verdict is EXISTS


@pytest.mark.parametrize("code", ["already_exists", "duplicate", "duplicate_key", "duplicate_internal_id"])
def test_so_is_one_whose_unknown_code_says_it(code: str) -> None:
    assert write(400, an_error(code)).verdict is EXISTS


@pytest.mark.parametrize("words", WORDS_OF_OTHER_THINGS)
def test_words_about_something_else_that_exists_stay_a_refusal(words: str) -> None:
    assert write(400, {"message": words}).verdict is REFUSED


@pytest.mark.parametrize(("status", "verdict"), [(404, REFUSED), (401, STOP), (500, IN_DOUBT), (429, RETRY)])
def test_words_take_nothing_back_of_another_status(status: int, verdict: Any) -> None:
    assert write(status, {"message": "internalId already exists"}).verdict is verdict


def test_words_of_a_read_mean_nothing_of_the_kind() -> None:
    assert read(400, {"message": "already exists"}).verdict is REFUSED


@given(status=st.sampled_from([401, 403, 409, 408, 500, 502, 503]), code=st.sampled_from(list(DIALECT.write.code)))
def test_a_code_takes_nothing_back_of_what_the_status_says(status: int, code: str) -> None:
    assert write(status, an_error(code)).verdict is write(status, an_error()).verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (None, STOP),
        (b"404 not found", STOP),
        (b"Not found", STOP),
        ({"message": "Cannot POST /v2/payments"}, STOP),
        (an_error("resource_not_found", "POST /v3/payments: Not Found"), STOP),
        (an_error("resource_not_found", "there is no client client_1"), REFUSED),
        (an_error("resource_not_found", ""), REFUSED),
    ],
)
def test_a_404_about_the_path_stops_the_run_and_one_about_the_record_refuses_it(body: Any, verdict: Verdict) -> None:
    judgement = write(404, body)
    assert judgement.verdict is verdict
    assert judgement.fate_known
    assert ("GIGSTACK_DIALECT" in judgement.advice) is (verdict is STOP)


@pytest.mark.parametrize("status", [200, 201, 400, 408, 413, 422, 431, 500, 502, 503, 504])
def test_a_web_page_is_no_answer_of_the_api_so_the_write_is_in_doubt(status: int) -> None:
    judgement = write(status, HTML)
    assert judgement.verdict is IN_DOUBT
    assert "502 Bad Gateway" in judgement.message


@pytest.mark.parametrize("status", [301, 303, 307, 401, 403, 404, 405])
def test_a_web_page_that_means_a_wrong_address_stops_the_run_and_settles_nothing(status: int) -> None:
    judgement = write(status, HTML)
    assert judgement.verdict is STOP
    assert not judgement.fate_known


def test_a_redirect_settles_nothing_because_some_redirect_after_the_work() -> None:
    assert not write(303, {"message": "see other"}).fate_known


@pytest.mark.parametrize("judge", [judge_write, judge_read])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_names_where_it_points_and_the_setting_to_look_at(status: int, judge: Any) -> None:
    judgement = judge(DIALECT, a_reply(status, b"", elsewhere="login.example.test"))
    assert "redirects to login.example.test" in judgement.message
    assert "GIGSTACK_BASE_URL" in judgement.advice
    assert "key with" not in judgement.advice
    assert "redirects to another path" in judge(DIALECT, a_reply(status, b"")).message


def test_what_to_do_about_a_stop_is_said_of_the_key_only_where_it_is_the_key() -> None:
    assert "key" in write(401, an_error("unauthorized")).advice
    assert "GIGSTACK_BASE_URL" in write(404, HTML).advice
    assert "GIGSTACK_BASE_URL" in judge_write(DIALECT, NoReply(False, "not trusted", 0.1, hopeless=True)).advice
    assert write(400, an_error()).advice == write(500).advice == write(429).advice == ""


@pytest.mark.parametrize("status", [302, 401, 404])
def test_no_message_is_longer_than_a_line_or_two(status: int) -> None:
    assert len(judge_write(DIALECT, a_reply(status, {"message": "x" * 1000}, elsewhere="h" * 200)).message) <= 300


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_settles_that_nothing_was_done(status: int) -> None:
    assert write(status, an_error("unauthorized")).fate_known


def test_a_429_is_turned_away_before_the_work_whoever_says_it() -> None:
    for body in (an_error("rate_limit_exceeded"), HTML, None):
        judgement = judge_write(DIALECT, a_reply(429, body, retry_after_s=7.0))
        assert judgement.verdict is RETRY
        assert judgement.retry_after_s == 7.0


def test_what_was_sent_and_not_answered_is_in_doubt_and_what_was_not_sent_is_not() -> None:
    sent = judge_write(DIALECT, NoReply(sent=True, cause="no answer within 30 s", seconds=30.0))
    unsent = judge_write(DIALECT, NoReply(sent=False, cause="could not connect", seconds=0.1))
    assert (sent.verdict, sent.fate_known, sent.status) == (IN_DOUBT, False, None)
    assert (unsent.verdict, unsent.fate_known, unsent.status) == (RETRY, True, None)
    assert "no answer within 30 s" in sent.message


@pytest.mark.parametrize("judge", [judge_write, judge_read])
def test_a_server_that_cannot_be_trusted_stops_the_run(judge: Any) -> None:
    judgement = judge(DIALECT, NoReply(sent=False, cause="its certificate is not trusted", seconds=0.1, hopeless=True))
    assert judgement.verdict is STOP
    assert judgement.fate_known


@given(
    status=st.integers(100, 999),
    body=st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=8) | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["data", "id", "error", "message", "success", "code", "details"]), inner, max_size=4
                )
            ),
        ),
    ),
)
def test_whatever_comes_gets_a_verdict_and_nothing_but_a_refusal_or_429_lets_a_write_be_sent_again(
    status: int, body: Any
) -> None:
    judgement = write(status, body)
    assert len(judgement.message) <= 300
    assert judgement.message.isprintable()
    assert (judgement.verdict is DONE) == (judgement.remote_id is not None)
    if judgement.verdict is RETRY:
        assert status == 429
    if judgement.verdict in (REFUSED, EXISTS):
        assert 400 <= status < 500
    signal_of(judgement)
    signal_of(read(status, body))


# --- reads ------------------------------------------------------------------------------------------------


def test_a_read_gives_the_whole_envelope() -> None:
    envelope = {"data": [], "hasMore": False, "totalResults": 0}
    judgement = read(200, envelope)
    assert judgement.verdict is DONE
    assert judgement.data == envelope


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        *((200, body, RETRY) for body in (None, b'{"data": [', HTML, b"[]", {"success": False})),
        (200, {"success": False, "error": "unauthorized"}, STOP),
        *((status, an_error(), RETRY) for status in (408, 425, 429, 500, 502, 503, 504)),
        *((status, HTML, RETRY) for status in (429, 500, 502, 503)),
        *((status, an_error(), REFUSED) for status in (400, 404, 405, 422)),
        (400, an_error("rate_limit_exceeded"), RETRY),
        (404, HTML, REFUSED),
        *((status, body, STOP) for status in (302, 401, 403) for body in (an_error(), HTML)),
        (402, an_error(), STOP),
    ],
)
def test_a_read_is_tried_again_whenever_that_may_help(status: int, body: Any, verdict: Verdict) -> None:
    assert read(status, body).verdict is verdict


@pytest.mark.parametrize("sent", [True, False])
def test_a_read_without_an_answer_is_tried_again(sent: bool) -> None:
    assert judge_read(DIALECT, NoReply(sent=sent, cause="x", seconds=1.0)).verdict is RETRY


# --- what the throttle learns -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judgement", "signal"),
    [
        (write(200, {"data": {"id": "p_1"}}), Signal.OK),
        (read(200, {"data": []}), Signal.OK),
        (write(200, HTML), Signal.ERROR),
        (write(400, an_error("validation_failed")), Signal.REFUSED),
        (write(409, an_error()), Signal.REFUSED),
        (write(401, an_error()), Signal.REFUSED),
        (write(429, None), Signal.PUSH_BACK),
        (read(429, None), Signal.PUSH_BACK),
        (write(400, an_error("rate_limit_exceeded")), Signal.PUSH_BACK),
        (read(408, None), Signal.ERROR),
        (write(500, an_error()), Signal.ERROR),
        (judge_write(DIALECT, NoReply(sent=True, cause="x", seconds=1.0)), Signal.ERROR),
        (judge_write(DIALECT, NoReply(sent=False, cause="x", seconds=1.0)), Signal.ERROR),
    ],
)
def test_only_good_answers_speed_up_and_a_refused_row_does_not_slow_down(judgement: Judgement, signal: Signal) -> None:
    assert signal_of(judgement) is signal


# --- messages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"error": {"code": "validation_failed", "message": "items is required"}}, "items is required"),
        ({"error": "El cliente no existe", "message": "Error"}, "El cliente no existe"),
        ({"error": "validation_failed", "message": "items is required"}, "items is required"),
        ({"message": "items is required"}, "items is required"),
        ({"message": "No", "details": ["rfc is wrong", "zip is wrong"]}, "No; rfc is wrong; zip is wrong"),
        ({"error": {"message": "No", "details": "rfc is wrong"}}, "No; rfc is wrong"),
        ({"message": "No", "details": [{"field": "rfc", "message": "is wrong"}]}, "No; rfc: is wrong"),
        (b"Bad Request\n\x1b[31mred", "Bad Request [31mred"),
        (b'"not allowed"', '"not allowed"'),
    ],
)
def test_the_servers_own_words_are_found_in_every_known_shape(body: Any, shown: str) -> None:
    assert write(422, body).message.endswith(f": {shown}")


@pytest.mark.parametrize(
    ("said", "hidden", "shown"),
    [
        ("invalid token Bearer sk_live_12345678", "12345678", "Bearer ***"),
        ("bad eyJhbGciOiJIUzI1NiJ9.eyJ0ZWFtIjoiYSJ9.c2ln", "eyJ", "bad ***"),
        ("key sk_test_abcdef123456 is revoked", "abcdef", "key *** is revoked"),
        ("ana.lopez@empresa.example is taken", "lopez", "a***@empresa.example is taken"),
        ("rfc LOAA800101AB1 is not active", "800101", "rfc LOAA*** is not active"),
    ],
)
def test_secrets_and_personal_data_that_a_server_echoes_are_masked(said: str, hidden: str, shown: str) -> None:
    message = write(400, {"message": said}).message
    assert hidden not in message
    assert shown in message


def test_a_message_is_short_whatever_the_server_says() -> None:
    assert len(write(400, {"message": "a@" * 500_000}).message) <= 300
    assert len(write(400, b"x" * 1_000_000).message) <= 300
    assert len(judge_write(DIALECT, NoReply(sent=True, cause="x" * 1000, seconds=1.0)).message) <= 300
