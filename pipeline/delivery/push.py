"""Actions to outcomes: remember the intent, send, remember what became of it. Concurrent, under the throttle.

The points a row passes are named in `pipeline.failpoints`: whatever dies between two of them, the journal says at
least as much as the server knows.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice

import msgspec

from pipeline.api.cause import ANSWERED_BEFORE, OTHER_RECORD, PATIENCE_S
from pipeline.api.verdict import CHECK_KEY, Judgement
from pipeline.delivery.context import SendContext
from pipeline.delivery.stop_gate import StopGate, Stopped
from pipeline.delivery.wire import fill_references
from pipeline.errors import ApiStop
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import Intent, Outcome
from pipeline.language.say import say
from pipeline.model import Action, Doubt, RecordKey, State
from pipeline.remote.identity import identity_of, identity_of_body
from pipeline.remote.members import read_link
from schemas.dialects.spec import Endpoint, Verdict

__all__ = ["Blocked", "Pushed", "Refusal", "push"]

Queue = Iterator[tuple[int, Action]]
"""Journal ids and actions, in order of start."""

_AHEAD = 200
"""Actions whose references are looked up together."""

_REFERRED = say("what they refer to was not created, or settled by hand without an id (then name it by clientId)")

_ROOM = 2
"""Records at work per request in flight: while some are on their way, others write their intent or their outcome. How
many requests are in flight is the throttle's affair; whoever waits for its leave is turned away by an interrupt."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The API said no to one record, in its own words."""

    line: int
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """A record that could not be sent, because what it refers to was not created."""

    line: int
    key: str
    reference: str


@dataclass(slots=True)
class Pushed:
    """What became of the actions that were sent or blocked; of all others the journal says that they were not sent.

    `doubtful` are those whose fate is unknown. `rest` is what was not tried yet, because the answer of a canary was
    lost: reconcile `doubtful`, then push `rest`. None at the end of the queue.
    """

    created: int = 0
    doubtful: list[Doubt] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    rest: Queue | None = None

    @property
    def sent(self) -> int:
        return self.created + len(self.doubtful) + len(self.refused)

    def is_doubtful(self, record_id: int) -> bool:
        return any(doubt.record_id == record_id for doubt in self.doubtful)


async def push(actions: Iterable[tuple[int, Action]], context: SendContext) -> Pushed:
    """Send every action, in order of start, until the queue ends or the canary's answer is lost.

    A record goes alone while the canary waits for the answer of a first one of its shape. JournalError ends everything
    at once: without a memory nothing may be sent. A STOP verdict, or `context.stop`, lets what is in flight end and be
    remembered.
    """
    pushed = Pushed()
    queue = iter(actions)
    room = asyncio.Semaphore(_ROOM * context.session.in_flight)
    try:
        async with (
            StopGate(context.session.throttle, context.stop, context.latencies.note) as gate,
            asyncio.TaskGroup() as flights,
        ):
            while not context.stop.is_set() and (chunk := list(islice(queue, _AHEAD))):
                ready = deque(await _resolve(chunk, context, pushed))
                while ready:
                    record_id, action = ready.popleft()
                    await room.acquire()
                    if context.stop.is_set():
                        return pushed
                    flight = flights.create_task(_fly(record_id, action, context, gate, pushed))
                    flight.add_done_callback(lambda _: room.release())
                    if context.canary.awaits(action):
                        await flight
                        await context.remember_proofs()
                        if pushed.is_doubtful(record_id):  # its answer was lost: it is looked up before another leaves
                            pushed.rest = chain(ready, queue)
                            return pushed
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    return pushed


async def _resolve(chunk: list[tuple[int, Action]], context: SendContext, pushed: Pushed) -> list[tuple[int, Action]]:
    """Actions with the remote ids of what they refer to in their bodies.

    What refers to a record that was refused is blocked; what refers to one that is in doubt or unsent stays unsent.
    """
    remote, open_ = await _find_referred(chunk, context)
    ready, blocked = [], []
    for record_id, action in chunk:
        missing = [reference for reference in action.references.values() if reference not in remote]
        if not missing:
            ready.append((record_id, _with_ids(action, remote)))
        elif any(reference in open_ for reference in missing):
            context.explain_unsent(_REFERRED, follows=True)
        else:
            pushed.blocked.append(Blocked(action.line, action.key, RecordKey(missing[0][1]).shown))
            blocked.append(Outcome(record_id, State.REJECTED, message=say("what it refers to was not created")))
    await asyncio.gather(*(context.commits.write(outcome) for outcome in blocked))
    return ready


def _with_ids(action: Action, remote: dict[tuple[str, str], str]) -> Action:
    if not action.references:
        return action
    ids = {path: remote[reference] for path, reference in action.references.items()}
    return msgspec.structs.replace(action, body=fill_references(action.body, ids), references={})


