"""One resource from the API to its files: pull → flatten → window → write → manifest → watermark."""

import hashlib
import shutil
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
from pipeline.api.throttle.admission import Throttle
from pipeline.errors import ApiStop, OutputError
from pipeline.exporter.checkpoint import PageCheckpoint
from pipeline.exporter.pull import IN_FLIGHT, Pulled, pull
from pipeline.exporter.read_page import PageReader
from pipeline.exporter.transform import Transform, pause_collector
from pipeline.exporter.window import Window
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.sink.dataset import upsert
from pipeline.sink.destination import Destination, prepare_folder
from pipeline.sink.manifest import read_manifest, record_files
from pipeline.sink.object_store import ObjectStore
from pipeline.sink.write import Written, forget_incomplete, write_stream, write_tables
from pipeline.storage.scratch import scratch
from schemas.dialects.spec import Dialect
from schemas.tables import TABLES

__all__ = ["Exported", "run_export_resource"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export of one resource came to. `files` and `rows_by_table` are keyed by table (in a dataset, `files` by
    partition); `cloud` is the address of their folder when they were sent there.

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
    cloud: str | None = None

    def place(self, path: Path) -> str:
        """A file or the manifest as the user would name it."""
        return f"{self.cloud}/{path.name}" if self.cloud else str(path)


async def run_export_resource(
    client: Client,
    throttle: Throttle,
    dialect: Dialect,
    resource: str,
    *,
    destination: Destination | BinaryIO,
    format: str,
    checkpoint: Path,
    query: Query | None = None,
    window: Window | None = None,
    raw: bool = False,
    append: bool = False,
    anew: bool = False,
    cloud: ObjectStore | None = None,
    concurrency: int = IN_FLIGHT,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_rows: Callable[[int, int | None], None] = lambda rows, total: None,
    on_placed: Callable[[], None] = lambda: None,
) -> Exported:
    """Read one list and put its tables in place, or write its first table to a binary stream.

    `checkpoint` is a folder that outlives the run, one per account and place: an interrupted export goes on from it.
    `window` leaves rows out. `raw` keeps the pages too, `append` brings the rows into a dataset (`anew`: of which
    nothing old stays), `cloud` is where finished files are sent. `on_rows` is told the rows read so far and how many
    there are by the server's count, `on_placed` is called once a complete export is where it belongs. ApiStop when
    nothing at all could be read, OutputError when a file cannot be written; neither changes what stood there.
    """
    table = TABLES[resource]
    window = window or Window()
    if isinstance(destination, Destination):
        prepare_folder(destination)
    pages = PageCheckpoint(checkpoint / _spool_name(dialect, resource, query), table.secrets)
    started = now()
    with _scratch() as folder:
        transform = Transform(table, folder, window, on_rows)
        reader = PageReader()
        with pause_collector(), _nested_sanely(resource):
            pulled = await pull(
                client, throttle, dialect, resource, checkpoint=pages, on_page=transform.add, on_total=transform.expect,
                query=query, concurrency=concurrency, reader=reader,
            )  # fmt: skip
            transform.flush()
        failpoint(ExportPoint.PAGES_KEPT)
        pulled.notes += reader.notes
        _tell(pulled, window)
        written: dict[str, Written] = {}
        manifest = raw_folder = None
        if isinstance(destination, Destination):
            if append and pulled.complete:
                written = upsert(transform.buffers, table, destination.folder, folder, anew=anew)
                forget_incomplete(transform.buffers, destination, format)
            else:
                written = write_tables(transform.buffers, destination, format, complete=pulled.complete)
            raw_folder = _keep_raw(pages, destination, resource, pulled.complete) if raw else None
            failpoint(ExportPoint.FILES_PLACED)
            manifest = destination.manifest
            about = _About(dialect.name, dict(query or {}), started, now(), transform, window)
            entry = _entry(pulled, written, raw_folder, destination, about)
            if append and not anew and pulled.complete:
                entry["files"] = _files_before(manifest, resource, destination.folder) | entry["files"]
            _record(manifest, resource, entry, written, raw_folder, cloud)
        else:
            write_stream(transform.buffers[table.name], destination, folder, format)
    failpoint(ExportPoint.MANIFEST_PLACED)
    if pulled.complete:
        on_placed()
        failpoint(ExportPoint.WATERMARK_MOVED)
    if pulled.stopped is None:
        pages.clear()
    return Exported(
        resource, transform.rows, pulled.pages, pulled.complete, pulled.why,
        {name: w.path for name, w in written.items()}, {name: g.rows for name, g in transform.buffers.items()},
        manifest, raw_folder, tuple(pulled.notes), pulled.null_rows, pulled.duplicate_rows, pulled.continued,
        pulled.stopped, cloud.url if cloud else None,
    )  # fmt: skip


@contextmanager
def _nested_sanely(resource: str) -> Iterator[None]:
    """ApiStop for values nested so deeply that they can be read and not be written."""
    try:
        yield
    except RecursionError as error:
        raise ApiStop(
            f"{resource}: the server's answer holds a value that is nested hundreds of levels deep.",
            "No record is meant to be like that: find the one that is, by --since and --until, and mend it.",
        ) from error


def _tell(pulled: Pulled, window: Window) -> None:
    """Note what the window did, where the server did not do it."""
    if window.outside:
        pulled.notes.append(f"{window.outside} rows outside the time asked for came too and were left out.")
    if window.timeless:
        pulled.notes.append(f"{window.timeless} rows tell no time of creation and are exported each time.")


def _record(
    manifest: Path,
    resource: str,
    entry: dict[str, Any],
    written: dict[str, Written],
    raw: Path | None,
    cloud: ObjectStore | None,
) -> None:
    """Put the entry into the manifest; in an object store after the files it names, nested tables first."""
    if cloud is None:
        record_files(manifest, resource, entry)
        return
    for file in reversed(written.values()):
        cloud.put(file.path, file.path.name)
    for page in sorted(raw.iterdir()) if raw else ():
        cloud.put(page, f"{page.parent.name}/{page.name}")
    with cloud.renewed(manifest):
        record_files(manifest, resource, entry)


def _files_before(manifest: Path, resource: str, root: Path) -> dict[str, Any]:
    """The partitions of a dataset that an earlier run wrote and that are still there."""
    known = (read_manifest(manifest)["exports"].get(resource) or {}).get("files") or {}
    return {name: file for name, file in known.items() if (root / str(file.get("file"))).is_file()}


@dataclass(frozen=True, slots=True)
class _About:
    """Facts of an export that its rows do not tell."""

    dialect: str
    query: dict[str, str | int]
    started: datetime
    finished: datetime
    transform: Transform
    window: Window


def _entry(
    pulled: Pulled, written: dict[str, Written], raw: Path | None, destination: Destination, about: _About
) -> dict[str, Any]:
    """What the manifest says of one resource."""
    return {
        "complete": pulled.complete,
        "why": pulled.why,
        "notes": pulled.notes,
        "rows": about.transform.rows,
        "rows_read": pulled.rows,
        "rows_outside": about.window.outside,
        "rows_given_before": about.window.known,
        "pages": pulled.pages,
        "pages_continued": pulled.continued,
        "rows_reported": pulled.total_reported,
        "null_rows": pulled.null_rows,
        "duplicate_rows": pulled.duplicate_rows,
        "snapshot": False,  # a list has no fixed state while it is read (Q6)
        "since": _iso(about.window.since),
        "until": _iso(about.window.until),
        "earliest": _iso(about.transform.earliest),
        "latest": _iso(about.transform.latest),
        "started": _iso(about.started),
        "finished": _iso(about.finished),
        "dialect": about.dialect,
        "query": about.query,
        "raw": raw.name if raw else None,
        "files": {
            name: {
                "file": w.path.relative_to(destination.folder).as_posix(),
                "rows": w.rows,
                "bytes": w.size_bytes,
                "sha256": w.sha256,
            }
            for name, w in written.items()
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _keep_raw(pages: PageCheckpoint, destination: Destination, resource: str, complete: bool) -> Path:
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
        with scratch() as folder:
            yield folder
    except pl.exceptions.PolarsError as error:
        raise OutputError(f"The rows cannot be kept for writing: {error}.", "Free disk space (TMPDIR).") from error
