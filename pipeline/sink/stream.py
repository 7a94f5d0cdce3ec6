"""A binary stream, standard output: it takes one file, and keeps nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pipeline.sink.spec import Placed, TableSet
from pipeline.sink.write import write_stream

__all__ = ["StreamSink"]


@dataclass(frozen=True, slots=True)
class StreamSink:
    """The resource's own table to `stream`; all its tables in a format whose files hold several. There is no manifest:
    only the exit code tells whether the rows are complete."""

    stream: BinaryIO
    format: str

    @property
    def destination(self) -> None:
        """None: nothing is made on this machine."""

    @property
    def dataset(self) -> None:
        """None: a stream grows no dataset."""

    def prepare(self) -> None:
        pass

    def begin(self, resource: str, started: datetime) -> None:
        pass

    def fail(self, resource: str, started: datetime, ended: datetime, why: str) -> None:
        pass

    def write(self, tables: TableSet) -> Placed:
        write_stream(tables.buffers, self.stream, tables.scratch, self.format)
        return Placed({})

    def address(self, path: Path) -> str:
        return str(path)
