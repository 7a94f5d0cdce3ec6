"""A sheet's part as a stream: its head, whole rows a few megabytes at a time, and its tail; the cells of a row."""

import re
from collections.abc import Iterator
from typing import IO

from pipeline.workbook.marks import column_number
from pipeline.workbook.xml_text import find_tag, read_attribute

__all__ = ["CELL", "CutShort", "SheetStream", "find_cells", "open_row", "split_rows"]

_CHUNK = 4 << 20
_LONGEST_ROW = 16 << 20
"""Bytes of one row: 16,384 cells of a thousand letters each. What is longer is made to fill a memory."""
CELL = re.compile(rb"<((?:\w+:)?)c(?=[\s/>])[^>]*?(?:/>|(?<!/)>.*?</\1c>)", re.DOTALL)
"""A cell, whole."""
_DATA = re.compile(rb"<((?:\w+:)?)sheetData\b[^>]*?(/?)>")


class CutShort(Exception):
    """A part that ends before its rows do, or a row that does not end."""


class SheetStream:
    """`head` reaches to the opening of the rows and over it, `tail` is known once all `blocks` were taken.

    `prefix` is what stands before the names of elements: nothing, or `x:` and the like.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        """CutShort where no rows begin."""
        self._stream = stream
        self._rest = b""
        while (found := _DATA.search(self._rest)) is None:
            if not self._read():
                raise CutShort
        self.head, self.prefix, self.tail = self._rest[: found.end()], found[1], b""
        self._rest = self._rest[found.end() :]
        self._empty = bool(found[2])

    def blocks(self) -> Iterator[bytes]:
        """Whole rows, many at once. CutShort where they do not end."""
        end, row = b"</%ssheetData" % self.prefix, b"<%srow" % self.prefix
        while not self._empty:
            stop = self._rest.find(end)
            cut = stop if stop >= 0 else self._rest.rfind(row)
            if cut > 0:
                yield self._rest[:cut]
                self._rest = self._rest[cut:]
            if stop >= 0:
                break
            if not self._read():
                raise CutShort
        self.tail = self._rest + self._stream.read()

    def _read(self) -> bool:
        fresh = self._stream.read(_CHUNK)
        if len(self._rest) > _LONGEST_ROW:
            raise CutShort
        self._rest += fresh
        return bool(fresh)


def split_rows(block: bytes, prefix: bytes) -> Iterator[bytes]:
    """The rows of a block, each with what stands before the next."""
    tag = b"<%srow" % prefix
    start = block.find(tag)
    if start < 0:
        return
    while (following := block.find(tag, start + len(tag))) >= 0:
        yield block[start:following]
        start = following
    yield block[start:]


def find_cells(row: bytes) -> Iterator[tuple[int, re.Match[bytes]]]:
    """The cells of a row with the number of their column; a cell without an address stands right of the one before."""
    column = 0
    for found in CELL.finditer(row):
        address = read_attribute(found[0][: found[0].index(b">") + 1], b"r")
        column = column_number(address.rstrip(b"0123456789").decode()) if address else column + 1
        yield column, found


def open_row(row: bytes) -> tuple[bytes, bytes, bytes]:
    """A row's opening tag, contents and closing tag with what follows it; a row that was empty is opened."""
    end = row.index(b">") + 1
    opening = row[:end]
    closing = b"</%srow>" % find_tag(rb"<((?:\w+:)?)row", opening)[1]
    if opening.endswith(b"/>"):
        return opening[:-2].rstrip() + b">", b"", closing + row[end:]
    last = row.rindex(closing)
    return opening, row[end:last], row[last:]
