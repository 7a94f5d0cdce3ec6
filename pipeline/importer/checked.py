"""The two phases of an import: `check` reads and judges everything, `CheckedImport.send` sends what was good.

Between them everything about the files is known, nothing has left, and whoever called decides.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from pipeline.delivery.plan import plan_block
from pipeline.edge import PROCESS, Edge
from pipeline.errors import BrakeError, ConfigError, PipelineError
from pipeline.events import SILENT, Events, Stop
from pipeline.findings.problems import Problems
from pipeline.importer.account import account_of_run, check_can_update, plans_blindly
from pipeline.importer.check import check_inputs
from pipeline.importer.consent.brakes import NO_BRAKES, Brakes, find_pulled, read_brakes
from pipeline.importer.consent.questions import Question, check_answers, find_questions, refuse_live_rows
from pipeline.importer.context import ImportCall, ImportRun, open_import
from pipeline.importer.lifecycle import begin_run, closing_run, conclude_run, remember_check
from pipeline.importer.mappings import remember_mappings
from pipeline.importer.request import ImportRequest
from pipeline.importer.result_files import refuse_barred_rejects
from pipeline.importer.sources import inspect_files
from pipeline.journal import RunRow, open_journal
from pipeline.language.say import say
from pipeline.model import Counts, Source
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.storage.naming import run_name
from pipeline.storage.scratch import scratch
from schemas.dialects import dialect

if TYPE_CHECKING:
    from pipeline.importer.changes.find import Changes
    from pipeline.importer.planned.look import Outlook
    from pipeline.importer.planned.plan import ImportPlan

__all__ = ["CheckedFiles", "CheckedImport", "Findings", "check"]

_BLIND = say("There is no API key, so this plan knows no account: what was sent before counts as new here.")


class Findings:
    """Every finding of checked files, in the order of files and lines, as frames with FINDING_COLUMNS."""

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


class CheckedFiles:
    """What is known of files once they are read and judged. It lives as long as the `with` block that gave it."""

    def __init__(self, run: ImportRun, sources: Sequence[Source]) -> None:
        self._run = run
        self.sources = tuple(sources)
        self.findings = Findings(run.problems)

    @property
    def counts(self) -> dict[str, Counts]:
        """Records by fate, per resource, as they stand now: before a send, what is to be created is unsent."""
        return self._run.count_records()


class CheckedImport(CheckedFiles):
    """An import whose files are read, judged and planned. It is sent once, or not at all."""

    def __init__(self, run: ImportRun, sources: Sequence[Source], brakes: Brakes = NO_BRAKES) -> None:
        super().__init__(run, sources)
        self._brakes = brakes
        self._sent = False
        self._changes: Changes | None = None
        self._outlooks: Mapping[str, Outlook] = {}

    @property
    def name(self) -> str:
        """The run's name, by which `gigbulk runs` knows it."""
        return self._run.name

    @property
    def questions(self) -> tuple[Question, ...]:
        """What wants a yes before it is sent; none where the request has said yes to all, or sends nothing."""
        return () if self._run.request.dry_run or self._run.request.yes else self.find_questions()

    def find_questions(self) -> tuple[Question, ...]:
        """What a send of all this would ask."""
        run = self._run
        changing = self._changes.count if self._changes else 0
        return find_questions(run.request, run.switched, sum(e.outbox.count for e in run.inputs), changing)

    def sum_money(self) -> dict[str, dict[str, int]]:
        """Currency → how many payments are to be created in it, and their cents before and with tax."""
        sums: dict[str, dict[str, int]] = {}
        for entry in self._run.inputs:
            for _, action in entry.outbox:
                if (expected := action.expected) is not None:
                    known = sums.setdefault(expected.currency, {"payments": 0, "net": 0, "gross": 0})
                    known["payments"] += 1
                    known["net"] += expected.net
                    known["gross"] += expected.gross
        return sums

    @cached_property
    def brake(self) -> BrakeError | None:
        """The brake that a send of all this pulls, None where it is within all bounds."""
        run = self._run
        planned = sum(entry.outbox.count for entry in run.inputs)
        creating = planned if run.request.limit is None else min(planned, run.request.limit)
        return find_pulled(self._brakes, creating, self.counts, self.sum_money() if self._brakes.max_amount else {})

    async def find_changes(self) -> None:
        """Where the request says `update`: read what the account holds otherwise, and keep it. Nothing is sent. It is
        asked for before `questions`, of which it may be one; `send` does it where nobody has."""
        if self._run.request.update and self._changes is None:
            from pipeline.importer.changes.find import find_changes  # late, as the network always is

            self._changes = await find_changes(self._run)
            if self._changes.path is not None:
                self._run.result.outputs["changes"] = str(self._changes.path)

    async def make_plan(self) -> "ImportPlan":
        """What a send would do, the account asked. ApiStop where it does not tell; nothing is sent or remembered."""
        from pipeline.importer.planned.look import find_outlooks  # late, as the network always is
        from pipeline.importer.planned.plan import build_plan

        await self.find_changes()
        self._outlooks = await find_outlooks(self._run)
        return build_plan(self._run, self._outlooks, self._changes, self.find_questions())

    async def send(self, answers: Collection[Question] = (), stop: Stop | None = None) -> Result:
        """Send what was planned, and write the result files. `answers` are the questions agreed to.

        ConfigError, and nothing sent, when one of them was not, or when this was sent before; BrakeError, and nothing
        sent, when it is more than the team allows. ApiStop, JournalError, OutputError or DoubtError when the run could
        not go on or does not balance; their `result` tells what was done.
        """
        run = self._run
        if self._sent or run.finished:
            raise ConfigError(
                say("Run {run} was sent already, or its block has ended; nothing was sent now.", run=run.name),
                say("Finish what it left with: gigbulk runs resume {run}", run=run.name),
            )
        if self.brake is None:
            await self.find_changes()
            if not run.request.dry_run:
                refuse_live_rows(run.request, run.switched)
                check_answers(self.questions, answers)
        self._sent = True
        stopped: PipelineError | None = self.brake
        if run.request.dry_run or stopped is not None:
            run.result.resources = run.count_records(dry_run=run.request.dry_run)
            for resource, outlook in self._outlooks.items():
                outlook.move(run.result.resources[resource])
            for file in self._changes.files if self._changes else ():
                run.result.count_changes(file.entry.source.resource, {"would_change": len(file.changes)})
        else:
            from pipeline.importer.send import send  # the network is loaded by those who send

            stopped = await send(run, stop or Stop(), self._changes)
        return conclude_run(run, stopped)


