"""A Parquet dataset that rows are brought into; what is incomplete stands beside it, as plain files."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.failpoints import ExportPoint, failpoint
from pipeline.sink.dataset import upsert
from pipeline.sink.destination import Destination
from pipeline.sink.folder import FolderSink, describe_set, keep_pages
from pipeline.sink.manifest import read_manifest, record_files
from pipeline.sink.spec import Placed, TableSet
from pipeline.sink.write import forget_incomplete
from schemas.tables import TABLES

__all__ = ["DatasetSink"]


@dataclass(frozen=True, slots=True)
class DatasetSink:
    """The tables as partitions of a dataset (pipeline.sink.dataset), the incomplete ones as files of `beside`."""

    beside: FolderSink

    @property
    def destination(self) -> Destination:
        return self.beside.destination

    @property
    def dataset(self) -> Path:
        return self.destination.folder

    def prepare(self) -> None:
        self.beside.prepare()

    def begin(self, resource: str, started: datetime) -> None:
        self.beside.begin(resource, started)

    def fail(self, resource: str, started: datetime, ended: datetime, why: str) -> None:
        self.beside.fail(resource, started, ended, why)

    def write(self, tables: TableSet) -> Placed:
        if not tables.complete:
            return self.beside.write(tables)
        manifest = self.destination.manifest
        written = upsert(tables.buffers, TABLES[tables.resource], self.dataset, tables.scratch, anew=tables.anew)
        forget_incomplete(tables.buffers, self.destination, self.beside.format)
        raw = keep_pages(tables, self.destination)
        failpoint(ExportPoint.FILES_PLACED)
        entry = describe_set(tables, written, raw, self.destination)
        if not tables.anew:
            entry["files"] = self._files_before(tables.resource) | entry["files"]
        record_files(manifest, tables.resource, entry)
        return Placed({name: file.path for name, file in written.items()}, manifest, raw)

    def address(self, path: Path) -> str:
        return self.beside.address(path)

    def _files_before(self, resource: str) -> dict[str, Any]:
        """The partitions of a dataset that an earlier run wrote and that are still there."""
        known = (read_manifest(self.destination.manifest)["exports"].get(resource) or {}).get("files") or {}
        return {name: file for name, file in known.items() if (self.dataset / str(file.get("file"))).is_file()}
