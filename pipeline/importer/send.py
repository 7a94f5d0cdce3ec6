"""The part of an import that talks to the API: doubts first, then what the account holds, then the push, then doubts.

Files go one after the other, in dependency order; a payment needs the id of its client.
"""

import asyncio
from collections.abc import Iterable

from pipeline.api.session import open_session
from pipeline.cli.signals import watch_interrupts
from pipeline.delivery.canary import Canary
from pipeline.delivery.context import SendContext
from pipeline.delivery.match import match
from pipeline.delivery.outbox import Outbox
from pipeline.delivery.push import push
from pipeline.delivery.reconcile import Reconciled, reconcile
from pipeline.errors import ApiStop, PipelineError
from pipeline.events import format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.importer.context import ImportRun, InputFile
from pipeline.importer.late_rejects import Failure, report_failures
from pipeline.journal import GroupCommit
from pipeline.model import Action, Doubt
from schemas.rules.cross_record import AMBIGUOUS, CLIENT_REJECTED, CONFLICT, EXISTS_IN_ACCOUNT, REFUSED

__all__ = ["send"]

DEFAULT_IN_FLIGHT = 64
ROUNDS = 2
"""How often records proven absent are sent again in one run; after that they are left for a resume."""


async def send(run: ImportRun) -> PipelineError | None:
    """Send every input of the run. The error that stopped it, if one did; counts and rejects are complete anyway."""
    commits = GroupCommit(run.ledger, run.claim)
    total = sum(entry.outbox.count for entry in run.inputs)
    sent = 0

    def settled() -> None:
        nonlocal sent
        sent += 1
        run.console.progress("sending", sent, total)

    opening = open_session(
        run.dialect, run.settings, run.account.name, connections=DEFAULT_IN_FLIGHT, warn=run.console.warn
    )
    stop = asyncio.Event()

    def interrupted() -> None:
        run.result.interrupted = True
        run.console.note("Stopping: requests in flight are being settled; a second interrupt ends at once.")
        stop.set()

    try:
        with watch_interrupts(interrupted):
            async with opening as session:
                context = SendContext(session, run.ledger, commits, run.account, Canary(), stop, settled)
                await _send_inputs(run, context)
    finally:
        await commits.close()
    unsent = sum(counts.unsent for counts in run.result.resources.values())
    return _stopped(run, context.stopped, unsent) if context.stopped else _left_over(run, context, unsent)


_RESUME = "gigbulk runs resume"


def _stopped(run: ImportRun, reason: ApiStop, unsent: int) -> ApiStop:
    """What stopped the run, with what it left unsent and this run's name in the advice."""
    left = f" Not sent: {format_count(unsent, 'records')}." if unsent else ""
    return ApiStop(f"{reason.message.rstrip('.')}.{left}", reason.hint.replace(_RESUME, f"{_RESUME} {run.name}"))


def _left_over(run: ImportRun, context: SendContext, unsent: int) -> ApiStop | None:
    """Records that nobody wanted unsent: neither a limit nor an interrupt nor a doubt explains them."""
    in_doubt = any(counts.in_doubt for counts in run.result.resources.values())
    if not (context.unreachable_reason or context.exhausted) or not unsent or run.result.interrupted or in_doubt:
        return None
    told = []
    if context.exhausted:
        told.append(
            f"Not created: {format_count(context.exhausted, 'records')}, sent {ROUNDS + 1} times without a whole "
            "answer and not held by the account."
        )
    if unsent > context.exhausted:
        why = f"; {context.unreachable_reason.rstrip('.')}" if context.unreachable_reason else ""
        told.append(f"Not sent: {format_count(unsent - context.exhausted, 'records')}{why}.")
    return ApiStop(" ".join(told), f"Send them with: {_RESUME} {run.name}")


async def _send_inputs(run: ImportRun, context: SendContext) -> None:
    remaining = run.request.limit
    if remaining is not None:
        remaining = max(0, remaining - sum(c.created for c in run.result.resources.values()))
    try:
        for entry in run.inputs:
            remaining = await _send_input(run, context, entry, remaining)
    finally:
        run.result.add_sums(context.canary.totals())
    failpoint(CrashPoint.PUSHED)
    run.result.warnings_said += context.canary.warnings
    run.result.imbalance = context.canary.imbalance()


