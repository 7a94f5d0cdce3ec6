"""The changes that were agreed to, sent. Said twice, one changes nothing more: what is in doubt is sent again."""

import asyncio
from collections import Counter
from functools import partial

from pipeline.api.session import ApiSession
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.delivery.context import SendContext
from pipeline.errors import ApiStop
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.importer.changes.compare import RecordChange, compare_record
from pipeline.importer.changes.find import Changes, FileChanges, keep_changes
from pipeline.importer.context import ImportRun
from pipeline.importer.results.late_rejects import Failure, report_failures
from pipeline.journal import Revised
from pipeline.language.say import say
from pipeline.remote.detail import read_detail
from schemas.rules.cross_record import REFUSED

__all__ = ["CHANGED", "send_changes"]

CHANGED, SAME, REFUSED_FATE, OPEN, UNSENT = "changed", "same", "refused", "in_doubt", "unsent"
_TRIES = 3


async def send_changes(run: ImportRun, context: SendContext, found: Changes, limit: int | None) -> int:
    """Send them, at most `limit`, and remember what the account now holds. How many were changed."""
    left = limit
    for file in found.files:
        if context.stop.is_set():
            break
        with report_failures(run, file.entry) as failures:
            failures += await _apply_file(run, context, file, left)
        if left is not None:
            left -= sum(fate != UNSENT for fate in file.fates.values())
    keep_changes(found)
    for file in found.files:
        counts = Counter(file.fates.get(number, UNSENT) for number in range(len(file.changes)))
        counts[SAME] += len(file.revised)
        run.result.count_changes(file.entry.source.resource, counts)
    return sum(counts[CHANGED] for counts in run.result.changes.values())


async def _apply_file(run: ImportRun, context: SendContext, file: FileChanges, limit: int | None) -> list[Failure]:
    await _revise(run, context, file.revised)
    failures: list[Failure] = []
    room = asyncio.Semaphore(context.session.in_flight)

    async def send(number: int, change: RecordChange) -> None:
        async with room:
            if context.stop.is_set():
                return
            failpoint(CrashPoint.INTENT_DURABLE)  # what is there now was kept before it was asked about
            fate, why = await _send(context.session, change)
        failpoint(CrashPoint.ANSWERED)
        file.fates[number] = fate
        if fate == CHANGED:
            if (known := file.prints[number]) is not None:
                await _revise(run, context, [known])
                failpoint(CrashPoint.OUTCOME_DURABLE)
        elif fate == UNSENT:
            context.halt(ApiStop(why, CHECK_KEY))
        else:
            failures.append(Failure(change.action.line, change.action.key, REFUSED, why.rstrip(".")))

    try:
        async with asyncio.TaskGroup() as tasks:
            for number, change in enumerate(file.changes[:limit]):
                tasks.create_task(send(number, change))
    except BaseExceptionGroup as group:  # a journal that is lost ends them all: nothing is sent behind its back
        raise group.exceptions[0] from group
    return failures


async def _revise(run: ImportRun, context: SendContext, rows: list[Revised]) -> None:
    if rows:
        await context.commits.ask(partial(run.journal.revise, rows, run.claim))


async def _send(session: ApiSession, change: RecordChange) -> tuple[str, str]:
    """What became of one change, and why where it was not made. What is in doubt is looked up, and sent again where
    it was not made."""
    for _ in range(_TRIES):
        judgement = await session.change(change.action.resource, change.remote_id, change.body)
        if judgement.verdict is not Verdict.IN_DOUBT:
            return _judge(judgement)
        if await _is_made(session, change):
            return CHANGED, ""
    return OPEN, say("nobody knows whether it was changed: {message}", message=judgement.message)


def _judge(judgement: Judgement) -> tuple[str, str]:
    match judgement.verdict:
        case Verdict.DONE:
            return CHANGED, ""
        case Verdict.STOP | Verdict.RETRY:
            return UNSENT, say("The API stopped the run: {message}", message=judgement.message)
        case _:
            return REFUSED_FATE, judgement.message


async def _is_made(session: ApiSession, change: RecordChange) -> bool:
    detail = await read_detail(session, change.action.resource, change.remote_id)
    create = session.dialect.endpoints[change.action.resource].creates[change.action.create]
    return detail.row is not None and compare_record(change.action, detail.row, create, change.remote_id) is None
