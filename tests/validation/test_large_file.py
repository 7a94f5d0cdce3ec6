"""A large file with one bad row in a hundred gives exactly the findings it should, at the right lines.

100,000 rows in the ordinary run; a million with GIGBULK_LARGE=1.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from judging import CLIENT, everything

from pipeline.findings.compose import FindingContext
from pipeline.formats import LINE, Shape
from pipeline.model import RECORD, Source
from pipeline.source.columns.headings import match_fields
from pipeline.validation.references import References
from pipeline.validation.validate import validate
from schemas.rule_options import RuleOptions

ROWS = 1_000_000 if os.environ.get("GIGBULK_LARGE") else 100_000
BLOCK = 100_000
BAD = (
    ("rfc", "GODE561331GR8", {("CLIENT-RFC-FORMAT", "error")}),
    ("address.zip", "670", {("CLIENT-ZIP-FORMAT", "error")}),
    ("address.zip", "6600", {("NORM-PAD", "fix")}),
    ("use", "P01", {("CLIENT-USE-LEGACY", "error")}),
    ("legal_name", "ESCUELA KEMPER SA DE CV", {("CLIENT-NAME-SUFFIX", "warning")}),
    ("tax_system", "612", {("CLIENT-REGIME-PERSON", "error")}),
    ("email", "nadie", {("API-EMAIL", "error")}),
)


@pytest.mark.slow
def test_a_large_file_gives_exactly_the_findings_of_its_bad_rows() -> None:
    frame = pl.DataFrame(CLIENT).join(pl.DataFrame({"n": pl.int_range(ROWS, eager=True)}), how="cross")
    frame = frame.with_columns(internalId="C-" + pl.col("n").cast(pl.String))
    expected: set[tuple[int, str, str, str]] = set()
    for kind, (field, value, found) in enumerate(BAD):
        bad = (pl.col("n") % 100 == 7) & (pl.col("n") // 100 % len(BAD) == kind)
        frame = frame.with_columns(pl.when(bad).then(pl.lit(value)).otherwise(field).alias(field))
        lines = frame.filter(bad)["n"] + 2
        expected |= {(line, field, rule, severity) for line in lines for rule, severity in found}
    raw = frame.drop("n").with_columns(
        pl.int_range(2, ROWS + 2, dtype=pl.UInt32).alias(LINE), pl.int_range(ROWS, dtype=pl.UInt32).alias(RECORD)
    )
    fields, _ = match_fields(tuple(CLIENT), "clients", "large.csv")
    nothing = pl.Series([], dtype=pl.UInt64)
    source = Source(
        Path("large.csv"), "large.csv", "csv", Shape(tuple(CLIENT)), "", "clients", fields, (),
        nothing, nothing.cast(pl.UInt32),
    )  # fmt: skip
    once = pl.DataFrame(schema={"hash": pl.UInt64, "proposal": pl.String})
    told: set[tuple[int, str, str, str]] = set()
    for start in range(0, ROWS, BLOCK):
        block = validate(
            raw.slice(start, BLOCK),
            FindingContext(source, "en"),
            References(everything).answer({}),
            once,
            RuleOptions(today=date(2026, 11, 22)),
        )
        told |= set(block.findings.select("line", "column", "rule", "severity").iter_rows())
    assert len(expected) == ROWS // 100
    assert told == expected
