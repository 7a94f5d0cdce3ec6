"""A file is written under a temporary name beside its place and renamed into it: never half a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from pipeline.errors import OutputError

__all__ = ["placed"]


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
        temporary.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error).splitlines()[0]


def _advice(error: Exception) -> str:
    if "No space left" in str(error):
        return "Free disk space and run again; nothing was changed."
    return "Name another place, or give permission to write there."
