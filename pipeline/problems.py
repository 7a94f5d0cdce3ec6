"""The problems file: one row a finding, whatever its severity (CONTRACT, Problems and rejects)."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipeline.errors import ConfigError
from pipeline.formats import FORMATS, Shape
from pipeline.model import FINDING_COLUMNS
from pipeline.placing import placed, set_aside

__all__ = ["Problems", "problems_format"]


def problems_format(path: Path) -> str:
    """csv, jsonl or parquet, by the suffix. ConfigError for another."""
    suffix = path.suffix.lstrip(".").lower()
    if suffix not in FORMATS:
        raise ConfigError(f"--problems {path}: the suffix must be one of {', '.join(FORMATS)}.", "Rename the file.")
    return suffix


class Problems:
    """Findings of a whole call, kept on disk; counts and a few examples in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Path] = []
        self.by_severity: dict[str, int] = {}
        self.by_rule: dict[tuple[str, str], int] = {}
        self.examples: list[dict[str, object]] = []

    def add(self, found: pl.DataFrame) -> None:
        """Findings as validation gives them (FINDING_COLUMNS; others are dropped)."""
        if found.is_empty():
            return
        rows = found.select(FINDING_COLUMNS)
        part = self._folder / f"problems-{len(self._parts)}.parquet"
        set_aside(rows, part)
        self._parts.append(part)
        for severity, rule, count in rows.group_by("severity", "rule").len().iter_rows():
            self.by_severity[severity] = self.by_severity.get(severity, 0) + count
            self.by_rule[severity, rule] = self.by_rule.get((severity, rule), 0) + count
        if len(self.examples) < 10:
            self.examples += rows.filter(pl.col("severity") == "error").head(10 - len(self.examples)).to_dicts()

    def frames(self) -> Iterator[pl.DataFrame]:
        for part in self._parts:
            yield pl.read_parquet(part)

    def write(self, path: Path) -> None:
        """Put the file in place, in the order the files were given and their lines stand."""
        kind = FORMATS[problems_format(path)]
        empty = pl.LazyFrame(schema={c: pl.UInt32 if c == "line" else pl.String for c in FINDING_COLUMNS})
        rows = pl.scan_parquet(self._parts) if self._parts else empty
        with placed(path) as temporary:
            kind.write(rows, temporary, Shape(FINDING_COLUMNS))
