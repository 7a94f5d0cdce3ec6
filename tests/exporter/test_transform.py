"""Rows of pages become tables some thousand at a time; what lies outside the window is left out and counted."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline.exporter.pages.pull import Row
from pipeline.exporter.transform import CHUNK_ROWS, Transform, pause_collector
from pipeline.exporter.window import Window
from schemas.dialects.spec import Unit
from schemas.tables import TABLES

BEGAN = datetime(2026, 11, 22, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=UTC)


def row(name: str, day: int | None, **members: object) -> Row:
    return {"id": name, "timestamp": None if day is None else int(at(day).timestamp() * 1000)} | members


def a_transform(
    folder: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    window: Window | None = None,
    money: Unit = Unit.CENTS,
    seen: list[tuple[int, int | None]] | None = None,
) -> Transform:
    window = window or Window(since, until, ceiling=BEGAN)
    told = [] if seen is None else seen
    return Transform(TABLES["payments"], folder, window, lambda read, total: told.append((read, total)), money)


def table(transform: Transform, name: str = "payments") -> pl.DataFrame:
    return pl.concat(list(transform.buffers[name].parts()))


ROWS = [row("p1", 1), row("p2", 2), row("p3", 3), row("p4", None)]


@pytest.mark.parametrize(
    ("since", "until", "kept", "earliest", "latest"),
    [
        (None, None, ["p1", "p2", "p3", "p4"], at(1), at(3)),
        (at(2), None, ["p2", "p3", "p4"], at(2), at(3)),
        (None, at(2), ["p1", "p4"], at(1), at(1)),
        (at(2), at(3), ["p2", "p4"], at(2), at(2)),
        (at(9), None, ["p4"], None, None),
    ],
)
def test_rows_of_the_window_come_through_in_order_and_say_when_they_came_to_be(
    tmp_path: Path,
    since: datetime | None,
    until: datetime | None,
    kept: list[str],
    earliest: datetime | None,
    latest: datetime | None,
) -> None:
    transform = a_transform(tmp_path, since, until)
    transform.add(ROWS)
    transform.flush()
    assert table(transform)["id"].to_list() == kept
    assert (transform.earliest, transform.latest) == (earliest, latest)
    assert transform.rows == len(kept)


def test_rows_given_by_the_last_export_are_not_given_again(tmp_path: Path) -> None:
    before = Window(ceiling=BEGAN)
    first = a_transform(tmp_path / "first", window=before)
    first.add(ROWS[:3])
    first.flush()
    second = a_transform(tmp_path / "second", window=Window(ceiling=BEGAN, last=before.watermark()))
    second.add([*ROWS[:3], row("p5", 3)])
    second.flush()
    assert table(second)["id"].to_list() == ["p5"]


def test_the_rows_of_lists_within_a_row_left_out_are_left_out_with_it(tmp_path: Path) -> None:
    item = {"name": "Plan", "total": 1}
    transform = a_transform(tmp_path, since=at(2))
    transform.add([row("p1", 1, items=[item, item]), row("p2", 2, items=[item])])
    transform.flush()
    assert table(transform, "payments.items")["payment_id"].to_list() == ["p2"]


@pytest.mark.parametrize(("money", "decimal"), [(Unit.CENTS, "15.00"), (Unit.UNITS, "1500.00")])
def test_amounts_count_what_the_dialect_says(tmp_path: Path, money: Unit, decimal: str) -> None:
    transform = a_transform(tmp_path, money=money)
    transform.add([row("p1", 1, amount=1500)])
    transform.flush()
    assert str(table(transform)["amount_decimal"][0]) == decimal


def test_rows_wait_until_there_are_enough_and_each_page_is_told_at_once(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    transform = a_transform(tmp_path, seen=seen)
    transform.add([row("p", 1)] * (CHUNK_ROWS - 1))
    assert transform.rows == 0
    transform.expect(CHUNK_ROWS + 1)
    transform.add([row("q", 1)])
    assert transform.rows == CHUNK_ROWS
    transform.add([row("r", 1)])
    transform.flush()
    assert transform.rows == CHUNK_ROWS + 1
    assert seen == [(CHUNK_ROWS - 1, None), (CHUNK_ROWS, CHUNK_ROWS + 1), (CHUNK_ROWS + 1, CHUNK_ROWS + 1)]


@pytest.mark.parametrize("rows", [[], ROWS], ids=["no rows", "some rows"])
def test_to_flush_twice_adds_nothing(tmp_path: Path, rows: list[Row]) -> None:
    transform = a_transform(tmp_path)
    transform.add(rows)
    transform.flush()
    transform.flush()
    assert transform.rows == len(rows)
    assert table(transform).columns == list(TABLES["payments"].columns)


def test_the_stretch_grows_with_every_chunk_to_both_sides(tmp_path: Path) -> None:
    transform = a_transform(tmp_path)
    for days in ((5, 6), (3, 4), (7, 8)):
        transform.add([row(f"p{day}", day) for day in days])
        transform.flush()
    assert (transform.earliest, transform.latest) == (at(3), at(8))
    assert transform.latest - transform.earliest == timedelta(days=5)


@pytest.mark.parametrize("on", [True, False])
def test_the_cycle_collector_is_as_it_was_whatever_happens_in_between(on: bool) -> None:
    was = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        with pytest.raises(KeyError), pause_collector():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()
