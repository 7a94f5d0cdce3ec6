"""The changes that were agreed to, sent: each journaled before it leaves, looked up before it is said again.

Said twice, one changes nothing more; but between the two somebody else may have changed it, so what is done is never
said again, and what is in doubt only when the account shows that it was not made.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from pipeline.api.cause import Cause
from pipeline.api.session import ApiSession
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.delivery.context import SendContext
from pipeline.errors import ApiStop
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.importer.changes.compare import RecordChange, compare_record
from pipeline.importer.changes.find import CHANGED, Changes, FileChanges, keep_changes
from pipeline.importer.context import ImportRun
from pipeline.importer.results.late_rejects import Failure, report_failures
from pipeline.journal import ChangeRow, Revised
from pipeline.language.say import say
from pipeline.model import RecordKey, State
from pipeline.remote.detail import read_detail
from schemas.rules.remote.refusals import CHANGE_REFUSED

__all__ = ["send_changes"]

SAME, REFUSED_FATE, OPEN, UNSENT = "same", "refused", "in_doubt", "unsent"
_FATES = {State.DONE: CHANGED, State.REFUSED: REFUSED_FATE, State.IN_DOUBT: OPEN, State.PLANNED: UNSENT}
_TRIES = 3


class _Fate(NamedTuple):
    """What became of a change, why where it was not made, and what the last answer or failure was."""

    state: State
    why: str = ""
    cause: Cause | None = None


async def send_changes(run: ImportRun, context: SendContext, found: Changes, limit: int | None) -> int:
    """Send them, at most `limit`, and remember what the account now holds. How many were changed."""
    left = limit
    for file in found.files:
        if context.stop.is_set():
            break
        with report_failures(run, file.entry) as failures:
            failures += await _Sending(run, context, file).send_all(left)
        if left is not None:
            left -= sum(fate != UNSENT for fate in file.fates.values())
    keep_changes(found)
    changed = 0
    for file in found.files:
        counts = Counter(file.fates.get(number, UNSENT) for number in range(len(file.changes)))
        changed += counts[CHANGED]
        made = {row.remote_id for row in file.made}
        counts[CHANGED] += len(made)
        counts[SAME] += file.same
        run.result.count_changes(file.entry.source.resource, counts)
    return changed


@dataclass(slots=True)
class _Sending:
    """The changes of one file on their way."""

    run: ImportRun
    context: SendContext
    file: FileChanges
    failures: list[Failure] = field(default_factory=list)

    async def send_all(self, limit: int | None) -> list[Failure]:
        await self._keep(self.file.made, self.file.revised)
        room = asyncio.Semaphore(self.context.session.in_flight)
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, change in enumerate(self.file.changes[:limit]):
                    tasks.create_task(self._send(number, change, room))
        except BaseExceptionGroup as group:  # a journal that is lost ends them all: nothing is sent behind its back
            raise group.exceptions[0] from group
        return self.failures

    async def _send(self, number: int, change: RecordChange, room: asyncio.Semaphore) -> None:
        async with room:
            if self.context.stop.is_set():
                return
            fate = await self._make(change)
        self.file.fates[number] = _FATES[fate.state]
        known = self.file.prints[number]
        await self._keep(
            [_row(change, fate.state, fate.cause)], [known] if known is not None and fate.state is State.DONE else []
        )
        failpoint(CrashPoint.OUTCOME_DURABLE)
        if fate.state is State.PLANNED:
            self.context.halt(ApiStop(fate.why, CHECK_KEY))
        elif fate.state is State.REFUSED:
            self.failures.append(Failure(change.action.line, change.action.key, CHANGE_REFUSED, fate.why.rstrip(".")))
        elif fate.state is State.IN_DOUBT:
            self.run.events.warn(
                say(
                    "The change of {shown} ({id}) is in doubt: {why}",
                    shown=RecordKey(change.action.key).shown,
                    id=change.remote_id,
                    why=fate.why,
                )
            )

    async def _make(self, change: RecordChange) -> _Fate:
        """Send one. What is in doubt is looked up, twice, and sent again where it was not made."""
        body_hash = hashlib.sha256(change.body).digest()[:16]

        async def intend(_attempt: int) -> None:
            failpoint(CrashPoint.INTENT_WAITING)
            await self._keep([_row(change, State.SENDING, body_hash=body_hash)])
            failpoint(CrashPoint.INTENT_DURABLE)

        session, doubt = self.context.session, _Fate(State.IN_DOUBT)
        for _ in range(_TRIES):
            judgement = await session.change(
                change.action.resource, change.remote_id, change.body, before_attempt=intend
            )
            failpoint(CrashPoint.ANSWERED)
            if judgement.verdict is not Verdict.IN_DOUBT:
                return _judge(judgement)
            said = say("nobody knows whether it was changed: {message}", message=judgement.message)
            doubt = _Fate(State.IN_DOUBT, said, judgement.cause)
            await self._keep([_row(change, State.IN_DOUBT, judgement.cause)])
            made = await _is_made(session, change)
            if made is False:
                await asyncio.sleep(self.run.settings.settle_s)
                made = await _is_made(session, change)
            failpoint(CrashPoint.LOOKED_UP)
            if made is not False:
                return doubt if made is None else _Fate(State.DONE)
        return doubt

    async def _keep(self, rows: Sequence[ChangeRow], revised: Sequence[Revised] = ()) -> None:
        if rows or revised:
            keep = partial(self.run.journal.keep_changes, self.run.name, rows, revised, self.run.claim)
            await self.context.commits.ask(keep)


def _row(change: RecordChange, state: State, cause: Cause | None = None, body_hash: bytes | None = None) -> ChangeRow:
    return ChangeRow(change.action.resource, change.remote_id, state, body_hash, cause)


def _judge(judgement: Judgement) -> _Fate:
    match judgement.verdict:
        case Verdict.DONE:
            return _Fate(State.DONE)
        case Verdict.STOP | Verdict.RETRY:
            stopped = say("The API stopped the run: {message}", message=judgement.message)
            return _Fate(State.PLANNED, stopped, judgement.cause)
        case _:
            return _Fate(State.REFUSED, judgement.message, judgement.cause)


async def _is_made(session: ApiSession, change: RecordChange) -> bool | None:
    """Whether the account shows it; None where it cannot be read."""
    detail = await read_detail(session, change.action.resource, change.remote_id)
    if detail.row is None:
        return None
    create = session.dialect.endpoints[change.action.resource].creates[change.action.create]
    return compare_record(change.action, detail.row, create, change.remote_id) is None
