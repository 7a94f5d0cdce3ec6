"""Sheets of a workbook, read by python-calamine in a process of its own: when it aborts, hangs or swells, we do not.

The library is Rust: a panic is no exception one may rely on, and an allocation that fails ends the process. This file
is both sides. Run as a script it is the child, which imports the reader and nothing of ours, and answers on standard
output in msgpack: `{"sheets": {title: rows}}` or `{"error": sentence}`. A child that says nothing has died.
"""

import datetime as dt
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["CellValue", "read_sheets", "read_visible_sheets"]

CellValue = str | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta

_MEMORY_MIB = 384
"""Address space of the child. SAT's catalogues, 1.4 million cells, need half of it; an .xls filled to its last row and
column does not fit."""
_LEAST_MEMORY_MIB, _MEMORY_PER_BYTE, _MOST_MEMORY_MIB = 128, 48, 1024
"""A table of people's own: what the reader needs itself, and for each byte of the workbook unpacked. Texts took
12 a byte (measured); a few kilobytes of noise would else be given a gigabyte."""
_PATIENCE_S = 60
_DATES: tuple[tuple[int, type[Any]], ...] = ((1, dt.datetime), (2, dt.date), (3, dt.time))
_DURATION = 4


def read_sheets(path: Path, wanted: str, hint: str) -> dict[str, list[list[CellValue]]]:
    """Every sheet whose title matches the expression `wanted` from end to end, from A1 on, by its title.

    An empty cell is an empty text. Raises InputError, with `hint` for what to do, whatever the file does to the reader.
    """
    return _ask_child(path, wanted, hint, _MEMORY_MIB)[0]


def read_visible_sheets(path: Path, hint: str) -> tuple[dict[str, list[list[CellValue]]], tuple[str, ...]]:
    """Every sheet that the program shows, as `read_sheets` gives them, and the titles of those it hides."""
    sheets, hidden = _ask_child(path, ".*", hint, _fit_memory(path))
    return {title: rows for title, rows in sheets.items() if title not in hidden}, hidden


def _fit_memory(path: Path) -> int:
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
    return min(_LEAST_MEMORY_MIB + (size * _MEMORY_PER_BYTE >> 20), _MOST_MEMORY_MIB)


def _ask_child(
    path: Path, wanted: str, hint: str, memory_mib: int
) -> tuple[dict[str, list[list[CellValue]]], tuple[str, ...]]:
    from pipeline.errors import InputError
    from pipeline.language.say import say

    # -P: else the folder of this file comes first on the path, and its csv.py before Python's own.
    command = [sys.executable, "-P", __file__, str(path), wanted, str(memory_mib)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            say("{path} could not be read within {patience_s} seconds.", path=path.name, patience_s=_PATIENCE_S), hint
        ) from error
    if done.returncode:
        raise InputError(
            say(
                "{path} cannot be read as an Excel workbook: the reader gave up on it, as it does on damaged files "
                "and on cells far from the table.",
                path=path.name,
            ),
            hint,
        )
    answer: dict[str, Any] = msgspec.msgpack.decode(done.stdout, ext_hook=_revived)
    if "error" in answer:
        raise InputError(
            say("{path} cannot be read as an Excel workbook: {error}.", path=path.name, error=answer["error"]), hint
        )
    return answer["sheets"], tuple(answer["hidden"])


def _packed(cell: CellValue) -> object:
    """A date as its ISO text under its type, since msgpack keeps no naive ones; anything else as it is."""
    if isinstance(cell, dt.timedelta):
        return msgspec.msgpack.Ext(_DURATION, repr(cell.total_seconds()).encode())
    for code, kind in _DATES:
        if isinstance(cell, kind):
            return msgspec.msgpack.Ext(code, cell.isoformat().encode())
    return cell


def _revived(code: int, data: memoryview) -> CellValue:
    text = bytes(data).decode()
    if code == _DURATION:
        return dt.timedelta(seconds=float(text))
    found: CellValue = dict(_DATES)[code].fromisoformat(text)
    return found


def _answer(path: str, wanted: str) -> dict[str, object]:
    from python_calamine import CalamineError, load_workbook

    try:
        with Path(path).open("rb") as file:  # an open file: by its name the library would believe the suffix
            book = load_workbook(file)
            titles = [title for title in book.sheet_names if re.fullmatch(wanted, title.strip(), re.IGNORECASE)]
            shown = {sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible")}
            return {
                "hidden": [title for title in titles if title not in shown],
                "sheets": {
                    title: list(_rows(book.get_sheet_by_name(title).to_python(skip_empty_area=False)))
                    for title in titles
                },
            }
    except CalamineError as error:
        return {"error": " ".join(str(error).split()).rstrip(".")}


def _rows(rows: Sequence[Sequence[CellValue]]) -> Iterator[list[object]]:
    return ([_packed(cell) for cell in row] for row in rows)


def _limit_memory(mebibytes: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit; a death is contained there all the same
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mebibytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit_memory(int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.msgpack.encode(_answer(sys.argv[1], sys.argv[2])))
