"""Actions to outcomes: remember the intent, send, remember what became of it. Concurrent, under the throttle.

Tasks of three kinds share a line of records. The feeder writes intents ahead of their turn, many in one commit; workers
send, each one record at a time; the keeper writes outcomes, all that came while the last commit ran. Nobody who sends
waits for the disk. The points a record passes are named in `pipeline.failpoints`: whatever dies between two of them,
the journal says at least as much as the server knows.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

from pipeline.api.attempts import Leave
from pipeline.api.verdict import Judgement
from pipeline.delivery.answer import build_outcome, find_stop, judge_owner, was_turned_away
from pipeline.delivery.canary.comparison import decode_sent
from pipeline.delivery.context import SendContext
from pipeline.delivery.flight import Flight
from pipeline.delivery.found import judge_found
from pipeline.delivery.payload import build_second
from pipeline.delivery.referred.remote_ids import fill_remote_ids
from pipeline.delivery.second import judge_second
from pipeline.delivery.stop_gate import StopGate, Stopped
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import Outcome
from pipeline.language.say import say
from pipeline.model import Action, Doubt, RecordKey, State
from schemas.dialects.spec import Endpoint, Verdict

__all__ = ["ROOM", "Blocked", "Pushed", "Refusal", "push", "take_batch"]

Queue = Iterator[tuple[int, Action]]
"""Journal ids and actions, in order of start."""

_AHEAD = 200
"""Actions whose references are looked up together."""

ROOM = 3
"""Records with an intent and without an outcome on disk, per request in flight: some wait for their turn, some are on
their way, of some the outcome is being written. So many, at most, a resume has to look up. How many requests are in
flight is the throttle's affair; whoever waits for its leave is turned away by an interrupt."""

