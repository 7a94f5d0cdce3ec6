"""All lines of a record brought together, wherever in the file they stand, in bounded memory.

Records are numbered by first appearance and cut into blocks. A block is handed on as soon as its last line has been
read: in a file whose lines stand together that is at once. Lines read long before their block is complete wait, first
in memory, then (beyond HELD_ROWS) in Parquet files of a temporary folder.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import polars as pl

from pipeline.formats import LINE
from pipeline.model import RECORD, Source
from pipeline.source.keys import find_repeated, lines_make_records
from pipeline.source.read import BATCH_ROWS, read_batches
from pipeline.storage.atomic import spill

__all__ = ["group_lines", "number_records", "read_blocks"]

HELD_ROWS = 500_000
"""Lines held in memory for incomplete blocks, before they are written to disk."""

_BLOCK = "@block"


def read_blocks(source: Source, folder: Path) -> Generator[pl.DataFrame]:
    """Frames of the user's text with LINE and RECORD; all lines of a record are in one block."""
    several_lines = lines_make_records(source)
    records = number_records(source.hashes, lines_make_records=several_lines)
    if several_lines:
        yield from group_lines(read_batches(source), records, BATCH_ROWS, folder)
        return
    read = 0
    for frame in read_batches(source):
        yield frame.with_columns(records.slice(read, frame.height).alias(RECORD))
        read += frame.height


def number_records(hashes: pl.Series, *, lines_make_records: bool) -> pl.Series:
    """The record number of each row, by first appearance. Rows without a key are records of their own."""
    rows = pl.int_range(len(hashes), dtype=pl.UInt32, eager=True)
    if not lines_make_records or find_repeated(hashes).is_empty():
        return rows
    first = pl.when(pl.col("hash").is_null()).then(pl.col("row")).otherwise(pl.col("row").min().over("hash"))
    return pl.DataFrame({"hash": hashes, "row": rows}).select((first.rank("dense") - 1).cast(pl.UInt32))["row"]


def group_lines(
    frames: Iterable[pl.DataFrame], records: pl.Series, block_records: int, folder: Path
) -> Iterator[pl.DataFrame]:
    """The rows of `frames` (in file order) with RECORD, in blocks of whole records, each sorted by record and line."""
    read_blocks = (records // block_records).alias(_BLOCK)
    last_row = (
        pl.DataFrame({_BLOCK: read_blocks, "row": pl.int_range(len(read_blocks), dtype=pl.UInt32, eager=True)})
        .group_by(_BLOCK)
        .agg(pl.col("row").max())
        .sort(_BLOCK)["row"]
    )
    waiting = _Waiting(folder)
    done, read = 0, 0
    for frame in frames:
        height = frame.height
        part = frame.with_columns(records.slice(read, height).alias(RECORD), read_blocks.slice(read, height))
        read += height
        for (block,), rows in part.group_by([_BLOCK], maintain_order=True):
            waiting.add(int(str(block)), rows.drop(_BLOCK))
        while done < len(last_row) and last_row[done] < read:
            yield waiting.take(done).sort(RECORD, LINE)
            done += 1


class _Waiting:
    """Rows by block: in memory up to HELD_ROWS, then on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._spilled: dict[int, list[Path]] = defaultdict(list)
        self._rows = 0

    def add(self, block: int, rows: pl.DataFrame) -> None:
        self._held[block].append(rows)
        self._rows += rows.height
        if self._rows > HELD_ROWS:
            self._spill()

    def _spill(self) -> None:
        for block, parts in self._held.items():
            path = self._folder / f"block-{block}-{len(self._spilled[block])}.parquet"
            spill(pl.concat(parts, how="diagonal"), path)
            self._spilled[block].append(path)
        self._held.clear()
        self._rows = 0

    def take(self, block: int) -> pl.DataFrame:
        parts = [pl.read_parquet(path) for path in self._spilled.pop(block, [])]
        held = self._held.pop(block, [])
        self._rows -= sum(part.height for part in held)
        for path in self._folder.glob(f"block-{block}-*.parquet"):
            path.unlink()
        return pl.concat([*parts, *held], how="diagonal")
