"""One file on its way to the API: doubts first, then what the account holds, then the push, then doubts again.

Records that are proven absent after they were sent are sent again, in rounds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from pipeline.api.cause import Cause, count_causes
from pipeline.delivery.bodies.wire import can_update
from pipeline.delivery.canary.lost_answers import compare_found
from pipeline.delivery.context import SendContext
from pipeline.delivery.match import Match, match
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.push import Pushed, push
from pipeline.delivery.reconcile import Reconciled, reconcile
from pipeline.delivery.referred.held_clients import name_held_clients
from pipeline.errors import ApiStop
from pipeline.events import Meter, Stage, format_count
from pipeline.importer.context import ImportRun, InputSource
from pipeline.importer.request import ImportRequest
from pipeline.importer.results.late_rejects import Failure, report_failures
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Action, Doubt, RecordKey
from schemas.dialects.spec import Endpoint
from schemas.rules.cross_record import (
    AMBIGUOUS,
    CLIENT_REJECTED,
    CONFLICT,
    EXISTS_IN_ACCOUNT,
    ID_CHANGED,
)
from schemas.rules.remote.refusals import CHANGE_REFUSED, REFUSED
from schemas.spec import Rule
from schemas.tables import EXTRA

__all__ = ["CANARIES", "ROUNDS", "Allowance", "Exhausted", "Losses", "looks_first", "send_file"]

ROUNDS = 2
"""How often records proven absent are sent again in one run; after that they are left for a resume."""

CANARIES = 5
"""How many first records of a resource may end in doubt before the run stops: beyond that the server is not fit to be
sent to."""

_NAMED = 5

Exhausted = list[Cause | None]
"""Of each record that was sent in vain in every round, why the last time."""


@dataclass(slots=True)
class Allowance:
    """How many more records may be sent; `left` is None where --limit does not say. One that turns out not to have been
    created gives its share back before it is sent again."""

    left: int | None = None

    def take(self, queue: Iterable[tuple[int, Action]]) -> Iterator[tuple[int, Action]]:
        """The actions within the limit. Nothing is spent yet: what is blocked or stays unsent costs nothing. Second
        requests are no more records; they come first."""
        left = self.left
        for row in queue:
            if left is not None and row[1].begun is None:
                if not left:
                    return
                left -= 1
            yield row

    def spend(self, count: int) -> None:
        if self.left is not None:
            self.left = max(0, self.left - count)

    def give_back(self, count: int) -> None:
        if self.left is not None:
            self.left += count


@dataclass(slots=True)
class Losses:
    """How many answers of canaries were lost. One that the API says to hold is no loss."""

    count: int = 0

    def note(self, doubts: Iterable[Doubt]) -> None:
        """Those in doubt after one canary, and what was in flight beside it, are one loss."""
        self.count += any(not doubt.said_to_exist for doubt in doubts)

    def are_too_many(self, *, passed: bool) -> bool:
        """Whether the server is not fit to be sent to: never once a canary has `passed`."""
        return self.count >= CANARIES and not passed


def looks_first(request: ImportRequest, endpoint: Endpoint) -> bool:
    """Whether the account is asked before anything is created. Not where the API is to change what it finds: what is
    there must be sent too."""
    return request.match and not (request.on_existing == "update" and can_update(endpoint.creates))


async def send_file(run: ImportRun, context: SendContext, entry: InputSource, allowance: Allowance) -> Exhausted:
    """Send a file's records. What fails on the way is among its rejects when this returns, or is cut short.

    Gives those that were sent as often as one run sends, and each time proven absent: they stay unsent.
    """
    with report_failures(run, entry) as failures:
        rounds = _Rounds(run, context, entry, allowance, failures)
        return await rounds.send()


@dataclass(slots=True)
class _Rounds:
    run: ImportRun
    context: SendContext
    entry: InputSource
    allowance: Allowance
    failures: list[Failure]
    unwitnessed: list[Doubt] = field(default_factory=list)
    """Not in the account's list, which has not shown any record yet: looked up again when one was created."""

    async def send(self) -> Exhausted:
        begun = await self._settle_earlier()
        outbox = self.entry.outbox
        looks = looks_first(self.run.request, self.run.dialect.endpoints[self.entry.source.resource])
        if looks and outbox.count and not self.context.stop.is_set():
            planned, outbox = outbox.count, await self.match(outbox)
            self.context.meter.expect(outbox.count - planned)
            if EXTRA in self.entry.source.shape.headings:  # one of our own exports
                outbox = await name_held_clients(outbox, self.entry.source.resource, self.context, self.run.folder)
        proven = self.context.canary.proven.get(self.entry.source.resource, ())
        absent = await self.push(chain(begun, outbox.canaries_first(self.allowance.left, proven)))
        absent += await self.look_again()
        for _ in range(ROUNDS):
            if not absent or self.context.stop.is_set():
                return []
            self.allowance.give_back(sum(doubt.action.begun is None for doubt in absent))
            self._tell_again(absent)
            absent = await self.push(_again(absent))
        return [doubt.cause for doubt in absent]

    async def _settle_earlier(self) -> list[tuple[int, Action]]:
        """Look up what earlier runs left in doubt: what is absent goes into the outbox. Gives the second requests that
        are left."""
        earlier = await self.reconcile(self.entry.doubts)
        self.allowance.spend(len(earlier.created) + len(earlier.open))
        begun = [*self.entry.begun, *earlier.begun]
        self.context.meter.expect(len(begun) + len(earlier.absent))
        for record_id, action in _again(earlier.absent):
            if action.begun is None:
                self.entry.outbox.add(record_id, action)
            else:
                begun.append((record_id, action))
        return begun

    async def push(self, actions: Iterable[tuple[int, Action]]) -> list[Doubt]:
        """Push as many as are allowed, and look up those in doubt; gives those proven absent.

        Each time the answer of a canary is lost, it is looked up before another leaves; so is one that the API says to
        hold, which is no loss.
        """
        absent: list[Doubt] = []
        losses = Losses()
        rest: Iterator[tuple[int, Action]] | None = self.allowance.take(actions)
        while rest is not None:
            pushed = await push(rest, self.context)
            self.allowance.spend(pushed.sent)
            self.failures += _failures_of_push(pushed)
            settled = await self.reconcile(pushed.doubtful)
            absent += settled.absent
            self.context.meter.take_back(len(settled.absent))
            rest = pushed.rest
            if rest is not None:
                await compare_found(settled.created, self.context)
                losses.note(pushed.doubtful)
                if losses.are_too_many(passed=self.context.canary.passed(self.entry.source.resource)):
                    self.context.halt(_unanswered(self.entry.source.resource, pushed.doubtful))
            if settled.begun:
                self.context.meter.expect(len(settled.begun))
                rest = chain(settled.begun, rest or ())
        return absent

    async def look_again(self) -> list[Doubt]:
        """Once more for what a list did not show that had shown nothing, now that it should show a record; gives those
        proven absent."""
        if not self.unwitnessed or self.entry.source.resource not in self.context.witnesses:
            return []
        settled = await self.reconcile(self.unwitnessed)
        self.context.meter.take_back(len(settled.absent))
        self.context.meter.expect(len(settled.begun))
        return settled.absent + (await self.push(settled.begun) if settled.begun else [])

    async def reconcile(self, doubts: list[Doubt]) -> Reconciled:
        """Look up what became of records in doubt; what cannot be settled, or is there twice, is said."""
        name, events = self.entry.source.resource, self.run.events
        if doubts:
            events.note(
                say(
                    "Looking up what became of {doubts}{because}.",
                    doubts=format_count(len(doubts), name),
                    because=_because(doubts),
                )
            )
            self.tell_looking_up()
        settled = await reconcile(doubts, name, self.context, self.run.folder, self.run.settings.settle_s)
        self.failures += [_conflict(doubt.action.line, doubt.action.key, why) for doubt, why in settled.other]
        for ids in settled.several:
            events.warn(
                say(
                    "The account holds one record of the {resource} {times} times: {ids}. "
                    "Cancel those that are too many.",
                    resource=name_word(name),
                    times=len(ids),
                    ids=", ".join(ids[:_NAMED]),
                )
            )
        self.unwitnessed = settled.unwitnessed if doubts is self.unwitnessed else self.unwitnessed + settled.unwitnessed
        if settled.open and settled.why:
            open_ = format_count(len(settled.open), name)
            events.warn(
                say(
                    "Still in doubt: {open}{because}; {why}.",
                    open=open_,
                    because=_because(settled.open),
                    why=settled.why,
                )
            )
        return settled

    async def match(self, outbox: Outbox) -> Outbox:
        """The records that the account does not hold yet."""
        name = self.entry.source.resource
        self.run.events.note(say("Looking which {resource} the account holds already.", resource=name_word(name)))
        self.tell_looking_up()
        skip = self.run.request.on_existing != "error"
        accepts = ID_CHANGED.id in self.run.options.ignore
        matched = await match(outbox, name, self.context, self.run.folder, skip=skip, accepts_changed_ids=accepts)
        self.failures += [_held(EXISTS_IN_ACCOUNT, found) for found in matched.existing]
        self.failures += [_held(AMBIGUOUS, found) for found in matched.several]
        self.failures += [_conflict(found.line, found.key, differing) for found, differing in matched.other]
        self.failures += [
            Failure(found.line, found.key, ID_CHANGED, _name(found.key), f"{other} ({', '.join(found.remote_ids)})")
            for found, other in matched.changed
        ]
        return matched.create

    def _tell_again(self, absent: Sequence[Doubt]) -> None:
        self.run.events.note(
            say(
                "Sending again what the account does not hold: {records}.",
                records=format_count(len(absent), self.entry.source.resource),
            )
        )

    def tell_looking_up(self) -> None:
        """Nobody knows how long it takes."""
        name = self.entry.source.resource
        Meter(self.run.events, self.run.edge.ticks, Stage.LOOKING_UP, resource=name).tell(0)


