"""Before creating: what of it does the account hold already? The API does not keep clients or services unique."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pipeline.delivery.canary.comparison import contradicts
from pipeline.delivery.context import SendContext
from pipeline.delivery.outbox import Outbox
from pipeline.errors import ApiStop
from pipeline.journal import Outcome
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Action, RecordKey, State
from pipeline.remote.identity import identity_of_action
from pipeline.remote.lookup import RemoteLookup, open_lookup
from pipeline.remote.members import Money
from pipeline.remote.ownership import without_foreign

__all__ = ["Match", "Matched", "match", "set_aside"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Match:
    """A record of the file, and the records of the account that it may be."""

    line: int
    key: str
    remote_ids: tuple[str, ...]


@dataclass(slots=True)
class Matched:
    """`create` holds what the account does not. The others are set aside: `existing` are there already (with skip off),
    `several` fit more than one of the account's, `other` are there with other contents (which fields differ), `changed`
    are there under an internalId that differs only by what a spreadsheet changes (which)."""

    create: Outbox
    existing: list[Match] = field(default_factory=list)
    several: list[Match] = field(default_factory=list)
    other: list[tuple[Match, str]] = field(default_factory=list)
    changed: list[tuple[Match, str]] = field(default_factory=list)


async def match(
    outbox: Outbox, resource: str, context: SendContext, folder: Path, *, skip: bool, accepts_changed_ids: bool = False
) -> Matched:
    """Set aside the records the account holds already; with `skip` they are remembered as done, else as rejected.

    When the account's list cannot be read to its end, the context is halted: creating blindly could create twice.
    """
    matched = Matched(Outbox(folder))
    taken: set[str] = set()
    endpoint = context.session.dialect.endpoints[resource]
    lookup = await open_lookup(resource, outbox.count, context.session, context.journal, context.account, folder)
    for chunk in _chunks(outbox):
        actions = [action for _, action in chunk]
        found = await lookup.find([identity_of_action(endpoint, action) for action in actions])
        answers = without_foreign(actions, found, context.journal, context.account)
        outcomes = []
        absent: list[tuple[int, Action]] = []
        for (record_id, action), answer in zip(chunk, answers, strict=True):
            answer = answer._replace(found=tuple(i for i in answer.found if not (_is_named(action) and i in taken)))
            if answer.unknown:
                context.halt(_unknowable(resource, answer.reason))
            if answer.found:
                outcome = set_aside(record_id, action, answer.found, lookup.shown(answer.found[0]), matched, skip)
                outcomes.append(outcome)
                taken.update([outcome.remote_id] if outcome.remote_id and _is_named(action) else [])
            else:
                absent.append((record_id, action))
        looked_for = [] if accepts_changed_ids else absent
        changed = await _find_changed(lookup, (action for _, action in looked_for))
        for record_id, action in absent:
            if (other := changed.get((action.livemode, action.key))) is not None:
                outcomes.append(_set_changed_aside(record_id, action, *other, matched))
            else:
                matched.create.add(record_id, action)
        await context.commits.write_all(outcomes)
    return matched


async def _find_changed(lookup: RemoteLookup, actions: Iterable[Action]) -> dict[tuple[bool, str], tuple[str, str]]:
    """By mode and key: an internalId of the account that is this one but for what a spreadsheet changes, and its remote
    id. A record of the other mode is another one, under whatever id."""
    named: dict[str, list[Action]] = {}
    for action in actions:
        if (own := RecordKey(action.key).internal_id) is not None:
            named.setdefault(own, []).append(action)
    return {
        (action.livemode, action.key): (other, remote_id)
        for own, other, remote_id in reversed(await lookup.find_changed(list(named)))
        for action in named[own]
        if lookup.mode(remote_id) in (None, action.livemode)
    }


def _set_changed_aside(record_id: int, action: Action, other: str, remote_id: str, matched: Matched) -> Outcome:
    matched.changed.append((Match(action.line, action.key, (remote_id,)), other))
    return Outcome(record_id, State.REJECTED, message=say("the account holds {other}, which may be it", other=other))


def set_aside(
    record_id: int,
    action: Action,
    found: tuple[str, ...],
    shown: Money | None,
    matched: Matched,
    skip: bool,
) -> Outcome:
    """Sort a record that the account holds; gives what the journal is to keep of it."""
    match = Match(action.line, action.key, found)
    if len(found) > 1:
        matched.several.append(match)
        return Outcome(record_id, State.REJECTED, message=say("several records of the account may be it"))
    if differing := contradicts(action, shown):
        matched.other.append((match, differing))
        return Outcome(
            record_id, State.REJECTED, message=say("the account holds it with another {differing}", differing=differing)
        )
    if not skip:
        matched.existing.append(match)
        return Outcome(record_id, State.REJECTED, message=say("the account holds it already"))
    return Outcome(record_id, State.DONE, found[0], message=say("held already"), matched=True)


def _is_named(action: Action) -> bool:
    return RecordKey(action.key).internal_id is not None


def _unknowable(resource: str, why: str) -> ApiStop:
    return ApiStop(
        say(
            "It cannot be told which {resource} the account holds already: {why}.",
            resource=name_word(resource),
            why=why.rstrip("."),
        ),
        say("Nothing was sent. Try again later; with --no-match records are created without looking."),
    )


def _chunks(outbox: Outbox) -> Iterator[list[tuple[int, Action]]]:
    rows = iter(outbox)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
