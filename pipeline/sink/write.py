"""Frames of an export to files: all tables of a resource together, or none.

Frames wait on disk first, because neither the rows nor whether they are complete is known before the last page.
Incomplete rows go to files of their own name (`payments.incomplete.csv`): nothing incomplete ever replaces something
complete. XLSX and other formats come in through `pipeline.formats`; other places through `Destination`.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pipeline.errors import OutputError
from pipeline.formats import FORMATS
from pipeline.language.say import say
from pipeline.sink.destination import Destination
from pipeline.sink.spill import SpillBuffer
from pipeline.storage.atomic import replace_atomically, sync_folders

__all__ = [
    "Written", "describe_file", "forget_incomplete", "write_rows", "write_stream",
    "write_tables",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One file in its place."""

    path: Path
    rows: int
    size_bytes: int
    sha256: str


def write_tables(
    tables: Mapping[str, SpillBuffer], destination: Destination, format: str, *, complete: bool = True
) -> dict[str, Written]:
    """One file per table. They appear together at the end; OutputError leaves what stood there untouched."""
    suffix = FORMATS[format].written_suffixes[0]
    written: dict[str, Written] = {}
    paths = {table: destination.path(table, suffix, complete=complete) for table in tables}
    for path in paths.values():
        if path.is_dir():
            raise OutputError(
                say("{path} is a folder, and a file is to stand there.", path=path),
                say("Move it, or name another place."),
            )
    with ExitStack() as places:
        for table, buffer in tables.items():
            path = paths[table]
            temporary = places.enter_context(replace_atomically(path))
            write_table(buffer, temporary, format)
            written[table] = describe_file(temporary, path, buffer.rows)
    sync_folders([destination.folder])
    if complete:
        forget_incomplete(tables, destination, format)
    return written


def forget_incomplete(tables: Iterable[str], destination: Destination, format: str) -> None:
    """A complete export ends what an incomplete one has left."""
    for table in tables:
        destination.path(table, FORMATS[format].written_suffixes[0], complete=False).unlink(missing_ok=True)


def describe_file(temporary: Path, path: Path, rows: int) -> Written:
    """A file that is written whole, and on disk, before it gets its place `path`."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path, rows, temporary.stat().st_size, digest)


def write_stream(buffer: SpillBuffer, stream: BinaryIO, folder: Path, format: str) -> None:
    """The rows to a stream (standard output), by way of a file in `folder`."""
    path = folder / f"stream.{format}"
    write_table(buffer, path, format)
    with path.open("rb") as file:
        shutil.copyfileobj(file, stream)
    stream.flush()


def write_table(buffer: SpillBuffer, path: Path, format: str) -> None:
    """The rows of a table to a file of that format, part by part where the format allows it."""
    append = FORMATS[format].append
    if append is None:
        write_rows(buffer.lazy(), path, format)
        return
    with path.open("wb") as file:
        for part in buffer.parts():
            append(_as_text(part.lazy()).collect(), file)


def write_rows(rows: pl.LazyFrame, path: Path, format: str) -> None:
    """Rows to a file of that format, without any care for what stood there."""
    chosen = FORMATS[format]
    chosen.write({None: _as_text(rows) if chosen.plain_text else rows}, path, ())


_ISO = "%Y-%m-%dT%H:%M:%S%.f%:z"


def _as_text(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Instants as ISO 8601 with their offset, numbers with the decimals they have and no more."""
    columns = []
    for name, dtype in rows.collect_schema().items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            columns.append(column.dt.strftime(_ISO))
        elif isinstance(dtype, pl.Decimal):
            text = column.cast(pl.String)
            trimmed = text.str.strip_chars_end("0").str.strip_chars_end(".")
            columns.append(trimmed if dtype.scale > 2 else text)
        else:
            columns.append(column)
    return rows.select(columns)
