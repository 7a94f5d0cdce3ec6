"""A Parquet dataset that grows: a folder per table, in it a folder per month, in it one file.

    out/payments/month=2026-11/data.parquet

The month is that of the row's creation on a clock in Mexico City, and nested tables stand in the month of their
parent. A row replaces the row of the same id, wherever that stood, with all that is nested in it. One without an id
replaces one that is the same in every cell, and what is nested in it stands among the rows without a time. Every
partition is written whole and renamed into place: new rows first, nested tables before their parents, and only then is
a row taken out of the month it left. A run that dies in between leaves rows twice at worst, and the next run, which
begins at the same watermark, mends that.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import OutputError
from pipeline.failpoints import ExportPoint, failpoint
from pipeline.formats import parquet
from pipeline.language.say import say
from pipeline.sink.spill import SpillBuffer
from pipeline.sink.write import Written, describe_file
from pipeline.storage.atomic import Replacement, replace_batch
from schemas.cleaning.dates import ZONE
from schemas.tables import Table

__all__ = ["FORMAT", "NO_MONTH", "has_rows", "upsert"]

MONTH = "month"
FORMAT = parquet.PARQUET.name
"""What a dataset is made of."""

FILE = "data.parquet"
NO_MONTH = "__HIVE_DEFAULT_PARTITION__"
"""Rows without a time. Readers of partitioned datasets show this name as null."""

_NUMBER = "#"

_STAGING = ".gigbulk-staging"
"""Where partitions are written before they are renamed: beside the tables, so that no reader of a table meets them.
Each process has a folder of its own, for one with another state folder knows nothing of our lock."""

_LEFT_AFTER_S = 24 * 60 * 60
"""A staging folder that old was left by a run that was killed."""


def has_rows(root: Path, table: Table) -> bool:
    """Whether the dataset holds anything of that table."""
    return bool(_partitions(root / table.name))


def upsert(
    tables: Mapping[str, SpillBuffer], table: Table, root: Path, scratch: Path, *, anew: bool = False
) -> dict[str, Written]:
    """Bring the rows of a table and its nested tables into the dataset at `root`; the partitions written, by name.

    `anew` replaces everything the dataset held of these tables. OutputError leaves every partition whole, each as it
    was or as it is to be.
    """
    with _writing(root), _staging(root) as staging:
        held = {each.name: _partitions(root / each.name) for each in table.family}
        renewed = _ids(tables[table.name]) if any(held.values()) and not anew else None
        arriving: list[_Partition] = []
        leaving: list[_Partition] = []
        for each in reversed(table.family):
            rows = _by_month(_with_month(tables, table, each), scratch / f"{each.name}-by-month")
            there = held[each.name]
            unnamed = _numbered(_unnamed(part, each) for part in tables[each.name].parts())
            for month in sorted(rows.keys() | there.keys()):
                kept = None
                if renewed is not None and month in there:
                    kept = _kept(there[month], each, tables[each.name].schema, renewed, unnamed)
                made = _staged(each, month, kept, rows.get(month), root, staging)
                if made is not None:
                    (arriving if month in rows else leaving).append(made)
        renewals = [partition.replacement for partition in (*arriving, *leaving)]
        replace_batch(renewals, after_each=lambda: failpoint(ExportPoint.PLACED))
    return {partition.name: partition.written for partition in (*arriving, *leaving) if partition.written}


@dataclass(frozen=True, slots=True)
class _Partition:
    """A partition about to be renewed; without a `written` file it is about to go."""

    name: str
    replacement: Replacement
    written: Written | None


def _staged(
    table: Table, month: str, kept: pl.LazyFrame | None, rows: pl.LazyFrame | None, root: Path, staging: Path
) -> _Partition | None:
    """The partition of one month, written to the staging folder; None when nothing about it changes."""
    name = f"{table.name}/{MONTH}={month}"
    path, staged = root / name / FILE, staging / name / FILE
    parts = [part for part in (kept, rows) if part is not None]
    count = sum(part.select(pl.len()).collect().item() for part in parts)
    if rows is None and kept is not None and count == pl.scan_parquet(path).select(pl.len()).collect().item():
        return None
    if not count:
        return _Partition(name, Replacement(path, None), None)
    staged.parent.mkdir(parents=True)
    parquet.write_parquet(pl.concat(parts), staged)
    return _Partition(name, Replacement(path, staged), describe_file(staged, path, count))


def _by_month(dated: Iterator[pl.DataFrame], folder: Path) -> dict[str, pl.LazyFrame]:
    """The rows by month, by way of files in `folder`: a month may be larger than memory, and polars' own partitioned
    writer holds all of them at once."""
    for number, part in enumerate(dated):
        for (month,), rows in part.partition_by(MONTH, as_dict=True, include_key=False).items():
            (folder / str(month)).mkdir(parents=True, exist_ok=True)
            rows.write_parquet(folder / str(month) / f"{number:06d}.parquet", compression="lz4")
    found = sorted(folder.iterdir()) if folder.exists() else []
    return {month.name: pl.scan_parquet(month / "*.parquet", hive_partitioning=False) for month in found}


def _with_month(tables: Mapping[str, SpillBuffer], top: Table, table: Table) -> Iterator[pl.DataFrame]:
    """The rows of a table and the month of each: that of its creation, or of the row of `top` it is nested in."""
    month = pl.lit(NO_MONTH)
    if top.created_column is not None:
        month = pl.col(top.created_column).dt.convert_time_zone(ZONE).dt.strftime("%Y-%m").fill_null(NO_MONTH)
    dated = (part.with_columns(month.alias(MONTH)) for part in tables[top.name].parts())
    if table is top:
        return dated
    return _joined(tables[table.name].parts(), (part.select(_key(table), MONTH) for part in dated), table.keys[0])


def _joined(nested: Iterator[pl.DataFrame], months: Iterator[pl.DataFrame], key: str) -> Iterator[pl.DataFrame]:
    """Nested rows with the month of their parents. Both stand in one order, so few parents are held at once."""
    near = next(months)
    for part in nested:
        last = part[key].drop_nulls().tail(1).to_list()
        while last and last[0] not in near[key] and (more := next(months, None)) is not None:
            near = pl.concat([near, more])
        yield part.join(near, on=key, how="left", maintain_order="left").with_columns(pl.col(MONTH).fill_null(NO_MONTH))
        if last:
            near = near.slice(near[key].index_of(last[0]) or 0)


def _key(table: Table) -> pl.Expr:
    """The ids of the rows that others are nested in, named as those call them."""
    return pl.col("id").alias(_key_name(table))


def _key_name(table: Table) -> str:
    return table.keys[0] if table.keys else "id"


def _ids(buffer: SpillBuffer) -> pl.DataFrame:
    return pl.concat([part.select("id") for part in buffer.parts()])


def _unnamed(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows without an id, or nested in one without."""
    return rows.filter(pl.col(_key_name(table)).is_null())


