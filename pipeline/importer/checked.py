"""The two phases of an import: `check` reads and judges everything, `CheckedImport.send` sends what was good.

Between them everything about the files is known, nothing has left, and whoever called decides.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress

import polars as pl

from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, DoubtError, InputError, Interrupted, JournalError, PipelineError
from pipeline.events import Events, Stop
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.findings.problems import Problems
from pipeline.importer.account import account_of_run, find_account, plans_blindly
from pipeline.importer.check import check_inputs
from pipeline.importer.context import ImportRun
from pipeline.importer.counts import count_records
from pipeline.importer.outputs import report_run, write_outputs
from pipeline.importer.questions import Question, check_answers, find_questions, refuse_live_rows
from pipeline.importer.request import ImportRequest
from pipeline.importer.send import send
from pipeline.importer.sources import build_rule_options, inspect_files
from pipeline.journal import InputRow, Journal, RunRow, journal_exists, open_journal, open_scratch_journal
from pipeline.model import Account, Counts, Source
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.storage.naming import run_name
from pipeline.storage.scratch import scratch
from pipeline.validation.references import References
from schemas.dialects import dialect

__all__ = ["CheckedImport", "Findings", "check", "check_offline"]

_BLIND = "There is no API key, so this plan knows no account: what was sent before counts as new here."
_INTERRUPTED = ("Interrupted.", "What was sent is in the journal; finish it with: gigbulk runs resume")


class Findings:
    """Every finding of a checked import, in the order of files and lines, as frames with FINDING_COLUMNS."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def __len__(self) -> int:
        return sum(self._problems.by_severity.values())

    @property
    def by_severity(self) -> dict[str, int]:
        """How many there are of each severity."""
        return dict(self._problems.by_severity)

    def frames(self) -> Iterator[pl.DataFrame]:
        """All of them, a part at a time."""
        return self._problems.frames()

    def page(self, offset: int, rows: int) -> pl.DataFrame:
        """At most `rows` of them from `offset` on, counted from 0."""
        return self._problems.page(offset, rows)


class CheckedImport:
    """An import whose files are read, judged and planned. It lives as long as the `with` block of `check`."""

    def __init__(self, run: ImportRun, sources: Sequence[Source]) -> None:
        self._run = run
        self.sources = tuple(sources)
        self.findings = Findings(run.problems)

    @property
    def name(self) -> str:
        """The run's name, by which `gigbulk runs` knows it."""
        return self._run.name

    @property
    def questions(self) -> tuple[Question, ...]:
        """What wants a yes before it is sent; none where the request has said yes to all, or sends nothing."""
        run = self._run
        if run.request.dry_run or run.only_checks or run.request.yes:
            return ()
        return find_questions(run.request, run.switched, sum(entry.outbox.count for entry in run.inputs))

    @property
    def counts(self) -> dict[str, Counts]:
        """Records by fate, per resource, as they stand now: before the send, what is to be created is unsent."""
        return count_records(self._run.inputs, self._run.journal)

    async def send(self, answers: Collection[str] = (), stop: Stop | None = None) -> Result:
        """Send what was planned, and write the result files. `answers` are the kinds of the questions agreed to.

        ConfigError, and nothing sent, when one of them was not. ApiStop, JournalError, OutputError or DoubtError when
        the run could not go on or does not balance; their `result` tells what was done.
        """
        run = self._run
        if run.only_checks:
            raise ConfigError("A mere check sends nothing.", "Check the files as an import.")
        stopped: PipelineError | None = None
        if run.request.dry_run:
            run.result.resources = count_records(run.inputs, run.journal, dry_run=True)
        else:
            refuse_live_rows(run.request, run.switched)
            check_answers(self.questions, answers)
            stopped = await send(run, stop or Stop())
        return _conclude(run, stopped)

    def finish(self) -> Result:
        """Write the result files of a check."""
        run = self._run
        run.result.resources = self.counts
        write_outputs(run)
        run.finish()
        return run.result


@contextmanager
def check(
    request: ImportRequest, settings: Settings, events: Events, edge: Edge = PROCESS, *, resumed: RunRow | None = None
) -> Iterator[CheckedImport]:
    """Look at every file, judge every row, plan what is to be created; holds the account until the block ends.

    `resumed` is the run this one goes on with. PipelineError when a file, a setting or the journal cannot be used; an
    error in the block closes the run as cut short, and so does leaving it without a send.
    """
    account = account_of_run(request, settings)
    blind = plans_blindly(request, settings)
    name = resumed.run if resumed else run_name(edge.now())
    with scratch() as folder:
        sources = inspect_files(request, folder, events, settings.lang, edge)
        with open_journal(settings, edge.now) as journal, journal.claim(account.name, name) as claim:
            known = None if blind else account
            references = References(lambda resource, keys: journal.local(known, resource, keys, name))
            run = ImportRun(
                request, settings, events, dialect(settings.dialect), journal, account, name, folder, references,
                Problems(folder), Result("import", name), edge, claim,
                options=build_rule_options(request, settings, edge.now()),
            )  # fmt: skip
            if blind:
                run.result.warnings_said.append(_BLIND)
            _begin(run, sources, resumed)
            with _cut_short_by_errors(run):
                check_inputs(run, sources)
                yield CheckedImport(run, sources)
            if not run.finished:
                _close(run, Interrupted(*_INTERRUPTED))


