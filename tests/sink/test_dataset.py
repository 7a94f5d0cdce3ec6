"""A Parquet dataset by month: a row replaces itself, every partition is whole, and a second time changes nothing."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.errors import OutputError
from pipeline.exporter.flatten import flatten, schema_of
from pipeline.sink.dataset import NO_MONTH, has_rows, upsert
from pipeline.sink.spill import SpillBuffer
from pipeline.sink.write import Written
from schemas.tables import TABLES

PAYMENTS = TABLES["payments"]
Row = dict[str, Any]


def payment(number: int, when: str | None, *, amount: int = 100, items: int = 1) -> Row:
    lines = [{"name": f"item {n}", "total": amount, "taxes": [{"type": "IVA"}]} for n in range(items)]
    return {"id": f"p{number}", "amount": amount, "timestamp": when, "items": lines}


class Lake:
    """A dataset, and rows brought into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "lake"
        self._times = 0

    def take(self, *rows: Row, anew: bool = False, at_once: int = 10_000) -> dict[str, Written]:
        self._times += 1
        scratch = self.folder / f"scratch-{self._times}"
        scratch.mkdir(parents=True)
        tables = {name: SpillBuffer(scratch, name, frame.schema) for name, frame in flatten([], PAYMENTS).items()}
        for first in range(0, len(rows), at_once):
            for name, frame in flatten(rows[first : first + at_once], PAYMENTS).items():
                tables[name].add(frame)
        return upsert(tables, PAYMENTS, self.root, scratch, anew=anew)

    def read(self, table: str = "payments") -> pl.DataFrame:
        return pl.read_parquet(self.root / table, hive_partitioning=True)

    def amounts(self) -> dict[str, int]:
        return dict(self.read().sort("id").select("id", "amount").iter_rows())

    def files(self) -> list[str]:
        return [p.relative_to(self.root).as_posix() for p in sorted(self.root.rglob("*")) if p.is_file()]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


MAY, JUNE = "2026-05-10T12:00:00Z", "2026-06-10T12:00:00Z"


def test_rows_stand_in_the_month_of_their_creation_in_mexico_with_all_that_is_nested_in_them(lake: Lake) -> None:
    midnight = "2026-06-01T05:59:59Z"  # still May in Mexico City
    written = lake.take(payment(1, MAY, items=2), payment(2, midnight), payment(3, JUNE))
    assert lake.files() == [
        f"{table}/month=2026-{month}/data.parquet"
        for table in ("payments", "payments.items", "payments.items.taxes")
        for month in ("05", "06")
    ]
    months = dict(lake.read().select("id", "month").iter_rows())
    assert months == {"p1": "2026-05", "p2": "2026-05", "p3": "2026-06"}
    assert {name: w.rows for name, w in written.items() if "2026-05" in name} == {
        "payments/month=2026-05": 2, "payments.items/month=2026-05": 3, "payments.items.taxes/month=2026-05": 3,
    }  # fmt: skip


def test_a_changed_row_replaces_the_old_one_with_everything_nested(lake: Lake) -> None:
    lake.take(payment(1, MAY, items=3), payment(2, MAY))
    lake.take(payment(1, MAY, amount=999, items=1))
    assert lake.amounts() == {"p1": 999, "p2": 100}
    assert sorted(lake.read("payments.items")["payment_id"]) == ["p1", "p2"]
    assert sorted(lake.read("payments.items.taxes")["payment_id"]) == ["p1", "p2"]


def test_only_the_months_of_new_rows_are_written(lake: Lake) -> None:
    lake.take(payment(1, MAY))
    before = (lake.root / "payments/month=2026-05/data.parquet").stat().st_mtime_ns
    written = lake.take(payment(2, JUNE))
    assert {name.rpartition("=")[2] for name in written} == {"2026-06"}
    assert (lake.root / "payments/month=2026-05/data.parquet").stat().st_mtime_ns == before


def test_a_row_that_changed_its_month_stands_in_the_new_one_only(lake: Lake) -> None:
    lake.take(payment(1, MAY), payment(2, MAY))
    lake.take(payment(1, JUNE), payment(2, JUNE))
    assert sorted(lake.read()["month"]) == ["2026-06", "2026-06"]
    assert all("2026-06" in file for file in lake.files())


def test_the_same_rows_again_change_nothing(lake: Lake) -> None:
    rows = [payment(n, MAY if n % 2 else JUNE, items=n % 3) for n in range(20)]
    lake.take(*rows)
    before = {table: lake.read(table) for table in ("payments", "payments.items")}
    lake.take(*rows)
    for table, frame in before.items():
        assert_frame_equal(lake.read(table), frame, check_row_order=False)


def test_rows_without_an_id_do_not_double_and_none_of_them_is_lost(lake: Lake) -> None:
    """They are told apart by all they hold; of two that are the same one may come alone the next time."""
    first, twin, other = (payment(n, MAY, amount=amount) | {"id": None} for n, amount in ((1, 100), (2, 100), (3, 300)))
    lake.take(payment(1, MAY), first, twin, other)
    before = {table: lake.read(table) for table in ("payments", "payments.items", "payments.items.taxes")}
    assert {table: frame.height for table, frame in before.items()} == dict.fromkeys(before, 4)
    for again in ([payment(1, MAY), first, twin, other], [first], [other], [payment(1, MAY)]):
        lake.take(*again)
        for table, frame in before.items():
            assert_frame_equal(lake.read(table), frame, check_row_order=False)
    lake.take(payment(4, JUNE, amount=400) | {"id": None})
    assert sorted(lake.read()["amount"]) == [100, 100, 100, 300, 400]