@contextmanager
def check(
    request: ImportRequest,
    settings: Settings,
    events: Events = SILENT,
    edge: Edge = PROCESS,
    *,
    resumed: RunRow | None = None,
    stop: Stop | None = None,
) -> Iterator[CheckedImport]:
    """Look at every file, judge every row, plan what is to be created; holds the account until the block ends.

    `resumed` is the run this one goes on with. Interrupted when `stop` is set while files are read and judged, from any
    thread; `send` takes the same or another. PipelineError when a file, a setting or the journal cannot be used; an
    error in the block closes the run as cut short, and so does leaving it without a send.
    """
    check_can_update(request, dialect(settings.dialect))
    account, brakes = account_of_run(request, settings), read_brakes(request, settings)
    blind = plans_blindly(request, settings)
    name = resumed.run if resumed else run_name(edge.now())
    with scratch() as folder:
        sources = inspect_files(request, folder, events, settings, edge, stop)
        if not request.dry_run:
            refuse_barred_rejects(sources, request, edge)
        with open_journal(settings, edge.now) as journal, journal.claim(account.name, name) as claim:
            known = None if blind else account
            run = open_import(
                ImportCall(request, settings, events, edge, stop or Stop()),
                journal=journal,
                claim=claim,
                account=account,
                name=name,
                folder=folder,
                local=lambda resource, keys: journal.local(known, resource, keys, name),
                result=Result("import", name),
            )
            if blind:
                run.result.warnings_said.append(_BLIND)
            begin_run(run, sources, resumed)
            with closing_run(run):
                check_inputs(run, sources, plan_block)
                remember_mappings(sources, request, settings, name, events)
                remember_check(run)
                yield CheckedImport(run, sources, brakes)
