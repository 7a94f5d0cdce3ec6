"""Where a table begins in a sheet: the row of its headings, and the row of totals at its end."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.workbook.grid import Grid
from pipeline.workbook.marks import column_letters

__all__ = ["FoundTable", "find_table"]

_LONGEST = 80
"""Characters of a heading; what is longer is a sentence above the table."""
_TOTALS = re.compile(
    r"(?:gran\s+|sub\s*-?\s*)?(?:totales|total|sumas|suma)(?:\s+(?:general|generales|final|mxn|usd))?\s*[:.]?", re.I
)
_WORD = re.compile(r"[^\W\d_]")
_VALUE = re.compile(r"[-+$€]?\s*[\d.,/:%-]+\s*%?|\d{4}-\d{2}-\d{2}.*")


@dataclass(frozen=True, slots=True)
class FoundTable:
    """Row and columns of the headings, counted from 1. `totals` is the row of totals at the end, if there is one."""

    heading_row: int
    headings: Mapping[int, str]
    totals: int | None


def find_table(grid: Grid, is_known: Callable[[str], bool]) -> FoundTable | None:
    """The sheet's table; None where it holds none. `is_known` says whether a text is a heading of some resource."""
    known = cache(is_known)  # most texts stand in many rows
    scored = [(_score(cells.values(), known), -row) for row, cells in grid.top.items()]
    best, row = max(scored, default=(0, 0))
    if best <= 0:
        return None
    found = {column: heading for column in sorted(grid.last_rows) if (heading := _heading(grid, -row, column))}
    return FoundTable(-row, found, _totals_row(grid, -row))


def _score(cells: Collection[str], is_known: Callable[[str], bool]) -> int:
    score = 0
    for text in cells:
        if _VALUE.fullmatch(text.strip()):
            score -= 1
        elif is_known(text):
            score += 3
        elif len(text) > _LONGEST:
            score -= 1
        elif _WORD.search(text):
            score += 1
    return score if len(cells) > 1 or any(is_known(text) for text in cells) else min(score, 1)


def _heading(grid: Grid, row: int, column: int) -> str | None:
    """What a column is called; None for one that has no heading and nothing below."""
    text = grid.top[row].get(column) or _merged_above(grid, row, column)
    if text is None and grid.last_rows[column] > row:
        return f"Columna {column_letters(column)}"
    return None if text is None else " ".join(text.split())


def _merged_above(grid: Grid, row: int, column: int) -> str | None:
    """The heading of a column whose cell is merged with one above: it stands in the uppermost."""
    for merge in grid.merges:
        if merge.top < row <= merge.bottom and merge.left <= column <= merge.right:
            return grid.top.get(merge.top, {}).get(merge.left)
    return None


def _totals_row(grid: Grid, heading_row: int) -> int | None:
    """The last row, where its first text says that it sums up the others."""
    last = max((row for row in grid.ends if row > heading_row), default=None)
    if last is None or last == heading_row + 1:
        return None
    first = next((text for _, text in sorted(grid.ends[last].items())), "")
    return last if _TOTALS.fullmatch(first.strip()) else None
