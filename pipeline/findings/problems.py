"""The problems file: one row a finding, whatever its severity (docs/check-and-correct.md)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import ConfigError
from pipeline.formats import FORMATS
from pipeline.formats.spec import Shape
from pipeline.language.say import say
from pipeline.model import FINDING_COLUMNS, FINDING_SCHEMA
from pipeline.storage.atomic import replace_atomically, spill

__all__ = ["Problems", "RuleFindings", "problems_format"]

EXAMPLES_PER_RULE = 5
_KEPT_CHARS = 400
"""Characters of each cell of an example: a cell of megabytes belongs in the problems file, not in memory."""


def problems_format(path: Path, flag: str = "--problems") -> str:
    """The name of the format that a list of rows is written in, by its suffix. ConfigError where that tells of none."""
    suffix = path.suffix.lstrip(".").lower()
    lists = [form for form in FORMATS.values() if not form.several_tables]
    found = next((form for form in lists if suffix in form.written_suffixes), None)
    if found is None:
        usual = ", ".join(form.written_suffixes[0] for form in lists)
        raise ConfigError(
            say("{flag} {path}: the suffix must be one of {formats}.", flag=flag, path=path, formats=usual),
            say("Rename the file."),
        )
    return found.name


@dataclass(slots=True)
class RuleFindings:
    """The findings of one rule at one severity: how many there are, and the first few, cells cut short."""

    rule: str
    severity: str
    sat_code: str | None
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


class Problems:
    """Findings of a whole call, kept on disk; counts and a few examples in memory, by (severity, rule)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Path] = []
        self.by_severity: dict[str, int] = {}
        self.by_rule: dict[tuple[str, str], RuleFindings] = {}

    def add(self, found: pl.DataFrame) -> None:
        """Findings as validation gives them (FINDING_COLUMNS; others are dropped)."""
        if found.is_empty():
            return
        rows = found.select(FINDING_COLUMNS)
        part = self._folder / f"problems-{len(self._parts)}.parquet"
        spill(rows, part)
        self._parts.append(part)
        for _, same in rows.group_by("severity", "rule", maintain_order=True):
            self._count(same)

    def _count(self, same: pl.DataFrame) -> None:
        """Findings of one rule at one severity."""
        first = same.row(0, named=True)
        rule, severity = first["rule"], first["severity"]
        self.by_severity[severity] = self.by_severity.get(severity, 0) + same.height
        known = self.by_rule.setdefault((severity, rule), RuleFindings(rule, severity, first["sat_code"]))
        known.count += same.height
        wanted = same.head(EXAMPLES_PER_RULE - len(known.examples))
        known.examples += wanted.with_columns(pl.col(pl.String).str.slice(0, _KEPT_CHARS)).to_dicts()

    @property
    def rules(self) -> list[RuleFindings]:
        """Every rule that was broken, once a severity, in the order in which they were."""
        return list(self.by_rule.values())

    @property
    def examples(self) -> list[dict[str, Any]]:
        """The first error of each rule, in the order in which the rules were broken."""
        return [known.examples[0] for (severity, _), known in self.by_rule.items() if severity == "error"]

    def frames(self) -> Iterator[pl.DataFrame]:
        for part in self._parts:
            yield pl.read_parquet(part)

    def page(self, offset: int, rows: int) -> pl.DataFrame:
        """At most `rows` findings from `offset` on, in the order they were added."""
        if not self._parts:
            return pl.DataFrame(schema=FINDING_SCHEMA)
        return pl.scan_parquet(self._parts).slice(offset, rows).collect()

    def write(self, path: Path) -> None:
        """Put the file in place, in the order the files were given and their lines stand."""
        kind = FORMATS[problems_format(path)]
        empty = pl.LazyFrame(schema=FINDING_SCHEMA)
        rows = pl.scan_parquet(self._parts) if self._parts else empty
        with replace_atomically(path) as temporary:
            kind.write({None: rows}, temporary, [Shape(tuple(FINDING_SCHEMA))])
