"""The page about a run that is over, or was killed, from what the journal keeps of it."""

from pathlib import Path
from typing import Any

from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError
from pipeline.fates import COUNTED
from pipeline.findings.problems import RuleFindings
from pipeline.journal import Journal, RunRow
from pipeline.language.say import say
from pipeline.report.compose import compose_report
from pipeline.report.page import RunReport, write_report
from pipeline.result import SO_FAR
from pipeline.runs import count_by_resource, has_ended, open_run
from pipeline.settings import Settings

__all__ = ["report_run_later"]


def report_run_later(settings: Settings, run: str, path: Path | None = None, edge: Edge = PROCESS) -> tuple[str, Path]:
    """Write the page about a run of the history, found by its name or the beginning of it; gives its whole name and
    where the page is, which without a `path` is named after the run.

    ConfigError when there is no such import, OutputError when the page cannot be written.
    """
    with open_run(settings, run, edge) as (journal, row):
        if row.command != "import":
            raise ConfigError(
                say("Run {run} is no import: there is no report of it.", run=row.run),
                say("See: gigbulk runs show {run}", run=row.run),
            )
        written = path or Path(f"{row.run}.report.html")
        write_report(edge.locate(written), _page(journal, row, settings.lang))
        return row.run, written


def _page(journal: Journal, row: RunRow, lang: str) -> RunReport:
    counts = journal.rule_counts(row.run)
    findings = [RuleFindings(found.rule, found.severity, found.sat_code, found.findings) for found in counts]
    return compose_report(journal, row, _result(journal, row), findings, lang, later=True)


def _result(journal: Journal, row: RunRow) -> dict[str, Any]:
    """The result the run ended with; of one that did not end, what is known."""
    if has_ended(row) and row.result is not None:
        return row.result
    counts = count_by_resource(journal, row)
    return {
        "event": SO_FAR,
        "status": row.status,
        "resources": {name: dict.fromkeys(COUNTED, 0) | known for name, known in counts.items()},
        "outputs": (row.result or {}).get("outputs", {}),
        "warnings": (row.result or {}).get("warnings", 0),
    }
