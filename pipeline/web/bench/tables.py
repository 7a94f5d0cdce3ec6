"""One judged table as the page shows it: its rows as the user wrote them, their findings, and corrections laid over.

A row is shown with the cells of the file, under the file's own headings. Rows are read from a copy in Parquet, by
windows; findings are held.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.formats import LINE, OURS
from pipeline.model import FINDING_SCHEMA, RECORD, Source
from pipeline.source.columns.joined import join_columns
from pipeline.source.group import number_records
from pipeline.source.keys import lines_make_records
from pipeline.source.read import read_batches
from pipeline.storage.atomic import spill

__all__ = ["JudgedTable", "ShownRows"]

RecordJudge = Callable[[pl.DataFrame], pl.DataFrame]
"""Whole records, as `read_blocks` gives them, to their findings (FINDING_COLUMNS and RECORD)."""


class ShownRows(StrEnum):
    """Which rows are asked for."""

    ERRORS = "errors"
    WARNINGS = "warnings"
    ALL = "all"


class JudgedTable:
    """A table of a checked basket. `findings` are those of its check; `judge` judges some of its records again."""

    def __init__(self, source: Source, findings: pl.DataFrame, judge: RecordJudge, folder: Path) -> None:
        self.source = source
        self._judge = judge
        self._edits: dict[int, dict[str, str]] = {}
        numbers = number_records(source.hashes, lines_make_records=lines_make_records(source))
        self._records = pl.DataFrame({LINE: source.lines.cast(pl.UInt32), RECORD: numbers})
        self._rows = _spill_rows(source, folder)
        placed = findings.join(self._records, left_on="line", right_on=LINE, how="left", maintain_order="left")
        self._findings = placed.filter(pl.col(RECORD).is_not_null())
        self.of_headings = placed.filter(pl.col(RECORD).is_null()).drop(RECORD)

    @property
    def headings(self) -> list[str]:
        """The user's own columns, in their order, without those that a rejects file has added."""
        return [heading for heading in self.source.shape.headings if heading not in OURS]

    def holds(self, line: int) -> bool:
        """Whether the table has a row on that line."""
        return line in self._records[LINE]

    def count(self) -> dict[str, int]:
        """Records in all, and those that fail, that have warnings only, and that are good without a word."""
        read = int(self._records[RECORD].n_unique())
        errors = self._findings.filter(pl.col("severity") == "error")[RECORD].unique()
        warned = self._findings.filter(pl.col("severity") == "warning")[RECORD].unique()
        warnings = warned.filter(~warned.is_in(errors.implode())).len()
        return {"read": read, "errors": errors.len(), "warnings": warnings, "good": read - errors.len() - warnings}

    def window(self, show: ShownRows, start: int, size: int) -> dict[str, Any]:
        """At most `size` rows from `start` on (counted from 0) of those asked for, in the order of the file."""
        lines = self._lines(show)
        return {"total": lines.len(), "start": start, "rows": self._shown(lines.slice(start, size).to_list())}

    def find_equal(self, line: int, heading: str) -> list[int]:
        """The lines on which the column holds the same as on that line, itself included."""
        held = self._whole([line])[heading][0]
        same = pl.col(heading).fill_null("") == (held or "")
        stored = pl.scan_parquet(self._rows).filter(same).select(LINE).collect()[LINE].to_list()
        changed = {number for number, cells in self._edits.items() if heading in cells}
        again = {n for n in changed if self._edits[n][heading] == (held or "")}
        return sorted(({*stored} - changed) | again | {line})

    def read_cells(self, lines: Collection[int], heading: str) -> dict[int, str | None]:
        """Line → what its cell holds now."""
        frame = self._whole(lines)
        return dict(zip(frame[LINE].to_list(), frame[heading].to_list(), strict=True))

    def lay_over(self, cells: Mapping[int, Mapping[str, str | None]]) -> list[dict[str, Any]]:
        """Other cells from now on (line → heading → cell, None for the file's own); their records are judged again.

        The rows of these lines, as `window` shows them.
        """
        for line, changed in cells.items():
            kept = self._edits.setdefault(line, {})
            for heading, cell in changed.items():
                if cell is None:
                    kept.pop(heading, None)
                else:
                    kept[heading] = cell
        records = self._records.filter(pl.col(LINE).is_in([*cells]))[RECORD].unique()
        lines = self._records.filter(pl.col(RECORD).is_in(records.implode()))
        block = join_columns(self._whole(lines[LINE].to_list()), self.source.joined)
        found = self._judge(block.join(lines, on=LINE, how="left", maintain_order="left").sort(RECORD, LINE))
        others = self._findings.filter(~pl.col(RECORD).is_in(records.implode()))
        self._findings = pl.concat([others, found.select(others.columns)])
        return self._shown([*cells][:1])

    def _lines(self, show: ShownRows) -> pl.Series:
        if show is ShownRows.ALL:
            return self._records[LINE]
        severity = "error" if show is ShownRows.ERRORS else "warning"
        return self._findings.filter(pl.col("severity") == severity)["line"].unique().sort()

    def _whole(self, lines: Iterable[int]) -> pl.DataFrame:
        """These lines with corrections laid over."""
        frame = pl.scan_parquet(self._rows).filter(pl.col(LINE).is_in([*lines])).collect()
        touched = [line for line in frame[LINE].to_list() if self._edits.get(line)]
        if not touched:
            return frame
        for heading in {heading for line in touched for heading in self._edits[line]}:
            new = {line: self._edits[line][heading] for line in touched if heading in self._edits[line]}
            cells = pl.col(LINE).replace_strict(new, default=None, return_dtype=pl.String)
            hit = pl.col(LINE).is_in([*new])
            frame = frame.with_columns(pl.when(hit).then(cells).otherwise(pl.col(heading)).alias(heading))
        return frame

    def _shown(self, lines: Sequence[int]) -> list[dict[str, Any]]:
        frame = self._whole(lines)
        told: dict[int, list[dict[str, Any]]] = {}
        wanted = self._findings.filter(pl.col("line").is_in(frame[LINE].implode()) & (pl.col("severity") != "fix"))
        equal = {h: self._count_equal(frame, h) for h in self.headings if h in {*wanted["column"]}}
        held = {row[LINE]: row for row in frame.iter_rows(named=True)}
        for finding in wanted.select(*FINDING_SCHEMA).iter_rows(named=True):
            column = finding["column"]
            same = equal[column][held[finding["line"]][column] or ""] if column in equal else 1
            more = {"headings": self._pieces(column), "equal": same}
            told.setdefault(finding["line"], []).append(finding | more)
        headings = self.headings
        return [
            {
                "line": row[LINE],
                "cells": [row[heading] for heading in headings],
                "edited": [h for h in headings if h in self._edits.get(row[LINE], {})],
                "findings": told.get(row[LINE], []),
            }
            for row in held.values()
        ]

    def _count_equal(self, frame: pl.DataFrame, heading: str) -> dict[str, int]:
        """How many cells of the whole column hold what it holds in some rows of it; no text is the same as none."""
        cell = pl.col(heading).fill_null("")
        wanted = frame.select(cell.unique())[heading]
        edited = {line: cells[heading] for line, cells in self._edits.items() if heading in cells}
        stored = pl.scan_parquet(self._rows).filter(cell.is_in(wanted.implode()) & ~pl.col(LINE).is_in([*edited]))
        counts = dict(stored.group_by(cell).agg(pl.len()).collect().iter_rows())
        return {text: counts.get(text, 0) + sum(new == text for new in edited.values()) for text in wanted}

    def _pieces(self, column: str) -> list[str]:
        """The columns of the file that a finding's column is read from; none where the file has no such column."""
        joined = next((each for each in self.source.joined if each.heading == column), None)
        if joined is not None:
            return [heading for heading, _ in joined.pieces]
        return [column] if column in self.headings else []


def _spill_rows(source: Source, folder: Path) -> list[Path]:
    """The rows of the file as it is, in Parquet. Joined columns are made anew of their pieces."""
    parts = []
    names = {each.heading for each in source.joined}
    for number, frame in enumerate(read_batches(source)):
        part = folder / f"rows-{source.resource}-{abs(hash(source.label)):x}-{number}.parquet"
        spill(frame.drop([name for name in names if name in frame.columns]), part)
        parts.append(part)
    return parts
