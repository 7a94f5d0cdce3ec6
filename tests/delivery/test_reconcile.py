"""What becomes of a record in doubt, by what was found of it."""

from __future__ import annotations

from typing import Any

import pytest
from builders import an_action

from pipeline.delivery.reconcile import Reconciled, decide_fate, judge_absences, judge_shared
from pipeline.model import Doubt, Expected, State
from pipeline.remote.answer import Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.members import Money

PAYMENT = an_action(expected=Expected("MXN", 100, 116, 0))
SAME, OTHER = Money(116, "MXN"), Money(5, "MXN")
UNKNOWN = Lookup((), False, "the list gave 3 of 5 rows")

DECISIONS: dict[str, tuple[bool, Lookup, dict[str, Any] | None, State, str, str]] = {
    "found": (False, Lookup(("r1",)), SAME, State.DONE, "created", ""),
    "found in an incomplete list": (False, Lookup(("r1",), False, "short"), SAME, State.DONE, "created", ""),
    "found with another amount": (False, Lookup(("r1",)), OTHER, State.DONE, "created", ""),
    "found and nothing is shown of it": (False, Lookup(("r1",)), None, State.DONE, "created", ""),
    "proven absent": (False, Lookup(), None, State.PLANNED, "absent", ""),
    "unknown": (False, UNKNOWN, None, State.IN_DOUBT, "open", "the list gave 3 of 5 rows"),
    "said to exist and found": (True, Lookup(("r1",)), SAME, State.DONE, "existing", ""),
    "said to exist with another amount": (True, Lookup(("r1",)), OTHER, State.REJECTED, "other", "amount"),
    "said to exist, nothing is shown of it": (True, Lookup(("r1",)), None, State.DONE, "existing", ""),
    "said to exist and not in the list": (True, Lookup(), None, State.IN_DOUBT, "open", ""),
    "said to exist, unknown": (True, UNKNOWN, None, State.IN_DOUBT, "open", "the list gave 3 of 5 rows"),
}


@pytest.mark.parametrize(
    ("said_to_exist", "answer", "shown", "state", "fate", "why"), DECISIONS.values(), ids=DECISIONS
)
def test_a_doubt_is_decided_by_what_was_found_of_it(
    said_to_exist: bool, answer: Lookup, shown: Money | None, state: State, fate: str, why: str
) -> None:
    doubt = Doubt(7, PAYMENT, said_to_exist)
    decision = decide_fate(doubt, answer, shown)
    assert (decision.outcome.record_id, decision.outcome.state, decision.why) == (7, state, why)
    assert decision.outcome.remote_id == ("r1" if state is State.DONE else None)
    assert decision.outcome.matched is said_to_exist

    reconciled = Reconciled()
    reconciled.add(doubt, answer, decision)
    sorted_ = {name: getattr(reconciled, name) for name in ("created", "existing", "other", "absent", "open")}
    assert {name for name, doubts in sorted_.items() if doubts} == {fate}
    assert reconciled.why == (why if fate == "open" else "")


def test_an_outcome_that_stays_in_doubt_says_why() -> None:
    said = decide_fate(Doubt(1, PAYMENT), UNKNOWN, None).outcome.message
    assert said == "sent, answer unknown; the list gave 3 of 5 rows"


def test_of_several_that_match_the_first_is_taken_and_all_are_named() -> None:
    doubt, answer = Doubt(1, PAYMENT), Lookup(("r1", "r2"))
    reconciled = Reconciled()
    reconciled.add(doubt, answer, decide_fate(doubt, answer, SAME))
    assert (reconciled.created, reconciled.several) == ([doubt], [("r1", "r2")])


def test_the_reason_told_is_that_of_the_first_that_stays_open() -> None:
    reconciled = Reconciled()
    for reason in ("", "first", "second"):
        answer = Lookup((), not reason, reason)
        doubt = Doubt(1, PAYMENT, said_to_exist=True)
        reconciled.add(doubt, answer, decide_fate(doubt, answer, None))
    assert (len(reconciled.open), reconciled.why) == (3, "first")


@pytest.mark.parametrize(
    ("answer", "natural", "left"),
    [
        (Lookup(), None, Lookup((), False, "the list shows no internalId")),
        (Lookup(), ("email", "a@b.mx"), Lookup()),
        (Lookup(("r1",)), None, Lookup(("r1",))),
        (UNKNOWN, None, UNKNOWN),
    ],
)
def test_a_list_without_internal_ids_proves_no_absence_of_what_has_nothing_else(
    answer: Lookup, natural: tuple[str, str] | None, left: Lookup
) -> None:
    assert judge_absences([answer], [Identity("p1", natural)]) == [left]


def test_a_record_that_two_doubts_may_be_settles_neither() -> None:
    left = judge_shared([Lookup(("r1",)), Lookup(("r1", "r2")), Lookup(("r3",)), Lookup()])
    assert [(answer.found, answer.proven) for answer in left] == [((), False), ((), False), (("r3",), True), ((), True)]
    assert {answer.reason for answer in left[:2]} == {"the account holds one record where several are missing"}
