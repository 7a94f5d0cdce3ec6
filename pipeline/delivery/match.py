"""Before creating: what of it does the account hold already? The API does not keep clients or services unique."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pipeline.api.session import ApiSession
from pipeline.delivery.canary.comparison import contradicts
from pipeline.delivery.context import SendContext
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.second import Seen, name_differing, read_second
from pipeline.errors import ApiStop
from pipeline.journal import Journal, Outcome
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Account, Action, RecordKey, State
from pipeline.remote.answer import Lookup
from pipeline.remote.detail import read_detail
from pipeline.remote.identity import identity_of_action
from pipeline.remote.lookup import RemoteLookup, open_lookup
from pipeline.remote.members import Money
from pipeline.remote.ownership import without_foreign

__all__ = [
    "Holding",
    "Looker",
    "Match",
    "Matched",
    "Standing",
    "describe_unknowable",
    "judge_match",
    "judge_matches",
    "match",
]  # fmt: skip

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Match:
    """A record of the file, and the records of the account that it may be."""

    line: int
    key: str
    remote_ids: tuple[str, ...]


class Standing(StrEnum):
    """How the account stands to a record of the file; as a word where one of the lists of `Matched` tells of it."""

    ABSENT = ""
    UNKNOWN = "nobody can tell"
    HELD = "it is there, and so it is done"
    EXISTING = "existing"
    SEVERAL = "several"
    OTHER = "other"
    CHANGED = "changed"


class Holding(NamedTuple):
    """What the account holds of a record: as which of its own. `told` is which fields differ, or by what id it goes."""

    standing: Standing
    found: tuple[str, ...] = ()
    told: str = ""


def judge_match(
    action: Action, answer: Lookup, taken: Collection[str], shown: Callable[[str], Money | None], *, skip: bool
) -> Holding:
    """What an answer says of a record. Remote ids that are `taken` belong to other records with an internalId of their
    own; `shown` is what the account's list says of one; with `skip` what is there is done."""
    found = tuple(i for i in answer.found if i not in taken) if _is_named(action) else answer.found
    if not found:
        return Holding(Standing.ABSENT) if answer.proven else Holding(Standing.UNKNOWN, told=answer.reason)
    if len(found) > 1:
        return Holding(Standing.SEVERAL, found)
    if differing := contradicts(action, shown(found[0])):
        return Holding(Standing.OTHER, found, differing)
    return Holding(Standing.HELD if skip else Standing.EXISTING, found)


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

    def set_aside(self, record_id: int, action: Action, holding: Holding) -> Outcome:
        """Sort a record that the account holds; gives what the journal is to keep of it."""
        standing, found, told = holding
        match = Match(action.line, action.key, found)
        if standing is Standing.HELD:
            return Outcome(record_id, State.DONE, found[0], message=say("held already"), matched=True)
        if standing is Standing.OTHER:
            self.other.append((match, told))
            message = say("the account holds it with another {differing}", differing=told)
        elif standing is Standing.CHANGED:
            self.changed.append((match, told))
            message = say("the account holds {other}, which may be it", other=told)
        elif standing is Standing.SEVERAL:
            self.several.append(match)
            message = say("several records of the account may be it")
        else:
            self.existing.append(match)
            message = say("the account holds it already")
        return Outcome(record_id, State.REJECTED, message=message)


@dataclass(frozen=True, slots=True)
class Looker:
    """Says how the account stands to records, and changes nothing. `skip` as for `match`; with `accepts_changed` an
    internalId that differs by what a spreadsheet changes is another record; `fresh` as for `open_lookup`."""

    session: ApiSession
    journal: Journal
    account: Account
    skip: bool = True
    accepts_changed: bool = False
    fresh: bool = False

    async def look(
        self, outbox: Outbox, resource: str, folder: Path
    ) -> AsyncIterator[tuple[list[tuple[int, Action]], list[Holding]]]:
        """Some hundred records after the others, and how the account stands to each; of one that nobody can tell,
        `told` is why."""
        taken: set[str] = set()
        endpoint = self.session.dialect.endpoints[resource]
        lookup = await open_lookup(
            resource, outbox.count, self.session, self.journal, self.account, folder, fresh=self.fresh
        )
        for chunk in _chunks(outbox):
            actions = [action for _, action in chunk]
            found = await lookup.find([identity_of_action(endpoint, action) for action in actions])
            answers = without_foreign(actions, found, self.journal, self.account)
            holdings = judge_matches(actions, answers, taken, lookup.shown, skip=self.skip)
            holdings = [await _with_second(*row, self.session) for row in zip(actions, holdings, strict=True)]
            if not self.accepts_changed:
                holdings = await _with_changed(lookup, actions, holdings)
            yield chunk, holdings


