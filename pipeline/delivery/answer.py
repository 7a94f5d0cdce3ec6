"""What the answer to a sent record means for it: whose answer it is, and what the journal keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from pipeline.api.cause import ANSWERED_BEFORE, OTHER_RECORD, PATIENCE_S
from pipeline.api.throttle.admission import SHUT_OUT_S
from pipeline.api.verdict import CHECK_KEY, RATE_LIMITED, Judgement
from pipeline.errors import ApiStop
from pipeline.journal import Outcome
from pipeline.language.say import say
from pipeline.model import State
from pipeline.remote.identity import read_internal_id
from pipeline.remote.members import read_link
from schemas.dialects.spec import Endpoint, Verdict

__all__ = ["GivenIds", "build_outcome", "find_stop", "judge_owner", "judge_state", "was_turned_away"]

_STATES = {
    Verdict.DONE: State.DONE,
    Verdict.EXISTS: State.IN_DOUBT,  # it is there, but which one is it: looked up like any doubt
    Verdict.REFUSED: State.REFUSED,
    Verdict.RETRY: State.PLANNED,
    Verdict.STOP: State.PLANNED,
    Verdict.IN_DOUBT: State.IN_DOUBT,
}
"""What the journal keeps of a verdict whose fate is known. RETRY and STOP: not carried out, merely unsent."""


_KEPT = 100_000
"""Ids that are remembered, some 20 MB: an import may be larger than memory."""


@dataclass(slots=True)
class GivenIds:
    """The ids that answers of this run gave, and the keys of the records they were for; the newest ones."""

    _keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def is_free(self, endpoint: Endpoint, remote_id: str, key: str) -> bool:
        """Whether no other record was given the id; from now on it is this record's. Each resource has its own ids."""
        owner = self._keys.setdefault((endpoint.path, remote_id), key)
        if len(self._keys) > _KEPT:
            del self._keys[next(iter(self._keys))]
        return owner == key


def judge_state(judgement: Judgement) -> State:
    return _STATES[judgement.verdict] if judgement.fate_known else State.IN_DOUBT


def judge_owner(
    judgement: Judgement,
    key: str,
    body: Mapping[str, Any],
    endpoint: Endpoint,
    given: GivenIds,
    *,
    found: bool = False,
) -> Judgement:
    """An answer about another record says nothing of ours: whether it was created is looked up.

    It is about another one if it shows that one's internalId, or an id that was `given` to another before: whoever
    refers to ours would be sent with that one's. A record that was `found`, not created, may be several rows' own, and
    those of a row that has no internalId.
    """
    if judgement.verdict is not Verdict.DONE or judgement.data is None or judgement.remote_id is None:
        return judgement
    answered, ours = read_internal_id(endpoint, judgement.data), read_internal_id(endpoint, body)
    if answered not in (None, ours) and not (found and ours is None):
        cause = OTHER_RECORD
    elif (found and answered is not None) or given.is_free(endpoint, judgement.remote_id, key):
        return judgement
    else:
        cause = ANSWERED_BEFORE
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


def was_turned_away(judgement: Judgement) -> bool:
    """Whether all attempts of a record were used up, or the next would have to wait beyond patience."""
    return judgement.verdict is Verdict.RETRY or _asks_for_too_long(judgement)


def find_stop(judgement: Judgement, shut_s: float = 0.0) -> ApiStop | None:
    """Why nothing more is to be sent, where an answer says so of every record: a STOP, a server that is not there, one
    that asks for a pause beyond patience, or one that has let nothing through for `shut_s` seconds, too long."""
    if judgement.verdict is Verdict.STOP:
        stopped = say("The API stopped the run: {message}", message=judgement.message)
        return ApiStop(stopped, judgement.advice or CHECK_KEY)
    nobody_there = judgement.verdict is Verdict.RETRY and judgement.status is None
    if nobody_there or _asks_for_too_long(judgement):
        return ApiStop(judgement.message, say("Nothing is lost; when it is back, run: gigbulk runs resume"))
    if judgement.status == RATE_LIMITED and judgement.verdict is Verdict.RETRY and shut_s > SHUT_OUT_S:
        told = say(
            "The server has let nothing through for {seconds:.0f} s: {message}",
            seconds=shut_s,
            message=judgement.message,
        )
        return ApiStop(told, say("Nothing is lost; try again later: gigbulk runs resume"))
    return None


def _asks_for_too_long(judgement: Judgement) -> bool:
    """Whatever the status: a 503 may ask for a pause as a 429 does."""
    return (judgement.retry_after_s or 0.0) > PATIENCE_S
