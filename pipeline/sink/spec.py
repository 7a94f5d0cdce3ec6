"""What a sink is to an export: where the tables of one resource go, all of them or none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from pipeline.sink.destination import Destination
from pipeline.sink.spill import SpillBuffer

__all__ = ["Placed", "Sink", "TableSet", "Target"]


class Target(NamedTuple):
    """What a sink is opened with, as the name of `-o` was understood.

    `scheme` is that of an address (`s3`), `-` for standard output, empty for a path. `folder` is a whole path or an
    address of a folder, `file` the one file in it; `base` the working folder that a path was written from. `append`
    brings the rows into a dataset. What goes elsewhere is made in `staging`; `stdout` gives the stream. `private` files
    are for their owner alone (mode 0600).
    """

    scheme: str
    folder: str
    file: str | None
    format: str
    staging: Path
    stdout: Callable[[], BinaryIO]
    append: bool = False
    private: bool = False
    base: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSet:
    """The tables of one resource when its rows were read. `buffers` begin with the resource's own table.

    `anew` says that they are all there is, whatever a dataset held. `describe` gives what the manifest says of the
    resource, its files and raw pages apart; it is called when those are in place. `raw` are the pages to keep beside
    the files, None where nobody asked. `scratch` is a folder of this run.
    """

    resource: str
    buffers: Mapping[str, SpillBuffer]
    complete: bool
    describe: Callable[[], dict[str, Any]]
    scratch: Path
    anew: bool = False
    raw: Iterable[Path] | None = None


class Placed(NamedTuple):
    """Where the tables are: `files` by table (of a dataset by partition), the manifest, the folder of the raw pages."""

    files: dict[str, Path]
    manifest: Path | None = None
    raw: Path | None = None


class Sink(Protocol):
    """Where the tables of one resource go.

    Files appear whole, and all tables of a resource together or none of them (in a dataset: each partition whole, and
    a run that was killed is mended by the next). Incomplete ones stand beside complete ones and never replace them; a
    complete set replaces the one before and ends what an incomplete one left. A file stands before the manifest that
    names it, so a process that dies in between leaves a manifest that does not speak of it yet. OutputError for what
    cannot be written: what stood there stands there still.
    """

    @property
    def destination(self) -> Destination | None:
        """Where the files are made on this machine; None for a stream."""

    @property
    def dataset(self) -> Path | None:
        """The folder of the dataset that rows are brought into."""

    def prepare(self) -> None:
        """See that files can be made: better known before hours of reading than after."""

    def begin(self, resource: str, started: datetime) -> None:
        """Name in the manifest what is about to be read, so that what was killed is not taken for whole."""

    def fail(self, resource: str, started: datetime, ended: datetime, why: str) -> None:
        """Say in the manifest that nothing could be read. What stands there of an earlier run stays."""

    def write(self, tables: TableSet) -> Placed:
        """Put every table in its place, then the manifest."""

    def address(self, path: Path) -> str:
        """A file or the manifest as the user would name it."""
