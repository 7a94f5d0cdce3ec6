"""Records in doubt, reconciled by looking: found is created, proven absent may be sent, all else stays in doubt.

A request whose answer we never saw may still be at work on the server. Absence is believed only when two looks say so,
`settle_s` seconds apart.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.delivery.canary import Canary
from pipeline.delivery.context import SendContext
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import Outcome
from pipeline.model import Doubt, State
from pipeline.remote.identity import identity_of_body
from pipeline.remote.lookup import Found, ListLookup, open_list_lookup
from pipeline.remote.ownership import find_ambiguous, without_foreign

__all__ = ["Reconciled", "reconcile"]


@dataclass(slots=True)
class Reconciled:
    """What became of records in doubt.

    `created` were found and are ours; `existing` were found and the API had called them existing; `other` are such too,
    but with other contents (which fields differ); `absent` may be sent again with the same key; of `open` nobody can
    tell, for the reason `why`. `several` are remote ids that show one internalId.
    """

    created: list[Doubt] = field(default_factory=list)
    existing: list[Doubt] = field(default_factory=list)
    other: list[tuple[Doubt, str]] = field(default_factory=list)
    several: list[tuple[str, ...]] = field(default_factory=list)
    absent: list[Doubt] = field(default_factory=list)
    open: list[Doubt] = field(default_factory=list)
    why: str = ""


async def reconcile(
    doubts: Sequence[Doubt], resource: str, context: SendContext, folder: Path, settle_s: float
) -> Reconciled:
    """Look up every doubtful record of one resource, and remember what was found; the canary compares payments.

    Of several records that match, the first listed is taken as ours: nothing distinguishes them. One record that
    several doubts may be settles none of them.
    """
    reconciled = Reconciled()
    if not doubts:
        return reconciled
    lookup, answers = await _looked_up(doubts, resource, context, folder)
    reconciled.why = lookup.why
    missing = [doubt for doubt, answer in zip(doubts, answers, strict=True) if answer == ()]
    if missing:
        await asyncio.sleep(settle_s)
        lookup, second = await _looked_up(missing, resource, context, folder)
        again = iter(second)
        answers = [next(again) if answer == () else answer for answer in answers]
        reconciled.why = reconciled.why or lookup.why
    failpoint(CrashPoint.LOOKED_UP)
    shown = [lookup.shown(answer[0]) if answer else None for answer in answers]
    writes = [_decide(doubt, found, row, reconciled) for doubt, found, row in zip(doubts, answers, shown, strict=True)]
    await asyncio.gather(*(context.commits.write(outcome) for outcome in writes))
    for doubt, answer, row in zip(doubts, answers, shown, strict=True):
        if answer and not doubt.claimed:
            context.compare(doubt.action, answer[0], row)
    return reconciled


def _decide(doubt: Doubt, answer: Found, shown: Mapping[str, Any] | None, reconciled: Reconciled) -> Outcome:
    record_id = doubt.record_id
    if answer and doubt.claimed and (differing := Canary.contradicts(doubt.action, shown)):
        reconciled.other.append((doubt, differing))
        said = f"the API says it exists, and the account holds it with another {differing}"
        return Outcome(record_id, State.REFUSED, message=said, matched=True)
    if answer:
        if len(answer) > 1:
            reconciled.several.append(answer)
        (reconciled.existing if doubt.claimed else reconciled.created).append(doubt)
        return Outcome(record_id, State.DONE, answer[0], message="found in the account", matched=doubt.claimed)
    if answer is None:
        reconciled.open.append(doubt)
        why = reconciled.why or "it cannot be looked up"
        return Outcome(record_id, State.IN_DOUBT, message=f"sent, answer unknown; {why}", matched=doubt.claimed)
    if doubt.claimed:
        reconciled.open.append(doubt)
        said = "the API says it exists, and its list does not show it"
        return Outcome(record_id, State.IN_DOUBT, message=said, matched=True)
    reconciled.absent.append(doubt)
    return Outcome(record_id, State.PLANNED, message="looked up: not in the account")


async def _looked_up(
    doubts: Sequence[Doubt], resource: str, context: SendContext, folder: Path
) -> tuple[ListLookup, list[Found]]:
    """What is found of each doubt, and belongs to it alone.

    A list that shows no internalId at all proves no absence of a record that has nothing else to be known by.
    """
    lookup = await open_list_lookup(resource, len(doubts), context.session, folder)
    actions = [doubt.action for doubt in doubts]
    identities = [identity_of_body(resource, action.body) for action in actions]
    found = await lookup.find(identities)
    found = without_foreign(actions, found, context.ledger, context.account, proven=not lookup.why)
    if not lookup.shows_internal_ids():
        blind = [answer == () and who.natural is None for answer, who in zip(found, identities, strict=True)]
        found = [None if unseen else answer for unseen, answer in zip(blind, found, strict=True)]
        lookup.why = lookup.why or ("the list shows no internalId" if any(blind) else "")
    contended = find_ambiguous(found)
    if contended:
        lookup.why = lookup.why or "the account holds one record where several are missing"
    return lookup, [None if answer and contended.intersection(answer) else answer for answer in found]
