"""Rows that wait on disk until the last page has said whether they are complete."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from pipeline.errors import OutputError
from pipeline.language.say import say

__all__ = ["SpillBuffer"]

PART_ROWS = 4_000
"""Rows of a table held in memory before they go to disk, and read back together: some 5 MB of the widest table."""


class SpillBuffer:
    """Rows of one table, in order: the last ones in memory, the others in Arrow files of a folder."""

    def __init__(self, folder: Path, name: str, schema: pl.Schema) -> None:
        self._folder = folder
        self._name = name
        self.schema = schema
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
                    say("Rows cannot be kept in {folder}: {error}.", folder=self._folder, error=error),
                    say("Free disk space (TMPDIR) and run again."),
                ) from error
            self._parts += 1
            self._held, self._held_rows = [], 0

    def _part(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number}.arrow"

    def lazy(self) -> pl.LazyFrame:
        """Every row, in order, with the declared columns whether or not there are rows."""
        return register_io_source(self._batches, schema=self.schema)

    def parts(self) -> Iterator[pl.DataFrame]:
        """The same, one part at a time: scanning all of them lets polars read ahead as far as memory goes."""
        yield from (pl.read_ipc(self._part(number)) for number in range(self._parts))
        yield pl.concat([pl.DataFrame(schema=self.schema), *self._held])

    def _batches(
        self, columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch_rows: int | None
    ) -> Iterator[pl.DataFrame]:
        for part in self.parts():
            kept = part if predicate is None else part.filter(predicate)
            yield kept if columns is None else kept.select(columns)
