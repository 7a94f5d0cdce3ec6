"""What a judgement of a write comes to: the state the journal keeps, and whose answer it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import an_action
from wire import DIALECT

from pipeline.api.cause import ANSWERED_BEFORE, OTHER_RECORD, PATIENCE_S
from pipeline.api.throttle.admission import SHUT_OUT_S
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.delivery.answer import GivenIds, find_stop, judge_owner, judge_state, was_turned_away
from pipeline.model import State

STATES = {
    (Verdict.DONE, True): State.DONE,
    (Verdict.REFUSED, True): State.REFUSED,
    (Verdict.RETRY, True): State.PLANNED,
    (Verdict.STOP, True): State.PLANNED,
    (Verdict.EXISTS, True): State.IN_DOUBT,
    (Verdict.IN_DOUBT, False): State.IN_DOUBT,
    (Verdict.STOP, False): State.IN_DOUBT,
}


@pytest.mark.parametrize(("verdict", "known"), STATES)
def test_a_record_is_unsent_only_when_it_is_certain_that_it_was_not_carried_out(verdict: Verdict, known: bool) -> None:
    assert judge_state(Judgement(verdict, "said", fate_known=known)) is STATES[verdict, known]


@pytest.mark.parametrize(
    ("answered", "ours"),
    [
        ({"metadata": {"internalId": "p1"}}, True),
        ({"metadata": {}}, True),
        ({}, True),
        ({"metadata": {"internalId": "p2"}}, False),
        ({"metadata": {"internalId": "P1"}}, False),
    ],
)
def test_an_answer_that_shows_another_internal_id_is_not_ours_and_one_that_shows_none_is(
    answered: dict[str, Any], ours: bool
) -> None:
    action = an_action("id:p1", body=json.dumps({"metadata": {"internalId": "p1"}}).encode())
    done = Judgement(Verdict.DONE, "created", remote_id="x1", status=201, data={"id": "x1", **answered})
    told = judge_owner(done, action.key, json.loads(action.body), DIALECT.endpoints["payments"], GivenIds())
    assert (told.verdict, told.remote_id) == ((Verdict.DONE, "x1") if ours else (Verdict.IN_DOUBT, None))
    assert told.cause == (None if ours else OTHER_RECORD)


@pytest.mark.parametrize("shows", [True, False], ids=["with its internalId", "without one"])
def test_an_answer_that_repeats_the_id_of_another_record_is_not_ours(shows: bool) -> None:
    """Payments of the second client would be sent with the first one's id."""
    given = GivenIds()
    assert _told(1, given, shows=shows).verdict is Verdict.DONE
    assert _told(1, given, shows=shows).verdict is Verdict.DONE, "another attempt of the same record"
    told = _told(2, given, shows=shows)
    assert (told.verdict, told.remote_id, told.cause) == (Verdict.IN_DOUBT, None, ANSWERED_BEFORE)


def test_records_of_two_resources_may_have_the_same_id() -> None:
    given = GivenIds()
    assert _told(1, given, shows=True, resource="clients").verdict is Verdict.DONE
    assert _told(2, given, shows=True, resource="payments").verdict is Verdict.DONE


def test_a_record_that_was_found_may_be_that_of_several_rows() -> None:
    given = GivenIds()
    assert _told(1, given, shows=True).verdict is Verdict.DONE
    assert _told(2, given, shows=True, found=True).verdict is Verdict.DONE


def _told(n: int, given: GivenIds, *, shows: bool, resource: str = "payments", found: bool = False) -> Judgement:
    sent = {"metadata": {"internalId": f"p{n}"}}
    data = {"id": "x1", **(sent if shows else {})}
    done = Judgement(Verdict.DONE, "created", remote_id="x1", status=201, data=data)
    return judge_owner(done, f"id:p{n}", sent, DIALECT.endpoints[resource], given, found=found)


@pytest.mark.parametrize(
    ("verdict", "status", "pause", "turned_away", "stops"),
    [
        (Verdict.DONE, 201, None, False, False),
        (Verdict.REFUSED, 422, None, False, False),
        (Verdict.EXISTS, 409, None, False, False),
        (Verdict.IN_DOUBT, None, None, False, False),
        (Verdict.STOP, 401, None, False, True),
        (Verdict.STOP, None, None, False, True),
        # all attempts used up: the next record may fare better, unless nobody is there
        (Verdict.RETRY, 429, None, True, False),
        (Verdict.RETRY, 429, PATIENCE_S, True, False),
        (Verdict.RETRY, None, None, True, True),
        # a pause beyond patience is asked of every record, whatever the status
        (Verdict.RETRY, 429, PATIENCE_S + 1, True, True),
        (Verdict.IN_DOUBT, 503, PATIENCE_S + 1, True, True),
        (Verdict.IN_DOUBT, 503, PATIENCE_S, False, False),
        (Verdict.STOP, 403, PATIENCE_S + 1, True, True),
    ],
)
def test_an_answer_stops_the_run_where_it_would_be_given_to_every_other_record_too(
    verdict: Verdict, status: int | None, pause: float | None, turned_away: bool, stops: bool
) -> None:
    judgement = Judgement(verdict, "said", status=status, retry_after_s=pause)
    assert was_turned_away(judgement) is turned_away
    assert (find_stop(judgement) is not None) is stops


@pytest.mark.parametrize(("shut_s", "stops"), [(0.0, False), (SHUT_OUT_S, False), (SHUT_OUT_S + 1, True)])
def test_a_server_that_answers_429_to_everything_for_a_minute_stops_the_run(shut_s: float, stops: bool) -> None:
    judgement = Judgement(Verdict.RETRY, "The server asks to try again later (429)", status=429)
    stop = find_stop(judgement, shut_s)
    assert (stop is not None) is stops
    if stop is not None:
        assert stop.message.startswith("The server has let nothing through for 61 s: ")


@pytest.mark.parametrize(
    ("judgement", "message", "hint"),
    [
        (Judgement(Verdict.STOP, "no key"), "The API stopped the run: no key", CHECK_KEY),
        (Judgement(Verdict.STOP, "paused", advice="Wait."), "The API stopped the run: paused", "Wait."),
        (Judgement(Verdict.STOP, "no", retry_after_s=PATIENCE_S + 1), "The API stopped the run: no", CHECK_KEY),
        (Judgement(Verdict.RETRY, "no connection"), "no connection",
         "Nothing is lost; when it is back, run: gigbulk runs resume"),
    ],
)  # fmt: skip
def test_what_stops_the_run_says_what_the_api_said_and_what_to_do(
    judgement: Judgement, message: str, hint: str
) -> None:
    stop = find_stop(judgement)
    assert stop is not None
    assert (stop.message, stop.hint) == (message, hint)
