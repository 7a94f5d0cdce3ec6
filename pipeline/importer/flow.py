"""An import from top to bottom: look → validate → plan → confirm → send → result files.

`check` is the same run against a journal that is thrown away, and ends before anything is sent.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.api_key import account_name, read_key_facts
from pipeline.errors import ConfigError, DoubtError, InputError, Interrupted, JournalError, PipelineError
from pipeline.events import Console, format_count
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.findings.problems import Problems
from pipeline.findings.rejects import group_by_file, rejects_path, write_rejects
from pipeline.importer.check import check_inputs
from pipeline.importer.context import ImportRun
from pipeline.importer.counts import count_records
from pipeline.importer.request import ImportRequest
from pipeline.importer.send import send
from pipeline.importer.sources import build_rule_options, describe_source, inspect_files
from pipeline.journal import InputRow, RunRow, journal_exists, open_journal, open_scratch_journal
from pipeline.model import Account, Source
from pipeline.report import write_report
from pipeline.result import Result
from pipeline.runs import find_resumable
from pipeline.settings import Settings
from pipeline.source.read import STDIN
from pipeline.storage.naming import run_name
from pipeline.storage.scratch import scratch
from pipeline.validation.references import References
from schemas.cleaning.dates import ZONE
from schemas.dialects import dialect
from schemas.sat.editions import editions

__all__ = ["ImportRequest", "check_files", "import_files", "resume_run"]

_BLIND = "There is no API key, so this plan knows no account: what was sent before counts as new here."
_INTERRUPTED = ("Interrupted.", "What was sent is in the journal; finish it with: gigbulk runs resume")


def import_files(request: ImportRequest, settings: Settings, console: Console) -> Result:
    """Read, validate, plan and send. PipelineError (with its exit code) when the run cannot go on."""
    return _import(request, settings, console, None)


def resume_run(run: str | None, settings: Settings, console: Console, *, yes: bool = False) -> Result:
    """Finish an interrupted run, the latest one of the account when none is named: same files, same settings.

    ConfigError when there is nothing to resume, InputError when a file is not what it was.
    """
    account = _account(settings, live=False).name
    with open_journal(settings) as journal:
        row = find_resumable(journal, run, account)
        inputs = journal.inputs(row.run)
    which = f"run {row.run}" if run else f"the newest unfinished run, {row.run}"
    console.note(f"Resuming {which}, begun {row.started_at}.")
    if any(file.name == STDIN for file in inputs):
        raise InputError(
            f"Run {row.run} read standard input, which cannot be read again.",
            "Import the same data again: what was done is known by its internalId and not sent twice.",
        )
    known = dict(row.settings)
    rejects = known.pop("rejects")
    request = ImportRequest(
        files=tuple(file.path for file in inputs), rejects=Path(rejects) if rejects else None, yes=yes, **known
    )
    return _import(request, settings, console, row)


def check_files(request: ImportRequest, settings: Settings, console: Console) -> Result:
    """Validate only: no key, no network, nothing remembered. The same problems and files as an import."""
    with scratch() as folder:
        sources = inspect_files(request, folder, console, settings.lang)
        with open_scratch_journal(folder) as journal, _earlier(settings) as earlier:
            account, name = Account("check", request.live), run_name(_now())
            known = _account(settings, live=request.live) if settings.api_key else None
            references = References(
                lambda resource, keys: earlier(known, resource, keys) | journal.local(account, resource, keys, name)
            )
            run = ImportRun(
                request, settings, console, dialect(settings.dialect), journal, account, name, folder, references,
                Problems(folder), Result("check", None), only_checks=True,
                options=build_rule_options(request, settings, _today()),
            )  # fmt: skip
            with _timed(run.result):
                check_inputs(run, sources)
                run.result.resources = count_records(run.inputs, run.ledger)
                _write_outputs(run)
            return run.result


# --- steps ------------------------------------------------------------------------------------------------------------


def _import(request: ImportRequest, settings: Settings, console: Console, resumed: RunRow | None) -> Result:
    keyless = request.dry_run and not settings.api_key
    if not keyless:
        _refuse_wrong_mode(settings.key(), request.live)
    blind = keyless and not settings.account
    account = _nobodys(settings, request.live) if blind else _account(settings, live=request.live)
    name = resumed.run if resumed else run_name(_now())
    with scratch() as folder:
        sources = inspect_files(request, folder, console, settings.lang)
        with open_journal(settings) as journal, journal.claim(account.name, name) as claim:
            references = References(
                lambda resource, keys: journal.local(None if blind else account, resource, keys, name)
            )
            run = ImportRun(
                request, settings, console, dialect(settings.dialect), journal, account, name, folder, references,
                Problems(folder), Result("import", name), claim,
                options=build_rule_options(request, settings, _today()),
            )  # fmt: skip
            if blind:
                run.result.warnings_said.append(_BLIND)
            _begin(run, sources, resumed)
            return _walked(run, sources)


def _begin(run: ImportRun, sources: list[Source], resumed: RunRow | None) -> None:
    if resumed is None:
        files = [
            InputRow(position, s.name, str(s.path.resolve()), s.sha256, s.resource, s.rows)
            for position, s in enumerate(sources)
        ]
        run.ledger.begin_run(run.name, "import", run.account, run.request.remembered(), files)
        return
    for file, source in zip(run.ledger.inputs(run.name), sources, strict=True):
        if file.sha256 != source.sha256:
            raise InputError(
                f"{file.name} has changed since run {run.name} began.",
                "Put the file back as it was, or import it anew: what was done is known and not sent twice.",
            )
    run.result.add_sums((resumed.result or {}).get("sums", {}))
    run.ledger.reopen_run(run.name)


def _walked(run: ImportRun, sources: list[Source]) -> Result:
    stopped: PipelineError | None = None
    with _timed(run.result):
        try:
            check_inputs(run, sources)
            _confirm(run)
            if run.request.dry_run:
                run.result.resources = count_records(run.inputs, run.ledger, dry_run=True)
            else:
                stopped = asyncio.run(send(run))
        except (PipelineError, KeyboardInterrupt) as error:
            raise _cut_short(run, error) from error
        try:
            _write_outputs(run)
        except PipelineError as error:  # what was sent was sent: the counts are told all the same
            stopped = stopped or error
        run.result.error = stopped.message if stopped else None
        failpoint(CrashPoint.WRITTEN)
    stopped = stopped or _imbalance(run.result)
    run.ledger.finish_run(run.name, run.result.status, run.result.as_dict())
    _write_report(run, stopped)
    if stopped is not None:
        stopped.result = run.result.as_dict()
        raise stopped
    return run.result


def _cut_short(run: ImportRun, error: BaseException) -> PipelineError:
    """Close a run that ended in the middle."""
    run.result.interrupted = isinstance(error, KeyboardInterrupt)
    reason = error if isinstance(error, PipelineError) else Interrupted(*_INTERRUPTED)
    run.result.error = reason.message
    try:
        run.result.resources = count_records(run.inputs, run.ledger)
    except JournalError:  # it may be the journal that failed
        run.result.resources = count_records(run.inputs, None)
    with suppress(JournalError):
        run.ledger.finish_run(run.name, run.result.status, run.result.as_dict())
    reason.result = run.result.as_dict()
    return reason


def _confirm(run: ImportRun) -> None:
    """Ask before mail, automation or live: there is no undo."""
    if run.request.dry_run:
        return
    asked = {name: count for name, count in run.switched.items() if count and name != "livemode"}
    live_rows = run.switched.get("livemode", 0)
    if live_rows and not run.request.live:
        raise ConfigError(
            f"livemode is true in {format_count(live_rows, 'payments')}, and --live was not given.",
            "Add --live (with a live key), or take the livemode column out.",
        )
    planned = sum(entry.outbox.count for entry in run.inputs)
    sending = planned if run.request.limit is None else min(planned, run.request.limit)
    if run.request.live and sending:
        asked["live mode"] = sending
    if run.request.generation > 1 and sending:
        asked[f"generation {run.request.generation}, issued anew"] = sending
    if not asked or run.request.yes:
        return
    what = "; ".join(f"{name}: {format_count(count, 'records')}" for name, count in asked.items())
    if not run.console.confirm(f"There is no undo. Switched on: {what}. Send them?"):
        raise ConfigError(f"Not confirmed: {what}.", "Confirm, add --yes for scripts, or change those columns.")


def _write_outputs(run: ImportRun) -> None:
    """Rejects, problems and report into place; their paths into the result."""
    written = []
    for rejects in group_by_file(entry.rejects for entry in run.inputs):
        path = rejects_path(rejects[0].source, run.request.rejects)
        write_rejects(rejects, path)
        written.append(str(path))
    outputs = run.result.outputs
    outputs["rejects"] = written[0] if written else None
    outputs["rejects_files"] = written
    if run.request.problems is not None:
        run.problems.write(run.request.problems)
        outputs["problems"] = str(run.request.problems)
    outputs["report"] = str(run.request.report) if run.request.report else None
    run.result.examples = run.problems.examples


def _write_report(run: ImportRun, stopped: PipelineError | None) -> None:
    """The HTML page about the run, from the journal; `stopped` is what it ended with, if it did not end well."""
    remembered = run.ledger.run(run.name)
    if run.request.report is None or remembered is None:
        return
    write_report(
        run.request.report,
        run=remembered,
        files=run.ledger.inputs(run.name),
        notable=run.ledger.notable(run.name, 50),
        result=run.result.as_dict() | {"imbalance": stopped.message if stopped else None},
        problems=run.problems,
        catalogs=editions(),
        dialect=run.dialect.name,
        lang=run.settings.lang,
        notes=[
            *((e.source.label, note) for e in run.inputs for note in describe_source(e.source, run.settings.lang)),
            *((run.name, said) for said in run.result.warnings_said),
        ],
    )


# --- small things -----------------------------------------------------------------------------------------------------


def _account(settings: Settings, *, live: bool) -> Account:
    base_url = settings.base_url or dialect(settings.dialect).base_url
    return Account(settings.account or account_name(settings.key(), base_url), live)


def _nobodys(settings: Settings, live: bool) -> Account:
    """The account of plans without a key: nothing is ever sent to it."""
    return Account(f"{settings.base_url or dialect(settings.dialect).base_url} no key", live)


def _refuse_wrong_mode(key: str, live: bool) -> None:
    mode = read_key_facts(key).livemode
    if mode is not None and mode != live:
        has, wants = ("a live", "test mode") if mode else ("a test", "--live")
        raise ConfigError(
            f"The API key is {has} key, but the run is for {wants}.",
            "Use the other key, or " + ("add --live." if mode else "leave out --live."),
        )


def _imbalance(result: Result) -> DoubtError | None:
    for name, counts in result.resources.items():
        if not counts.balanced:
            return DoubtError(
                f"The counts of {name} do not balance: {counts.as_dict()}.", "Please report this; the journal is safe."
            )
    if result.imbalance:
        return DoubtError(f"{result.imbalance}.", "Compare the payments of this run with the file: gigbulk runs show.")
    return None


Earlier = Callable[[Account | None, str, list[str]], dict[str, dict[str, str]]]


@contextmanager
def _earlier(settings: Settings) -> Iterator[Earlier]:
    """What earlier runs created, when there is a journal; a check makes none."""
    if not journal_exists(settings):
        yield lambda account, name, keys: {}
        return
    with open_journal(settings) as journal:
        yield lambda account, name, keys: journal.local(account, name, keys)


@contextmanager
def _timed(result: Result) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        result.seconds = time.monotonic() - begun


def _today() -> date:
    """The day in Mexico, by which dates are judged."""
    return _now().astimezone(ZoneInfo(ZONE)).date()


def _now() -> datetime:
    return datetime.now(UTC)
