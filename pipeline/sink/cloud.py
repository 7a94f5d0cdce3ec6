"""A folder of an object store: files are made on this machine and sent from there, the manifest last."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.failpoints import ExportPoint, failpoint
from pipeline.sink.destination import Destination, prepare_folder
from pipeline.sink.folder import describe_set, keep_pages
from pipeline.sink.manifest import fail_manifest, record_files
from pipeline.sink.object_store import ObjectStore
from pipeline.sink.spec import Placed, TableSet
from pipeline.sink.write import write_tables

__all__ = ["CloudSink"]


@dataclass(frozen=True, slots=True)
class CloudSink:
    """The tables as objects of `store`, made as files of `destination`.

    A manifest is written there once, last: what is not finished changes nothing, so there is nothing to begin.
    """

    store: ObjectStore
    destination: Destination
    format: str

    @property
    def dataset(self) -> None:
        """None: every export makes its objects anew."""

    def prepare(self) -> None:
        prepare_folder(self.destination)

    def begin(self, resource: str, started: datetime) -> None:
        pass

    def fail(self, resource: str, started: datetime, ended: datetime, why: str) -> None:
        with self.store.renewed(self.destination.manifest):
            fail_manifest(self.destination.manifest, resource, started, ended, why)

    def write(self, tables: TableSet) -> Placed:
        """Nested tables are sent first: an object whose parent stands there is there too."""
        manifest = self.destination.manifest
        written = write_tables(tables.buffers, self.destination, self.format, complete=tables.complete)
        raw = keep_pages(tables, self.destination)
        files = {name: file.path for name, file in written.items()}
        for path in dict.fromkeys(reversed(files.values())):
            self.store.put(path, path.name)
        for page in sorted(raw.iterdir()) if raw else ():
            self.store.put(page, f"{page.parent.name}/{page.name}")
        failpoint(ExportPoint.FILES_PLACED)
        with self.store.renewed(manifest):
            record_files(manifest, tables.resource, describe_set(tables, written, raw, self.destination))
        return Placed(files, manifest, raw)

    def address(self, path: Path) -> str:
        return f"{self.store.url}/{path.name}"
