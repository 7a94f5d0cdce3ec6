"""Records that failed after validation: refused by the API, blocked by what they refer to, or held by the account.

They get the same findings and the same place in the rejects file as records that validation rejects.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import polars as pl

from pipeline.errors import PipelineError
from pipeline.findings.compose import FindingContext, compose_findings, join_findings
from pipeline.formats import LINE
from pipeline.importer.context import ImportRun, InputSource
from pipeline.language.catalogue import translate
from pipeline.model import RECORD, RecordKey
from pipeline.source.read import read_batches
from schemas.spec import INTERNAL_ID, Rule

__all__ = ["Failure", "report_failures"]


class Failure(NamedTuple):
    """One record: its first line, its journal key, the rule it fell to, the value and the proposal of the finding."""

    line: int
    key: str
    rule: Rule
    value: str
    proposal: str | None = None
    field: str | None = None


@contextmanager
def report_failures(run: ImportRun, entry: InputSource) -> Iterator[list[Failure]]:
    """A block with a list for the failures of one file, which at its end are reported, all at once.

    Also at an end by an error of ours. Not when the run is interrupted for the second time: the whole input is read for
    them, and it is to end at once.
    """
    failures: list[Failure] = []
    try:
        yield failures
    except PipelineError:
        _report(run, entry, failures)
        raise
    _report(run, entry, failures)


def _report(run: ImportRun, entry: InputSource, failures: Sequence[Failure]) -> None:
    """Findings into the problems, all lines of each record into the rejects."""
    if not failures:
        return
    voice = FindingContext(entry.source, run.settings.lang)
    found = pl.concat([_finding(number, failure, voice) for number, failure in enumerate(failures)])
    run.problems.add(found)
    keys = pl.DataFrame({"hash": pl.Series([f.key for f in failures], dtype=pl.String).hash()}).with_row_index(RECORD)
    reasons = keys.join(join_findings(found), on=RECORD, how="inner").drop(RECORD)
    lines = pl.DataFrame({"hash": entry.source.hashes, LINE: entry.source.lines}).join(reasons, on="hash", how="inner")
    for frame in read_batches(entry.source):
        entry.rejects.add(frame.join(lines.drop("hash"), on=LINE, how="inner", maintain_order="left"))


def _finding(number: int, failure: Failure, voice: FindingContext) -> pl.DataFrame:
    cells = {
        LINE: [failure.line],
        RECORD: [number],
        INTERNAL_ID: [RecordKey(failure.key).shown],
        "value": [translate(failure.value, voice.lang)],
        "proposal": [failure.proposal and translate(failure.proposal, voice.lang)],
    }
    schema = {LINE: pl.UInt32, RECORD: pl.UInt32, INTERNAL_ID: pl.String, "value": pl.String, "proposal": pl.String}
    return compose_findings(pl.DataFrame(cells, schema=schema), failure.rule, voice, failure.field)