async def match(
    outbox: Outbox, resource: str, context: SendContext, folder: Path, *, skip: bool, accepts_changed_ids: bool = False
) -> Matched:
    """Set aside the records the account holds already; with `skip` they are remembered as done, else as rejected.

    When the account's list cannot be read to its end, the context is halted: creating blindly could create twice.
    """
    matched = Matched(Outbox(folder))
    looker = Looker(context.session, context.journal, context.account, skip=skip, accepts_changed=accepts_changed_ids)
    async for chunk, holdings in looker.look(outbox, resource, folder):
        for holding in holdings:
            if holding.standing is Standing.UNKNOWN:
                context.halt(describe_unknowable(resource, holding.told))
        outcomes = []
        for row, holding in zip(chunk, holdings, strict=True):
            if holding.found:
                outcomes.append(matched.set_aside(*row, holding))
            else:
                matched.create.add(*row)
        await context.commits.write_all(outcomes)
    return matched


def judge_matches(
    actions: Sequence[Action],
    answers: Sequence[Lookup],
    taken: set[str],
    shown: Callable[[str], Money | None],
    *,
    skip: bool,
) -> list[Holding]:
    """What the answers say, in the order of the file: one with an internalId takes what it is found as (`taken`)."""
    holdings = []
    for action, answer in zip(actions, answers, strict=True):
        holdings.append(holding := judge_match(action, answer, taken, shown, skip=skip))
        if holding.standing is Standing.HELD and _is_named(action):
            taken.update(holding.found)
    return holdings


async def _with_second(action: Action, holding: Holding, session: ApiSession) -> Holding:
    """A record that takes two requests is there only once the account shows the second as well: who made it otherwise
    knows why."""
    if holding.standing is not Standing.HELD or action.then is None:
        return holding
    detail = await read_detail(session, action.resource, holding.found[0])
    create = session.dialect.endpoints[action.resource].creates[action.create]
    shown, differing = (Seen.NOTHING, None) if detail.row is None else read_second(action, detail.row, create)
    if shown is Seen.MADE:
        return holding
    told = name_differing(differing) or (", ".join(create.then.when) if create.then else "")
    return Holding(Standing.OTHER, holding.found, told)


async def _with_changed(lookup: RemoteLookup, actions: Sequence[Action], holdings: Sequence[Holding]) -> list[Holding]:
    """The same, and of those that were not found: an internalId of the account that is this one but for what a
    spreadsheet changes. A record of the other mode is another one, under whatever id."""
    named: dict[str, list[Action]] = {}
    for action, holding in zip(actions, holdings, strict=True):
        if holding.standing is Standing.ABSENT and (own := RecordKey(action.key).internal_id) is not None:
            named.setdefault(own, []).append(action)
    changed = {
        (action.livemode, action.key): Holding(Standing.CHANGED, (remote_id,), other)
        for own, other, remote_id in reversed(await lookup.find_changed(list(named)))
        for action in named[own]
        if lookup.mode(remote_id) in (None, action.livemode)
    }
    return [
        changed.get((action.livemode, action.key), holding) if holding.standing is Standing.ABSENT else holding
        for action, holding in zip(actions, holdings, strict=True)
    ]


def _is_named(action: Action) -> bool:
    return RecordKey(action.key).internal_id is not None


def describe_unknowable(resource: str, why: str) -> ApiStop:
    """What ends a run where the account's own list does not tell what it holds."""
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
