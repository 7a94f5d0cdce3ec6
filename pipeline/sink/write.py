"""Frames of an export to files: all tables of a resource together, or none.

Frames are gathered on disk first, because neither the rows nor whether they are complete is known before the last page.
Incomplete rows go to files of their own name (`payments.incomplete.csv`): nothing incomplete ever replaces something
complete. XLSX and other formats come in through `pipeline.formats`; other places through `Destination`.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl
from polars.io.plugins import register_io_source

from pipeline.errors import OutputError
from pipeline.formats import FORMATS, Shape
from pipeline.storage.atomic import placed

__all__ = [
    "Destination", "Gathered", "Written", "described", "forget_incomplete", "prepare", "sync_folders", "write_rows",
    "write_stream", "write_tables",
]  # fmt: skip

PART_ROWS = 4_000
"""Rows of a table held in memory before they go to disk, and read back together: some 5 MB of the widest table."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an export goes: a folder with a file per table, or one file with nested tables beside it."""

    folder: Path
    file: str | None = None

    def path(self, table: str, suffix: str, *, complete: bool = True) -> Path:
        """`payments.items` of `out/` is `out/payments.items.csv`; of `out/june.csv` it is `out/june.items.csv`."""
        name = table
        if self.file is not None:
            stem, _, suffix = self.file.rpartition(".") if "." in self.file else (self.file, "", suffix)
            name = stem + table.removeprefix(table.split(".")[0])
        return self.folder / f"{name}{'' if complete else '.incomplete'}.{suffix}"

    @property
    def manifest(self) -> Path:
        return self.folder / ("manifest.json" if self.file is None else f"{self.file}.manifest.json")


class Gathered:
    """Rows of one table, in order: the last ones in memory, the others in Arrow files of a folder."""

    def __init__(self, folder: Path, name: str, schema: pl.Schema) -> None:
        self._folder = folder
        self._name = name
        self._schema = schema
        self._parts = 0
        self._held: list[pl.DataFrame] = []
        self._held_rows = 0
        self.rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        self.rows += frame.height
        self._held_rows += frame.height
        self._held.append(frame)
        if self._held_rows >= PART_ROWS:
            try:
                pl.concat(self._held).write_ipc(self._part(self._parts), compression="lz4")
            except (OSError, pl.exceptions.PolarsError) as error:
                raise OutputError(
                    f"Rows cannot be kept in {self._folder}: {error}.", "Free disk space (TMPDIR) and run again."
                ) from error
            self._parts += 1
            self._held, self._held_rows = [], 0

    def _part(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number}.arrow"

    def lazy(self) -> pl.LazyFrame:
        """Every row, in order, with the declared columns whether or not there are rows."""
        return register_io_source(self._batches, schema=self._schema)

    def parts(self) -> Iterator[pl.DataFrame]:
        """The same, one part at a time: scanning all of them lets polars read ahead as far as memory goes."""
        yield from (pl.read_ipc(self._part(number)) for number in range(self._parts))
        yield pl.concat([pl.DataFrame(schema=self._schema), *self._held])

    def _batches(
        self, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch_rows: int | None
    ) -> Iterator[pl.DataFrame]:
        for part in self.parts():
            kept = part if predicate is None else part.filter(predicate)
            yield kept if columns is None else kept.select(columns)


@dataclass(frozen=True, slots=True)
class Written:
    """One file in its place."""

    path: Path
    rows: int
    size_bytes: int
    sha256: str


def prepare(destination: Destination) -> None:
    """Make the folder, and see that a file can be made in it: better known before hours of reading than after."""
    try:
        destination.folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=destination.folder).close()
    except OSError as error:
        raise OutputError(
            f"Files cannot be written to {destination.folder}: {error.strerror}.", "Name another folder."
        ) from error


def write_tables(
    tables: Mapping[str, Gathered], destination: Destination, format: str, *, complete: bool = True
) -> dict[str, Written]:
    """One file per table. They appear together at the end; OutputError leaves what stood there untouched."""
    suffix = FORMATS[format].suffixes[0]
    written: dict[str, Written] = {}
    paths = {table: destination.path(table, suffix, complete=complete) for table in tables}
    for path in paths.values():
        if path.is_dir():
            raise OutputError(f"{path} is a folder, and a file is to stand there.", "Move it, or name another place.")
    with ExitStack() as places:
        for table, gathered in tables.items():
            path = paths[table]
            temporary = places.enter_context(placed(path))
            write_table(gathered, temporary, format)
            written[table] = described(temporary, path, gathered.rows)
    sync_folders([destination.folder])
    if complete:
        forget_incomplete(tables, destination, format)
    return written


def forget_incomplete(tables: Iterable[str], destination: Destination, format: str) -> None:
    """A complete export ends what an incomplete one has left."""
    for table in tables:
        destination.path(table, FORMATS[format].suffixes[0], complete=False).unlink(missing_ok=True)


def described(temporary: Path, path: Path, rows: int) -> Written:
    """A file that is written whole, and on disk, before it gets its place `path`."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path, rows, temporary.stat().st_size, digest)


def sync_folders(folders: Iterable[Path]) -> None:
    """Make renames survive a power cut: what follows (the watermark) must not be remembered longer than they are."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    for folder in set(folders):
        try:
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise OutputError(
                f"{folder} cannot be synced: {error.strerror}.", "Check the disk, and run again."
            ) from error


def write_stream(gathered: Gathered, stream: BinaryIO, folder: Path, format: str) -> None:
    """The rows to a stream (standard output), by way of a file in `folder`."""
    path = folder / f"stream.{format}"
    write_table(gathered, path, format)
    with path.open("rb") as file:
        shutil.copyfileobj(file, stream)
    stream.flush()


def write_table(gathered: Gathered, path: Path, format: str) -> None:
    """The rows of a table to a file of that format, part by part where the format allows it."""
    append = FORMATS[format].append
    if append is None:
        write_rows(gathered.lazy(), path, format)
        return
    with path.open("wb") as file:
        for part in gathered.parts():
            append(_as_text(part.lazy()).collect(), file)


def write_rows(rows: pl.LazyFrame, path: Path, format: str) -> None:
    """Rows to a file of that format, without any care for what stood there."""
    chosen = FORMATS[format]
    chosen.write(_as_text(rows) if chosen.text else rows, path, Shape(tuple(rows.collect_schema())))


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
