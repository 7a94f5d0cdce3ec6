"""Findings as rows of a frame: rule, place, value, and the sentence for a person. Built column-wise."""

import re

import polars as pl

from pipeline.findings.location import cell_addresses
from pipeline.formats import LINE
from pipeline.model import FINDING_SCHEMA, RECORD, Source
from schemas.spec import INTERNAL_ID, Rule, Severity

__all__ = ["FindingContext", "compose_findings", "join_findings", "no_findings"]

_HOLES = re.compile(r"\{(value|column|proposal)\}")
_SHOWN = 120
"""Characters of a cell that are repeated inside a message; the value column holds them all."""


class FindingContext:
    """Whose file is spoken of, and in which language."""

    def __init__(self, source: Source, lang: str) -> None:
        self.source = source
        self.lang = lang


def no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema=FINDING_SCHEMA | {RECORD: pl.UInt32})


def compose_findings(rows: pl.DataFrame, rule: Rule, voice: FindingContext, field: str | None = None) -> pl.DataFrame:
    """One finding a row. `rows` has LINE, RECORD, INTERNAL_ID, `value`, and `proposal` where the rule proposes one.

    The message about a cell of a sheet begins with its address.
    """
    heading = voice.source.heading(field or rule.field)
    proposal = pl.col("proposal") if "proposal" in rows.columns else pl.lit(None, dtype=pl.String)
    texts = {
        "message": rule.message.in_language(voice.lang),
        "advice": rule.advice.in_language(voice.lang),
    }
    built = {
        "file": pl.lit(voice.source.name),
        "sheet": pl.lit(voice.source.sheet, dtype=pl.String),
        "line": pl.col(LINE),
        "column": pl.lit(heading),
        "resource": pl.lit(voice.source.resource),
        "key": pl.col(INTERNAL_ID),
        "rule": pl.lit(rule.id),
        "severity": pl.lit(rule.severity.value),
        "sat_code": pl.lit(rule.sat_code, dtype=pl.String),
        "value": pl.col("value"),
        "proposal": proposal,
        "message": _address(voice.source, field or rule.field) + _sentence(texts["message"], heading, proposal),
        "advice": _sentence(texts["advice"], heading, proposal) + _offer(rule, proposal, voice.lang),
        RECORD: pl.col(RECORD),
    }
    return rows.select(expression.alias(name) for name, expression in built.items())


def _address(source: Source, field: str) -> pl.Expr:
    """`Pagos!H5: `; nothing where the file has no sheets, or no such column."""
    column = source.column(field)
    if source.sheet is None or column is None:
        return pl.lit("")
    return pl.format("{}: ", cell_addresses(source.sheet, column, pl.col(LINE)))


def _offer(rule: Rule, proposal: pl.Expr, lang: str) -> pl.Expr:
    """The concrete proposal, where the rule has worked one out for this cell."""
    if rule.proposal is None:
        return pl.lit("")
    name = pl.lit("") if rule.gloss is None else pl.format(" ({})", rule.gloss).fill_null("")
    offer = pl.format(" ¿Es «{}»{}?" if lang == "es" else " Is it '{}'{}?", proposal, name)
    return pl.when(proposal.is_not_null()).then(offer).otherwise(pl.lit(""))


def _sentence(template: str, heading: str, proposal: pl.Expr) -> pl.Expr:
    holes = {
        "value": pl.col("value").fill_null("").str.slice(0, _SHOWN),
        "column": pl.lit(heading),
        "proposal": proposal.fill_null(""),
    }
    pieces = _HOLES.split(template)
    return pl.concat_str([holes[p] if i % 2 else pl.lit(p) for i, p in enumerate(pieces)])


def join_findings(found: pl.DataFrame) -> pl.DataFrame:
    """Per record: `_errors`, the sentences for a person, and `_codes`, the rule ids; errors only, in order of place."""
    errors = found.filter(pl.col("severity") == Severity.ERROR.value).sort("line", maintain_order=True)
    sentence = pl.format("{}: {} {}", pl.col("column"), pl.col("message"), pl.col("advice"))
    return errors.group_by(RECORD, maintain_order=True).agg(
        sentence.unique(maintain_order=True).str.join(" | ").alias("_errors"),
        pl.col("rule").unique(maintain_order=True).str.join(", ").alias("_codes"),
    )
