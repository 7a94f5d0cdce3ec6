"""What the manifest says of a list that was read: its counts, its times in UTC, and what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from pipeline.exporter.finished import Finished
from pipeline.exporter.pages.pull import Pulled
from pipeline.exporter.query import ListQuery
from pipeline.exporter.transform import Transform
from pipeline.exporter.window import Window
from schemas.dialects.spec import Unit
from schemas.tables import TABLES

MEXICO = timezone(timedelta(hours=-6))
STARTED = datetime(2026, 11, 22, 6, tzinfo=MEXICO)
ENDED = STARTED + timedelta(minutes=5)


def a_finished(folder: Path, pulled: Pulled | None = None, **asked: Any) -> Finished:
    window = asked.pop("window", Window(ceiling=STARTED))
    transform = Transform(TABLES["payments"], folder, window, lambda read, total: None, Unit.CENTS)
    transform.add([{"id": "p1", "timestamp": 1796040000000}, {"id": "p2"}])
    transform.flush()
    query = ListQuery("payments", window, **asked)
    return Finished("2025-06", query, pulled or Pulled(complete=True), transform, STARTED, lambda: ENDED)


@pytest.mark.parametrize(
    ("pulled", "told"),
    [
        (Pulled(rows=3, pages=2, complete=True), {"complete": True, "why": None, "rows_read": 3, "pages": 2}),
        (Pulled(why="It broke off."), {"complete": False, "why": "It broke off."}),
        (Pulled(total_reported=9, null_rows=2, duplicate_rows=1, continued=4),
         {"rows_reported": 9, "null_rows": 2, "duplicate_rows": 1, "pages_continued": 4}),
        (Pulled(notes=["grew"], follows_next=True), {"notes": ["grew"], "follows_next": True}),
        (Pulled(missing={"p9": "404"}), {"missing": ["p9"]}),
    ],
)  # fmt: skip
def test_what_reading_came_to_is_told_as_it_is(tmp_path: Path, pulled: Pulled, told: dict[str, Any]) -> None:
    described = a_finished(tmp_path, pulled).describe()
    assert {name: described[name] for name in told} == told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, {"query": {}, "ids": None}),
        ({"query": {"limit": 100}}, {"query": {"limit": 100}, "ids": None}),
        ({"ids": ("p1", "p2", "p9")}, {"ids": 3}),
        ({"ids": ()}, {"ids": 0}),
    ],
)
def test_what_was_asked_for_is_told(tmp_path: Path, asked: dict[str, Any], told: dict[str, Any]) -> None:
    described = a_finished(tmp_path, **asked).describe()
    assert {name: described[name] for name in told} == told


def test_times_are_told_in_utc_and_what_has_none_as_nothing(tmp_path: Path) -> None:
    described = a_finished(tmp_path).describe()
    assert (described["started"], described["finished"]) == ("2026-11-22T12:00:00+00:00", "2026-11-22T12:05:00+00:00")
    assert described["earliest"] == described["latest"]
    assert (described["since"], described["until"]) == (None, None)


def test_rows_let_in_and_rows_kept_out_are_counted_apart(tmp_path: Path) -> None:
    window = Window(until=datetime(2020, 1, 1, tzinfo=UTC), ceiling=STARTED)
    described = a_finished(tmp_path, Pulled(rows=2), window=window).describe()
    assert (described["rows"], described["rows_read"], described["rows_outside"]) == (1, 2, 1)
    assert described["until"] == "2020-01-01T00:00:00+00:00"


def test_a_list_is_never_called_a_snapshot(tmp_path: Path) -> None:
    assert a_finished(tmp_path).describe()["snapshot"] is False


@pytest.mark.parametrize("raw", [None, [], [Path("page-1.json")]])
def test_a_sink_takes_every_table_of_the_family_and_the_pages_that_were_kept(
    tmp_path: Path, raw: list[Path] | None
) -> None:
    finished = a_finished(tmp_path, Pulled(), anew=True)
    tables = finished.table_set(tmp_path / "scratch", raw)
    assert list(tables.buffers) == [table.name for table in TABLES["payments"].family]
    assert (tables.resource, tables.complete, tables.anew, tables.raw) == ("payments", False, True, raw)
    assert tables.describe() == finished.describe()


def test_when_it_was_finished_is_asked_when_the_manifest_is_written(tmp_path: Path) -> None:
    """The files are made in between."""
    finished = a_finished(tmp_path)
    moments = iter([ENDED, ENDED + timedelta(hours=1)])
    later = Finished(
        finished.dialect, finished.asked, finished.pulled, finished.transform, STARTED, lambda: next(moments)
    )
    tables = later.table_set(tmp_path, None)
    assert [tables.describe()["finished"], tables.describe()["finished"]] == [
        ENDED.astimezone(UTC).isoformat(), (ENDED + timedelta(hours=1)).astimezone(UTC).isoformat(),
    ]  # fmt: skip
