"""Which sheets calculate: a cell that others are calculated from may be corrected, and their stored values stay."""

import re
import zipfile
from pathlib import Path
from typing import IO

from pipeline.workbook.package import is_open_xml, open_package

__all__ = ["list_calculating_sheets"]

_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[ >/]")
_CHUNK, _LONGEST = 1 << 20, 24


def list_calculating_sheets(path: Path) -> list[str]:
    """The names of the sheets of an .xlsx or .xlsm that hold formulas, in order; none for other files.

    Memory: a megabyte, however large a sheet is.
    """
    if not is_open_xml(path):
        return []
    with zipfile.ZipFile(path) as archive:
        sheets = open_package(archive, path.name).sheets
        calculating = []
        for sheet in sheets:
            with archive.open(sheet.part) as part:
                if _has_formula(part):
                    calculating.append(sheet.name)
        return calculating


def _has_formula(part: IO[bytes]) -> bool:
    tail = b""
    while chunk := part.read(_CHUNK):
        if _FORMULA.search(tail + chunk):
            return True
        tail = chunk[-_LONGEST:]
    return False
