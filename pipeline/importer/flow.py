"""An import from top to bottom: both phases, and between them the questions; and a mere check, which has one phase."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, InputError
from pipeline.events import Events, Stop
from pipeline.importer.account import find_account
from pipeline.importer.checked import CheckedImport, check
from pipeline.importer.consent.questions import Question
from pipeline.importer.offline import check_offline
from pipeline.importer.request import ImportRequest
from pipeline.journal import RunRow, open_journal
from pipeline.language.say import Said, say
from pipeline.result import Result
from pipeline.runs import find_resumable
from pipeline.settings import Settings
from pipeline.source.read import STDIN

__all__ = ["Ask", "Caller", "ImportRequest", "apply_plan", "check_files", "import_files", "plan_import", "resume_run"]

Ask = Callable[[Sequence[Question]], Collection[Question]]
"""Answers questions with those agreed to."""


def agree_to_nothing(questions: Sequence[Question]) -> Collection[Question]:
    """The answer where nobody can be asked."""
    return ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who runs an import: where it is told, who answers its questions, and what may wish that it stop.

    `watch` is entered around the send with the stop that it may set.
    """

    events: Events
    ask: Ask = agree_to_nothing
    watch: Callable[[Stop], AbstractContextManager[None]] = lambda stop: nullcontext()
    edge: Edge = PROCESS


def import_files(
    request: ImportRequest, settings: Settings, caller: Caller, *, resumed: RunRow | None = None
) -> Result:
    """Check, ask, send. PipelineError (with its exit code) when the run cannot go on."""
    import asyncio  # late, as the network always is: a check has no use for it

    with check(request, settings, caller.events, caller.edge, resumed=resumed) as checked:
        if request.update and checked.brake is None:
            asyncio.run(checked.find_changes())
        return _ask_and_send(checked, caller)


def _ask_and_send(checked: CheckedImport, caller: Caller) -> Result:
    import asyncio  # late, as above

    questions = checked.questions if checked.brake is None else ()
    answers = caller.ask(questions) if questions else ()
    stop = Stop()
    with caller.watch(stop):
        return asyncio.run(checked.send(answers, stop))


def plan_import(request: ImportRequest, settings: Settings, caller: Caller, path: Path) -> Result:
    """Check, ask the account what it holds, and write down what a send would do; nothing is sent.

    ConfigError without a key: a plan that knows no account cannot be held to it; and of standard input, which nobody
    can read again. PipelineError as of `import_files`.
    """
    import asyncio  # late, as above

    from pipeline.importer.planned.plan import write_plan

    settings.key()
    if STDIN in request.files:
        raise ConfigError(
            say("A plan of standard input could not be applied: it cannot be read again."),
            say("Write the rows into a file, and make the plan of that."),
        )
    with check(replace(request, dry_run=True, plan=path), settings, caller.events, caller.edge) as checked:
        plan = asyncio.run(checked.make_plan()) if checked.brake is None else None
        result = asyncio.run(checked.send())
        if plan is not None:
            write_plan(plan, caller.edge.locate(path))
            result.outputs["plan"] = str(path)
    return result


def apply_plan(path: Path, settings: Settings, caller: Caller, *, yes: bool = False, approved_by: str = "") -> Result:
    """Do what a plan says, and nothing else: checked and looked up anew, and refused where anything has moved.

    InputError for a file that is no plan, ConfigError for one that does not hold. PipelineError as of `import_files`.
    """
    import asyncio  # late, as above

    from pipeline.importer.planned.plan import read_plan, refuse_moved

    plan = read_plan(path)
    _refuse_other_dialect(plan.dialect, settings.dialect, say("The plan was made"))
    files = tuple(dict.fromkeys(file.path for file in plan.files))
    request = replace(ImportRequest.recalled(plan.asked, files, yes=yes), approved_by=approved_by or None)
    with check(request, settings, caller.events, caller.edge) as checked:
        refuse_moved(plan, asyncio.run(checked.make_plan()))
        return _ask_and_send(checked, caller)


def resume_run(run: str | None, settings: Settings, caller: Caller, *, yes: bool = False) -> Result:
    """Finish an interrupted run, the latest one of the account when none is named: same files, same settings.

    ConfigError when there is nothing to resume, InputError when a file is not what it was.
    """
    account = find_account(settings, live=False).name
    with open_journal(settings, caller.edge.now) as journal:
        row = find_resumable(journal, run, account)
        if row.command != "import":
            raise ConfigError(
                say("Run {run} is no import: it is a {command}.", run=row.run, command=row.command),
                say("Finish it with: gigbulk runs resume {run}", run=row.run),
            )
        inputs = journal.inputs(row.run)
    which = say("run {run}", run=row.run) if run else say("the newest unfinished run, {run}", run=row.run)
    caller.events.note(say("Resuming {which}, begun {started_at}.", which=which, started_at=row.started_at))
    if any(file.name == STDIN for file in inputs):
        raise InputError(
            say("Run {run} read standard input, which cannot be read again.", run=row.run),
            say("Import the same data again: what was done is known by its internalId and not sent twice."),
        )
    asked = {**row.settings}
    begun = say("Run {run} was begun", run=row.run)
    _refuse_other_dialect(asked.pop("dialect", settings.dialect), settings.dialect, begun)
    files = tuple(dict.fromkeys(file.path for file in inputs))  # a workbook has a row for each sheet
    return import_files(ImportRequest.recalled(asked, files, yes=yes), settings, caller, resumed=row)


def _refuse_other_dialect(begun: str, spoken: str, what: Said) -> None:
    """ConfigError for a resume in another dialect: what was sent cannot be found again under other names."""
    if begun != spoken:
        raise ConfigError(
            say("{what} in dialect {begun}, and {spoken} is set.", what=what, begun=begun, spoken=spoken),
            say("Add --dialect {begun}, or set GIGSTACK_DIALECT to it.", begun=begun),
        )


def check_files(request: ImportRequest, settings: Settings, events: Events, edge: Edge = PROCESS) -> Result:
    """Validate only: no key, no network, no record remembered. The same problems and files as an import."""
    with check_offline(request, settings, events, edge) as checked:
        return checked.finish()
