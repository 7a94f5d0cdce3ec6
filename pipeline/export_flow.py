"""One resource from the API to its files: pull → flatten → gather → write → manifest."""

import gc
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from pipeline.api.client import Client
from pipeline.api.paging import Query
from pipeline.api.throttle import Throttle
from pipeline.errors import ApiStop, OutputError
from pipeline.flatten import flatten, schema_of
from pipeline.manifest import record
from pipeline.page_spool import PageSpool
from pipeline.pull import IN_FLIGHT, Pulled, Row, pull
from pipeline.write import Destination, Gathered, Written, prepare, write_stream, write_tables
from schemas.dialects.spec import Dialect
from schemas.tables import TABLES, Table

__all__ = ["Exported", "run_export_resource"]

CHUNK_ROWS = 2_000
"""Rows flattened together: enough to spread polars' cost per column, few enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export of one resource came to. `files` and `rows_by_table` are keyed by table.

    `stopped` is the ApiStop that cut it off, if one did; `complete` is False whenever `why` says why.
    """

    resource: str
    rows: int
    pages: int
    complete: bool
    why: str | None
    files: dict[str, Path]
    rows_by_table: dict[str, int]
    manifest: Path | None
    raw: Path | None
    notes: tuple[str, ...] = ()
    null_rows: int = 0
    duplicate_rows: int = 0
    continued: int = 0
    stopped: ApiStop | None = None


async def run_export_resource(
    client: Client,
    throttle: Throttle,
    dialect: Dialect,
    resource: str,
    *,
    destination: Destination | BinaryIO,
    format: str,
    spool: Path,
    query: Query | None = None,
    raw: bool = False,
    concurrency: int = IN_FLIGHT,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_rows: Callable[[int, int | None], None] = lambda rows, total: None,
) -> Exported:
    """Read one list and put its tables in place, or write its first table to a binary stream.

    `spool` is a folder that outlives the run, one per account: there an interrupted export is continued from.
    `on_rows` is told the rows read so far, and how many there are by the server's count. ApiStop when nothing at all
    could be read, OutputError when a file cannot be written; neither changes what stood at the destination.
    """
    table = TABLES[resource]
    if isinstance(destination, Destination):
        prepare(destination)
    pages = PageSpool(spool / _spool_name(dialect, resource, query), table.secrets)
    started = now()
    with _scratch() as folder:
        tables = _Tables(table, folder, on_rows)
        with _no_collector():
            pulled = await pull(
                client, throttle, dialect, resource, spool=pages, on_page=tables.add, on_total=tables.expect,
                query=query, concurrency=concurrency,
            )  # fmt: skip
            tables.flush()
        written: dict[str, Written] = {}
        manifest = raw_folder = None
        if isinstance(destination, Destination):
            written = write_tables(tables.gathered, destination, format, complete=pulled.complete)
            raw_folder = _keep_raw(pages, destination, resource, pulled.complete) if raw else None
            manifest = destination.manifest
            about = _About(dialect.name, dict(query or {}), started, now(), tables.earliest, tables.latest)
            record(manifest, resource, _entry(pulled, written, raw_folder, about))
        else:
            write_stream(tables.gathered[table.name], destination, folder, format)
    if pulled.stopped is None:
        pages.clear()
    return Exported(
        resource, pulled.rows, pulled.pages, pulled.complete, pulled.why,
        {name: w.path for name, w in written.items()}, {name: g.rows for name, g in tables.gathered.items()},
        manifest, raw_folder, tuple(pulled.notes), pulled.null_rows, pulled.duplicate_rows, pulled.continued,
        pulled.stopped,
    )  # fmt: skip


class _Tables:
    """Rows on their way into tables, some thousand at a time."""

    def __init__(self, table: Table, folder: Path, on_rows: Callable[[int, int | None], None]) -> None:
        self._table = table
        self._on_rows = on_rows
        self._waiting: list[Row] = []
        self._read = 0
        self._total: int | None = None
        self.gathered = {t.name: Gathered(folder, t.name, schema_of(t)) for t in table.family}
        self.earliest: datetime | None = None
        self.latest: datetime | None = None

    def expect(self, total: int) -> None:
        self._total = total

    def add(self, rows: list[Row]) -> None:
        self._waiting += rows
        self._read += len(rows)
        self._on_rows(self._read, self._total)
        if len(self._waiting) >= CHUNK_ROWS:
            self.flush()

    def flush(self) -> None:
        frames = flatten(self._waiting, self._table)
        self._waiting = []
        for name, frame in frames.items():
            self.gathered[name].add(frame)
        if self._table.clock:
            times = frames[self._table.name][self._table.clock]
            self.earliest = _extreme(min, self.earliest, times.min())
            self.latest = _extreme(max, self.latest, times.max())


def _extreme(choose: Callable[..., datetime], known: datetime | None, found: Any) -> datetime | None:
    both = [moment for moment in (known, found) if isinstance(moment, datetime)]
    return choose(both) if both else None


@dataclass(frozen=True, slots=True)
class _About:
    """Facts of an export that its rows do not tell."""

    dialect: str
    query: dict[str, str | int]
    started: datetime
    finished: datetime
    earliest: datetime | None
    latest: datetime | None


def _entry(pulled: Pulled, written: dict[str, Written], raw: Path | None, about: _About) -> dict[str, Any]:
    """What the manifest says of one resource."""
    return {
        "complete": pulled.complete,
        "why": pulled.why,
        "notes": pulled.notes,
        "rows": pulled.rows,
        "pages": pulled.pages,
        "pages_continued": pulled.continued,
        "rows_reported": pulled.total_reported,
        "null_rows": pulled.null_rows,
        "duplicate_rows": pulled.duplicate_rows,
        "snapshot": False,  # a list has no fixed state while it is read (Q6)
        "earliest": _iso(about.earliest),
        "latest": _iso(about.latest),
        "started": _iso(about.started),
        "finished": _iso(about.finished),
        "dialect": about.dialect,
        "query": about.query,
        "raw": raw.name if raw else None,
        "files": {
            name: {"file": w.path.name, "rows": w.rows, "bytes": w.size_bytes, "sha256": w.sha256}
            for name, w in written.items()
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _keep_raw(pages: PageSpool, destination: Destination, resource: str, complete: bool) -> Path:
    """The pages as they came (without secrets) beside the files, in a folder that appears whole."""
    folder = destination.path(resource, "raw", complete=complete).with_suffix(".raw")
    making = folder.with_name(f".{folder.name}.tmp")
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        for page in pages.pages():
            shutil.copyfile(page, making / page.name)
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror}.", "Free disk space, or drop --raw."
        ) from error
    return folder


def _spool_name(dialect: Dialect, resource: str, query: Query | None) -> str:
    asked = msgspec.json.encode([dialect.name, resource, sorted((query or {}).items())])
    return f"{resource}-{hashlib.sha256(asked).hexdigest()[:16]}"


@contextmanager
def _scratch() -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="gigbulk-export-") as name:
            yield Path(name)
    except pl.exceptions.PolarsError as error:
        raise OutputError(f"The rows cannot be kept for writing: {error}.", "Free disk space (TMPDIR).") from error


@contextmanager
def _no_collector() -> Iterator[None]:
    """Python's cycle collector off. JSON has no cycles, and looking for some in a million dicts takes a third of the
    time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        gc.collect()
