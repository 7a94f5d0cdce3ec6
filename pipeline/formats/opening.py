"""Bytes of a text file: compression told by its first bytes, encoding told from all of them, nothing inferred.

An encoding is decided once for the whole file: UTF-8 (with or without mark), UTF-16 with a mark, else Windows-1252,
which is what Excel in Mexico writes. A NUL byte or a control character means the file is not text.
"""

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import zstandard

from pipeline.errors import InputError

__all__ = ["CELL_BYTES", "Encoding", "compression_of", "first_bytes", "opened", "text_of", "told_encoding"]

CELL_BYTES = 1 << 20
"""Largest cell taken, in characters: beyond it a quote was left open, or it is not the file the user means."""

_CHUNK = 1 << 20
_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`codec` is Python's name; `guessed` is True when no mark and no UTF-8 proved it."""

    codec: str
    guessed: bool = False


def first_bytes(path: Path, count: int = 8) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


def compression_of(path: Path) -> str | None:
    """gzip, zstd or None, by the file's first bytes, whatever its name."""
    head = first_bytes(path)
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), None)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed. InputError when the compression is damaged."""
    compression = compression_of(path)
    with path.open("rb") as file:
        stream: IO[bytes] = file
        if compression == "gzip":
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=file))
        elif compression == "zstd":
            stream = cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
        try:
            yield stream
        except (gzip.BadGzipFile, zlib.error, EOFError, zstandard.ZstdError) as error:
            raise InputError(
                f"{path.name} is damaged: its {compression} data ends or breaks before the end of the file.",
                "Copy or export the file again.",
            ) from error


def told_encoding(path: Path) -> Encoding:
    """The encoding of a whole text file. InputError, with the line, when it is not text."""
    with opened(path) as stream:
        head = stream.read(_CHUNK)
        mark = next((codec for bom, codec in _MARKS if head.startswith(bom)), None)
        if mark == "utf-16":
            return Encoding(mark)
        decoder = codecs.getincrementaldecoder("utf-8")()
        utf8, line, chunk = True, 1, head
        while chunk:
            _refuse_control(chunk, line, path)
            if utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    utf8 = False
            line += chunk.count(b"\n")
            chunk = stream.read(_CHUNK)
        if utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                utf8 = False
    if utf8:
        return Encoding(mark or "utf-8")
    if mark:
        raise InputError(
            f"{path.name} starts with a UTF-8 mark but holds bytes that are not UTF-8.",
            "Save it again as UTF-8 from the program that made it.",
        )
    return Encoding("cp1252", guessed=True)


def _refuse_control(chunk: bytes, line: int, path: Path) -> None:
    found = _CONTROL.search(chunk)
    if found:
        at = line + chunk.count(b"\n", 0, found.start())
        what = "a NUL byte" if found.group() == b"\x00" else "a control character"
        raise InputError(
            f"{path.name} is not a text file: line {at} holds {what}.",
            "Save it as CSV (UTF-8) or JSONL from the program that made it.",
        )


@contextmanager
def text_of(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text, line ends as they stand. InputError where a byte does not belong to the encoding."""
    with opened(path) as stream, io.TextIOWrapper(cast(IO[bytes], stream), encoding=encoding, newline="") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path.name} is neither UTF-8 nor Windows-1252 text ({error.reason}).",
                "Save it as CSV (UTF-8) from the program that made it.",
            ) from error
