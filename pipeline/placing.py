"""Files that are whole or not there: results renamed into their place, and what does not fit in memory set aside."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from pipeline.errors import OutputError

__all__ = ["placed", "set_aside"]

_FULL = "No space left on device"


@contextmanager
def placed(path: Path) -> Iterator[Path]:
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


def set_aside(frame: pl.DataFrame, path: Path) -> None:
    """Keep a frame in the run's own temporary folder. OutputError when there is no room."""
    try:
        frame.write_parquet(path, compression="lz4")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            f"Temporary files cannot be written to {path.parent}: {_reason(error)}.",
            "Free disk space there, or name another folder with TMPDIR.",
        ) from error


def _reason(error: Exception) -> str:
    if _FULL in str(error):
        return _FULL
    return error.strerror or str(error) if isinstance(error, OSError) else str(error).splitlines()[0]


def _advice(error: Exception) -> str:
    if _FULL in str(error):
        return "Free disk space and run again; nothing was changed."
    return "Name another place, or give permission to write there."
