"""Corrections of cells, in the order they were made: a list on disk that is laid over the files anew each time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.storage.atomic import replace_atomically

__all__ = ["Correction", "CorrectionList"]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One correction: what cells of a column hold now, and what each of them held before.

    `old` maps a line of the file to the cell before this correction; they are several where the same was to be done in
    all equal cells.
    """

    file: str
    sheet: str | None
    heading: str
    value: str
    old: dict[int, str | None]
    who: str
    when: datetime


Changed = dict[int, dict[str, str]]
"""Line → heading → what the cell holds now."""


class CorrectionList:
    """All corrections of a basket. Each change is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = path.read_bytes() if path.exists() else b""
        lines = kept[: kept.rfind(b"\n") + 1].splitlines()  # a last one cut short was never said to be kept
        self._edits = [msgspec.json.decode(line, type=Correction) for line in lines]

    def __len__(self) -> int:
        return len(self._edits)

    def __iter__(self) -> Iterator[Correction]:
        return iter(self._edits)

    def add(self, edit: Correction) -> None:
        self._write([*self._edits, edit])

    def take_back(self) -> Correction | None:
        """Undo the last one; None when there is none."""
        if not self._edits:
            return None
        last = self._edits[-1]
        self._write(self._edits[:-1])
        return last

    def _write(self, edits: list[Correction]) -> None:
        """Whole or not at all: OutputError, and the list as it was, when the disk is full."""
        with replace_atomically(self._path) as temporary:
            temporary.write_bytes(b"".join(msgspec.json.encode(edit) + b"\n" for edit in edits))
        self._edits = edits

    def changed(self, file: str) -> Mapping[str | None, Changed]:
        """Sheet → what its cells hold now, of one file."""
        sheets: dict[str | None, Changed] = {}
        for edit in self._edits:
            if edit.file == file:
                lines = sheets.setdefault(edit.sheet, {})
                for line in edit.old:
                    lines.setdefault(line, {})[edit.heading] = edit.value
        return sheets
