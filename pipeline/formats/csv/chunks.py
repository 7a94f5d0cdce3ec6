"""The text of a CSV file in chunks that end where a record may end, and the lines of chunks, counted."""

import codecs
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import IO, NamedTuple

from pipeline.formats.encoding import Encoding
from pipeline.formats.opening import open_decompressed

__all__ = ["CHUNK_SIZES", "ChunkSizes", "CountedLines", "open_chunks"]

_MARKED = "utf-8-sig"
_END_MARK = b"\x1a"


class ChunkSizes(NamedTuple):
    """About how many bytes the first chunk has, which holds the headings, and every other."""

    first: int
    other: int


CHUNK_SIZES = ChunkSizes(1 << 16, 1 << 23)
"""Measured on a million payments: 4 and 8 MiB take the same time, 16 more; 8 MiB are about a batch of rows."""


@contextmanager
def open_chunks(path: Path, encoding: Encoding, sizes: ChunkSizes = CHUNK_SIZES) -> Iterator[Iterator[bytes]]:
    """The text as UTF-8 without a mark, up to a DOS end mark, in chunks of whole lines."""
    with open_decompressed(path) as stream:
        if encoding.codec == _MARKED:
            stream.read(len(codecs.BOM_UTF8))
        yield _split_chunks(_read_pieces(stream, encoding, sizes))


def _read_pieces(stream: IO[bytes], encoding: Encoding, sizes: ChunkSizes) -> Iterator[bytes]:
    is_utf8 = encoding.codec in (_MARKED, "utf-8")
    decoder = None if is_utf8 else codecs.getincrementaldecoder(encoding.codec)()
    for size in chain([sizes.first], repeat(sizes.other)):
        raw = stream.read(size)
        text = decoder.decode(raw, final=not raw).encode() if decoder else raw
        before, mark, _ = text.partition(_END_MARK) if encoding.ended else (text, b"", b"")
        if before:
            yield before
        if mark or not raw:
            return


def _split_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        held += piece
        end = _end_of_records(held)
        if end:
            yield held[:end]
            held = held[end:]
    if held:
        yield held


def _end_of_records(text: bytes) -> int:
    """Behind the last line end that has every quote before it closed; else behind the last; 0 where there is none.

    `text` begins with a record. A \\r that is its last byte may be half of a line end.
    """
    last = text.rfind(b"\n") + 1
    if not last:
        return text.rfind(b"\r", 0, -1) + 1
    end, is_open = last, text.count(b'"', 0, last) % 2
    while end and is_open:
        before = text.rfind(b"\n", 0, end - 1) + 1
        is_open ^= text.count(b'"', before, end) % 2
        end = before
    return end or last


class CountedLines:
    """The lines of chunks with their ends as they stand. `count` says how many of the file were taken."""

    def __init__(self, chunks: Iterable[bytes], count: int = 0) -> None:
        self._chunks = chunks
        self._left = 0
        self.count = count

    @property
    def at_border(self) -> bool:
        """Whether the last line that was taken ends a chunk."""
        return self._left == 0

    def __iter__(self) -> Iterator[str]:
        for chunk in self._chunks:
            lines = io.StringIO(chunk.decode(), newline="").readlines()
            self._left = len(lines)
            for line in lines:
                self.count += 1
                self._left -= 1
                yield line
