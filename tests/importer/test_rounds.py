"""When the account is asked before anything is created, and how many lost answers are too many."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from builders import an_action

from pipeline.importer.request import ImportRequest
from pipeline.importer.rounds import CANARIES, Losses, looks_first
from pipeline.model import Doubt
from schemas.dialects import dialect
from schemas.dialects.spec import Create, Search

PLAIN = Create("/c", {})
SEARCHING = replace(PLAIN, search=Search("search", {"rfc": "tax_id"}))
CHANGING = replace(PLAIN, search=Search("search", {"rfc": "tax_id"}, update="update"))

LOST, CLAIMED = Doubt(1, an_action()), Doubt(2, an_action(), True)


@pytest.mark.parametrize(
    ("match", "on_existing", "creates", "looks"),
    [
        (True, "skip", (PLAIN,), True),
        (True, "error", (PLAIN,), True),
        (True, "update", (PLAIN,), True),
        (True, "skip", (CHANGING,), True),
        (True, "error", (CHANGING,), True),
        (True, "update", (SEARCHING,), True),
        (True, "update", (CHANGING,), False),
        (True, "update", (PLAIN, CHANGING), False),
        (False, "skip", (PLAIN,), False),
        (False, "update", (CHANGING,), False),
    ],
)
def test_the_account_is_asked_first_unless_told_not_to_or_where_the_api_changes_what_it_finds(
    match: bool, on_existing: Literal["skip", "error", "update"], creates: tuple[Create, ...], looks: bool
) -> None:
    request = ImportRequest(("clients.csv",), match=match, on_existing=on_existing)
    endpoint = replace(dialect("2025-06").endpoints["clients"], creates=creates)
    assert looks_first(request, endpoint) is looks


@pytest.mark.parametrize(
    ("rounds", "passed", "too_many"),
    [
        ([], False, False),
        ([[LOST]] * (CANARIES - 1), False, False),
        ([[LOST]] * CANARIES, False, True),
        ([[LOST]] * CANARIES, True, False),
        ([[LOST]] * (CANARIES + 1), False, True),
        # what left together is one loss; what the API says to hold is none, and neither is nothing
        ([[LOST, LOST]] * (CANARIES - 1), False, False),
        ([[CLAIMED]] * CANARIES, False, False),
        ([[CLAIMED, LOST]] * CANARIES, False, True),
        ([[LOST], []] * (CANARIES - 1), False, False),
    ],
)
def test_a_server_that_lost_the_answers_of_all_its_canaries_is_not_fit_to_be_sent_to(
    rounds: list[list[Doubt]], passed: bool, too_many: bool
) -> None:
    losses = Losses()
    for doubts in rounds:
        losses.note(doubts)
    assert losses.are_too_many(passed=passed) is too_many
