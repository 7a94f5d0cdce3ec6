"""What is to be marked in a workbook: cells by level, a remark in words per row, notes, and a sheet that sums up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

__all__ = [
    "EXAMPLE",
    "EXAMPLE_COLUMN",
    "NOTE_PREFIX",
    "OUR_SHEETS",
    "SUMMARY_SHEET",
    "Level",
    "SheetMarks",
    "Summary",
    "SummaryCell",
    "column_letters",
    "column_number",
]  # fmt: skip

NOTE_PREFIX = "gigbulk: "
"""How each note of ours begins: by it the next run knows its own notes from the user's."""

SUMMARY_SHEET = "gigbulk"
"""The sheet that sums up; it is replaced by the next run."""

OUR_SHEETS = "gigbulk"
"""How the names of sheets begin that we have added: they are never read as tables."""

EXAMPLE_COLUMN, EXAMPLE = "_nota", "ejemplo"
"""A column of workbooks to fill in, and what stands there in rows that are examples: such a row is never sent."""


class Level(Enum):
    """What a mark says, and the colour that says it (ARGB).

    Red and amber of Excel's own styles *Bad* and *Neutral*, one step beside, so that a user's own cell in that style is
    not taken for one of ours.
    """

    ERROR = "FFFFC7CD"
    WARNING = "FFFFEB9D"


@dataclass(frozen=True, slots=True)
class SheetMarks:
    """The marks of one sheet. Rows and columns are counted from 1, as the program that shows the sheet counts them.

    `remarks` are the texts of a row's remark cells, under `headings` in row `heading_row`. They stand right of all
    that the sheet holds, or from `remark_column` on, where an earlier run put them.
    """

    sheet: str
    heading_row: int
    headings: tuple[str, ...]
    remarks: Mapping[int, Sequence[str]]
    cells: Mapping[int, Mapping[int, Level]] = field(default_factory=dict)
    notes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    remark_column: int | None = None


class SummaryCell(NamedTuple):
    """Text with a look: `strong` is bold, `level` its ground; a click on it leads to the cell `goes_to`."""

    text: str
    strong: bool = False
    level: Level | None = None
    goes_to: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The sheet that sums up: its rows, the first of them a title."""

    rows: Sequence[Sequence[str | int | SummaryCell]]


def column_letters(number: int) -> str:
    """1 is A, 26 is Z, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
