"""Whatever an answer shows in a member's place, comparing it ends in a verdict: what was created must be remembered."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.canary.echoes import Echoes, EchoReader
from pipeline.remote.members import read_number
from schemas.dialects import DIALECTS

BODIES: dict[str, dict[str, Any]] = {
    "2025-06": {
        "date": "2026-01-31T10:00:00-06:00",
        "currency": "USD",
        "exchange": Decimal("17.5"),
        "paymentMethod": "03",
        "items": [
            {
                "quantity": 1,
                "total": Decimal(5),
                "product_key": "81101706",
                "taxes": [{"type": "IVA", "rate": Decimal("0.16"), "factor": "Tasa"}],
            }
        ],
    },
}
BODIES["2026"] = {
    "currency": "USD",
    "exchange_rate": Decimal("17.5"),
    "payment_form": "03",
    "items": [
        {
            "quantity": 1,
            "unit_price": Decimal(5),
            "product_key": "81101706",
            "taxes": [{"type": "IVA", "rate": Decimal("0.16"), "factor": "Tasa", "withholding": False}],
        }
    ],
}
ODD = [
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01", "", "rubbish", "T", "2026-13-45"),
    *(-62135596800, -9 * 10**10, 10**400, 10**30, 0, -1, Decimal("1e300"), Decimal("-1e-300")),
    *("NaN", "sNaN", "Infinity", "-Infinity", "1E999999", "1E99999999", "1e-99999999"),
    *(True, None, [], {}, [None], {"a": 1}, [[1]], "٣", "𝟛"),
]
NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=30) | st.datetimes().map(str) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def compare(dialect: str, answer: dict[str, Any]) -> Echoes:
    create = DIALECTS[dialect].endpoints["payments"].creates[0]
    return EchoReader(create).compare(BODIES[dialect], answer)


def answers(dialect: str, value: Any) -> list[dict[str, Any]]:
    """The record as it was sent, but for that value in the place of one member of it, at every depth."""
    body = BODIES[dialect]
    (item,) = body["items"]
    (tax,) = item["taxes"]
    return [
        *({**body, name: value} for name in body),
        *({**body, "items": [{**item, name: value}]} for name in item),
        *({**body, "items": [{**item, "taxes": [{**tax, name: value}]}]} for name in tax),
    ]


@pytest.mark.parametrize("dialect", BODIES)
@pytest.mark.parametrize("value", ODD, ids=lambda value: str(value)[:24])
def test_an_odd_value_is_compared_or_says_nothing(dialect: str, value: Any) -> None:
    for answer in answers(dialect, value):
        assert all(field and sent for field, sent, _ in compare(dialect, answer).other)


@pytest.mark.parametrize("dialect", BODIES)
@given(value=ANYTHING)
def test_a_member_more_in_an_item_changes_nothing_of_what_is_told(dialect: str, value: Any) -> None:
    for answer in answers(dialect, value):
        items = answer["items"]
        if isinstance(items, list) and all(isinstance(item, dict) for item in items):
            more = {**answer, "items": [{**item, "id": "item_1"} for item in items]}
            assert compare(dialect, answer) == compare(dialect, more)


@pytest.mark.parametrize("dialect", BODIES)
@given(value=ANYTHING)
def test_no_value_at_all_ends_the_comparing(dialect: str, value: Any) -> None:
    for answer in answers(dialect, value):
        compare(dialect, answer)


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", -62135596800, 0])
def test_the_zero_of_a_clock_is_another_day_than_the_one_that_was_sent(zero: Any) -> None:
    (difference,) = compare("2025-06", {"date": zero}).other
    assert (difference.field, difference.sent) == ("date", "2026-01-31T10:00:00-06:00")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "1E99999999", "1e-99999999"])
def test_what_is_no_amount_of_anything_is_no_number(text: str) -> None:
    assert read_number(text) is None
