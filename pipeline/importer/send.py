"""The part of an import that talks to the API: one file after the other, in dependency order.

A payment needs the id of its client.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from math import ceil

from pipeline.api.cause import Cause
from pipeline.api.session import open_session
from pipeline.delivery.canary.watch import Canary
from pipeline.delivery.context import SendContext
from pipeline.errors import RESUME_COMMAND, ApiStop, PipelineError
from pipeline.events import Stage, Stop, format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.importer.changes.apply import send_changes
from pipeline.importer.changes.find import Changes
from pipeline.importer.context import ImportRun
from pipeline.importer.rounds import ROUNDS, Allowance, Exhausted, send_file
from pipeline.journal import Latencies
from pipeline.journal.group_commit import GroupCommit
from pipeline.language.say import Said, join_said, say

__all__ = ["describe_left_over", "describe_stop", "send"]

DEFAULT_IN_FLIGHT = 64

_NEW_OBJECTS = 20_000
"""Between two looks of the collector at what is new: a few MB, of some hundred records."""


async def send(run: ImportRun, wish: Stop, changes: Changes | None = None) -> PipelineError | None:
    """Send every input of the run, until `wish` is set; before them the `changes` that were agreed to.

    The error that stopped it, if one did; counts and rejects are complete anyway.
    """
    commits = GroupCommit(run.journal, run.claim)
    meter = run.meter(Stage.SENDING, total=sum(entry.outbox.count for entry in run.inputs))
    opening = open_session(
        run.dialect,
        run.settings,
        run.account.name,
        connections=DEFAULT_IN_FLIGHT,
        warn=run.events.warn,
        edge=run.edge,
    )
    stop = asyncio.Event()

    def interrupted() -> None:
        run.result.interrupted = True
        run.events.note(say("Stopping: requests in flight are being settled; a second interrupt ends at once."))
        stop.set()

    loop = asyncio.get_running_loop()
    try:
        with wish.listening(lambda: _call(loop, interrupted)):
            async with opening as session:
                context = SendContext(
                    session,
                    run.journal,
                    commits,
                    run.account,
                    stop,
                    meter,
                    Latencies(run.edge.now),
                    run.name,
                    canary=_recall_canary(run),
                    keep_links=run.request.with_links,
                    skips_existing=run.request.on_existing != "error",
                )
                with _standing_objects_spared():
                    exhausted = await _send_inputs(run, context, changes)
    finally:
        await commits.close()
    run.result.resources = run.count_records()
    counts = run.result.resources.values()
    unsent, in_doubt = sum(c.unsent for c in counts), sum(c.in_doubt for c in counts)
    if context.stopped is not None:
        return describe_stop(context.stopped, unsent, run.name)
    if run.result.interrupted or in_doubt:
        return None
    return describe_left_over(
        unsent, len(exhausted), context.unsent_because, run.name, exhausted[-1] if exhausted else None
    )


def _recall_canary(run: ImportRun) -> Canary:
    """The canary with what an earlier part of the run has proven."""
    canary = Canary()
    for proof in run.journal.proofs(run.name, run.account):
        canary.recall(proof.resource, [proof.feature])
    return canary


async def _send_inputs(run: ImportRun, context: SendContext, changes: Changes | None) -> Exhausted:
    """One after the other; gives the records that were sent in vain in every round."""
    await _wait_for_strays(run, context)
    if context.stop.is_set():
        return []
    allowance = Allowance(run.request.limit)
    allowance.spend(sum(entry.known.created for entry in run.inputs))
    if changes is not None:
        allowance.spend(await send_changes(run, context, changes, allowance.left))
    try:
        exhausted = [await send_file(run, context, entry, allowance) for entry in run.inputs]
    finally:
        run.result.add_sums(context.totals.by_currency())
    await context.remember_latencies()
    failpoint(CrashPoint.PUSHED)
    run.result.warnings_said += context.canary.warnings
    run.result.imbalance = context.totals.imbalance()
    return [*chain.from_iterable(exhausted)]


async def _wait_for_strays(run: ImportRun, context: SendContext) -> None:
    """A request of a process from which the account was taken over may still be under way: what is looked up before it
    is over proves nothing."""
    seconds = await context.commits.ask(partial(run.journal.strays_s, run.claim))
    if seconds > 0:
        told = say("Waiting {seconds} s: so long may a request of another process be under way.", seconds=ceil(seconds))
        run.events.note(told)
        with suppress(TimeoutError):
            await asyncio.wait_for(context.stop.wait(), seconds)


@contextmanager
def _standing_objects_spared() -> Iterator[None]:
    """What stands when sending begins (modules, catalogues, schemas) lasts to its end: the collector need not look
    through it for cycles again and again, which took a tenth of the time. Nor at what is new after every third record:
    nearly all of it dies by itself."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _call(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """From any thread, or a signal handler: the loop does it at its next turn."""
    loop.call_soon_threadsafe(call)


def describe_stop(reason: ApiStop, unsent: int, run: str) -> ApiStop:
    """What stopped the run, with what it left unsent and this run's name in the advice."""
    whole = say("{message}.", message=reason.message.rstrip("."))
    return ApiStop(
        join_said(" ", (whole, _say_not_sent(unsent))) if unsent else whole,
        reason.hint.replace(RESUME_COMMAND, f"{RESUME_COMMAND} {run}"),
    )


def describe_left_over(
    unsent: int, exhausted: int, reason: str, run: str, cause: Cause | None = None
) -> ApiStop | None:
    """Records that nobody wanted unsent: `exhausted` were sent in every round, the last of them in vain for
    a `cause`, the others not at all, for a `reason`.

    None when neither explains them, so that a limit does.
    """
    if not unsent or not (reason or exhausted):
        return None
    told = []
    if exhausted:
        told.append(_say_not_created(exhausted, cause))
    if unsent > exhausted:
        told.append(_say_not_sent(unsent - exhausted, reason))
    return ApiStop(join_said(" ", told), say("Send them with: {resume} {run}", resume=RESUME_COMMAND, run=run))


def _say_not_created(count: int, cause: Cause | None) -> Said:
    records = format_count(count, "records")
    if cause is None:
        return say(
            "Not created: {records}, sent {rounds} times without a whole answer and not held by the account.",
            records=records,
            rounds=ROUNDS + 1,
        )
    return say(
        "Not created: {records}, sent {rounds} times without a whole answer and not held by the account; "
        "the last time: {text}.",
        records=records,
        rounds=ROUNDS + 1,
        text=cause.text,
    )


def _say_not_sent(count: int, reason: str = "") -> Said:
    records = format_count(count, "records")
    if not reason:
        return say("Not sent: {records}.", records=records)
    return say("Not sent: {records}; {why}.", records=records, why=reason.rstrip("."))
