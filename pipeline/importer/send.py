"""The part of an import that talks to the API: doubts first, then what the account holds, then the push, then doubts.

Files go one after the other, in dependency order; a payment needs the id of its client.
"""

import asyncio
from collections.abc import Iterable

from pipeline.api.client import Client
from pipeline.api.throttle.admission import SharedRate, Throttle
from pipeline.cli.signals import first_interrupt
from pipeline.delivery.canary import Guard
from pipeline.delivery.context import Lane
from pipeline.delivery.match import match
from pipeline.delivery.outbox import Spool
from pipeline.delivery.push import push
from pipeline.delivery.reconcile import Settled, reconcile
from pipeline.errors import ApiStop, PipelineError
from pipeline.events import counted, still_trying
from pipeline.failpoints import CrashPoint, reach
from pipeline.importer.context import Input, Walk
from pipeline.importer.late_rejects import Failure, report_failures
from pipeline.journal import GroupCommit
from pipeline.model import Action, Doubt
from schemas.rules.cross_record import AMBIGUOUS, CLIENT_REJECTED, CONFLICT, HELD, REFUSED

__all__ = ["send"]

DEFAULT_IN_FLIGHT = 64
ROUNDS = 2
"""How often records proven absent are sent again in one run; after that they are left for a resume."""


async def send(walk: Walk) -> PipelineError | None:
    """Send every input of the walk. The error that stopped it, if one did; counts and rejects are complete anyway."""
    settings = walk.settings
    in_flight = settings.concurrency or DEFAULT_IN_FLIGHT
    commits = GroupCommit(walk.ledger)
    total = sum(entry.spool.count for entry in walk.inputs)
    sent = 0

    def settled() -> None:
        nonlocal sent
        sent += 1
        walk.console.progress("sending", sent, total)

    client = Client(
        walk.dialect,
        base_url=settings.base_url or walk.dialect.base_url,
        key=settings.key(),
        connections=in_flight,
        timeout_s=settings.timeout_s,
    )
    shared = SharedRate.for_account(settings.state_dir, walk.account.name)
    throttle = Throttle(
        concurrency=settings.concurrency,
        rate=settings.rate,
        shared=shared,
        on_unreachable=lambda why, patience_s: walk.console.warn(still_trying(why, patience_s)),
    )
    stop = asyncio.Event()

    def interrupted() -> None:
        walk.result.interrupted = True
        walk.console.note("Stopping: requests in flight are being settled; a second interrupt ends at once.")
        stop.set()

    try:
        with first_interrupt(interrupted):
            async with client:
                lane = Lane(
                    client,
                    throttle,
                    walk.dialect,
                    walk.ledger,
                    commits,
                    walk.account,
                    in_flight,
                    Guard(),
                    stop,
                    settled,
                )
                await _send_inputs(walk, lane)
    finally:
        await commits.close()
    unsent = sum(counts.unsent for counts in walk.result.resources.values())
    return _stopped(walk, lane.stopped, unsent) if lane.stopped else _left_over(walk, lane, unsent)


_RESUME = "gigbulk runs resume"


def _stopped(walk: Walk, reason: ApiStop, unsent: int) -> ApiStop:
    """What stopped the run, with what it left unsent and this run's name in the advice."""
    left = f" Not sent: {counted(unsent, 'records')}." if unsent else ""
    return ApiStop(f"{reason.message.rstrip('.')}.{left}", reason.hint.replace(_RESUME, f"{_RESUME} {walk.run}"))


def _left_over(walk: Walk, lane: Lane, unsent: int) -> ApiStop | None:
    """Records that nobody wanted unsent: neither a limit nor an interrupt nor a doubt explains them."""
    in_doubt = any(counts.in_doubt for counts in walk.result.resources.values())
    if not (lane.gave_up or lane.lost) or not unsent or walk.result.interrupted or in_doubt:
        return None
    told = []
    if lane.lost:
        told.append(
            f"Not created: {counted(lane.lost, 'records')}, sent {ROUNDS + 1} times without a whole answer and not "
            "held by the account."
        )
    if unsent > lane.lost:
        why = f"; {lane.gave_up.rstrip('.')}" if lane.gave_up else ""
        told.append(f"Not sent: {counted(unsent - lane.lost, 'records')}{why}.")
    return ApiStop(" ".join(told), f"Send them with: {_RESUME} {walk.run}")