_NOT_SENT = say("not sent: the run was stopped")
_BEGUN = say("created; its second request is yet to be sent")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The API said no to one record, in its own words; where it is `begun`, to its second request."""

    line: int
    key: str
    message: str
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """A record that could not be sent, because what it refers to in `column` was not created."""

    line: int
    key: str
    column: str
    reference: str


@dataclass(slots=True)
class Pushed:
    """What became of the actions that were sent or blocked; of all others the journal says that they were not sent.

    `created` and `turned_down` count first requests only, `refused` are all that the API said no to. `doubtful` are
    those whose fate is unknown. `rest` is what was not tried yet, because the answer of a canary was lost: reconcile
    `doubtful`, then push `rest`. None at the end of the queue.
    """

    created: int = 0
    doubtful: list[Doubt] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    turned_down: int = 0
    blocked: list[Blocked] = field(default_factory=list)
    rest: Queue | None = None

    @property
    def sent(self) -> int:
        """Records that were created or may have been; a second request is no other record."""
        return self.created + sum(doubt.action.begun is None for doubt in self.doubtful) + self.turned_down

    def count(self, outcome: Outcome, action: Action, judgement: Judgement) -> None:
        """What became of one record that was sent; one that stays planned counts for nothing."""
        if outcome.state is State.DONE:
            self.created += action.begun is None
        elif outcome.state is State.IN_DOUBT:
            claimed = judgement.verdict is Verdict.EXISTS
            self.doubtful.append(Doubt(outcome.record_id, action, claimed, judgement.cause))
        elif outcome.state is State.REFUSED:
            self.turned_down += action.begun is None
            message = _explain(action, judgement.message)
            self.refused.append(Refusal(action.line, action.key, message, action.begun is not None))

    def is_doubtful(self, record_id: int) -> bool:
        return any(doubt.record_id == record_id for doubt in self.doubtful)


async def push(actions: Iterable[tuple[int, Action]], context: SendContext) -> Pushed:
    """Send every action, in order of start, until the queue ends or the canary's answer is lost.

    A record goes alone while the canary waits for the answer of its like. JournalError ends everything
    at once: without a memory nothing may be sent. A STOP verdict, or `context.stop`, lets what is in flight end and be
    remembered.
    """
    try:
        async with (
            StopGate(context.session.throttle, context.stop, context.latencies.note) as gate,
            asyncio.TaskGroup() as tasks,
        ):
            line = _Line(context, gate)
            tasks.create_task(line.keep())
            for _ in range(context.session.in_flight):
                tasks.create_task(line.work())
            await line.feed(iter(actions))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    return line.pushed


def _explain(action: Action, message: str) -> str:
    """What the API refused of it, in its own words."""
    if action.begun is None:
        return message
    return say("it is created as {id}, and its second request was refused: {message}", id=action.begun, message=message)


def take_batch(
    ready: deque[tuple[int, Action]], room: int, goes_alone: Callable[[Action], bool]
) -> list[tuple[int, Action]]:
    """Take from the front as many as there is room for, up to the next one that goes alone."""
    batch: list[tuple[int, Action]] = []
    while ready and len(batch) < room and not goes_alone(ready[0][1]):
        batch.append(ready.popleft())
    return batch


class _Line:
    """Records between their intent and their outcome."""

    def __init__(self, context: SendContext, gate: StopGate) -> None:
        self.pushed = Pushed()
        self._context = context
        self._session = context.session.paced_by(gate, gate.sleep)
        self._fresh_s = context.journal.fresh_s
        self._room = ROOM * context.session.in_flight
        self._open = 0
        self._ready: asyncio.Queue[Flight | None] = asyncio.Queue()
        self._answered: list[tuple[Flight, Outcome]] = []
        self._fed = False
        self._news = asyncio.Event()
        self._freed = asyncio.Event()

    async def feed(self, queue: Queue) -> None:
        """Put records on the line until the queue ends, the run is stopped, or a canary's answer was lost."""
        context = self._context
        while not context.stop.is_set() and (chunk := list(islice(queue, _AHEAD))):
            ready = deque(await self._resolve(chunk))
            while ready and not context.stop.is_set():
                if context.canary.awaits(ready[0][1]):
                    record = ready.popleft()
                    if await self._send_alone(*record):
                        self.pushed.rest = chain(ready, queue)
                        break
                else:
                    await self._put(ready)
            if self.pushed.rest is not None:
                break
        self._fed = True
        self._news.set()

    async def _put(self, ready: deque[tuple[int, Action]]) -> None:
        """As many as there is room for, up to the next one that goes alone."""
        await self._wait_for_room()
        batch = take_batch(ready, self._room - self._open, self._context.canary.awaits)
        await self._intend([Flight(*row) for row in batch])

    async def _send_alone(self, record_id: int, action: Action) -> bool:
        """Whether its answer was lost: then it is looked up before another leaves."""
        await self._wait_for_room()
        settled = asyncio.get_running_loop().create_future()
        if await self._intend([Flight(record_id, action, settled)]):
            await settled
        await self._context.remember_proofs()
        return self.pushed.is_doubtful(record_id)

    async def _wait_for_room(self) -> None:
        while self._open >= self._room and not self._context.stop.is_set():
            self._freed.clear()
            await self._freed.wait()

    async def _intend(self, flights: list[Flight]) -> bool:
        """Whether they may be sent; not so when the run was stopped, and then nothing is written."""
        if self._context.stop.is_set():
            return False
        for _ in flights:
            failpoint(CrashPoint.INTENT_WAITING)
        self._open += len(flights)
        now = self._context.unsleeping()
        await self._context.commits.write_all([flight.intend(now) for flight in flights])
        for flight in flights:
            self._ready.put_nowait(flight)
        return True

    async def _resolve(self, chunk: list[tuple[int, Action]]) -> list[tuple[int, Action]]:
        ready, blocked = await fill_remote_ids(chunk, self._context)
        for _, action, column, key in blocked:
            self.pushed.blocked.append(Blocked(action.line, action.key, column, RecordKey(key).shown))
        self._context.meter.expect(-len(blocked))
        why = say("what it refers to was not created")
        await self._context.commits.write_all([Outcome(row[0], State.REJECTED, message=why) for row in blocked])
        return ready

    async def work(self) -> None:
        """Send one record after the other, until there are none."""
        ready = self._ready
        while (flight := await ready.get() if ready.empty() else ready.get_nowait()) is not None:
            outcome = await self._send(flight)
            self._answered.append((flight, outcome))
            self._news.set()

    async def _send(self, flight: Flight) -> Outcome:
        action = flight.action

        async def intend(attempt: int) -> Leave | None:
            if attempt > 1:  # the first was written ahead
                await self._intend_again(flight)
            failpoint(CrashPoint.INTENT_DURABLE)
            return partial(self._renew_intent, flight) if self._fresh_s < math.inf else None

        endpoint = self._session.dialect.endpoints[action.resource]
        try:
            judgement = await self._session.write(flight.find_address(endpoint), action.body, before_attempt=intend)
        except Stopped:  # before any attempt, or after one that was certainly not carried out
            return Outcome(flight.record_id, State.PLANNED, message=_NOT_SENT)
        failpoint(CrashPoint.ANSWERED)
        return self._judge(flight, judgement, endpoint)

    async def _intend_again(self, flight: Flight) -> None:
        failpoint(CrashPoint.INTENT_WAITING)
        await self._context.commits.write(flight.intend(self._context.unsleeping()))

    async def _renew_intent(self, flight: Flight) -> None:
        """Where it is old by now: whoever was paused or waited long may have lost the account to another, which the
        journal alone can tell (docs/adr/0033-a-journal-in-postgresql.md)."""
        while self._context.unsleeping() - flight.intended_at > self._fresh_s:
            await self._intend_again(flight)

    def _judge(self, flight: Flight, judgement: Judgement, endpoint: Endpoint) -> Outcome:
        context, action = self._context, flight.action
        if action.begun is not None:
            return self._judge_second(flight, judgement, endpoint)
        sent = decode_sent(action.body) if judgement.verdict is Verdict.DONE else {}
        judgement, found = judge_found(judgement, action.create, sent, endpoint, skip=context.skips_existing)
        judgement = judge_owner(judgement, action.key, sent, endpoint, context.given, found=found)
        outcome = build_outcome(flight.record_id, judgement, endpoint, keeps_link=context.keep_links, matched=found)
        if judgement.verdict is not Verdict.DONE:
            self._heed(judgement)
        self.pushed.count(outcome, action, judgement)
        if outcome.state is State.DONE:
            if outcome.remote_id is not None and not found:
                context.witnesses.setdefault(action.resource, outcome.remote_id)
            context.compare(action, judgement.remote_id, judgement.data, sent=sent, held=found)
            if action.then is not None:
                return outcome._replace(state=State.PLANNED, begun=True, message=_BEGUN)
        return outcome

    def _judge_second(self, flight: Flight, judgement: Judgement, endpoint: Endpoint) -> Outcome:
        context, action = self._context, flight.action
        judgement, wrong = judge_second(judgement, action, endpoint)
        outcome = build_outcome(flight.record_id, judgement, endpoint, keeps_link=context.keep_links)
        self._heed(judgement)
        self.pushed.count(outcome, action, judgement)
        if wrong is not None:
            context.heed(wrong, action, action.begun)
        elif outcome.state is State.DONE:
            context.canary.note_second(action)
        return outcome._replace(remote_id=action.begun)

    def _heed(self, judgement: Judgement) -> None:
        """What an answer says of every record."""
        if was_turned_away(judgement):
            self._context.explain_unsent(judgement.message)
        if (stop := find_stop(judgement, self._session.throttle.shut_s)) is not None:
            self._context.halt(stop)

    async def keep(self) -> None:
        """Write outcomes until there are none to come; what was begun goes on the line again at once."""
        context = self._context
        while self._open or not self._fed:
            if not self._answered:
                self._news.clear()
                await self._news.wait()
                continue
            batch, self._answered = self._answered, []
            await context.commits.write_all([outcome for _, outcome in batch])
            seconds = [flight for written in batch for flight in self._close(*written)]
            self._open -= len(batch)
            if not await self._intend(seconds):
                for flight in seconds:
                    flight.settle()
            self._freed.set()
            if context.latencies.due:
                await context.remember_latencies()
        for _ in range(context.session.in_flight):
            self._ready.put_nowait(None)

    def _close(self, flight: Flight, outcome: Outcome) -> list[Flight]:
        """An outcome is on disk: the record is off the line, or its second request is to follow."""
        failpoint(CrashPoint.OUTCOME_DURABLE)
        if outcome.begun and outcome.remote_id is not None:
            return [Flight(flight.record_id, build_second(flight.action, outcome.remote_id), flight.settled)]
        if outcome.message != _NOT_SENT:
            self._context.meter.advance()
        flight.settle()
        return []
