"""One record against the journal, case by case: the table behind every plan."""

from __future__ import annotations

import pytest
from builders import an_action

from pipeline.delivery.plan import Decision, decide
from pipeline.journal import Planned
from pipeline.model import Entry, Provenance, State

HERE = Provenance("this run", 0, 7)
ELSEWHERE = Provenance("this run", 0, 8)
EARLIER = Provenance("an earlier run", 0, 7)
TWIN = Planned(an_action(), ("rfc",), b"1234")


def entry(state: State, origin: Provenance, *, matched: bool = False) -> Entry:
    return Entry(state, origin, ("rfc",), b"1234", None, 1, matched)


UNTOUCHED = [State.REFUSED, State.REJECTED]
OPEN = [State.SENDING, State.IN_DOUBT]
CASES = [
    (None, None, (), Decision.CREATE),
    (None, TWIN, (), Decision.EXISTS),
    (None, TWIN, ("rfc",), Decision.CONFLICT),
    *((entry(state, origin), None, ("rfc",), Decision.CREATE) for state in UNTOUCHED for origin in (HERE, EARLIER)),
    (entry(State.PLANNED, HERE), None, ("rfc",), Decision.CREATE),
    (entry(State.PLANNED, EARLIER), None, ("rfc",), Decision.CREATE),
    (entry(State.PLANNED, ELSEWHERE), None, (), Decision.EXISTS),
    (entry(State.PLANNED, ELSEWHERE), None, ("rfc",), Decision.CONFLICT),
    *((entry(state, EARLIER), None, (), Decision.LOOK_UP) for state in OPEN),
    *((entry(state, EARLIER), None, ("rfc",), Decision.CONFLICT) for state in OPEN),
    (entry(State.DONE, HERE), None, (), Decision.CREATED),
    (entry(State.DONE, HERE, matched=True), None, (), Decision.EXISTS),
    (entry(State.DONE, ELSEWHERE), None, (), Decision.EXISTS),
    (entry(State.DONE, EARLIER), None, (), Decision.EXISTS),
    (entry(State.DONE, EARLIER), None, ("rfc",), Decision.CONFLICT),
]


@pytest.mark.parametrize(("known", "twin", "changed", "decision"), CASES)
def test_a_record_is_created_looked_up_known_or_a_contradiction(
    known: Entry | None, twin: Planned | None, changed: tuple[str, ...], decision: Decision
) -> None:
    assert decide(known, twin, changed, HERE) is decision


@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT, State.DONE])
def test_what_may_have_been_sent_is_never_created_again(state: State) -> None:
    for origin in (HERE, ELSEWHERE, EARLIER):
        for changed in ((), ("rfc",)):
            assert decide(entry(state, origin), None, changed, HERE) is not Decision.CREATE
