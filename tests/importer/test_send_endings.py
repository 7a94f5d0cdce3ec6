"""What a run is told at its end, and how many records a limit lets through."""

from __future__ import annotations

import pytest
from builders import an_action

from pipeline.errors import ApiStop
from pipeline.importer.rounds import Allowance
from pipeline.importer.send import describe_left_over, describe_stop

QUEUE = [(number, an_action(f"id:p{number}")) for number in range(5)]


@pytest.mark.parametrize(
    ("unsent", "message"),
    [(0, "The key is refused."), (1, "The key is refused. Not sent: 1 record."), (1200, "The key is refused. Not sent: "
     "1,200 records.")],
)  # fmt: skip
def test_what_stopped_a_run_says_what_it_left_unsent_and_names_the_run(unsent: int, message: str) -> None:
    told = describe_stop(ApiStop("The key is refused.", "Then run: gigbulk runs resume"), unsent, "20260531-1200")
    assert (told.message, told.hint) == (message, "Then run: gigbulk runs resume 20260531-1200")


@pytest.mark.parametrize(
    ("unsent", "exhausted", "reason", "message"),
    [
        (0, 0, "", None),
        (0, 0, "Slow down.", None),
        (3, 0, "", None),
        (3, 0, "Slow down.", "Not sent: 3 records; Slow down."),
        (2, 2, "", "Not created: 2 records, sent 3 times without a whole answer and not held by the account."),
        (
            2,
            2,
            "Slow down.",
            "Not created: 2 records, sent 3 times without a whole answer and not held by the account.",
        ),
        (
            3,
            2,
            "",
            "Not created: 2 records, sent 3 times without a whole answer and not held by the account. "
            "Not sent: 1 record.",
        ),
    ],
)
def test_records_left_unsent_are_told_unless_only_a_limit_explains_them(
    unsent: int, exhausted: int, reason: str, message: str | None
) -> None:
    told = describe_left_over(unsent, exhausted, reason, "r1")
    assert (told and told.message) == message
    assert told is None or told.hint == "Send them with: gigbulk runs resume r1"


@pytest.mark.parametrize(
    ("limit", "spent", "given_back", "taken"),
    [
        (None, 3, 1, 5),
        (0, 0, 0, 0),
        (3, 0, 0, 3),
        (3, 2, 0, 1),
        (3, 3, 2, 2),
        (3, 9, 0, 0),
        (3, 9, 1, 1),
        (9, 0, 0, 5),
    ],
)
def test_a_limit_lets_through_what_is_left_of_it(limit: int | None, spent: int, given_back: int, taken: int) -> None:
    allowance = Allowance(limit)
    allowance.spend(spent)
    allowance.give_back(given_back)
    assert list(allowance.take(QUEUE)) == QUEUE[:taken]


def test_what_is_taken_and_not_sent_costs_nothing() -> None:
    allowance = Allowance(2)
    assert len(list(allowance.take(QUEUE))) == 2
    assert allowance.left == 2
