"""Bytes of a file: compression told by the first of them, whatever its name; damage is never a shorter file."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from pipeline.errors import InputError
from pipeline.language.say import say

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = [
    "CELL_BYTES", "EXPORT_AGAIN", "detect_compression", "false_packing", "open_decompressed", "open_packed",
    "open_text",
    "read_first_bytes",
]  # fmt: skip

CELL_BYTES = 1 << 20
"""Largest cell taken, in characters: beyond it a quote was left open, or it is not the file the user means."""

_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_PACKED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
EXPORT_AGAIN = say("Save it again as CSV (UTF-8) or JSONL from the program that made it.")


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


@contextmanager
def open_packed(path: Path, compression: str | None) -> Iterator[IO[bytes]]:
    """A file to write, compressed as `detect_compression` says of another: the same bytes give the same file."""
    with path.open("wb") as file:
        if compression == "gzip":
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif compression == "zstd":
            with zstd.ZstdFile(file, "wb") as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file


def false_packing(path: Path) -> InputError | None:
    """The error of a file whose name says that it is compressed, and it is not; None where that is not so."""
    packing = _PACKED.get(path.suffix.lower())
    if packing is None or detect_compression(path) is not None:
        return None
    return InputError(
        say(
            "{path} is named {suffix} but holds neither {packing} data nor text.",
            path=path.name,
            suffix=path.suffix,
            packing=packing,
        ),
        say("Compress or copy the file again. {export_again}", export_again=EXPORT_AGAIN),
    )


def _damaged(path: Path, compression: str | None) -> InputError:
    return InputError(
        say(
            "{path} is damaged: its {compression} data ends or breaks before the end of the file.",
            path=path.name,
            compression=compression,
        ),
        say("Copy or export the file again."),
    )


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text, line ends as they stand; `detect_encoding` has made sure that it can be decoded."""
    with open_decompressed(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        yield text
