"""Bytes of a text file: compression told by its first bytes, encoding told from all of them, nothing inferred.

An encoding is decided once for the whole file: UTF-8 (with or without mark), UTF-16 with a mark, else Windows-1252,
which is what Excel in Mexico writes. A NUL byte or a control character means the file is not text.
"""

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from pipeline.errors import InputError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = [
    "CELL_BYTES",
    "Encoding",
    "detect_compression",
    "detect_encoding",
    "open_decompressed",
    "open_text",
    "read_first_bytes",
]

CELL_BYTES = 1 << 20
"""Largest cell taken, in characters: beyond it a quote was left open, or it is not the file the user means."""

LINE_CHARS = 8 * CELL_BYTES
"""Longest line taken, in characters: lines are held in memory whole."""

_CHUNK = 1 << 20
_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PACKED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_EXPORT_AGAIN = "Save it again as CSV (UTF-8) or JSONL from the program that made it."
_LINE_END = re.compile(r"[\r\n]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """`codec` is Python's name; `guessed` is True when no mark and no UTF-8 proved it."""

    codec: str
    guessed: bool = False


def read_first_bytes(path: Path, count: int = 8) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


def detect_compression(path: Path) -> str | None:
    """gzip, zstd or None, by the file's first bytes, whatever its name."""
    head = read_first_bytes(path)
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), None)


@contextmanager
def open_decompressed(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed. InputError when the compression is damaged."""
    compression = detect_compression(path)
    with path.open("rb") as file:
        stream: IO[bytes] = file
        if compression == "gzip":
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=file))
        elif compression == "zstd":
            stream = cast(IO[bytes], zstd.ZstdFile(file))
        try:
            yield stream
        except (gzip.BadGzipFile, zlib.error, EOFError, zstd.ZstdError) as error:
            raise _damaged(path, compression) from error


def detect_encoding(path: Path) -> Encoding:
    """The encoding of a whole text file. InputError, with the line, when it is not text."""
    with open_decompressed(path) as stream:
        head = stream.read(4)
    mark = next((codec for bom, codec in _MARKS if head.startswith(bom)), None)
    line = 1
    for codec in (mark,) if mark else ("utf-8", "cp1252"):
        undecodable = _line_outside(path, codec)
        if undecodable is None:
            return Encoding(codec, guessed=codec == "cp1252")
        line = undecodable
    if mark is None:
        raise _no_text(path, f"line {line} holds bytes that are not text")
    raise InputError(
        f"{path.name}, line {line} holds bytes that are not {mark.removesuffix('-sig').upper()}, "
        "as the file's first bytes say.",
        _EXPORT_AGAIN,
    )


def _line_outside(path: Path, codec: str) -> int | None:
    """The line of the first byte that does not belong to the encoding. InputError for what no text file holds."""
    decoder = codecs.getincrementaldecoder(codec)()
    line, begun = 1, 0
    with open_decompressed(path) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object.count(b"\n", 0, error.start)
            _refuse_control(text, line, path)
            end = _LINE_END.search(text)
            if begun + (end.start() if end else len(text)) > LINE_CHARS:
                raise InputError(
                    f"{path.name}, line {line} is longer than {LINE_CHARS >> 20} MiB.",
                    "Look there for a quote that is never closed; each record needs a line of its own.",
                )
            line += text.count("\n")
            begun = len(text) - 1 - max(text.rfind("\n"), text.rfind("\r")) if end else begun + len(text)
            if not chunk:
                return None


def _refuse_control(text: str, line: int, path: Path) -> None:
    found = _CONTROL.search(text)
    if found:
        at = line + text.count("\n", 0, found.start())
        what = "a NUL byte" if found.group() == "\0" else "a control character"
        raise _no_text(path, f"line {at} holds {what}")


def _no_text(path: Path, why: str) -> InputError:
    """What is wrong with bytes that no text file holds; `why` names the place."""
    packing = _PACKED.get(path.suffix.lower())
    if packing and detect_compression(path) is None:
        return InputError(
            f"{path.name} is named {path.suffix} but holds neither {packing} data nor text.",
            f"Compress or copy the file again. {_EXPORT_AGAIN}",
        )
    return InputError(f"{path.name} is not a text file: {why}.", _EXPORT_AGAIN)


def _damaged(path: Path, compression: str | None) -> InputError:
    return InputError(
        f"{path.name} is damaged: its {compression} data ends or breaks before the end of the file.",
        "Copy or export the file again.",
    )


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text, line ends as they stand; `detect_encoding` has made sure that it can be decoded."""
    with open_decompressed(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        yield text