def test_rows_without_a_time_have_a_partition_that_readers_show_as_null(lake: Lake) -> None:
    lake.take(payment(1, None))
    assert lake.files()[0] == f"payments/month={NO_MONTH}/data.parquet"
    assert lake.read()["month"].to_list() == [None]


def test_anew_lets_nothing_old_stay(lake: Lake) -> None:
    lake.take(payment(1, MAY), payment(2, JUNE))
    lake.take(payment(3, JUNE), anew=True)
    assert lake.amounts() == {"p3": 100}
    assert all("2026-06" in file for file in lake.files())


def test_nothing_new_touches_nothing(lake: Lake) -> None:
    assert lake.take() == {}
    assert not has_rows(lake.root, PAYMENTS)
    lake.take(payment(1, MAY))
    assert has_rows(lake.root, PAYMENTS)
    assert lake.take() == {}
    assert lake.amounts() == {"p1": 100}


def test_a_partition_of_an_earlier_gigbulk_gets_the_columns_of_today(lake: Lake) -> None:
    lake.take(payment(1, MAY))
    path = lake.root / "payments/month=2026-05/data.parquet"
    pl.read_parquet(path, hive_partitioning=False).drop("binnacle").write_parquet(path)
    lake.take(payment(2, MAY))
    assert lake.amounts() == {"p1": 100, "p2": 100}
    assert pl.read_parquet_schema(path) == dict(schema_of(PAYMENTS))


def test_a_partition_with_columns_of_somebody_else_is_refused_and_left(lake: Lake) -> None:
    lake.take(payment(1, MAY))
    path = lake.root / "payments/month=2026-05/data.parquet"
    pl.read_parquet(path, hive_partitioning=False).with_columns(pl.lit(1).alias("mine")).write_parquet(path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="other columns") as caught:
        lake.take(payment(2, MAY))
    assert "--full" in caught.value.hint
    assert path.read_bytes() == before


def test_what_a_killed_run_left_in_its_staging_folder_does_no_harm_and_goes_after_a_day(lake: Lake) -> None:
    lake.take(payment(1, MAY))
    left = lake.root / ".gigbulk-staging-x" / "payments" / "month=2026-05" / "data.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a file")
    assert lake.amounts() == {"p1": 100}
    lake.take(payment(2, MAY))
    assert lake.amounts() == {"p1": 100, "p2": 100}
    assert left.read_bytes() == b"half a file", "it may be of a process that still writes"
    yesterday = time.time() - 25 * 60 * 60
    os.utime(lake.root / ".gigbulk-staging-x", (yesterday, yesterday))
    lake.take(payment(3, MAY))
    assert not list(lake.root.glob(".gigbulk-staging*"))


def test_a_damaged_partition_is_said_and_nothing_is_changed(lake: Lake) -> None:
    lake.take(payment(1, MAY), payment(2, JUNE))
    damaged = lake.root / "payments/month=2026-05/data.parquet"
    damaged.write_bytes(b"PAR1 nothing")
    before = (lake.root / "payments/month=2026-06/data.parquet").read_bytes()
    with pytest.raises(OutputError, match="cannot be written"):
        lake.take(payment(2, JUNE, amount=5))
    assert (lake.root / "payments/month=2026-06/data.parquet").read_bytes() == before


def test_two_years_of_rows_out_of_order_come_out_whole(lake: Lake) -> None:
    start = datetime(2025, 1, 1, 12, tzinfo=UTC).timestamp()
    rows = [payment(n, str(int(start + (n * 7919 % 730) * 86_400))) for n in range(3000)]
    lake.take(*rows)
    assert lake.read()["id"].n_unique() == 3000
    assert lake.read()["month"].n_unique() == 24
    joined = lake.read("payments.items").join(lake.read(), left_on=["payment_id", "month"], right_on=["id", "month"])
    assert joined.height == 3000


def test_rows_that_came_in_many_parts_bring_what_is_nested_in_them_into_their_month(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parents and nested rows fill parts at different places; rows without items, or without an id, in between."""
    monkeypatch.setattr("pipeline.sink.spill.PART_ROWS", 7)
    rows = [payment(n, MAY if n % 3 else JUNE, items=(n * 5) % 4) for n in range(100)]
    rows[40] |= {"id": None}
    lake.take(*rows, at_once=3)
    for table, key in (("payments.items", "payment_id"), ("payments.items.taxes", "payment_id")):
        months = {p: m for p, m in lake.read(table).select(key, "month").iter_rows() if p}
        wanted = {f"p{n}": "2026-05" if n % 3 else "2026-06" for n in range(100) if n != 40 and (n * 5) % 4}
        assert months == wanted
        assert lake.read(table).height == sum((n * 5) % 4 for n in range(100))
    lake.take(*rows[:40], *rows[41:], at_once=3)
    assert lake.read("payments.items").filter(pl.col("payment_id").is_not_null()).height == sum(
        (n * 5) % 4 for n in range(100) if n != 40
    )
