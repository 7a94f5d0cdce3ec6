"""An import from top to bottom: look → validate → plan → confirm → send → result files.

`check` is the same walk against a journal that is thrown away, and ends before anything is sent.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.api_key import account_name, facts_of
from pipeline.errors import ConfigError, DoubtError, InputError, Interrupted, JournalError, OutputError, PipelineError
from pipeline.events import Console, counted
from pipeline.failpoints import CrashPoint, reach
from pipeline.findings.problems import Problems
from pipeline.findings.rejects import rejects_path
from pipeline.importer.check import judge
from pipeline.importer.context import Walk
from pipeline.importer.request import ImportRequest
from pipeline.importer.send import send
from pipeline.importer.sources import looked_at, notes_on, preflight
from pipeline.journal import InputFile, Ledger, RunRow
from pipeline.journal.lock import held
from pipeline.journal.open import JOURNAL
from pipeline.model import Account, Source
from pipeline.report import write_report
from pipeline.result import Result
from pipeline.runs import resumable
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
    with Ledger(settings.state_dir / JOURNAL, _now) as ledger:
        row = resumable(ledger, run, account)
        inputs = ledger.inputs(row.run)
    which = f"run {row.run}" if run else f"the newest unfinished run, {row.run}"
    console.note(f"Resuming {which}, begun {row.started_at}.")
    if any(name == STDIN for _, name, *_ in inputs):
        raise InputError(
            f"Run {row.run} read standard input, which cannot be read again.",
            "Import the same data again: what was done is known by its internalId and not sent twice.",
        )
    known = dict(row.settings)
    rejects = known.pop("rejects")
    request = ImportRequest(
        files=tuple(path for _, _, path, *_ in inputs), rejects=Path(rejects) if rejects else None, yes=yes, **known
    )
    return _import(request, settings, console, row)


def check_files(request: ImportRequest, settings: Settings, console: Console) -> Result:
    """Validate only: no key, no network, nothing remembered. The same problems and files as an import."""
    with scratch() as folder:
        sources = looked_at(request, folder, console, settings.lang)
        with _Passing(folder / JOURNAL, _now) as ledger, _earlier(settings) as earlier:
            account, run = Account("check", request.live), run_name(_now())
            known = _account(settings, live=request.live) if settings.api_key else None
            references = References(
                lambda name, keys: earlier(known, name, keys) | ledger.local(account, name, keys, run)
            )
            walk = Walk(
                request, settings, console, dialect(settings.dialect), ledger, account, run, folder, references,
                Problems(folder), Result("check", None), only_checks=True,
                preflight=preflight(request, settings, _today()),
            )  # fmt: skip
            with _timed(walk.result):
                judge(walk, sources)
                _write_outputs(walk)
            return walk.result


class _Passing(Ledger):
    """The memory of a check, gone at its end: when it fails, no journal of the user's is to blame."""

    @contextmanager
    def _door(self) -> Iterator[None]:
        try:
            with super()._door():
                yield
        except JournalError as error:
            raise OutputError(
                f"Temporary files cannot be written to {self.path.parent}: {error.__cause__}.",
                "Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR.",
            ) from error


# --- steps ------------------------------------------------------------------------------------------------------------


def _import(request: ImportRequest, settings: Settings, console: Console, resumed: RunRow | None) -> Result:
    keyless = request.dry_run and not settings.api_key
    if not keyless:
        _refuse_wrong_mode(settings.key(), request.live)
    blind = keyless and not settings.account
    account = _nobodys(settings, request.live) if blind else _account(settings, live=request.live)
    run = resumed.run if resumed else run_name(_now())
    with scratch() as folder:
        sources = looked_at(request, folder, console, settings.lang)
        with held(settings.state_dir, account.name, run), Ledger(settings.state_dir / JOURNAL, _now) as ledger:
            references = References(lambda name, keys: ledger.local(None if blind else account, name, keys, run))
            walk = Walk(
                request, settings, console, dialect(settings.dialect), ledger, account, run, folder, references,
                Problems(folder), Result("import", run), preflight=preflight(request, settings, _today()),
            )  # fmt: skip
            if blind:
                walk.result.warnings_said.append(_BLIND)
            _begin(walk, sources, resumed)
            return _walked(walk, sources)


def _begin(walk: Walk, sources: list[Source], resumed: RunRow | None) -> None:
    if resumed is None:
        files = [InputFile(s.name, s.path.resolve(), s.sha256, s.resource, s.rows) for s in sources]
        walk.ledger.begin_run(walk.run, "import", walk.account, walk.request.remembered(), files)
        return
    for (_, name, _, sha256, *_), source in zip(walk.ledger.inputs(walk.run), sources, strict=True):
        if sha256 != source.sha256:
            raise InputError(
                f"{name} has changed since run {walk.run} began.",
                "Put the file back as it was, or import it anew: what was done is known and not sent twice.",
            )
    walk.result.add_sums((resumed.result or {}).get("sums", {}))
    walk.ledger.reopen_run(walk.run)


