"""Rows on their way from pages into tables: some thousand at a time, those outside the window left out."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.exporter.flatten import flatten, schema_of
from pipeline.exporter.pages.pull import Row
from pipeline.exporter.window import Window
from pipeline.sink.spill import SpillBuffer
from schemas.dialects.spec import Unit
from schemas.tables import Table

__all__ = ["CHUNK_ROWS", "Transform", "pause_collector"]

CHUNK_ROWS = 2_000
"""Rows flattened together: enough to spread polars' cost per column, few enough to stay in the processor's cache."""


class Transform:
    """Takes the rows of pages, gathers the tables they become.

    `on_rows` is told the rows read so far, and how many there are by the server's count. `earliest` and `latest` are
    the creation times of the rows let in.
    """

    def __init__(
        self,
        table: Table,
        folder: Path,
        window: Window,
        on_rows: Callable[[int, int | None], None],
        money: Unit,
    ) -> None:
        """`money` is what the amounts of the rows count."""
        self._table = table
        self._money = money
        self._window = window
        self._on_rows = on_rows
        self._waiting: list[Row] = []
        self._read = 0
        self._total: int | None = None
        self.buffers = {t.name: SpillBuffer(folder, t.name, schema_of(t)) for t in table.family}
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
        """Bring the rows that wait into their tables."""
        rows, self._waiting = self._waiting, []
        frames = self._flat(rows)
        if self._table.created_column:
            own = frames[self._table.name]
            inside = self._window.inside(own[self._table.created_column], own["id"])
            if not inside.all():
                frames = flatten(
                    [row for row, kept in zip(rows, inside, strict=True) if kept], self._table, self._money
                )
            times = frames[self._table.name][self._table.created_column]
            self.earliest = _extreme(min, self.earliest, times.min())
            self.latest = _extreme(max, self.latest, times.max())
        for name, frame in frames.items():
            self.buffers[name].add(frame)

    def _flat(self, rows: list[Row]) -> dict[str, pl.DataFrame]:
        return flatten(rows, self._table, self._money)

    @property
    def rows(self) -> int:
        """Rows let in so far."""
        return self.buffers[self._table.name].rows


def _extreme(choose: Callable[..., datetime], known: datetime | None, found: Any) -> datetime | None:
    both = [moment for moment in (known, found) if isinstance(moment, datetime)]
    return choose(both) if both else None


@contextmanager
def pause_collector() -> Iterator[None]:
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
