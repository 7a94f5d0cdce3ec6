"""Frames of an export to files: all tables of a resource together, or none.

Frames wait on disk first, because neither the rows nor whether they are complete is known before the last page.
Incomplete rows go to files of their own name (`payments.incomplete.csv`): nothing incomplete ever replaces something
complete. Other formats come in through `pipeline.formats`, other places through `pipeline.sink.spec`.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pipeline.errors import OutputError
from pipeline.formats import WRITERS, Format
from pipeline.language.say import say
from pipeline.sink.destination import Destination
from pipeline.sink.spill import SpillBuffer
from pipeline.storage.atomic import disk_errors, replace_atomically, sync_folders

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
    tables: Mapping[str, SpillBuffer],
    destination: Destination,
    format: str,
    *,
    complete: bool = True,
    private: bool = False,
) -> dict[str, Written]:
    """Every table by its name: a file each, or the same file for all where the format holds several. They appear
    together at the end; OutputError leaves what stood there untouched. `private` ones have mode 0600."""
    written: dict[str, Written] = {}
    files = _files_of(tables, destination, format, complete=complete)
    for path in files:
        if path.is_dir():
            raise OutputError(
                say("{path} is a folder, and a file is to stand there.", path=destination.shown(path)),
                say("Move it, or name another place."),
            )
    with ExitStack() as renames:
        for path, names in files.items():
            temporary = renames.enter_context(replace_atomically(path))
            if private:
                temporary.touch(mode=0o600)  # before anything is in it
            write_file({name: tables[name] for name in names}, temporary, format)
            if private:
                temporary.chmod(0o600)
            whole = describe_file(temporary, path, 0)
            written |= {name: replace(whole, rows=tables[name].rows) for name in names}
    sync_folders([destination.folder])
    if complete:
        forget_incomplete(tables, destination, format)
    return written


def _files_of(tables: Iterable[str], destination: Destination, format: str, *, complete: bool) -> dict[Path, list[str]]:
    """The files of some tables and what each holds; of several tables in one file the first names it."""
    names, chosen = list(tables), WRITERS[format]
    files: dict[Path, list[str]] = {}
    for name in names:
        titled = names[0] if chosen.several_tables else name
        path = destination.path(titled, chosen.written_suffixes[0], complete=complete)
        files.setdefault(path, []).append(name)
    return files


def forget_incomplete(tables: Iterable[str], destination: Destination, format: str) -> None:
    """A complete export ends what an incomplete one has left."""
    for path in _files_of(tables, destination, format, complete=False):
        path.unlink(missing_ok=True)


def describe_file(temporary: Path, path: Path, rows: int) -> Written:
    """A file that is written whole, and on disk, before it gets its place `path`."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path, rows, temporary.stat().st_size, digest)


def write_stream(tables: Mapping[str, SpillBuffer], stream: BinaryIO, folder: Path, format: str) -> None:
    """The first table (all of them where one file of the format holds several) to a stream, by way of a file in
    `folder`. OutputError, and nothing in the stream, when that one cannot be written."""
    path = folder / f"stream.{format}"
    first = next(iter(tables))
    with disk_errors(folder):
        write_file(tables if WRITERS[format].several_tables else {first: tables[first]}, path, format)
    with path.open("rb") as file:
        shutil.copyfileobj(file, stream)
    stream.flush()


def write_file(tables: Mapping[str, SpillBuffer], path: Path, format: str) -> None:
    """The tables of one file, part by part where the format allows it."""
    chosen = WRITERS[format]
    if chosen.write_parts is not None:
        chosen.write_parts({name: (buffer.schema, buffer.parts()) for name, buffer in tables.items()}, path)
        return
    if chosen.several_tables:
        chosen.write({name: _spoken(buffer.lazy(), chosen) for name, buffer in tables.items()}, path, ())
        return
    [buffer] = tables.values()
    if chosen.append is None:
        write_rows(buffer.lazy(), path, format)
        return
    with path.open("wb") as file:
        for part in buffer.parts():
            chosen.append(_as_text(part.lazy()).collect(), file)


def write_rows(rows: pl.LazyFrame, path: Path, format: str) -> None:
    """Rows to a file of that format, without any care for what stood there."""
    chosen = WRITERS[format]
    chosen.write({None: _spoken(rows, chosen)}, path, ())


def _spoken(rows: pl.LazyFrame, chosen: Format) -> pl.LazyFrame:
    """The rows as a format holds them: in their own types, or as text."""
    return _as_text(rows) if chosen.plain_text else rows


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
