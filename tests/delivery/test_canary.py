"""What a first answer may say, and which differences stop a run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from builders import an_action

from pipeline.delivery.canary import Canary, contradicts
from pipeline.model import Action

TAXED = an_action(expected=("MXN", 10000, 11600, 2))
UNTAXED = an_action(expected=("MXN", 10000, 10000, 0))
GOOD = {"amount": 11600, "currency": "MXN", "livemode": False}


@pytest.mark.parametrize(
    ("action", "answer", "wrong"),
    [
        (TAXED, GOOD, None),
        (TAXED, {"amount": 11602}, None),
        (TAXED, {"amount": 11598}, None),
        (TAXED, {"amount": Decimal("11600")}, None),
        (TAXED, {"amount": 10000}, None),
        (TAXED, {"amount": 11603}, "the amount is 11603 cents of MXN, expected 10000 without or 11600 with tax"),
        (TAXED, {"amount": 116}, "the amount is 116 cents of MXN, expected 10000 without or 11600 with tax"),
        (UNTAXED, {"amount": 10001}, "the amount is 10001 cents of MXN, expected 10000"),
        (TAXED, {}, "the answer shows no amount (expected 10000 cents of MXN)"),
        (TAXED, {"amount": True}, "the answer shows no amount (expected 10000 cents of MXN)"),
        (TAXED, {"amount": "11600"}, "the answer shows no amount (expected 10000 cents of MXN)"),
        (TAXED, GOOD | {"currency": "USD"}, "the currency is USD, expected MXN"),
        (TAXED, GOOD | {"livemode": True}, "livemode is true, expected false"),
        (TAXED, GOOD | {"livemode": True, "currency": "USD"}, "livemode is true, expected false"),
        (TAXED, None, None),
        (an_action(), {"amount": 1}, None),
    ],
)
def test_a_first_answer_that_says_something_else_stops_the_run(
    action: Action, answer: dict[str, Any] | None, wrong: str | None
) -> None:
    canary = Canary()
    assert canary.check_answer(action, answer) == wrong
    assert canary.must_stop == (wrong is not None)
    assert canary.passed == (wrong is None and action.expected is not None and answer is not None)


@pytest.mark.parametrize(
    ("answer", "must_stop"),
    [
        (GOOD, False),
        ({"amount": 1}, False),
        ({}, False),
        (GOOD | {"currency": "USD"}, True),
        (GOOD | {"livemode": True}, True),
    ],
)
def test_a_later_answer_stops_the_run_only_by_its_mode_or_currency(answer: dict[str, Any], must_stop: bool) -> None:
    canary = Canary()
    canary.check_answer(TAXED, GOOD)
    canary.check_answer(TAXED, answer)
    assert (canary.passed, canary.must_stop) == (True, must_stop)


def test_amounts_without_tax_are_said_once() -> None:
    canary = Canary()
    for _ in range(3):
        assert canary.check_answer(TAXED, {"amount": 10000}) is None
    assert canary.warnings == ["The API's amounts are answered without tax; totals were compared that way."]


@pytest.mark.parametrize(
    ("action", "shown", "differing"),
    [
        (TAXED, GOOD, None),
        (TAXED, {"amount": 10000, "currency": None, "livemode": None}, None),
        (TAXED, GOOD | {"amount": 11601}, None),
        (TAXED, GOOD | {"amount": 11603}, "amount"),
        (TAXED, GOOD | {"currency": "USD"}, "currency"),
        (TAXED, {"amount": 1, "currency": "USD", "livemode": True}, "amount, currency, livemode"),
        (TAXED, None, None),
        (an_action(), GOOD, None),
    ],
)
def test_a_payment_the_account_holds_contradicts_the_file_in_named_fields(
    action: Action, shown: dict[str, Any] | None, differing: str | None
) -> None:
    assert contradicts(action, shown) == differing
