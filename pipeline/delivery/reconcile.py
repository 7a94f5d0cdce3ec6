"""Records in doubt, reconciled by looking: found is created, proven absent may be sent, all else stays in doubt.

A request whose answer we never saw may still be at work on the server. Absence is believed only when two looks say so,
`settle_s` seconds apart.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipeline.delivery.canary.comparison import contradicts
from pipeline.delivery.context import SendContext
from pipeline.delivery.payload import build_second
from pipeline.delivery.second import settle_second
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import Outcome
from pipeline.language.say import say
from pipeline.model import Action, Doubt, State
from pipeline.remote.answer import Lookup
from pipeline.remote.identity import Identity, identity_of_action
from pipeline.remote.list_lookup import ListLookup, open_list_lookup
from pipeline.remote.members import Money
from pipeline.remote.ownership import find_ambiguous, without_foreign

__all__ = ["Reconciled", "decide_fate", "judge_absences", "judge_shared", "reconcile"]


@dataclass(slots=True)
class Reconciled:
    """What became of records in doubt.

    `created` were found and are ours; `existing` were found and the API had called them existing; `other` are such too,
    but with other contents (which fields differ); `absent` may be sent again with the same key; of `open` nobody can
    tell, the first of them for the reason `why`. `several` are remote ids that show one internalId. `begun` are second
    requests of those created. Of a second request in doubt only what is not done is told. `unwitnessed`
    are those of `open` that the list does not show, though it would prove that they are absent if it showed any record
    that is known to be there.
    """

    created: list[Doubt] = field(default_factory=list)
    existing: list[Doubt] = field(default_factory=list)
    other: list[tuple[Doubt, str]] = field(default_factory=list)
    several: list[tuple[str, ...]] = field(default_factory=list)
    absent: list[Doubt] = field(default_factory=list)
    open: list[Doubt] = field(default_factory=list)
    begun: list[tuple[int, Action]] = field(default_factory=list)
    unwitnessed: list[Doubt] = field(default_factory=list)
    why: str = ""

    def add(self, doubt: Doubt, answer: Lookup, decision: "_Decision") -> None:
        match decision.outcome.state:
            case State.PLANNED if decision.outcome.begun:
                self.created.append(doubt)
                self.begun.append((doubt.record_id, build_second(doubt.action, answer.found[0])))
            case State.REJECTED:
                self.other.append((doubt, decision.why))
            case State.DONE:
                (self.existing if doubt.said_to_exist else self.created).append(doubt)
                self.several += [answer.found] if len(answer.found) > 1 else []
            case State.PLANNED:
                self.absent.append(doubt)
            case _:
                self.open.append(doubt)
                self.why = self.why or decision.why
                if answer.reason in _UNWITNESSED:
                    self.unwitnessed.append(doubt)


_EMPTY = say("the account's list is empty, which proves nothing before it has shown a record")
_HIDDEN = say("the account's list does not show a record that this run has created")
_UNWITNESSED = (_EMPTY, _HIDDEN)


class _Decision(NamedTuple):
    """The outcome of one doubt, and why: which fields differ, or what keeps anybody from telling."""

    outcome: Outcome
    why: str = ""


async def reconcile(
    doubts: Sequence[Doubt], resource: str, context: SendContext, folder: Path, settle_s: float
) -> Reconciled:
    """Look up every doubtful record of one resource, and remember what was found; the canary compares payments.

    Of several records that match, the first listed is taken as ours: nothing distinguishes them. One record that
    several doubts may be settles none of them.
    """
    reconciled = Reconciled()
    await _reconcile_seconds(
        [doubt for doubt in doubts if doubt.action.begun is not None], reconciled, context, settle_s
    )
    doubts = [doubt for doubt in doubts if doubt.action.begun is None]
    if not doubts:
        return reconciled
    lookup, answers = await _look_up(doubts, resource, context, folder)
    missing = [doubt for doubt, answer in zip(doubts, answers, strict=True) if answer.absent]
    if missing:
        await asyncio.sleep(settle_s)
        lookup, second = await _look_up(missing, resource, context, folder)
        again = iter(second)
        answers = [next(again) if answer.absent else answer for answer in answers]
    answers = await _doubt_other_mode(doubts, answers, lookup, context)
    failpoint(CrashPoint.LOOKED_UP)
    shown = [lookup.shown(answer.found[0]) if answer.found else None for answer in answers]
    decisions = [decide_fate(doubt, answer, row) for doubt, answer, row in zip(doubts, answers, shown, strict=True)]
    await context.commits.write_all([decision.outcome for decision in decisions])
    for doubt, answer, row, decision in zip(doubts, answers, shown, decisions, strict=True):
        reconciled.add(doubt, answer, decision)
        if answer.found and not doubt.said_to_exist:
            context.compare_listed(doubt.action, answer.found[0], row)
    return reconciled


async def _reconcile_seconds(
    doubts: Sequence[Doubt], reconciled: Reconciled, context: SendContext, settle_s: float
) -> None:
    settled = await settle_second(doubts, context, settle_s)
    if settled:
        failpoint(CrashPoint.LOOKED_UP)
    await context.commits.write_all([one.outcome for one in settled])
    for doubt, outcome, differing in settled:
        match outcome.state:
            case State.PLANNED:
                reconciled.absent.append(doubt)
            case State.REJECTED:
                reconciled.other.append((doubt, differing))
            case State.IN_DOUBT:
                reconciled.open.append(doubt)
                reconciled.why = reconciled.why or outcome.message or ""


async def _doubt_other_mode(
    doubts: Sequence[Doubt], answers: Sequence[Lookup], lookup: ListLookup, context: SendContext
) -> list[Lookup]:
    """Payments that seem absent, and stand in the other mode since nobody knows when: in doubt, and the run halts.

    Such a record is of a trial, or it is ours and the server mistakes the mode: sent again it would be there twice. It
    is of a trial if the account held it before anything was sent, or if the journal knows it as that trial's; and of
    one too as soon as an answer has shown that the server keeps to the mode.
    """
    actions = [
        doubt.action for doubt, answer in zip(doubts, answers, strict=True) if _may_be_elsewhere(doubt, answer, context)
    ]
    if not actions:
        return list(answers)
    endpoint = context.session.dialect.endpoints[actions[0].resource]
    who = [identity_of_action(endpoint, action)._replace(livemode=not action.livemode) for action in actions]
    twins = without_foreign(actions, await lookup.find(who), context.journal, context.account)
    named = [one.internal_id for one in who if one.internal_id is not None]
    held = {row.remote_id for row in context.journal.snapshot_rows(context.account, actions[0].resource, named)}
    elsewhere = {
        action.key: twin
        for action, answer in zip(actions, twins, strict=True)
        if (twin := next((i for i in answer.found if i not in held), None)) is not None
    }
    for action in actions:
        if action.key in elsewhere:
            context.halt_in_other_mode(action, elsewhere[action.key])
    return [
        answer.unproven_because(say("the account holds it in the other mode, as {id}", id=elsewhere[doubt.action.key]))
        if answer.absent and doubt.action.key in elsewhere
        else answer
        for doubt, answer in zip(doubts, answers, strict=True)
    ]


def _may_be_elsewhere(doubt: Doubt, answer: Lookup, context: SendContext) -> bool:
    endpoint = context.session.dialect.endpoints[doubt.action.resource]
    return answer.absent and endpoint.learnt_once and not context.canary.knows_mode(doubt.action)


def decide_fate(doubt: Doubt, answer: Lookup, shown: Money | None) -> _Decision:
    """What becomes of a doubt by what was found of it; `shown` is what the account says of the first one found."""
    outcome = partial(Outcome, doubt.record_id, matched=doubt.said_to_exist, cause=doubt.cause)
    if answer.found and doubt.said_to_exist and (differing := contradicts(doubt.action, shown)):
        said = say("the API says it exists, and the account holds it with another {differing}", differing=differing)
        return _Decision(outcome(State.REJECTED, message=said), differing)
    if answer.found and doubt.action.then is not None:
        return _Decision(outcome(State.PLANNED, answer.found[0], message=say("found in the account"), begun=True))
    if answer.found:
        return _Decision(outcome(State.DONE, answer.found[0], message=say("found in the account")))
    if answer.unknown:
        said = say("sent, answer unknown; {reason}", reason=answer.reason)
        return _Decision(outcome(State.IN_DOUBT, message=said), answer.reason)
    if doubt.said_to_exist:
        return _Decision(outcome(State.IN_DOUBT, message=say("the API says it exists, and its list does not show it")))
    return _Decision(outcome(State.PLANNED, message=say("looked up: not in the account")))


async def _look_up(
    doubts: Sequence[Doubt], resource: str, context: SendContext, folder: Path
) -> tuple[ListLookup, list[Lookup]]:
    """What is found of each doubt, and belongs to it alone.

    What the API itself calls existing stood in the account before: a list that was read earlier in the run and shows it
    is not read again.
    """
    actions = [doubt.action for doubt in doubts]
    endpoint = context.session.dialect.endpoints[resource]
    identities = [identity_of_action(endpoint, action) for action in actions]
    lookup = context.lookups.get(resource) if all(doubt.said_to_exist for doubt in doubts) else None
    found = [] if lookup is None else await lookup.find(identities)
    if lookup is None or not all(one.found for one in found):
        lookup = context.lookups[resource] = await open_list_lookup(resource, len(doubts), context.session, folder)
        found = await lookup.find(identities)
    answers = without_foreign(actions, found, context.journal, context.account)
    if lookup.shows(None) is False and not await _lists_show_rows(resource, context, folder):
        answers = [answer.unproven_because(_EMPTY) if answer.absent else answer for answer in answers]
    elif (witness := context.witnesses.get(resource)) is not None and lookup.shows(witness) is False:
        answers = [answer.unproven_because(_HIDDEN) if answer.absent else answer for answer in answers]
    if not lookup.shows_internal_ids():
        answers = judge_absences(answers, identities)
    return lookup, judge_shared(answers)


async def _lists_show_rows(resource: str, context: SendContext, folder: Path) -> bool:
    """Whether this server's lists show anything: one of another resource has a row.

    An empty list beside it is believed; where all are empty, nobody knows whether they would show what is there.
    """
    others = [name for name, endpoint in context.session.dialect.endpoints.items() if endpoint.creates]
    for other in others:
        if other != resource:
            known = context.lookups.get(other) or await open_list_lookup(other, 1, context.session, folder)
            if known.has_rows:
                return True
    return False


def judge_absences(answers: Sequence[Lookup], identities: Sequence[Identity]) -> list[Lookup]:
    """A list that shows no internalId at all proves no absence of a record that has nothing else to be known by."""
    return [
        answer.unproven_because(say("the list shows no internalId"))
        if answer.absent and who.natural is None
        else answer
        for answer, who in zip(answers, identities, strict=True)
    ]


def judge_shared(answers: Sequence[Lookup]) -> list[Lookup]:
    """A record that several of the doubts may be is none of them for sure."""
    ambiguous = find_ambiguous(answers)
    return [
        answer._replace(found=()).unproven_because(say("the account holds one record where several are missing"))
        if ambiguous.intersection(answer.found)
        else answer
        for answer in answers
    ]
