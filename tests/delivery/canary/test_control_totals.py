"""At the end the sums of what was meant and of what the API answered balance, in each currency by itself."""

from __future__ import annotations

import pytest
from builders import an_action

from pipeline.delivery.canary.control_totals import ControlTotals
from pipeline.model import Action, Expected
from pipeline.remote.members import Money


def meant(net: int, gross: int, tolerance: int = 0, currency: str = "MXN", key: str = "id:p1") -> Action:
    return an_action(key, expected=Expected(currency, net, gross, tolerance))


def added(*payments: tuple[Action, int]) -> ControlTotals:
    totals = ControlTotals()
    for action, amount in payments:
        totals.add(action, Money(amount), None)
    return totals


@pytest.mark.parametrize(
    ("payments", "balanced"),
    [
        ([], True),
        ([(meant(100, 116), 116), (meant(200, 232), 232)], True),
        ([(meant(100, 116), 100), (meant(200, 232), 200)], True),
        ([(meant(100, 116, 1), 117), (meant(200, 232, 1), 233)], True),
        ([(meant(100, 116, 1), 118), (meant(200, 232), 232)], False),
        ([(meant(100, 116), 117), (meant(200, 232), 231)], True),
        ([(meant(100, 116), 100), (meant(200, 232), 232)], False),
        ([(meant(100, 100), 99)], False),
        ([(meant(100, 100), 99), (meant(100, 100, currency="USD"), 101)], False),
    ],
    ids=["none", "with tax", "without", "rounded", "off", "off and back", "half of each", "one cent", "two currencies"],
)
def test_sums_balance_with_tax_or_without_within_what_rounding_may_lie_off(
    payments: list[tuple[Action, int]], balanced: bool
) -> None:
    assert (added(*payments).imbalance() is None) is balanced


def test_the_sentence_names_the_sums_and_the_first_payments_that_differ() -> None:
    totals = ControlTotals()
    for number in range(7):
        totals.add(meant(100, 116, key=f"id:p{number}"), Money(1), "too little")
    said = totals.imbalance()
    assert said is not None
    assert said.startswith("Payments in MXN add up to 7 cents in the API's answers, 700 without and 812 with tax")
    assert said.endswith("; ".join(f"p{number} (line 2): too little" for number in range(5)) + ")")


def test_an_answer_without_an_amount_or_a_record_that_is_no_payment_adds_nothing() -> None:
    totals = ControlTotals()
    totals.add(meant(100, 116), Money(), "no amount")
    totals.add(meant(100, 116), None, None)
    totals.add(an_action(), Money(116), None)
    assert (totals.by_currency(), totals.imbalance()) == ({}, None)


def test_the_sums_are_told_per_currency() -> None:
    totals = added((meant(100, 116), 116), (meant(5, 5, currency="USD"), 5), (meant(100, 116), 116))
    assert totals.by_currency() == {
        "MXN": {"payments": 2, "net": 200, "gross": 232, "answered": 232},
        "USD": {"payments": 1, "net": 5, "gross": 5, "answered": 5},
    }