@contextmanager
def check_offline(
    request: ImportRequest, settings: Settings, events: Events, edge: Edge = PROCESS
) -> Iterator[CheckedImport]:
    """As `check`, without key and network, and with nothing remembered: only `finish` may follow."""
    with scratch() as folder:
        sources = inspect_files(request, folder, events, settings.lang, edge)
        with open_scratch_journal(folder, edge.now) as journal, _earlier_journal(settings) as earlier:
            account, name = Account("check", request.live), run_name(edge.now())
            theirs = find_account(settings, live=request.live) if settings.api_key else None

            def local(resource: str, keys: list[str]) -> dict[str, dict[str, str]]:
                before = earlier.local(theirs, resource, keys) if earlier else {}
                return before | journal.local(account, resource, keys, name)

            run = ImportRun(
                request, settings, events, dialect(settings.dialect), journal, account, name, folder,
                References(local), Problems(folder), Result("check", None), edge, only_checks=True,
                options=build_rule_options(request, settings, edge.now()),
            )  # fmt: skip
            check_inputs(run, sources)
            yield CheckedImport(run, sources)


@contextmanager
def _earlier_journal(settings: Settings) -> Iterator[Journal | None]:
    """What earlier runs created, when there is a journal; a check makes none."""
    if not journal_exists(settings):
        yield None
        return
    with open_journal(settings) as journal:
        yield journal


def _begin(run: ImportRun, sources: Sequence[Source], resumed: RunRow | None) -> None:
    if resumed is None:
        files = [
            InputRow(position, s.name, str(s.path.resolve()), s.sha256, s.resource, s.rows, s.sheet)
            for position, s in enumerate(sources)
        ]
        run.journal.begin_run(run.name, "import", run.account, run.request.remembered(), files)
        return
    remembered = {(file.path, file.sheet): file for file in run.journal.inputs(run.name)}
    found = {(str(source.path.resolve()), source.sheet): source for source in sources}
    for table in remembered.keys() | found.keys():
        if table not in remembered or table not in found or remembered[table].sha256 != found[table].sha256:
            raise InputError(
                f"{(found.get(table) or remembered[table]).label} has changed since run {run.name} began.",
                "Put the file back as it was, or import it anew: what was done is known and not sent twice.",
            )
    run.result.add_sums((resumed.result or {}).get("sums", {}))
    run.journal.reopen_run(run.name)


def _conclude(run: ImportRun, stopped: PipelineError | None) -> Result:
    """Result files into place, the run closed in the journal. Raises what it was stopped by."""
    try:
        write_outputs(run)
    except PipelineError as error:  # what was sent was sent: the counts are told all the same
        stopped = stopped or error
    run.result.error = stopped.message if stopped else None
    failpoint(CrashPoint.WRITTEN)
    stopped = stopped or _imbalance(run.result)
    run.finish()
    run.journal.finish_run(run.name, run.result.status, run.result.as_dict())
    report_run(run, stopped)
    if stopped is not None:
        stopped.result = run.result.as_dict()
        raise stopped
    return run.result


@contextmanager
def _cut_short_by_errors(run: ImportRun) -> Iterator[None]:
    """Close a run that ends in the middle: its counts are what the journal says, and they balance."""
    try:
        yield
    except (PipelineError, KeyboardInterrupt) as error:
        if run.finished:
            raise
        reason = error if isinstance(error, PipelineError) else Interrupted(*_INTERRUPTED)
        _close(run, reason)
        raise reason from error


def _close(run: ImportRun, reason: PipelineError) -> None:
    run.finish()
    run.result.interrupted = isinstance(reason, Interrupted)
    run.result.error = reason.message
    try:
        run.result.resources = count_records(run.inputs, run.journal)
    except JournalError:  # it may be the journal that failed
        run.result.resources = count_records(run.inputs, None)
    with suppress(JournalError):
        run.journal.finish_run(run.name, run.result.status, run.result.as_dict())
    reason.result = run.result.as_dict()


def _imbalance(result: Result) -> DoubtError | None:
    for name, counts in result.resources.items():
        if not counts.balanced:
            return DoubtError(
                f"The counts of {name} do not balance: {counts.as_dict()}.", "Please report this; the journal is safe."
            )
    if result.imbalance:
        return DoubtError(f"{result.imbalance}.", "Compare the payments of this run with the file: gigbulk runs show.")
    return None
