"""The second request of a record that one cannot say: what is sent, what its answer means."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline.api.verdict import Judgement
from pipeline.delivery.canary.features import SECOND
from pipeline.delivery.payload import build_second
from pipeline.delivery.second import Seen, judge_second, name_differing, read_second
from pipeline.model import Action
from schemas.dialects.spec import Verdict
from schemas.dialects.v2026 import V2026

PAYMENTS = V2026.endpoints["payments"]
WAY = next(number for number, create in enumerate(PAYMENTS.creates) if create.then is not None)
DATE = 1_772_388_000
FIRST = Action(
    "payments", "id:p1", False, 2, b'{"items":[]}', references={"client.id": ("clients", "id:c1")}, create=WAY,
    features="amount second", query={"team": "t1"}, then=b'{"payment_form":"03","date":1772388000}',
)  # fmt: skip
PAID: dict[str, Any] = {"id": "pay_1", "status": "succeeded", "payment_form": "03", "succeeded_at": DATE}


def test_it_says_the_second_body_to_the_id_of_the_first_and_nothing_of_its_own() -> None:
    second = build_second(FIRST, "pay_1")
    assert (second.body, second.begun, second.then, second.references) == (FIRST.then, "pay_1", None, {})
    assert (second.features, second.query, second.key) == (SECOND, {"team": "t1"}, "id:p1")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(second), type=Action) == second


@pytest.mark.parametrize(
    ("row", "seen", "differing"),
    [
        ({}, Seen.MADE, ""),
        ({"succeeded_at": None}, Seen.MADE, ""),
        ({"succeeded_at": DATE * 1000}, Seen.MADE, ""),
        ({"status": "requires_payment_method"}, Seen.NOT_MADE, ""),
        ({"status": "requires_payment_method", "succeeded_at": None}, Seen.NOT_MADE, ""),
        ({"status": "processing"}, Seen.NOTHING, ""),
        ({"status": None}, Seen.NOTHING, ""),
        ({"succeeded_at": DATE + 40 * 86_400}, Seen.OTHERWISE, "date"),
        ({"payment_form": "01"}, Seen.OTHERWISE, "paymentMethod"),
    ],
)
@pytest.mark.parametrize("begun", [True, False])
def test_what_a_record_shows_of_it(row: dict[str, Any], seen: Seen, differing: str, begun: bool) -> None:
    action = build_second(FIRST, "pay_1") if begun else FIRST
    found, wrong = read_second(action, PAID | row, PAYMENTS.creates[WAY])
    assert (found, name_differing(wrong)) == (seen, differing)


def test_a_record_of_one_request_shows_nothing_of_a_second() -> None:
    assert read_second(FIRST, PAID, PAYMENTS.creates[0]) == (Seen.NOTHING, None)


@pytest.mark.parametrize(
    ("remote_id", "row", "verdict"),
    [
        ("pay_1", {}, Verdict.DONE),
        ("pay_2", {}, Verdict.IN_DOUBT),
        ("pay_1", {"status": "requires_payment_method"}, Verdict.IN_DOUBT),
        ("pay_1", {"status": "processing"}, Verdict.IN_DOUBT),
    ],
)
def test_only_an_answer_that_shows_it_as_done_is_believed(
    remote_id: str, row: dict[str, Any], verdict: Verdict
) -> None:
    answered = Judgement(Verdict.DONE, status=200, remote_id=remote_id, data=PAID | row, message="ok")
    judged, wrong = judge_second(answered, build_second(FIRST, "pay_1"), PAYMENTS)
    assert (judged.verdict, wrong) == (verdict, None)


def test_an_answer_that_shows_another_day_is_wrong() -> None:
    answered = Judgement(
        Verdict.DONE, status=200, remote_id="pay_1", message="", data=PAID | {"succeeded_at": DATE + 86_400 * 9}
    )
    judged, wrong = judge_second(answered, build_second(FIRST, "pay_1"), PAYMENTS)
    assert judged.verdict is Verdict.DONE
    assert wrong is not None and "date is" in wrong.sentence


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.RETRY, Verdict.STOP, Verdict.EXISTS, Verdict.IN_DOUBT])
def test_every_other_answer_means_what_it_does_for_a_creation(verdict: Verdict) -> None:
    answered = Judgement(verdict, "no", status=500)
    assert judge_second(answered, build_second(FIRST, "pay_1"), PAYMENTS) == (answered, None)
