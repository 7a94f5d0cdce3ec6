"""Before creating: what of it does the account hold already? The API does not keep clients or services unique."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pipeline.delivery.canary import Canary
from pipeline.delivery.context import SendContext
from pipeline.delivery.outbox import Outbox
from pipeline.errors import ApiStop
from pipeline.journal import Outcome
from pipeline.model import Action, State
from pipeline.remote.identity import identity_of_body
from pipeline.remote.ownership import without_foreign
from pipeline.remote.snapshot import open_lookup

__all__ = ["Match", "Matched", "match"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Match:
    """A record of the file, and the records of the account that it may be."""

    line: int
    key: str
    remote_ids: tuple[str, ...]


@dataclass(slots=True)
class Matched:
    """`create` holds what the account does not; `held` counts what it does; with skip off, `existing` names it instead;
    `several` are the records that fit more than one of the account's, `other` those it holds with other contents (which
    fields differ)."""

    create: Outbox
    existing: list[Match] = field(default_factory=list)
    several: list[Match] = field(default_factory=list)
    other: list[tuple[Match, str]] = field(default_factory=list)
    held: int = 0


async def match(outbox: Outbox, resource: str, context: SendContext, folder: Path, *, skip: bool) -> Matched:
    """Set aside the records the account holds already; with `skip` they are remembered as done, else only listed.

    When the account's list cannot be read to its end, the context is halted: creating blindly could create twice.
    """
    matched = Matched(Outbox(folder))
    taken: set[str] = set()
    lookup = await open_lookup(resource, outbox.count, context.session, context.ledger, context.account, folder)
    for chunk in _chunks(outbox):
        held_here: list[Outcome] = []
        actions = [action for _, action in chunk]
        answers = await lookup.find([identity_of_body(resource, action.body) for action in actions])
        answers = without_foreign(actions, answers, context.ledger, context.account, proven=not lookup.why)
        for (record_id, action), found in zip(chunk, answers, strict=True):
            answer = found and tuple(i for i in found if _may_be(action, i, lookup.mode(i), taken))
            if answer is None:
                context.halt(_unknowable(resource, lookup.why))
                matched.create.add(record_id, action)
            elif not answer:
                matched.create.add(record_id, action)
            elif len(answer) > 1:
                matched.several.append(Match(action.line, action.key, answer))
            elif differing := Canary.contradicts(action, lookup.shown(answer[0])):
                matched.other.append((Match(action.line, action.key, answer), differing))
            elif skip:
                taken.update(answer if action.key.startswith("id:") else ())
                held_here.append(Outcome(record_id, State.DONE, answer[0], message="held already", matched=True))
            else:
                matched.existing.append(Match(action.line, action.key, answer))
        await asyncio.gather(*(context.commits.write(outcome) for outcome in held_here))
        matched.held += len(held_here)
    return matched


def _may_be(action: Action, remote_id: str, livemode: bool | None, taken: set[str]) -> bool:
    """Not a record of the other mode, nor one that another record of this very file was found to be."""
    return livemode in (None, action.livemode) and not (action.key.startswith("id:") and remote_id in taken)


def _unknowable(resource: str, why: str) -> ApiStop:
    return ApiStop(
        f"It cannot be told which {resource} the account holds already: {why.rstrip('.') or 'the list does not say'}.",
        "Nothing was sent. Try again later; with --no-match records are created without looking.",
    )


def _chunks(outbox: Outbox) -> Iterator[list[tuple[int, Action]]]:
    rows = iter(outbox)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
