"""Formulas seen from another cell: what a formula shared by many cells says in one of them.

A shared formula is written once, in its first cell; the others name its number (ECMA-376 part 1, 18.3.1.40).
"""

import re
from typing import NamedTuple

from pipeline.workbook.marks import column_letters, column_number

__all__ = ["Area", "read_area", "shift_formula"]

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?", re.IGNORECASE)
_PIECE = re.compile(
    r"""(?P<kept>"[^"]*"|'[^']*'|\[[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*\])"""
    r"""|(?<![\w.\\$])(?P<cell>(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7}))(?![\w.(!])"""
    r"""|(?<![\w.\\$:])(?P<columns>(\$?)([A-Za-z]{1,3}):(\$?)([A-Za-z]{1,3}))(?![\w.(!$])"""
    r"""|(?<![\w.\\$:])(?P<rows>(\$?)([0-9]{1,7}):(\$?)([0-9]{1,7}))(?![\w.(!$])"""
)
"""Texts, names of sheets and columns of tables, which stay; references to a cell, to whole columns, to whole rows."""


class Area(NamedTuple):
    """Cells from a corner to the other, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


def read_area(reference: str) -> Area | None:
    """`B2:C9` or `B2`; None for what is none."""
    found = _AREA.fullmatch(reference)
    if found is None:
        return None
    left, top = column_number(found[1]), int(found[2])
    return Area(top, left, int(found[4] or top), column_number(found[3]) if found[3] else left)


def shift_formula(formula: str, rows: int, columns: int) -> str:
    """The formula as it says the same from a cell so many rows lower and columns further right."""

    def shifted(found: re.Match[str]) -> str:
        if found["cell"]:
            fixed_column, letters, fixed_row, row = found.group(3, 4, 5, 6)
            return _column(fixed_column, letters, columns) + _row(fixed_row, row, rows)
        if found["columns"]:
            first, left, second, right = found.group(8, 9, 10, 11)
            return f"{_column(first, left, columns)}:{_column(second, right, columns)}"
        if found["rows"]:
            first, top, second, bottom = found.group(13, 14, 15, 16)
            return f"{_row(first, top, rows)}:{_row(second, bottom, rows)}"
        return found[0]

    return _PIECE.sub(shifted, formula)


def _column(fixed: str, letters: str, by: int) -> str:
    """References go round at the edge of a sheet."""
    number = column_number(letters)
    return fixed + (letters if fixed or number > _LAST_COLUMN else column_letters((number - 1 + by) % _LAST_COLUMN + 1))


def _row(fixed: str, row: str, by: int) -> str:
    return fixed + (row if fixed else str((int(row) - 1 + by) % _LAST_ROW + 1))
