"""A look at a workbook before any library sees it: what it holds once unpacked, and how far its cells reach.

A .xlsx is a zip archive of XML. A few hundred bytes can unpack to gigabytes, one stray cell in the last row and column
makes a reader allocate seventeen thousand million, an entity can expand for ever. All of this shows while the parts are
unpacked a chunk at a time, so it is counted, never estimated from a ratio: honest sheets compress a hundredfold too.
What stands here is no proof; a workbook that passes is read in a process of its own (pipeline.workbook.child).
"""

import errno
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.language.say import say, say_known

__all__ = ["OLE", "ZIP", "WorkbookLimits", "check_workbook", "declares_entities"]

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""First bytes of .xlsx, .xlsm, .xlsb and .ods, and of .xls and workbooks with a password."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a damaged archive raises. RuntimeError: a part asks for a password. NotImplementedError: packed in a way
no spreadsheet program uses."""

_CHUNK = 1 << 20
_OVERLAP = 512  # a tag or a word may stand over the end of a chunk
_MOST_PARTS = 10_000
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that spreadsheet programs write, and inflated within bounds
_CELL = re.compile(rb"""<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]{0,200}(?<!/)>""")
"""The address of a cell that holds something: `<c .../>` is empty, and readers leave it out."""
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_WIDE_DECLARATIONS = tuple(word.decode().encode(f"utf-16-{end}") for word in _DECLARATIONS for end in ("le", "be"))


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """The largest workbook that makes sense to the reader: bytes of the file and of its parts, cells of a sheet.

    A sheet's cells are those of the rectangle from A1 to its last row and column, filled or not; None for a reader that
    takes the cells there are, wherever they stand.
    """

    unpacked_bytes: int
    cells: int | None


def check_workbook(path: Path, limits: WorkbookLimits, hint: str) -> None:
    """InputError, with `hint` for what to do, for a workbook no reader should be given; OSError as the disk does.

    Memory: a few chunks of 1 MiB. A .xls cannot be looked into like this: only its size is.
    """
    if path.stat().st_size > limits.unpacked_bytes:
        raise InputError(
            say(
                "{path} is larger than {unpacked_bytes} MiB.",
                path=path.name,
                unpacked_bytes=limits.unpacked_bytes >> 20,
            ),
            hint,
        )
    with path.open("rb") as file:
        if not file.read(4).startswith(ZIP):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, path.name, limits, hint)
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a place before the beginning: a damaged index
            raise
        raise InputError(
            say("{path} cannot be read as an Excel workbook: {error}.", path=path.name, error=say_known(str(error))),
            hint,
        ) from error


def declares_entities(xml: bytes) -> bool:
    """Whether XML, in UTF-8 or UTF-16, declares a document type or entities: no file of ours has reason to."""
    if b"!" not in xml:  # one letter is looked for ten times as fast as a word, and sheets have none but in their texts
        return False
    wide = _WIDE_DECLARATIONS if b"\0" in xml else ()
    return any(word in xml for word in (*_DECLARATIONS, *wide))


def _check_parts(archive: zipfile.ZipFile, name: str, limits: WorkbookLimits, hint: str) -> None:
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        raise InputError(
            say("{name} has {parts:,} parts; a workbook has a few dozen.", name=name, parts=len(parts)), hint
        )
    unpacked = 0
    for part in parts:
        if part.compress_type not in _READ:
            raise InputError(say("{name} is packed in a way that no spreadsheet program uses.", name=name), hint)
        rows = columns = 0
        for size, chunk in _chunks(archive, part):
            unpacked += size
            if unpacked > limits.unpacked_bytes:
                raise InputError(
                    say(
                        "{name} unpacks to more than {unpacked_bytes} MiB.",
                        name=name,
                        unpacked_bytes=limits.unpacked_bytes >> 20,
                    ),
                    hint,
                )
            if not part.filename.endswith((".xml", ".rels")):
                continue
            if declares_entities(chunk):
                raise InputError(
                    say("{name} declares a DOCTYPE or entities, which no spreadsheet program writes.", name=name), hint
                )
            if limits.cells is None:
                continue
            found = _CELL.findall(chunk)
            rows = max(rows, max((int(row) for _, row in found), default=0))
            columns = max(columns, max((_number(letters) for letters in {c for c, _ in found}), default=0))
            if rows * columns > limits.cells:
                raise InputError(
                    say(
                        "{name} has a sheet whose cells reach row {rows:,} and column {columns:,}: more than can be "
                        "read.",
                        name=name,
                        rows=rows,
                        columns=columns,
                    ),
                    hint,
                )


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[int, bytes]]:
    """A part unpacked piece by piece: how many bytes are new, and they with the end of the piece before."""
    end = b""
    with archive.open(part) as stream:
        while fresh := stream.read(_CHUNK):
            yield len(fresh), end + fresh
            end = fresh[-_OVERLAP:]


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
