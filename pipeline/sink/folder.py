"""A folder of this machine, or one file in it with its nested tables beside it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import OutputError
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.sink.destination import Destination, prepare_folder
from pipeline.sink.manifest import begin_manifest, fail_manifest, record_files
from pipeline.sink.spec import Placed, TableSet
from pipeline.sink.write import Written, write_tables
from pipeline.storage.atomic import replace_folder

__all__ = ["FolderSink", "describe_set", "keep_pages"]


@dataclass(frozen=True, slots=True)
class FolderSink:
    """The tables as files of `destination`; `private` ones are for their owner alone."""

    destination: Destination
    format: str
    private: bool = False

    @property
    def dataset(self) -> None:
        """None: every export makes its files anew."""

    def prepare(self) -> None:
        prepare_folder(self.destination)

    def begin(self, resource: str, started: datetime) -> None:
        begin_manifest(self.destination.manifest, [resource], started)

    def fail(self, resource: str, started: datetime, ended: datetime, why: str) -> None:
        fail_manifest(self.destination.manifest, resource, started, ended, why)

    def write(self, tables: TableSet) -> Placed:
        written = write_tables(
            tables.buffers, self.destination, self.format, complete=tables.complete, private=self.private
        )
        raw = keep_pages(tables, self.destination)
        failpoint(ExportPoint.FILES_PLACED)
        entry = describe_set(tables, written, raw, self.destination)
        record_files(self.destination.manifest, tables.resource, entry)
        return Placed({name: file.path for name, file in written.items()}, self.destination.manifest, raw)

    def address(self, path: Path) -> str:
        return str(self.destination.shown(path))


def describe_set(
    tables: TableSet, written: Mapping[str, Written], raw: Path | None, destination: Destination
) -> dict[str, Any]:
    """What the manifest says of a resource whose files are in place."""
    return {
        **tables.describe(),
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


def keep_pages(tables: TableSet, destination: Destination) -> Path | None:
    """The pages as they came (without secrets) beside the files, in a folder that appears whole; None if not asked."""
    if tables.raw is None:
        return None
    folder = destination.path(tables.resource, "raw", complete=tables.complete).with_suffix(".raw")
    try:
        with replace_folder(folder) as making:
            for number, page in enumerate(tables.raw):
                shutil.copyfile(page, making / f"page-{number:012d}.json")
    except OSError as error:
        raise OutputError(
            say("{folder} cannot be written: {cause}.", folder=destination.shown(folder), cause=os_cause(error)),
            say("Free disk space, or drop --raw."),
        ) from error
    return folder