def _again(doubts: Iterable[Doubt]) -> Iterator[tuple[int, Action]]:
    """What is sent again, second requests first."""
    ordered = sorted(doubts, key=lambda doubt: doubt.action.begun is None)
    return ((doubt.record_id, doubt.action) for doubt in ordered)


def _failures_of_push(pushed: Pushed) -> list[Failure]:
    refused = [
        Failure(r.line, r.key, CHANGE_REFUSED if r.begun else REFUSED, r.message.rstrip(".")) for r in pushed.refused
    ]
    return refused + [Failure(b.line, b.key, CLIENT_REJECTED, b.reference, field=b.column) for b in pushed.blocked]


def _held(rule: Rule, found: Match) -> Failure:
    return Failure(found.line, found.key, rule, _name(found.key), ", ".join(found.remote_ids[:_NAMED]))


def _conflict(line: int, key: str, differing: str) -> Failure:
    return Failure(line, key, CONFLICT, _name(key), differing)


def _name(key: str) -> str:
    return RecordKey(key).value


def _because(doubts: Iterable[Doubt]) -> str:
    """`: 413 from a proxy (2)`; empty where nobody knows."""
    causes = count_causes(doubt.cause for doubt in doubts)
    return ": " + causes if causes else ""


def _unanswered(resource: str, doubts: Sequence[Doubt]) -> ApiStop:
    return ApiStop(
        say(
            "The first {canaries} {resource} were sent and none was answered or found as it was meant{because}.",
            canaries=CANARIES,
            resource=name_word(resource),
            because=_because(doubts),
        ),
        say("Nothing more was sent. Try again later: gigbulk runs resume"),
    )
