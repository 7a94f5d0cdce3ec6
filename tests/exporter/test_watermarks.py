"""Where an incremental export left off: no row is lost, none is given twice, and no clock is believed too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.exporter.watermark import OVERLAP, NewestRows, Watermark
from pipeline.exporter.window import Window, format_instant, parse_moment

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
Rows = list[tuple[datetime | None, str | None]]


def columns(rows: Rows) -> tuple[pl.Series, pl.Series]:
    times = pl.Series([at for at, _ in rows], dtype=pl.Datetime("us", "UTC"))
    return times, pl.Series([i for _, i in rows], dtype=pl.String)


def given_by(window: Window, rows: Rows, chunk: int = 3) -> list[str | None]:
    """The ids a window lets in, a few rows at a time."""
    ids: list[str | None] = []
    for at in range(0, len(rows), chunk):
        part = rows[at : at + chunk]
        inside = window.inside(*columns(part))
        ids += [i for (_, i), kept in zip(part, inside, strict=True) if kept]
    return ids


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_rows_of_the_same_second_that_come_later_are_given_and_those_given_before_are_not() -> None:
    first = Window(ceiling=after(60))
    assert given_by(first, [(after(0), "a"), (after(0), "b")]) == ["a", "b"]
    second = Window(last=first.watermark(), ceiling=after(120))
    rows: Rows = [(after(0), "a"), (after(0), "b"), (after(0), "late"), (after(1), "new")]
    assert given_by(second, rows) == ["late", "new"]
    assert second.known == 2


def test_a_row_that_becomes_visible_within_the_overlap_is_given_once() -> None:
    first = Window(ceiling=after(60))
    given_by(first, [(after(0), "a")])
    seen = [(after(0), "a"), (after(-590), "late")]
    second = Window(last=first.watermark(), ceiling=after(120))
    assert given_by(second, list(seen)) == ["late"]
    third = Window(last=second.watermark(), ceiling=after(180))
    assert given_by(third, list(seen)) == []


def test_a_late_row_is_remembered_even_when_the_latest_row_is_gone() -> None:
    first = Window(ceiling=after(60))
    given_by(first, [(after(0), "deleted meanwhile")])
    second = Window(last=first.watermark(), ceiling=after(120))
    assert given_by(second, [(after(-60), "late")]) == ["late"]
    third = Window(last=second.watermark(), ceiling=after(180))
    assert given_by(third, [(after(-60), "late")]) == []


def test_a_row_of_the_future_does_not_hide_those_of_today() -> None:
    first = Window(ceiling=after(0))
    given_by(first, [(NOON.replace(year=2099), "typo")])
    mark = first.watermark()
    assert mark is not None and mark.moment == after(0)
    second = Window(last=mark, ceiling=after(60))
    assert given_by(second, [(after(30), "today"), (NOON.replace(year=2099), "typo")]) == ["today"]


def test_a_time_before_the_api_was_there_moves_no_watermark() -> None:
    first = Window(ceiling=after(60))
    assert given_by(first, [(datetime(1, 1, 1, tzinfo=UTC), "unset"), (datetime(1970, 1, 1, tzinfo=UTC), "zero")]) == [
        "unset",
        "zero",
    ]
    assert first.watermark() is None
    given_by(first, [(datetime(1, 1, 1, tzinfo=UTC), "unset"), (after(0), "a")])
    mark = first.watermark()
    assert mark is not None and mark.moment == after(0)


def test_rows_without_a_time_or_an_id_are_given_each_time() -> None:
    rows: Rows = [(None, "timeless"), (after(0), None), (after(0), "a")]
    first = Window(ceiling=after(60))
    given_by(first, rows)
    second = Window(last=first.watermark(), ceiling=after(60))
    assert given_by(second, rows) == ["timeless", None]
    assert second.timeless == 1


def test_in_a_dataset_a_known_row_may_replace_itself() -> None:
    first = Window(ceiling=after(60))
    given_by(first, [(after(0), "a")])
    assert given_by(Window(last=first.watermark(), again=True, ceiling=after(60)), [(after(0), "a")]) == ["a"]


def test_an_export_without_rows_leaves_the_watermark_where_it_was() -> None:
    mark = Watermark(NOON)
    assert Window(last=mark, ceiling=after(60)).watermark() == mark
    assert Window(ceiling=after(60)).watermark() is None


LISTS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 590)), max_size=25)


@given(LISTS, st.lists(st.integers(0, 1600), min_size=1, max_size=5))
def test_whatever_comes_late_within_the_overlap_is_given_exactly_once(
    rows: list[tuple[int, int]], exports: list[int]
) -> None:
    """Rows bear a time and become visible up to ten minutes later; exports happen at any moments and at the end."""
    mark, ids = None, []
    for moment in [*sorted(exports), 2000]:
        visible = [(after(at), str(n)) for n, (at, delay) in enumerate(rows) if at + delay <= moment]
        window = Window(last=mark, ceiling=after(moment))
        listed: Rows = [(at, i) for at, i in visible if mark is None or at >= mark.since]
        ids += given_by(window, listed)
        mark = window.watermark()
    assert sorted(ids, key=str) == sorted((str(n) for n in range(len(rows))), key=str)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.text(max_size=4)), max_size=30))
def test_a_watermark_is_the_same_after_the_journal(rows: list[tuple[int, str]]) -> None:
    newest = NewestRows(after(10**7))
    newest.add(*columns([(NOON + timedelta(milliseconds=at), i) for at, i in rows]))
    mark = newest.watermark(None)
    assert mark is None or Watermark.unpacked(*mark.packed()) == mark
    assert mark is None or mark.since == mark.moment - OVERLAP


@pytest.mark.parametrize(
    ("text", "end", "instant"),
    [
        ("2026-11-30", False, "2026-11-30T06:00:00Z"),
        ("2026-11-30", True, "2026-12-01T06:00:00Z"),
        ("2026-11-30T18:00:00", False, "2026-12-01T00:00:00Z"),
        ("2026-11-30T18:00:00Z", True, "2026-11-30T18:00:00Z"),
        ("2026-11-30T18:00:00.250Z", False, "2026-11-30T18:00:00Z"),
        ("2026-11-30T18:00:00.250Z", True, "2026-11-30T18:00:01Z"),
    ],
)
def test_a_day_is_meant_whole_and_in_mexico_and_the_api_is_never_asked_for_less(
    text: str, end: bool, instant: str
) -> None:
    assert format_instant(parse_moment(text, "--until", end=end), end=end) == instant


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "30/11/2026", "", "lasts"])
def test_what_is_no_date_is_refused_by_the_flag_s_name(text: str) -> None:
    with pytest.raises(ConfigError, match="--until"):
        parse_moment(text, "--until", end=True)


def test_the_end_is_outside_and_the_beginning_inside() -> None:
    window = Window(after(0), after(10), ceiling=after(60))
    rows: Rows = [(after(-1), "before"), (after(0), "first"), (after(9.999), "last"), (after(10), "end")]
    assert given_by(window, rows) == ["first", "last"]
    assert window.outside == 2


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "1899-12-31T00:00:00-06:00"])
def test_a_bound_of_no_records_time_is_refused_and_says_what_to_leave_out(text: str) -> None:
    with pytest.raises(ConfigError, match="no record is of that time") as refused:
        parse_moment(text, "--until", end=True)
    assert "--until" in refused.value.hint


def test_the_widest_bounds_are_still_dates_the_api_takes() -> None:
    assert format_instant(parse_moment("1900-01-02", "--since")).startswith("1900-01-02T")
    assert format_instant(parse_moment("9998-12-30", "--until", end=True), end=True).startswith("9998-12-31T")