async def _find_referred(
    chunk: list[tuple[int, Action]], context: SendContext
) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """Of everything a chunk refers to: the remote ids of what is done, and what may yet be done by a resume."""
    wanted: dict[str, set[str]] = {}
    for _, action in chunk:
        for resource, key in action.references.values():
            wanted.setdefault(resource, set()).add(key)
    remote: dict[tuple[str, str], str] = {}
    open_: set[tuple[str, str]] = set()
    for resource, keys in wanted.items():
        entries = await context.commits.ask(partial(context.journal.latest, context.account, resource, sorted(keys)))
        for key, entry in entries.items():
            if entry.state is State.DONE and entry.remote_id:
                remote[resource, key] = entry.remote_id
            elif entry.state is not State.REFUSED:  # one that was set aside may be found by a resume
                open_.add((resource, key))
    return remote, open_


async def _fly(record_id: int, action: Action, context: SendContext, gate: StopGate, pushed: Pushed) -> None:
    body_hash = hashlib.sha256(action.body).digest()[:16]

    async def intend(attempt: int) -> None:
        failpoint(CrashPoint.INTENT_WAITING)
        await context.commits.write(Intent(record_id, attempt, body_hash))
        failpoint(CrashPoint.INTENT_DURABLE)

    session = context.session.paced_by(gate, gate.sleep)
    endpoint = session.dialect.endpoints[action.resource]
    path = endpoint.creates[action.create].path
    try:
        judgement = await session.write(path, action.body, before_attempt=intend)
    except Stopped:
        await context.commits.write(Outcome(record_id, State.PLANNED, message=say("not sent: the run was stopped")))
        return
    failpoint(CrashPoint.ANSWERED)
    judgement = _about_it(judgement, action, endpoint, context.given)
    state = _state(judgement)
    claimed = judgement.verdict is Verdict.EXISTS
    told = judgement.status, judgement.code, judgement.message
    link = read_link(endpoint, judgement.data) if context.keep_links and judgement.data is not None else None
    await context.commits.write(Outcome(record_id, state, judgement.remote_id, *told, claimed, judgement.cause, link))
    failpoint(CrashPoint.OUTCOME_DURABLE)
    _count(record_id, action, state, judgement, context, pushed)
    context.meter.advance()
    if context.latencies.due:
        await context.remember_latencies()


_STATES = {
    Verdict.DONE: State.DONE,
    Verdict.EXISTS: State.IN_DOUBT,  # it is there, but which one is it: looked up like any doubt
    Verdict.REFUSED: State.REFUSED,
    Verdict.RETRY: State.PLANNED,
    Verdict.STOP: State.PLANNED,
    Verdict.IN_DOUBT: State.IN_DOUBT,
}
"""What the journal keeps of a verdict whose fate is known. RETRY and STOP: not carried out, merely unsent."""


def _state(judgement: Judgement) -> State:
    return _STATES[judgement.verdict] if judgement.fate_known else State.IN_DOUBT


def _about_it(judgement: Judgement, action: Action, endpoint: Endpoint, given: dict[str, str]) -> Judgement:
    """An answer about another record says nothing of ours: whether it was created is looked up.

    It is about another one if it shows that one's internalId; or none, and an id that was `given` to another before.
    """
    if judgement.verdict is not Verdict.DONE or judgement.data is None or judgement.remote_id is None:
        return judgement
    answered = identity_of(endpoint, judgement.data).internal_id
    if answered is None:
        cause = None if given.setdefault(judgement.remote_id, action.key) == action.key else ANSWERED_BEFORE
    else:
        cause = None if answered == identity_of_body(endpoint, action.body).internal_id else OTHER_RECORD
    if cause is None:
        return judgement
    return replace(judgement, verdict=Verdict.IN_DOUBT, remote_id=None, message=cause.text, cause=cause)


def _count(
    record_id: int, action: Action, state: State, judgement: Judgement, context: SendContext, pushed: Pushed
) -> None:
    if judgement.verdict is Verdict.STOP:
        context.halt(
            ApiStop(say("The API stopped the run: {message}", message=judgement.message), judgement.advice or CHECK_KEY)
        )
    if judgement.verdict is Verdict.RETRY or _asks_for_too_long(judgement):
        _gave_up(judgement, context)
    if state is State.DONE:
        pushed.created += 1
        context.compare(action, judgement.remote_id, judgement.data, whole=True)
    elif state is State.IN_DOUBT:
        pushed.doubtful.append(Doubt(record_id, action, judgement.verdict is Verdict.EXISTS, judgement.cause))
    elif state is State.REFUSED:
        pushed.refused.append(Refusal(action.line, action.key, judgement.message))


def _gave_up(judgement: Judgement, context: SendContext) -> None:
    """All attempts of a record were turned away. A server that is not there, or asks for a pause beyond patience,
    would turn away every other record too."""
    context.explain_unsent(judgement.message)
    if judgement.status is None or _asks_for_too_long(judgement):
        context.halt(ApiStop(judgement.message, say("Nothing is lost; when it is back, run: gigbulk runs resume")))


def _asks_for_too_long(judgement: Judgement) -> bool:
    """Whatever the status: a 503 may ask for a pause as a 429 does."""
    return (judgement.retry_after_s or 0.0) > PATIENCE_S
