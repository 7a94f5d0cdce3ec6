"""The second request of a record that one cannot say (`Create.then`): what it is, what its answer means, and, where
the answer was lost, what the record itself shows.

Until it is done the journal has the record as begun: it is never created again, whatever becomes of the second request.
"""

import asyncio
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from msgspec.structs import replace

from pipeline.api.cause import OTHER_RECORD
from pipeline.api.verdict import Judgement
from pipeline.delivery.canary.comparison import Wrong, decode_sent
from pipeline.delivery.canary.echoes import EchoReader
from pipeline.delivery.context import SendContext
from pipeline.journal import Outcome
from pipeline.language.say import say
from pipeline.model import Action, Doubt, State
from pipeline.remote.detail import read_detail
from schemas.dialects.spec import Create, Endpoint, Verdict

__all__ = ["Seen", "SettledSecond", "judge_second", "name_differing", "read_second", "settle_second"]


class Seen(Enum):
    """What a record says of its second request."""

    MADE = auto()
    OTHERWISE = auto()  # it was made with other values
    NOT_MADE = auto()
    NOTHING = auto()


class SettledSecond(NamedTuple):
    """A second request in doubt and what became of it; `differing` where the record shows it otherwise."""

    of: Doubt
    outcome: Outcome
    differing: str = ""


def read_second(action: Action, row: Mapping[str, Any], create: Create) -> tuple[Seen, Wrong | None]:
    """What the record shows of the second request `action`, and what of it is otherwise."""
    if create.then is None:
        return Seen.NOTHING, None
    sent = decode_sent((action.body if action.begun else action.then) or b"{}")
    echoes = EchoReader(create.then).compare(sent, row)
    for field, meant, said in echoes.other:
        if field in create.then.when:
            return Seen.NOT_MADE, None
        wrong = Wrong(say("{field} is {said}, expected {sent}", field=field, said=said, sent=meant), (field,))
        return Seen.OTHERWISE, wrong
    return (Seen.MADE if echoes.same.issuperset(create.then.when) else Seen.NOTHING), None


def judge_second(judgement: Judgement, action: Action, endpoint: Endpoint) -> tuple[Judgement, Wrong | None]:
    """The judgement as it stands for the record, and what its answer shows otherwise than it was sent.

    An answer that does not show the request as made is looked up like one that was lost.
    """
    if judgement.verdict is not Verdict.DONE:
        return judgement, None
    if judgement.remote_id != action.begun:
        other = replace(judgement, verdict=Verdict.IN_DOUBT, message=OTHER_RECORD.text, cause=OTHER_RECORD)
        return other, None
    shown, wrong = read_second(action, judgement.data or {}, endpoint.creates[action.create])
    if shown in (Seen.MADE, Seen.OTHERWISE):
        return judgement, wrong
    return replace(judgement, verdict=Verdict.IN_DOUBT, message=say("the answer does not show it as done")), None


async def settle_second(doubts: Sequence[Doubt], context: SendContext, settle_s: float) -> list[SettledSecond]:
    """Ask for each record by its id, twice where it shows nothing done: what was sent may still be at work."""
    settled = [await _settle(doubt, context) for doubt in doubts]
    if any(one.outcome.state is State.PLANNED for one in settled):
        await asyncio.sleep(settle_s)
    return [await _settle(one.of, context) if one.outcome.state is State.PLANNED else one for one in settled]


async def _settle(doubt: Doubt, context: SendContext) -> SettledSecond:
    action = doubt.action
    remote_id = action.begun or ""
    detail = await read_detail(context.session, action.resource, remote_id)
    create = context.session.dialect.endpoints[action.resource].creates[action.create]
    shown, wrong = (Seen.NOTHING, None) if detail.row is None else read_second(action, detail.row, create)
    differing = ""
    match shown:
        case Seen.MADE:
            state, said = State.DONE, say("found in the account")
        case Seen.NOT_MADE:
            state, said = State.PLANNED, say("looked up: the second request was not carried out")
        case Seen.OTHERWISE:
            differing = name_differing(wrong)
            state = State.REJECTED
            said = say("the account holds it with another {differing}", differing=differing)
        case _:
            why = detail.unread or say("the account does not show whether it was carried out")
            state, said = State.IN_DOUBT, say("sent, answer unknown; {reason}", reason=why)
    return SettledSecond(doubt, Outcome(doubt.record_id, state, remote_id, message=said, cause=doubt.cause), differing)


def name_differing(wrong: Wrong | None) -> str:
    return ", ".join(wrong.features) if wrong else ""