def _numbered(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows with their number among those that are the same in every cell: as many of them stay as there are."""
    rows = pl.concat(parts)
    return rows.with_columns(pl.int_range(pl.len()).over(rows.columns).alias(_NUMBER))


def _kept(path: Path, table: Table, declared: pl.Schema, renewed: pl.DataFrame, unnamed: pl.DataFrame) -> pl.LazyFrame:
    """The rows of a partition that no new row replaces, as `declared` today. OutputError when they do not fit."""
    held = pl.scan_parquet(path, hive_partitioning=False)
    found = held.collect_schema()
    if any(name not in declared or declared[name] != dtype for name, dtype in found.items()):
        raise OutputError(
            say("{path} was written with other columns than {table} has today.", path=path, table=table.name),
            say("Start the dataset over with --full."),
        )
    columns = [pl.col(n) if n in found else pl.lit(None, dtype=d).alias(n) for n, d in declared.items()]
    rows, key = held.select(columns), _key_name(table)
    ids = renewed.lazy().select(_key(table))
    named = rows.filter(pl.col(key).is_not_null()).join(ids, on=key, how="anti", maintain_order="left")
    others = _numbered([rows.filter(pl.col(key).is_null()).collect()])
    others = others.join(unnamed, on=unnamed.columns, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([named, others.drop(_NUMBER).lazy()])


def _partitions(folder: Path) -> dict[str, Path]:
    """The files of a table by month."""
    return {path.parent.name.partition("=")[2]: path for path in sorted(folder.glob(f"{MONTH}=*/{FILE}"))}


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder beside the tables for as long as they are written; those that killed runs left go.

    How old they are is told by the file system's own clock, which may be another machine's.
    """
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_STAGING}-", dir=root, ignore_cleanup_errors=True) as folder:
        made_at = Path(folder).stat().st_mtime
        for left in root.glob(f"{_STAGING}*"):
            with suppress(FileNotFoundError):  # its process has just ended
                if made_at - left.stat().st_mtime > _LEFT_AFTER_S:
                    shutil.rmtree(left, ignore_errors=True)
        yield Path(folder)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        raise OutputError(
            say("The dataset in {root} cannot be written: {what}.", root=root, what=what),
            say("Free disk space or give permission, and run again: every partition is whole."),
        ) from error
