"""What the steps of one import share."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.delivery.outbox import Outbox
from pipeline.edge import PROCESS, Edge
from pipeline.events import Events, Meter, Stage
from pipeline.findings.problems import Problems
from pipeline.findings.rejects import Rejects
from pipeline.importer.request import ImportRequest
from pipeline.journal import NO_CLAIM, Claim, Journal
from pipeline.model import Account, Doubt, Source
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.validation.references import References
from schemas.dialects.spec import Dialect
from schemas.rule_options import RuleOptions

__all__ = ["Found", "ImportRun", "InputFile"]


@dataclass(slots=True)
class Found:
    """What the check found out about a file's records by itself: how many were read, fail, were created by an earlier
    part of this run or exist already; `unsent` those of a check, which sends nothing."""

    read: int = 0
    rejected: int = 0
    created: int = 0
    existing: int = 0
    unsent: int = 0


@dataclass(slots=True)
class InputFile:
    """One file on its way: its records to create, those in doubt, and its failing lines.

    `record_ids` are the journal ids of both, so of all whose fate the check leaves open.
    """

    position: int
    source: Source
    outbox: Outbox
    rejects: Rejects
    doubts: list[Doubt] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    record_ids: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class ImportRun:
    """One import, or (`only_checks`) a check. `folder` is private to it and gone at its end; `claim` is
    what it writes fates with."""

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
    edge: Edge = PROCESS
    claim: Claim = NO_CLAIM
    only_checks: bool = False
    options: RuleOptions = field(default_factory=RuleOptions)
    inputs: list[InputFile] = field(default_factory=list)
    switched: dict[str, int] = field(default_factory=dict)
    nameless: dict[str, int] = field(default_factory=dict)
    finished: bool = False
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.edge.ticks()

    def finish(self) -> None:
        """Nothing more is done in this run: its time is taken."""
        self.finished = True
        self.result.seconds = self.edge.ticks() - self._begun

    def meter(self, stage: Stage, source: Source | None = None, total: int | None = None) -> Meter:
        """A meter of one stage, on one source where it works on one."""
        file, resource = (source.label, source.resource) if source else (None, None)
        return Meter(self.events, self.edge.ticks, stage, file=file, resource=resource, total=total)