async def _send_inputs(walk: Walk, lane: Lane) -> None:
    remaining = walk.request.limit
    if remaining is not None:
        remaining = max(0, remaining - sum(c.created for c in walk.result.resources.values()))
    try:
        for entry in walk.inputs:
            remaining = await _send_input(walk, lane, entry, remaining)
    finally:
        walk.result.add_sums(lane.guard.totals())
    reach(CrashPoint.PUSHED)
    walk.result.warnings_said += lane.guard.warnings
    walk.result.imbalance = lane.guard.imbalance()


async def _send_input(walk: Walk, lane: Lane, entry: Input, remaining: int | None) -> int | None:
    name = entry.source.resource
    create = entry.spool
    earlier = await _reconciled(walk, lane, entry.doubts, name)
    for doubt in _take(walk, entry, earlier):
        create.add(doubt.record_id, doubt.action)
    if remaining is not None:
        remaining = max(0, remaining - len(earlier.created) - len(earlier.open))
    if walk.request.match and create.count and not lane.stop.is_set():
        create = await _without_held(walk, lane, entry, create)
    queue: Iterable[tuple[int, Action]] = create
    for round_ in range(ROUNDS + 1):
        lost: list[Doubt] = []

        async def settle(doubts: list[Doubt], lost: list[Doubt] = lost) -> None:
            lost += _take(walk, entry, await _reconciled(walk, lane, doubts, name))

        created_before = walk.counts(entry.source).created
        pushed = await push(queue, lane, remaining, settle)
        counts = walk.counts(entry.source)
        found_meanwhile = counts.created - created_before
        counts.created += pushed.created
        counts.unsent += pushed.unsent
        counts.refused += len(pushed.refused)
        counts.rejected += len(pushed.blocked)
        failures = [Failure(r.line, r.key, REFUSED, r.message.rstrip(".")) for r in pushed.refused]
        failures += [Failure(b.line, b.key, CLIENT_REJECTED, b.reference, field="client_ref") for b in pushed.blocked]
        report_failures(walk, entry, failures)
        if remaining is not None:
            remaining -= pushed.created + len(pushed.refused) + len(pushed.doubtful) + found_meanwhile + len(lost)
        absent = lost + _take(walk, entry, await _reconciled(walk, lane, pushed.doubtful, name))
        if not absent:
            break
        if round_ == ROUNDS or lane.stop.is_set():
            lane.lost += len(absent) if round_ == ROUNDS else 0
            counts.unsent += len(absent)
            break
        remaining = None if remaining is None else remaining + len(absent)
        queue = [(doubt.record_id, doubt.action) for doubt in absent]
    return remaining


async def _reconciled(walk: Walk, lane: Lane, doubts: list[Doubt], name: str) -> Settled:
    if doubts:
        walk.console.note(f"Looking up what became of {counted(len(doubts), name)}.")
    return await reconcile(doubts, name, lane, walk.folder, walk.settings.settle_s)


def _take(walk: Walk, entry: Input, settled: Settled) -> list[Doubt]:
    """Count what was settled; gives back what may be sent again."""
    counts = walk.counts(entry.source)
    counts.created += len(settled.created)
    counts.existing += len(settled.existing)
    counts.in_doubt += len(settled.open)
    counts.rejected += len(settled.other)
    report_failures(walk, entry, [_conflict(doubt.action.line, doubt.action.key, why) for doubt, why in settled.other])
    for ids in settled.several:
        walk.console.warn(
            f"The account holds one record of the {entry.source.resource} {len(ids)} times: {', '.join(ids[:5])}. "
            "Cancel those that are too many."
        )
    if settled.open and settled.why:
        walk.console.warn(f"Still in doubt: {counted(len(settled.open), entry.source.resource)}; {settled.why}.")
    return settled.absent


def _conflict(line: int, key: str, differing: str) -> Failure:
    return Failure(line, key, CONFLICT, key.split(":", 1)[1], differing)


async def _without_held(walk: Walk, lane: Lane, entry: Input, create: Spool) -> Spool:
    walk.console.note(f"Looking which {entry.source.resource} the account holds already.")
    matched = await match(create, entry.source.resource, lane, walk.folder, skip=walk.request.on_existing == "skip")
    counts = walk.counts(entry.source)
    counts.existing += matched.held
    counts.rejected += len(matched.existing) + len(matched.several) + len(matched.other)
    rules = [(HELD, matched.existing), (AMBIGUOUS, matched.several)]
    report_failures(
        walk,
        entry,
        [
            Failure(m.line, m.key, rule, m.key.split(":", 1)[1], ", ".join(m.remote_ids[:5]))
            for rule, matches in rules
            for m in matches
        ]
        + [_conflict(m.line, m.key, differing) for m, differing in matched.other],
    )
    return matched.create
