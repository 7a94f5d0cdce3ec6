"""What the page about a run tells, put together: by the run itself at its end, or later from the journal alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.findings.problems import RuleFindings
from pipeline.journal import Journal, RunRow
from pipeline.report.page import RunReport
from pipeline.report.timeline import read_timeline
from schemas.sat.editions import Edition

__all__ = ["compose_report"]

_NOTABLE_SHOWN = 50
"""Records that were refused or are in doubt."""


def compose_report(
    journal: Journal,
    run: RunRow,
    result: Mapping[str, Any],
    findings: Sequence[RuleFindings],
    lang: str,
    *,
    catalogs: Sequence[Edition] = (),
    dialect: str = "",
    notes: Sequence[tuple[str, str]] = (),
    later: bool = False,
) -> RunReport:
    """The page about a run: what the journal tells of it, beside its `result` and its `findings`. One made `later`
    knows no catalogues, dialect and notes."""
    return RunReport(
        run=run,
        files=journal.inputs(run.run),
        notable=journal.notable(run.run, _NOTABLE_SHOWN),
        result=result,
        findings=findings,
        catalogs=catalogs,
        dialect=dialect,
        lang=lang,
        notes=notes,
        timeline=read_timeline(journal, run.run),
        later=later,
    )
