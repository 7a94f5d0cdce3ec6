"""Records in doubt, settled by looking: found is created, proven absent may be sent, all else stays in doubt.

A request whose answer we never saw may still be at work on the server. Absence is believed only when two looks say so,
`settle_s` seconds apart.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.crash_points import CrashPoint, reach
from pipeline.holdings import Found, Holdings, survey
from pipeline.identity import identity_of_body
from pipeline.journal import Outcome
from pipeline.lane import Doubt, Lane
from pipeline.model import State

__all__ = ["Settled", "reconcile"]


@dataclass(slots=True)
class Settled:
    """What became of records in doubt.

    `created` were found and are ours; `existing` were found and the API had called them existing; `absent` may be sent
    again with the same key; of `open` nobody can tell, for the reason `why`.
    """

    created: list[Doubt] = field(default_factory=list)
    existing: list[Doubt] = field(default_factory=list)
    absent: list[Doubt] = field(default_factory=list)
    open: list[Doubt] = field(default_factory=list)
    why: str = ""


async def reconcile(doubts: Sequence[Doubt], resource: str, lane: Lane, folder: Path, settle_s: float) -> Settled:
    """Look up every doubtful record of one resource, and remember what was found; the guard compares payments.

    Of several records that match, the first listed is taken as ours: nothing distinguishes them.
    """
    settled = Settled()
    if not doubts:
        return settled
    holdings, answers = await _looked_up(doubts, resource, lane, folder)
    settled.why = holdings.why
    missing = [doubt for doubt, answer in zip(doubts, answers, strict=True) if answer == ()]
    if missing:
        await asyncio.sleep(settle_s)
        holdings, second = await _looked_up(missing, resource, lane, folder)
        again = iter(second)
        answers = [next(again) if answer == () else answer for answer in answers]
        settled.why = settled.why or holdings.why
    reach(CrashPoint.LOOKED_UP)
    writes = [_settle(doubt, answer, settled) for doubt, answer in zip(doubts, answers, strict=True)]
    await asyncio.gather(*(lane.commits.write(outcome) for outcome in writes))
    for doubt, answer in zip(doubts, answers, strict=True):
        if answer and not doubt.claimed:
            lane.compare(doubt.action, answer[0], holdings.shown(answer[0]))
    return settled


def _settle(doubt: Doubt, answer: Found, settled: Settled) -> Outcome:
    record_id = doubt.record_id
    if answer:
        (settled.existing if doubt.claimed else settled.created).append(doubt)
        return Outcome(record_id, State.DONE, answer[0], message="found in the account", matched=doubt.claimed)
    if answer is None:
        settled.open.append(doubt)
        why = settled.why or "it cannot be looked up"
        return Outcome(record_id, State.IN_DOUBT, message=f"sent, answer unknown; {why}", matched=doubt.claimed)
    if doubt.claimed:
        settled.open.append(doubt)
        said = "the API says it exists, and its list does not show it"
        return Outcome(record_id, State.IN_DOUBT, message=said, matched=True)
    settled.absent.append(doubt)
    return Outcome(record_id, State.PLANNED, message="looked up: not in the account")


async def _looked_up(doubts: Sequence[Doubt], resource: str, lane: Lane, folder: Path) -> tuple[Holdings, list[Found]]:
    holdings = await survey(resource, len(doubts), lane.client, lane.throttle, lane.dialect, folder)
    return holdings, await holdings.find([identity_of_body(resource, d.action.body) for d in doubts])
