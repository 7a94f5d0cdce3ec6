"""What the answer to a sent record means for it: whose answer it is, and what the journal keeps of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.api.cause import ANSWERED_BEFORE, OTHER_RECORD
from pipeline.api.verdict import Judgement
from pipeline.journal import Outcome
from pipeline.model import State
from pipeline.remote.identity import read_internal_id
from pipeline.remote.members import read_link
from schemas.dialects.spec import Endpoint, Verdict

__all__ = ["build_outcome", "judge_owner", "judge_state"]

_STATES = {
    Verdict.DONE: State.DONE,
    Verdict.EXISTS: State.IN_DOUBT,  # it is there, but which one is it: looked up like any doubt
    Verdict.REFUSED: State.REFUSED,
    Verdict.RETRY: State.PLANNED,
    Verdict.STOP: State.PLANNED,
    Verdict.IN_DOUBT: State.IN_DOUBT,
}
"""What the journal keeps of a verdict whose fate is known. RETRY and STOP: not carried out, merely unsent."""


def judge_state(judgement: Judgement) -> State:
    return _STATES[judgement.verdict] if judgement.fate_known else State.IN_DOUBT


def judge_owner(
    judgement: Judgement, key: str, body: Mapping[str, Any], endpoint: Endpoint, given: dict[str, str]
) -> Judgement:
    """An answer about another record says nothing of ours: whether it was created is looked up.

    It is about another one if it shows that one's internalId; or none, and an id that was `given` to another before.
    """
    if judgement.verdict is not Verdict.DONE or judgement.data is None or judgement.remote_id is None:
        return judgement
    answered = read_internal_id(endpoint, judgement.data)
    if answered is None:
        cause = None if given.setdefault(judgement.remote_id, key) == key else ANSWERED_BEFORE
    else:
        cause = None if answered == read_internal_id(endpoint, body) else OTHER_RECORD
    if cause is None:
        return judgement
    return replace(judgement, verdict=Verdict.IN_DOUBT, remote_id=None, message=cause.text, cause=cause)


def build_outcome(
    record_id: int, judgement: Judgement, endpoint: Endpoint, *, keeps_link: bool, matched: bool = False
) -> Outcome:
    """What the journal keeps of an answer; of its link only where links are wanted. `matched`: it was there."""
    link = read_link(endpoint, judgement.data) if keeps_link and judgement.data is not None else None
    return Outcome(
        record_id,
        judge_state(judgement),
        judgement.remote_id,
        judgement.status,
        judgement.code,
        judgement.message,
        matched or judgement.verdict is Verdict.EXISTS,
        judgement.cause,
        link,
    )
