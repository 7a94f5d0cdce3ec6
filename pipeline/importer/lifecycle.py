"""An import in the journal: begun before its rows are judged, closed with its counts however it ends."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from pipeline.errors import DoubtError, InputError, Interrupted, JournalError, PipelineError
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.importer.context import ImportRun
from pipeline.importer.results.outputs import report_run, write_outputs
from pipeline.journal import InputRow, RuleCount, RunRow
from pipeline.language.say import say
from pipeline.model import Source
from pipeline.result import SO_FAR, Result

__all__ = ["begin_run", "closing_run", "conclude_run", "remember_check"]

_INTERRUPTED = (say("Interrupted."), say("What was sent is in the journal; finish it with: gigbulk runs resume"))


def begin_run(run: ImportRun, sources: Sequence[Source], resumed: RunRow | None) -> None:
    """Remember the run and its files, or go on with `resumed`. InputError when a file is not what it was then."""
    if resumed is None:
        files = [
            InputRow(position, s.name, str(s.path.resolve()), s.sha256, s.resource, s.rows, s.sheet)
            for position, s in enumerate(sources)
        ]
        asked = run.request.remembered(run.edge) | {"dialect": run.dialect.name}
        run.journal.begin_run(run.name, "import", run.account, asked, files)
        return
    remembered = {(file.path, file.sheet): file for file in run.journal.inputs(run.name)}
    found = {(str(source.path.resolve()), source.sheet): source for source in sources}
    for table in [*remembered, *found]:
        if table not in remembered or table not in found or remembered[table].sha256 != found[table].sha256:
            raise InputError(
                say(
                    "{label} has changed since run {run} began.",
                    label=(found.get(table) or remembered[table]).label,
                    run=run.name,
                ),
                say("Put the file back as it was, or import it anew: what was done is known and not sent twice."),
            )
    run.result.add_sums((resumed.result or {}).get("sums", {}))
    run.journal.reopen_run(run.name)


def remember_check(run: ImportRun) -> None:
    """What the check counted, for a run that is killed: records that were rejected are nowhere else in the journal."""
    run.result.resources = run.count_records()
    run.journal.keep_result(run.name, run.result.as_dict() | {"event": SO_FAR})
    _remember_rules(run)


def conclude_run(run: ImportRun, stopped: PipelineError | None) -> Result:
    """Result files into place, the run closed in the journal. Raises what it was stopped by."""
    try:
        write_outputs(run)
    except PipelineError as error:  # what was sent was sent: the counts are told all the same
        stopped = stopped or error
    run.result.error = stopped.message if stopped else None
    failpoint(CrashPoint.WRITTEN)
    stopped = stopped or _imbalance(run.result)
    run.finish()
    _remember_rules(run)
    run.journal.finish_run(run.name, run.result.status, run.result.as_dict())
    report_run(run, stopped)
    if stopped is not None:
        stopped.result = run.result.as_dict()
        raise stopped
    return run.result


def _remember_rules(run: ImportRun) -> None:
    """Which rules were broken how often, for a report of the run that is made later."""
    counts = [RuleCount(found.severity, found.rule, found.sat_code, found.count) for found in run.problems.rules]
    run.journal.keep_rule_counts(run.name, counts)


@contextmanager
def closing_run(run: ImportRun) -> Iterator[None]:
    """Close a run that its block leaves unfinished, by an error or without a send, as one that was cut short.

    Its counts are what the journal says, and they balance.
    """
    try:
        yield
    except (PipelineError, KeyboardInterrupt) as error:
        if run.finished:
            raise
        reason = error if isinstance(error, PipelineError) else Interrupted(*_INTERRUPTED)
        _close_run(run, reason)
        raise reason from error
    if not run.finished:
        _close_run(run, Interrupted(*_INTERRUPTED))


def _close_run(run: ImportRun, reason: PipelineError) -> None:
    run.finish()
    run.result.interrupted = isinstance(reason, Interrupted)
    run.result.error = reason.message
    try:
        run.result.resources = run.count_records()
    except JournalError:  # it may be the journal that failed
        run.result.resources = run.count_records(readable=False)
    with suppress(JournalError):
        run.journal.finish_run(run.name, run.result.status, run.result.as_dict())
    reason.result = run.result.as_dict()


def _imbalance(result: Result) -> DoubtError | None:
    for name, counts in result.resources.items():
        if not counts.balanced:
            return DoubtError(
                say("The counts of {name} do not balance: {counts}.", name=name, counts=counts.as_dict()),
                say("Please report this; the journal is safe."),
            )
    if result.imbalance:
        return DoubtError(
            say("{imbalance}.", imbalance=result.imbalance),
            say("Compare the payments of this run with the file: gigbulk runs show."),
        )
    return None
