"""What the steps of one import share."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.delivery.outbox import Outbox
from pipeline.delivery.plan import Held
from pipeline.edge import Edge
from pipeline.errors import Interrupted
from pipeline.events import Events, Meter, Stage, Stop
from pipeline.findings.problems import Problems
from pipeline.findings.rejects import Rejects
from pipeline.formats import FORMATS
from pipeline.importer.judge import FileJudge, Judged
from pipeline.importer.request import ImportRequest, build_rule_options
from pipeline.importer.results.created import PlannedRecords
from pipeline.journal import NO_CLAIM, Claim, Journal, KnownRecords, count_records
from pipeline.language.say import say
from pipeline.model import Account, Action, Counts, Doubt, Source
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.validation.references import ReferenceLookup, References
from schemas.dialects import dialect
from schemas.dialects.spec import Dialect
from schemas.rule_options import RuleOptions
from schemas.spec import Text

__all__ = ["ImportCall", "ImportRun", "InputSource", "end_if_wished", "open_import"]


def end_if_wished(stop: Stop) -> None:
    """Interrupted where it is wished that reading or judging end: nothing was sent by then."""
    if stop.is_set():
        raise Interrupted(
            say("Interrupted while the files were checked."), say("This call has sent nothing; run it again.")
        )


@dataclass(slots=True)
class InputSource:
    """One table of an input on its way: its records to create, those begun, those in doubt, and its failing lines.

    `known` counts what the check found out by itself: records that were read, that fail, that an earlier part of this
    run created, that exist already, and those of a mere check, which stay unsent. `record_ids` are the journal ids of
    all others, whose fate the check leaves open. `switched`, `nameless` and `lost` are as in `Judged`, of all blocks;
    `held` are records that may be changed in the account. `judge` is what its blocks are judged by, once they are.
    """

    position: int
    source: Source
    outbox: Outbox
    rejects: Rejects
    begun: list[tuple[int, Action]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    known: Counts = field(default_factory=Counts)
    record_ids: "array[int]" = field(default_factory=lambda: array("q"))
    switched: Counter[str] = field(default_factory=Counter)
    nameless: int = 0
    lost: dict[tuple[str, Text], None] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    judge: FileJudge | None = None

    def take(self, judged: Judged) -> None:
        """The judgement of the next block. The one place where a check changes what is known of a table."""
        for record_id, action in judged.plan.create:
            self.outbox.add(record_id, action)
        self.rejects.add(judged.rejected)
        # counted only once all is on disk, so that a full disk leaves counts that balance
        self.begun += judged.plan.begun
        self.doubts += judged.plan.doubtful
        self.held += judged.plan.held
        self.record_ids.extend(record_id for record_id, _ in (*judged.plan.create, *judged.plan.begun))
        self.record_ids.extend(doubt.record_id for doubt in judged.plan.doubtful)
        self.known.add(judged.counts)
        self.switched.update(judged.switched)
        self.nameless += judged.nameless
        self.lost.update(dict.fromkeys(judged.lost))


@dataclass(slots=True, kw_only=True)
class ImportRun:
    """One import or one mere check. `folder` is private to it and gone at its end; `claim` is what it writes fates
    with, and a check has none. `planned` are the records that passed, where a list of them is asked for. `finished`
    says that nothing more is done in it, `stop` that its check be broken off."""

    request: ImportRequest
    settings: Settings
    events: Events
    dialect: Dialect
    journal: Journal
    account: Account
    name: str
    folder: Path
    references: References
    problems: Problems
    result: Result
    edge: Edge
    options: RuleOptions
    claim: Claim = NO_CLAIM
    stop: Stop = field(default_factory=Stop)
    planned: PlannedRecords = field(init=False)
    inputs: list[InputSource] = field(default_factory=list)
    finished: bool = False
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.edge.ticks()
        self.planned = PlannedRecords(self.folder)

    def take(self, entry: InputSource, judged: Judged) -> None:
        """The judgement of the next block of one of the inputs: into what is known of it, and of the whole call."""
        if self.request.created is not None or FORMATS[entry.source.format].marked:
            self.planned.add(entry.position, entry.source, judged.plan.passed)
        self.problems.add(judged.findings)
        self.references.reject(entry.source.resource, judged.fallen)
        entry.take(judged)

    @property
    def switched(self) -> Counter[str]:
        """How many records of the call switch each column on."""
        return sum((entry.switched for entry in self.inputs), Counter[str]())

    def finish(self) -> None:
        """Nothing more is done in this run: its time is taken."""
        self.finished = True
        self.result.seconds = self.edge.ticks() - self._begun

    def count_records(self, *, dry_run: bool = False, readable: bool = True) -> dict[str, Counts]:
        """Records by fate, per resource, as the journal tells them now; `readable` is False when it cannot be asked."""
        known = (KnownRecords(e.source.resource, e.known, e.record_ids) for e in self.inputs)
        return count_records(known, self.journal if readable else None, dry_run=dry_run)

    def done_records(self) -> Iterator[pl.DataFrame]:
        """What the account holds of the records of this call, with the API's ids (CREATED_SCHEMA)."""
        return self.planned.list_done(self.journal, self.account.name, self.name, self.request.generation)

    def meter(self, stage: Stage, source: Source | None = None, total: int | None = None) -> Meter:
        """A meter of one stage, on one source where it works on one."""
        file, resource = (source.label, source.resource) if source else (None, None)
        return Meter(self.events, self.edge.ticks, stage, file=file, resource=resource, total=total)


class ImportCall(NamedTuple):
    """What whoever imports or checks has handed over: what is asked, how it is set, who hears of it, what ends it."""

    request: ImportRequest
    settings: Settings
    events: Events
    edge: Edge
    stop: Stop


def open_import(
    call: ImportCall,
    *,
    journal: Journal,
    account: Account,
    name: str,
    folder: Path,
    local: ReferenceLookup,
    result: Result,
    claim: Claim = NO_CLAIM,
) -> ImportRun:
    """The run of one call, before anything is read. `local` tells what its files may refer to.

    ConfigError for a rule that does not exist.
    """
    return ImportRun(
        request=call.request,
        settings=call.settings,
        events=call.events,
        edge=call.edge,
        stop=call.stop,
        dialect=dialect(call.settings.dialect),
        options=build_rule_options(call.request, call.settings, call.edge.now()),
        journal=journal,
        claim=claim,
        account=account,
        name=name,
        folder=folder,
        references=References(local),
        problems=Problems(folder),
        result=result,
    )
