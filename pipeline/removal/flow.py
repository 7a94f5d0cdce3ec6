"""`gigbulk delete` from top to bottom: look, keep, ask, delete; and the same gone on with by a resume."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from pipeline.api.session import ApiSession, open_session
from pipeline.api_key import read_key_facts
from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, Interrupted, PipelineError
from pipeline.events import SILENT, Events, Stop, format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import ChangeRow, Claim, Journal, RunRow, open_journal
from pipeline.language.names import name_word
from pipeline.language.say import Said, join_said, say
from pipeline.model import Account, State
from pipeline.removal.find import Found, describe_record, find_records
from pipeline.removal.kept import find_kept, keep_records
from pipeline.removal.send import Deletions
from pipeline.result import SO_FAR, Result
from pipeline.runs import find_resumable
from pipeline.settings import Settings
from pipeline.storage.naming import run_name
from schemas.dialects import dialect
from schemas.dialects.operations import dialects_that

__all__ = ["COMMAND", "Remover", "remove_records", "resume_removal"]

COMMAND = "delete"
_CONNECTIONS = 16
_BEGUN = (State.SENDING, State.IN_DOUBT)
"""Of a deletion that was asked for and not seen to its end."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Remover:
    """Who deletes: where it is told, who agrees to so many, and what may wish that it stop."""

    events: Events = SILENT
    agree: Callable[[Said, int], bool] = lambda question, count: False
    watch: Callable[[Stop], AbstractContextManager[None]] = lambda stop: nullcontext()
    edge: Edge = PROCESS


@dataclass(slots=True)
class _Run:
    """One deletion on its way."""

    settings: Settings
    remover: Remover
    account: Account
    resource: str
    name: str
    journal: Journal
    claim: Claim
    result: Result
    absent: int = 0
    states: dict[str, State] = field(default_factory=dict)

    def session(self) -> ApiSession:
        return open_session(
            dialect(self.settings.dialect),
            self.settings,
            self.account.name,
            connections=_CONNECTIONS,
            warn=self.remover.events.warn,
            edge=self.remover.edge,
        )


def remove_records(
    resource: str, ids: Sequence[str], settings: Settings, remover: Remover, *, live: bool, dry_run: bool = False
) -> Result:
    """Delete the records of those ids. ConfigError where the dialect deletes none, or nobody agreed; PipelineError,
    with its exit code, when it cannot go on."""
    _refuse_dialect(resource, settings.dialect)
    begun = remover.edge.ticks()
    name, wanted = run_name(remover.edge.now()), [*dict.fromkeys(ids)]
    account = Account(settings.account_name(), live)
    what = say("deleting in this account")
    with open_journal(settings, remover.edge.now) as journal, journal.claim(account.name, name, what) as claim:
        run = _Run(settings, remover, account, resource, name, journal, claim, Result(COMMAND, name))
        found = asyncio.run(_look(run, wanted))
        run.absent = len(found.absent)
        _show(run, found)
        if dry_run:
            run.result.run = None  # it is no run: nothing of it is in the journal
            run.result.count_changes(resource, {"would_delete": len(found.there), "absent": run.absent})
            run.result.seconds = remover.edge.ticks() - begun
            return run.result
        _require_consent(run, found)
        asked = {"resource": resource, "dialect": settings.dialect, "records": len(found.there), "absent": run.absent}
        journal.begin_run(name, COMMAND, account, asked)
        _begin(run, found)
        return _conclude(run, begun, found.there)


def resume_removal(run: str | None, settings: Settings, remover: Remover) -> Result:
    """Delete what an interrupted run left: what it began is looked up, and what is gone is not asked for again."""
    begun = remover.edge.ticks()
    with open_journal(settings, remover.edge.now) as journal:
        row = find_resumable(journal, run, settings.account_name())
        account = Account(row.account, row.livemode)
        with journal.claim(account.name, row.run, say("deleting in this account")) as claim:
            resource = _check_resumed(row, settings)
            going = _Run(settings, remover, account, resource, row.run, journal, claim, Result(COMMAND, row.run))
            changes = {change.remote_id: change for change in journal.changes(row.run)}
            _require_begun(row, len(changes), journal)
            absent = {identity for identity, change in changes.items() if _was_absent(change)}
            going.states = {identity: change.state for identity, change in changes.items() if identity not in absent}
            left = [identity for identity, state in going.states.items() if state is not State.DONE]
            going.absent = int(row.settings.get("absent", 0)) + len(absent)
            found = asyncio.run(_look_again(going, left))
            journal.reopen_run(row.run)
            _begin(going, found)
            return _conclude(going, begun, found.there)


def _refuse_dialect(resource: str, name: str) -> None:
    endpoint = dialect(name).endpoints.get(resource)
    if endpoint is None or endpoint.removal is None:
        others = dialects_that(COMMAND, resource)
        raise ConfigError(
            say("The API of dialect {dialect} deletes no {resource}.", dialect=name, resource=name_word(resource)),
            say("Dialect {others} does.", others=", ".join(others)) if others else say("No dialect does."),
        )


def _check_resumed(row: RunRow, settings: Settings) -> str:
    if row.settings.get("dialect") != settings.dialect:
        raise ConfigError(
            say("Run {run} was begun in dialect {dialect}.", run=row.run, dialect=row.settings.get("dialect")),
            say("Resume it with --dialect {dialect}.", dialect=row.settings.get("dialect")),
        )
    mode = read_key_facts(settings.key()).livemode
    if mode is not None and mode != row.livemode:
        raise ConfigError(
            say("Run {run} was begun with a key of the other mode (live or test).", run=row.run),
            say("Resume it with that key."),
        )
    return str(row.settings["resource"])


