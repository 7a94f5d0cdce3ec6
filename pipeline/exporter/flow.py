"""An export from top to bottom: what is asked for, one resource after the other, one result."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.api.session import ApiSession, open_session
from pipeline.api_key import read_key_facts
from pipeline.edge import PROCESS, Edge
from pipeline.errors import ApiStop, Interrupted, PipelineError
from pipeline.events import Events, Meter, Stage, Stop
from pipeline.exporter.output import open_sinks
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.query import ListQuery, TimeRange, check_filters, open_query
from pipeline.exporter.request import ExportRequest
from pipeline.exporter.resource import Exported, run_export_resource
from pipeline.exporter.result import ExportResult
from pipeline.exporter.window import Window
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.journal import Journal, hold, open_journal
from pipeline.language.say import say
from pipeline.model import Account
from pipeline.settings import Settings
from pipeline.sink.retention import keep_newest
from pipeline.sink.spec import Sink
from pipeline.storage.naming import OutputName, run_name
from pipeline.storage.scratch import scratch
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect
from schemas.tables import choose_table

__all__ = ["check_request", "export_resources"]

IN_FLIGHT = 16
"""Pages asked for at once. At 50 ms a page the gain flattens here; the throttle allows fewer when a server suffers."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """An export before it begins: everything that can be wrong about the request has been found."""

    request: ExportRequest
    dialect: Dialect
    account: Account
    since: TimeRange
    queries: Mapping[str, Mapping[str, str | int]]
    sinks: Mapping[str, Sink]
    checkpoint: Path
    started: datetime
    edge: Edge
    stop: Stop


def check_request(request: ExportRequest, dialect_name: str, edge: Edge = PROCESS) -> None:
    """Look at a request as an export does before it begins. ConfigError for what cannot be meant."""
    started = edge.now()
    _queries(request, dialect(dialect_name))
    with scratch() as staging:
        open_sinks(request, started, run_name(started), staging, edge)


def _queries(request: ExportRequest, spoken: Dialect) -> tuple[TimeRange, dict[str, dict[str, str | int]]]:
    """The stretch of time and the filters of each list. ConfigError for what cannot be meant."""
    request.checked_for(spoken)
    since = TimeRange.parsed(request.since, request.until, full=request.full)
    return since, {name: check_filters(spoken, name, request.filters, since) for name in request.resources}


def export_resources(
    request: ExportRequest,
    settings: Settings,
    events: Events,
    edge: Edge = PROCESS,
    *,
    stop: Stop | None = None,
) -> ExportResult:
    """Export every resource asked for, until `stop` is set, from any thread: asked before a list and after each page.

    ApiStop when none could be read at all; JournalError when another export is at the same place; OutputError when a
    file cannot be written; Interrupted. Their `result` tells what was done before.
    """
    started = edge.now()
    result = ExportResult(run_name(started))
    with (
        _planned(request, settings, edge, started, result.run, stop or Stop()) as plan,
        _accounted(result, plan),
        _alone(plan, settings, result.run) as journal,
    ):
        _begin(plan)
        asyncio.run(_export(plan, settings, events, journal, result))
        if request.keep is not None and result.complete:
            written = {name: sink.destination for name, sink in plan.sinks.items() if sink.destination is not None}
            keep_newest(OutputName.parsed(request.output), request.keep, written, events)
    return result


@contextmanager
def _accounted(result: ExportResult, plan: _Plan) -> Iterator[None]:
    """However the export ends, its result tells how long it took and what was done."""
    begun = plan.edge.ticks()
    result.unfinished = dict.fromkeys(plan.queries, (0, 0))
    try:
        yield
    except (PipelineError, KeyboardInterrupt) as error:
        stop = error if isinstance(error, PipelineError) else _interrupted()
        result.seconds = plan.edge.ticks() - begun
        result.cut_short = "interrupted" if isinstance(stop, Interrupted) else "failed"
        stop.result = result.as_dict()
        raise stop from error.__cause__
    result.seconds = plan.edge.ticks() - begun


def _interrupted() -> Interrupted:
    return Interrupted(say("Interrupted."), say("Run the same export again: it goes on from the pages it has read."))


def _end_if_wished(stop: Stop) -> None:
    if stop.is_set():
        raise _interrupted()


async def _export(
    plan: _Plan, settings: Settings, events: Events, journal: Journal | None, result: ExportResult
) -> None:
    opening = open_session(
        plan.dialect, settings, plan.account.name, connections=IN_FLIGHT, warn=events.warn, edge=plan.edge
    )
    async with opening as session:
        for name in plan.queries:
            _end_if_wished(plan.stop)
            try:
                exported = await _export_one(plan, name, session, events, journal, result)
            except ApiStop as stop:  # the others may be readable: a key may be good for some lists only
                result.unread[name] = stop
                del result.unfinished[name]
                plan.sinks[name].fail(name, plan.started, plan.edge.now(), stop.message)
                if len(result.unread) == len(plan.queries):
                    raise
                events.warn(stop.message)
                continue
            result.resources[name] = exported
            del result.unfinished[name]
            for note in exported.notes:
                events.note(say("{name}: {note}", name=name, note=note))
            if exported.why:
                events.warn(say("{name} is not proven complete: {why}", name=name, why=exported.why))


def _begin(plan: _Plan) -> None:
    """See that everything can be written and name what is asked for, before anything is read."""
    for sink in plan.sinks.values():
        sink.prepare()
    for name, sink in plan.sinks.items():
        sink.begin(name, plan.started)


async def _export_one(
    plan: _Plan,
    name: str,
    session: ApiSession,
    events: Events,
    journal: Journal | None,
    result: ExportResult,
) -> Exported:
    """Read one list to its output; what was read is remembered once it is where it belongs."""
    sink = plan.sinks[name]
    if plan.request.ids is not None:
        asked = ListQuery(name, Window(ceiling=plan.started), ids=plan.request.ids)
    else:
        asked = open_query(
            plan.dialect, name, plan.queries[name], plan.since,
            started=plan.started, account=plan.account, journal=journal, into=sink.dataset,
        )  # fmt: skip
    for note in asked.notes:
        events.note(note)

    meter = Meter(events, plan.edge.ticks, Stage.EXPORTING, resource=name)

    def told(rows: int, total: int | None) -> None:
        result.unfinished[name] = rows, result.unfinished[name][1] + 1
        meter.tell_of(rows, total)
        _end_if_wished(plan.stop)

    table = choose_table(name, with_links=plan.request.with_links)
    pages = PageCheckpoint.of_list(plan.checkpoint, plan.dialect.name, name, asked.asked, table, now=plan.edge.now)
    exported = await run_export_resource(
        session, asked, table, sink, pages, now=plan.edge.now, raw=plan.request.raw, on_rows=told
    )
    if exported.complete:
        asked.commit_watermark()
        failpoint(ExportPoint.WATERMARK_MOVED)
    if exported.stopped is None:
        pages.clear()
    return exported


@contextmanager
def _alone(plan: _Plan, settings: Settings, run: str) -> Iterator[Journal | None]:
    """Two exports to one place, or from one watermark, cannot overlap. JournalError naming the one that is there.

    Gives the journal when there is a watermark to go on from.
    """
    request = plan.request
    name = f"export {plan.account.name} {plan.account.livemode} {request.place_name(plan.edge)}"
    with ExitStack() as locks:
        locks.enter_context(hold(settings, name, run, say("export to this place")))
        if not plan.since.last:
            yield None
            return
        journal = locks.enter_context(open_journal(settings, plan.edge.now))
        for resource, query in plan.queries.items():
            mark = f"watermark {plan.account.name} {plan.account.livemode} {resource} {sorted(query.items())}"
            locks.enter_context(journal.claim(mark, run, say("export of {resource} since the last", resource=resource)))
        yield journal


@contextmanager
def _planned(
    request: ExportRequest, settings: Settings, edge: Edge, started: datetime, run: str, stop: Stop
) -> Iterator[_Plan]:
    """ConfigError for what cannot be meant."""
    spoken = dialect(settings.dialect)
    since, queries = _queries(request, spoken)
    account = Account(settings.account_name(), livemode=bool(read_key_facts(settings.key()).livemode))
    checkpoint = settings.state_dir / "exports" / _hash(f"{account.name} {account.livemode} {request.place_name(edge)}")
    with scratch() as staging:
        sinks = open_sinks(request, started, run, staging, edge)
        yield _Plan(request, spoken, account, since, queries, sinks, checkpoint, started, edge, stop)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
