"""A sheet's part as a stream: its head, whole rows a few megabytes at a time, and its tail."""

import re
from collections.abc import Iterator
from typing import IO

__all__ = ["CutShort", "SheetStream"]

_CHUNK = 4 << 20
_LONGEST_ROW = 16 << 20
"""Bytes of one row: 16,384 cells of a thousand letters each. What is longer is made to fill a memory."""
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
