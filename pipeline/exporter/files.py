"""The tables of one resource in place: a file each or a dataset, the pages beside them, the manifest that tells of all.

A file stands before the manifest that names it, on this machine and in an object store.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import OutputError
from pipeline.exporter.checkpoint import PageCheckpoint
from pipeline.exporter.pull import Pulled
from pipeline.exporter.query import ListQuery
from pipeline.exporter.request import Output
from pipeline.exporter.transform import Transform
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.sink.dataset import upsert
from pipeline.sink.destination import Destination
from pipeline.sink.manifest import read_manifest, record_files
from pipeline.sink.object_store import ObjectStore
from pipeline.sink.write import Written, forget_incomplete, write_tables
from pipeline.storage.atomic import replace_folder
from schemas.tables import TABLES

__all__ = ["Facts", "write_files"]


@dataclass(frozen=True, slots=True)
class Facts:
    """An export of one list when all its rows were read. `now` tells when its files are in place."""

    dialect: str
    asked: ListQuery
    pulled: Pulled
    transform: Transform
    started: datetime
    now: Callable[[], datetime]


def write_files(
    facts: Facts, output: Output, destination: Destination, pages: PageCheckpoint, scratch: Path
) -> tuple[dict[str, Path], Path | None]:
    """Write every table to `destination`, which is the place of `output`, then the manifest.

    Gives the files by table (of a dataset by partition), and the folder of the raw pages where they are wanted. An
    incomplete export goes beside the complete files, never over them. OutputError when a file cannot be written.
    """
    resource, complete = facts.asked.resource, facts.pulled.complete
    into_dataset = output.append and complete
    if into_dataset:
        buffers, anew = facts.transform.buffers, facts.asked.anew
        written = upsert(buffers, TABLES[resource], destination.folder, scratch, anew=anew)
        forget_incomplete(buffers, destination, output.format)
    else:
        written = write_tables(facts.transform.buffers, destination, output.format, complete=complete)
    raw = _keep_raw(pages, destination, resource, complete) if output.raw else None
    failpoint(ExportPoint.FILES_PLACED)
    entry = _entry(facts, written, raw, destination)
    if into_dataset and not facts.asked.anew:
        entry["files"] = _files_before(destination.manifest, resource, destination.folder) | entry["files"]
    if output.cloud is None:
        record_files(destination.manifest, resource, entry)
    else:
        _send(output.cloud, written, raw)
        with output.cloud.renewed(destination.manifest):
            record_files(destination.manifest, resource, entry)
    return {name: file.path for name, file in written.items()}, raw


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


def _entry(facts: Facts, written: dict[str, Written], raw: Path | None, destination: Destination) -> dict[str, Any]:
    """What the manifest says of one resource."""
    pulled, window, transform = facts.pulled, facts.asked.window, facts.transform
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
        "started": _iso(facts.started),
        "finished": _iso(facts.now()),
        "dialect": facts.dialect,
        "query": dict(facts.asked.query),
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
            for page in pages.pages():
                shutil.copyfile(page, making / page.name)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror}.", "Free disk space, or drop --raw."
        ) from error
    return folder