def _require_begun(row: RunRow, planned: int, journal: Journal) -> None:
    """ConfigError for a run that ended before its records were in the journal: nobody knows their ids. It is closed."""
    if planned < row.settings.get("records", 0):
        journal.finish_run(row.run, "failed", Result(row.command, row.run).as_dict())
        raise ConfigError(
            say("Run {run} ended before it was known what it would delete; nothing was deleted.", run=row.run),
            say("Give the same command again."),
        )


def _was_absent(change: ChangeRow) -> bool:
    """Whether a record is done without ever having been asked for: a resume saw that it was not there any more."""
    return change.state is State.DONE and change.body_hash is None


async def _look(run: _Run, ids: Sequence[str]) -> Found:
    async with run.session() as session:
        return await find_records(session, run.resource, ids, live=run.account.livemode)


async def _look_again(run: _Run, ids: Sequence[str]) -> Found:
    """As `_look`, after the time in which what was sent may still be at work."""
    if any(run.states[identity] in (State.SENDING, State.IN_DOUBT) for identity in ids):
        await asyncio.sleep(run.settings.settle_s)
    return await _look(run, ids)


def _show(run: _Run, found: Found) -> None:
    """What would go, before anybody is asked."""
    events = run.remover.events
    for identity, row in [*found.there.items()][:_SHOWN]:
        events.note(describe_record(identity, row))
    if len(found.there) > _SHOWN:
        events.note(say("… and {count:,} more.", count=len(found.there) - _SHOWN))
    if found.absent:
        events.note(say("Not there, or canceled already: {count:,}.", count=len(found.absent)))


def _require_consent(run: _Run, found: Found) -> None:
    sums = found.list_sums(found.there)
    counted = format_count(len(found.there), run.resource)
    told = say("{count} of {sums}", count=counted, sums=", ".join(sums)) if sums else counted
    question = say("This deletes {told} in the account, and there is no undo.", told=told)
    if found.there and not run.remover.agree(question, len(found.there)):
        raise ConfigError(
            join_said(" ", (question, say("Nothing was deleted: nobody agreed."))), say("Agree, or add --yes.")
        )


def _begin(run: _Run, found: Found) -> None:
    """Records are kept as they were, and the journal knows what is to be deleted, before the first request."""
    if found.there:
        path = find_kept(run.settings.state_dir, run.name)
        keep_records(path, run.resource, found.there)
        run.result.outputs["kept"] = str(path)
    gone = [identity for identity in found.absent if identity in run.states]
    if gone and not _leaves(run):
        why = say("deleted by run {run}", run=run.name)
        run.journal.forget_removed(run.account, run.resource, gone, why, run.claim)
    others = [identity for identity in gone if run.states[identity] not in _BEGUN]  # no earlier part has done it
    rows = [ChangeRow(run.resource, identity, State.DONE) for identity in gone]
    rows += [ChangeRow(run.resource, i, State.PLANNED) for i in found.there if i not in run.states]
    run.journal.keep_changes(run.name, rows, [], run.claim)
    run.states |= {row.remote_id: row.state for row in rows}
    for identity in others:
        del run.states[identity]
    run.absent += len(others)
    run.journal.keep_result(run.name, _so_far(run))
    failpoint(CrashPoint.PLANNED)


def _leaves(run: _Run) -> bool:
    removal = dialect(run.settings.dialect).endpoints[run.resource].removal
    return removal is not None and bool(removal.leaves)


def _so_far(run: _Run) -> dict[str, object]:
    counts = {"absent": run.absent, "unsent": len(run.states)}
    return Result(COMMAND, run.name, changes={run.resource: Counter(counts)}).as_dict() | {"event": SO_FAR}


def _conclude(run: _Run, begun: float, there: Mapping[str, object]) -> Result:
    """Delete, count, and close the run however it ends."""
    wish = Stop()
    stopped: PipelineError | None = None
    try:
        with run.remover.watch(wish):
            stopped = asyncio.run(_send(run, [*there], wish))
    except KeyboardInterrupt:
        stopped = Interrupted(say("Interrupted."), say("Finish it with: gigbulk runs resume {run}", run=run.name))
    failpoint(CrashPoint.PUSHED)
    counts = Counter(_COUNTED[state] for state in run.states.values())
    run.result.count_changes(run.resource, {**counts, "absent": run.absent})
    run.result.interrupted = run.result.interrupted or isinstance(stopped, Interrupted)
    run.result.error = stopped.message if stopped else None
    run.result.seconds = run.remover.edge.ticks() - begun
    failpoint(CrashPoint.WRITTEN)
    run.journal.finish_run(run.name, run.result.status, run.result.as_dict())
    if stopped is not None:
        stopped.result = run.result.as_dict()
        raise stopped
    return run.result


_COUNTED = {
    State.DONE: "deleted",
    State.REFUSED: "refused",
    State.IN_DOUBT: "in_doubt",
    State.SENDING: "in_doubt",
    State.PLANNED: "unsent",
}


async def _send(run: _Run, ids: Sequence[str], wish: Stop) -> PipelineError | None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        run.result.interrupted = True
        run.remover.events.note(say("Stopping: requests in flight are being settled; a second interrupt ends at once."))
        stop.set()

    with wish.listening(lambda: loop.call_soon_threadsafe(end)):  # type: ignore[arg-type]
        async with run.session() as session:
            deletions = Deletions(
                session,
                run.journal,
                run.claim,
                run.name,
                run.account,
                run.resource,
                run.settings.settle_s,
                run.remover.events,
                stop,
                run.states,
            )
            await deletions.send_all(ids)
    run.absent += len(deletions.absent)
    for identity in deletions.absent:
        del run.states[identity]
    return deletions.stopped
