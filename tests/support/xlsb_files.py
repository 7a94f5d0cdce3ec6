"""Workbooks as .xlsb: the fewest binary records (MS-XLSB 2.1) in which a sheet of texts and numbers stands."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BEGIN_SHEET, _END_SHEET, _BEGIN_BOOK, _END_BOOK, _BEGIN_SHEETS, _END_SHEETS, _SHEET = 129, 130, 131, 132, 143, 144, 156
_ROW, _NUMBER, _TEXT, _BEGIN_DATA, _END_DATA, _DIMENSION = 0, 5, 6, 145, 146, 148


def write_xlsb(path: Path, title: str, rows: Iterable[Sequence[str | float]]) -> Path:
    """One visible sheet; its first row is row 1."""
    table = [list(row) for row in rows]
    body = b"".join(_row(number, row) for number, row in enumerate(table))
    reach = struct.pack("<4I", 0, len(table) - 1, 0, max(map(len, table)) - 1)
    sheet = (
        _record(_BEGIN_SHEET) + _record(_DIMENSION, reach)
        + _record(_BEGIN_DATA) + body + _record(_END_DATA) + _record(_END_SHEET)
    )  # fmt: skip
    named = struct.pack("<2I", 0, 1) + _text("rId1") + _text(title)
    book = (
        _record(_BEGIN_BOOK) + _record(_BEGIN_SHEETS) + _record(_SHEET, named)
        + _record(_END_SHEETS) + _record(_END_BOOK)
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.'
            'sheet.binary.macroEnabled.main"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
            'package.relationships+xml"/></Types>',
        )
        archive.writestr("_rels/.rels", _links("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", _links("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def _links(kind: str, target: str) -> str:
    link = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>'


def _row(number: int, cells: Sequence[str | float]) -> bytes:
    head = _record(_ROW, struct.pack("<2IH3BI", number, 0, 300, 0, 0, 0, 0))
    return head + b"".join(_cell(column, value) for column, value in enumerate(cells))


def _cell(column: int, value: str | float) -> bytes:
    place = struct.pack("<2I", column, 0)
    if isinstance(value, str):
        return _record(_TEXT, place + _text(value))
    return _record(_NUMBER, place + struct.pack("<d", value))


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, content: bytes = b"") -> bytes:
    """Number and size seven bits at a time, the lowest first."""
    return _varying(kind) + _varying(len(content)) + content


def _varying(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])