async def _send_input(run: ImportRun, context: SendContext, entry: InputFile, remaining: int | None) -> int | None:
    name = entry.source.resource
    create = entry.outbox
    earlier = await _reconciled(run, context, entry.doubts, name)
    for doubt in _take(run, entry, earlier):
        create.add(doubt.record_id, doubt.action)
    if remaining is not None:
        remaining = max(0, remaining - len(earlier.created) - len(earlier.open))
    if run.request.match and create.count and not context.stop.is_set():
        create = await _without_existing(run, context, entry, create)
    queue: Iterable[tuple[int, Action]] = create
    for round_ in range(ROUNDS + 1):
        lost: list[Doubt] = []

        async def settle(doubts: list[Doubt], lost: list[Doubt] = lost) -> None:
            lost += _take(run, entry, await _reconciled(run, context, doubts, name))

        created_before = run.counts(entry.source).created
        pushed = await push(queue, context, remaining, settle)
        counts = run.counts(entry.source)
        found_meanwhile = counts.created - created_before
        counts.created += pushed.created
        counts.unsent += pushed.unsent
        counts.refused += len(pushed.refused)
        counts.rejected += len(pushed.blocked)
        failures = [Failure(r.line, r.key, REFUSED, r.message.rstrip(".")) for r in pushed.refused]
        failures += [Failure(b.line, b.key, CLIENT_REJECTED, b.reference, field="client_ref") for b in pushed.blocked]
        report_failures(run, entry, failures)
        if remaining is not None:
            remaining -= pushed.created + len(pushed.refused) + len(pushed.doubtful) + found_meanwhile + len(lost)
        absent = lost + _take(run, entry, await _reconciled(run, context, pushed.doubtful, name))
        if not absent:
            break
        if round_ == ROUNDS or context.stop.is_set():
            context.exhausted += len(absent) if round_ == ROUNDS else 0
            counts.unsent += len(absent)
            break
        remaining = None if remaining is None else remaining + len(absent)
        queue = [(doubt.record_id, doubt.action) for doubt in absent]
    return remaining


async def _reconciled(run: ImportRun, context: SendContext, doubts: list[Doubt], name: str) -> Reconciled:
    if doubts:
        run.console.note(f"Looking up what became of {format_count(len(doubts), name)}.")
    return await reconcile(doubts, name, context, run.folder, run.settings.settle_s)


def _take(run: ImportRun, entry: InputFile, settled: Reconciled) -> list[Doubt]:
    """Count what was settled; gives back what may be sent again."""
    counts = run.counts(entry.source)
    counts.created += len(settled.created)
    counts.existing += len(settled.existing)
    counts.in_doubt += len(settled.open)
    counts.rejected += len(settled.other)
    report_failures(run, entry, [_conflict(doubt.action.line, doubt.action.key, why) for doubt, why in settled.other])
    for ids in settled.several:
        run.console.warn(
            f"The account holds one record of the {entry.source.resource} {len(ids)} times: {', '.join(ids[:5])}. "
            "Cancel those that are too many."
        )
    if settled.open and settled.why:
        run.console.warn(f"Still in doubt: {format_count(len(settled.open), entry.source.resource)}; {settled.why}.")
    return settled.absent


def _conflict(line: int, key: str, differing: str) -> Failure:
    return Failure(line, key, CONFLICT, key.split(":", 1)[1], differing)


async def _without_existing(run: ImportRun, context: SendContext, entry: InputFile, create: Outbox) -> Outbox:
    run.console.note(f"Looking which {entry.source.resource} the account holds already.")
    matched = await match(create, entry.source.resource, context, run.folder, skip=run.request.on_existing == "skip")
    counts = run.counts(entry.source)
    counts.existing += matched.held
    counts.rejected += len(matched.existing) + len(matched.several) + len(matched.other)
    rules = [(EXISTS_IN_ACCOUNT, matched.existing), (AMBIGUOUS, matched.several)]
    report_failures(
        run,
        entry,
        [
            Failure(m.line, m.key, rule, m.key.split(":", 1)[1], ", ".join(m.remote_ids[:5]))
            for rule, matches in rules
            for m in matches
        ]
        + [_conflict(m.line, m.key, differing) for m, differing in matched.other],
    )
    return matched.create
