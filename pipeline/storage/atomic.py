"""Files that are whole or not there: results renamed into their place, and what does not fit in memory set aside."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from pipeline.errors import OutputError

__all__ = ["disk_errors", "replace_atomically", "spill"]

_NO_ROOM = {
    "No space left on device": "Free disk space and run again; nothing was changed.",
    "File too large": "Raise the limit of a file's size (ulimit -f) and run again; nothing was changed.",
}
"""What the system says when there is no room, whoever repeats it, and what to do."""


@contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """A temporary path to write to; at the end it is synced and renamed to `path`.

    Whatever goes wrong, what stood at `path` before stands there still. OutputError when the disk is full, the folder
    is missing or may not be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise OutputError(f"{path} cannot be written: {_reason(error)}.", _advice(error)) from error
    finally:
        with suppress(OSError):  # the name itself may be what is wrong
            temporary.unlink(missing_ok=True)


def spill(frame: pl.DataFrame, path: Path) -> None:
    """Keep a frame in the run's own temporary folder. OutputError when there is no room."""
    with disk_errors(path.parent):
        frame.write_parquet(path, compression="lz4")


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Around whatever is written to the run's own temporary folder. OutputError naming it when there is no room."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            f"Temporary files cannot be written to {folder}: {_reason(error)}.",
            "Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR.",
        ) from error


def _reason(error: Exception) -> str:
    known = next((words for words in _NO_ROOM if words in str(error)), None)
    if known is None and isinstance(error, OSError):
        return error.strerror or str(error)
    return known or str(error).splitlines()[0]


def _advice(error: Exception) -> str:
    return _NO_ROOM.get(_reason(error), "Name another place, or give permission to write there.")