def _walked(walk: Walk, sources: list[Source]) -> Result:
    stopped: PipelineError | None = None
    with _timed(walk.result):
        try:
            judge(walk, sources)
            _confirm(walk)
            if walk.request.dry_run:
                _set_aside(walk)
            else:
                stopped = asyncio.run(send(walk))
        except (PipelineError, KeyboardInterrupt) as error:
            raise _cut_short(walk, error) from error
        try:
            _write_outputs(walk)
        except PipelineError as error:  # what was sent was sent: the counts are told all the same
            stopped = stopped or error
        walk.result.error = stopped.message if stopped else None
        reach(CrashPoint.WRITTEN)
    stopped = stopped or _imbalance(walk.result)
    walk.ledger.finish_run(walk.run, walk.result.status, walk.result.as_dict())
    _write_report(walk, stopped)
    if stopped is not None:
        stopped.result = walk.result.as_dict()
        raise stopped
    return walk.result


def _cut_short(walk: Walk, error: BaseException) -> PipelineError:
    """Close a run that ended in the middle: its counts are what the journal says, and they balance."""
    walk.result.interrupted = isinstance(error, KeyboardInterrupt)
    reason = error if isinstance(error, PipelineError) else Interrupted(*_INTERRUPTED)
    walk.result.error = reason.message
    with suppress(JournalError):  # it may be the journal that failed
        for name, counts in walk.result.resources.items():
            counts.created, counts.refused, counts.in_doubt = walk.ledger.fates(walk.run, name)
    for counts in walk.result.resources.values():
        known = counts.created + counts.existing + counts.rejected + counts.refused + counts.in_doubt
        counts.unsent = max(0, counts.read - known)
    with suppress(JournalError):
        walk.ledger.finish_run(walk.run, walk.result.status, walk.result.as_dict())
    reason.result = walk.result.as_dict()
    return reason


def _confirm(walk: Walk) -> None:
    """Ask before mail, automation or live: there is no undo."""
    if walk.request.dry_run:
        return
    asked = {name: count for name, count in walk.switched.items() if count and name != "livemode"}
    live_rows = walk.switched.get("livemode", 0)
    if live_rows and not walk.request.live:
        raise ConfigError(
            f"livemode is true in {counted(live_rows, 'payments')}, and --live was not given.",
            "Add --live (with a live key), or take the livemode column out.",
        )
    planned = sum(entry.spool.count for entry in walk.inputs)
    sending = planned if walk.request.limit is None else min(planned, walk.request.limit)
    if walk.request.live and sending:
        asked["live mode"] = sending
    if walk.request.generation > 1 and sending:
        asked[f"generation {walk.request.generation}, issued anew"] = sending
    if not asked or walk.request.yes:
        return
    what = "; ".join(f"{name}: {counted(count, 'records')}" for name, count in asked.items())
    if not walk.console.confirm(f"There is no undo. Switched on: {what}. Send them?"):
        raise ConfigError(f"Not confirmed: {what}.", "Confirm, add --yes for scripts, or change those columns.")


def _set_aside(walk: Walk) -> None:
    """A dry run: what would be created is unsent, what is in doubt stays so."""
    for entry in walk.inputs:
        counts = walk.counts(entry.source)
        counts.unsent += entry.spool.count
        counts.would_create = (counts.would_create or 0) + entry.spool.count
        counts.in_doubt += len(entry.doubts)


def _write_outputs(walk: Walk) -> None:
    """Rejects, problems and report into place; their paths into the result."""
    written = []
    for entry in walk.inputs:
        if entry.rejects.lines:
            path = rejects_path(entry.source, walk.request.rejects)
            entry.rejects.write(path)
            written.append(str(path))
    outputs = walk.result.outputs
    outputs["rejects"] = written[0] if written else None
    outputs["rejects_files"] = written
    if walk.request.problems is not None:
        walk.problems.write(walk.request.problems)
        outputs["problems"] = str(walk.request.problems)
    outputs["report"] = str(walk.request.report) if walk.request.report else None
    walk.result.examples = walk.problems.examples


def _write_report(walk: Walk, stopped: PipelineError | None) -> None:
    """The HTML page about the run, from the journal; `stopped` is what it ended with, if it did not end well."""
    run = walk.ledger.run(walk.run)
    if walk.request.report is None or run is None:
        return
    write_report(
        walk.request.report,
        run=run,
        files=walk.ledger.inputs(walk.run),
        notable=walk.ledger.notable(walk.run, 50),
        result=walk.result.as_dict() | {"imbalance": stopped.message if stopped else None},
        problems=walk.problems,
        catalogs=editions(),
        dialect=walk.dialect.name,
        lang=walk.settings.lang,
        notes=[
            *((e.source.name, note) for e in walk.inputs for note in notes_on(e.source, walk.settings.lang)),
            *((walk.run, said) for said in walk.result.warnings_said),
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
    mode = facts_of(key).livemode
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
    path = settings.state_dir / JOURNAL
    if not path.exists():
        yield lambda account, name, keys: {}
        return
    with Ledger(path, _now) as ledger:
        yield lambda account, name, keys: ledger.local(account, name, keys)


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
