"""The tables of one resource in place: a file each or a dataset, the pages beside them, the manifest that tells of all.

A file stands before the manifest that names it, on this machine and in an object store.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import OutputError
from pipeline.exporter.checkpoint import PageCheckpoint
from pipeline.exporter.output import Output
from pipeline.exporter.pull import Pulled
from pipeline.exporter.query import ListQuery
from pipeline.exporter.transform import Transform
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.sink.dataset import upsert
from pipeline.sink.destination import Destination
from pipeline.sink.manifest import read_manifest, record_files
from pipeline.sink.object_store import ObjectStore
from pipeline.sink.write import Written, forget_incomplete, write_stream, write_tables
from pipeline.storage.atomic import replace_folder
from schemas.tables import TABLES

__all__ = ["Finished", "Placed", "place_tables"]


@dataclass(frozen=True, slots=True)
class Finished:
    """An export of one list when all its rows were read. `now` tells when its files are in place."""

    dialect: str
    asked: ListQuery
    pulled: Pulled
    transform: Transform
    started: datetime
    now: Callable[[], datetime]


class Placed(NamedTuple):
    """Where the tables are: `files` by table (of a dataset by partition), the manifest, the folder of the raw pages."""

    files: dict[str, Path]
    manifest: Path | None = None
    raw: Path | None = None


def place_tables(finished: Finished, output: Output, pages: PageCheckpoint, scratch: Path) -> Placed:
    """Write every table to its file, then the manifest; to a stream its first table alone.

    An incomplete export goes beside the complete files, never over them. OutputError when a file cannot be written.
    """
    if isinstance(output.place, Destination):
        return _to_files(finished, output, output.place, pages, scratch)
    write_stream(finished.transform.buffers[finished.asked.resource], output.place, scratch, output.format)
    return Placed({})


def _to_files(
    finished: Finished, output: Output, destination: Destination, pages: PageCheckpoint, scratch: Path
) -> Placed:
    resource, complete = finished.asked.resource, finished.pulled.complete
    into_dataset = output.append and complete
    if into_dataset:
        buffers, anew = finished.transform.buffers, finished.asked.anew
        written = upsert(buffers, TABLES[resource], destination.folder, scratch, anew=anew)
        forget_incomplete(buffers, destination, output.format)
    else:
        written = write_tables(finished.transform.buffers, destination, output.format, complete=complete)
    raw = _keep_raw(pages, destination, resource, complete) if output.raw else None
    failpoint(ExportPoint.FILES_PLACED)
    entry = _entry(finished, written, raw, destination)
    if into_dataset and not finished.asked.anew:
        entry["files"] = _files_before(destination.manifest, resource, destination.folder) | entry["files"]
    if output.cloud is None:
        record_files(destination.manifest, resource, entry)
    else:
        _send(output.cloud, written, raw)
        with output.cloud.renewed(destination.manifest):
            record_files(destination.manifest, resource, entry)
    return Placed({name: file.path for name, file in written.items()}, destination.manifest, raw)


def _send(cloud: ObjectStore, written: dict[str, Written], raw: Path | None) -> None:
    """Files and pages to the object store, nested tables first."""
    for file in reversed(written.values()):
        cloud.put(file.path, file.path.name)
    for page in sorted(raw.iterdir()) if raw else ():
        cloud.put(page, f"{page.parent.name}/{page.name}")


def _files_before(manifest: Path, resource: str, root: Path) -> dict[str, Any]:
    """The partitions of a dataset that an earlier run wrote and that are still there."""
    known = (read_manifest(manifest)["exports"].get(resource) or {}).get("files") or {}
    return {name: file for name, file in known.items() if (root / str(file.get("file"))).is_file()}


def _entry(
    finished: Finished, written: dict[str, Written], raw: Path | None, destination: Destination
) -> dict[str, Any]:
    """What the manifest says of one resource."""
    pulled, window, transform = finished.pulled, finished.asked.window, finished.transform
    return {
        "complete": pulled.complete,
        "why": pulled.why,
        "notes": pulled.notes,
        "rows": transform.rows,
        "rows_read": pulled.rows,
        "rows_outside": window.outside,
        "rows_given_before": window.known,
        "pages": pulled.pages,
        "pages_continued": pulled.continued,
        "rows_reported": pulled.total_reported,
        "null_rows": pulled.null_rows,
        "duplicate_rows": pulled.duplicate_rows,
        "snapshot": False,  # a list has no fixed state while it is read (Q6)
        "since": _iso(window.since),
        "until": _iso(window.until),
        "earliest": _iso(transform.earliest),
        "latest": _iso(transform.latest),
        "started": _iso(finished.started),
        "finished": _iso(finished.now()),
        "dialect": finished.dialect,
        "follows_next": pulled.follows_next,
        "query": dict(finished.asked.query),
        "ids": len(finished.asked.ids) if finished.asked.ids is not None else None,
        "missing": list(pulled.missing),
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
    try:
        with replace_folder(folder) as making:
            for number, page in enumerate(pages.taken()):
                shutil.copyfile(page, making / f"page-{number:012d}.json")
    except OSError as error:
        raise OutputError(
            say("{folder} cannot be written: {cause}.", folder=folder, cause=os_cause(error)),
            say("Free disk space, or drop --raw."),
        ) from error
    return folder
