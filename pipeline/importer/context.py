"""What the steps of one import share, and what is asked of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.delivery.context import Doubt
from pipeline.delivery.outbox import Spool
from pipeline.events import Console
from pipeline.findings.problems import Problems
from pipeline.findings.rejects import Rejects
from pipeline.journal import Ledger
from pipeline.model import Account, Counts, Source
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.validation.references import References
from schemas.dialects.spec import Dialect
from schemas.rule_options import Preflight

__all__ = ["ImportRequest", "Input", "Walk"]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What the user asks of an import or a check (CONTRACT, Commands).

    `match` looks up what the account holds before creating; `on_existing` says what to do about it. `generation` above
    1 issues records anew on purpose. `strict`, `no_fix`, `only` and `ignore` are about rules (docs/rules.md); `dates`
    (dmy, mdy, iso) and `decimal` (a point or a comma) say how files write dates and numbers.
    """

    files: tuple[str, ...]
    as_resource: str | None = None
    dry_run: bool = False
    limit: int | None = None
    problems: Path | None = None
    rejects: Path | None = None
    report: Path | None = None
    live: bool = False
    yes: bool = False
    match: bool = True
    on_existing: Literal["skip", "error"] = "skip"
    generation: int = 1
    strict: bool = False
    no_fix: bool = False
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    dates: str | None = None
    decimal: str | None = None

    def remembered(self) -> dict[str, Any]:
        """What a resume needs to know, as plain JSON."""
        return {
            "as_resource": self.as_resource,
            "dry_run": self.dry_run,
            "limit": self.limit,
            "rejects": str(self.rejects) if self.rejects else None,
            "live": self.live,
            "match": self.match,
            "on_existing": self.on_existing,
            "generation": self.generation,
            "strict": self.strict,
            "no_fix": self.no_fix,
            "only": self.only,
            "ignore": self.ignore,
            "dates": self.dates,
            "decimal": self.decimal,
        }


@dataclass(slots=True)
class Input:
    """One file on its way: its records to create, those in doubt, and its failing lines."""

    position: int
    source: Source
    spool: Spool
    rejects: Rejects
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(slots=True)
class Walk:
    """One import, or (`only_checks`) a check. `folder` is private to it and gone at its end."""

    request: ImportRequest
    settings: Settings
    console: Console
    dialect: Dialect
    ledger: Ledger
    account: Account
    run: str
    folder: Path
    references: References
    problems: Problems
    result: Result
    only_checks: bool = False
    preflight: Preflight = field(default_factory=Preflight)
    inputs: list[Input] = field(default_factory=list)
    switched: dict[str, int] = field(default_factory=dict)
    nameless: dict[str, int] = field(default_factory=dict)

    def counts(self, source: Source) -> Counts:
        return self.result.counts(source.resource)
