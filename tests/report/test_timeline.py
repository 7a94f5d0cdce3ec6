"""A run in time: nothing is lost between its slots, and there are few of them however long it ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from builders import an_action
from hypothesis import given
from hypothesis import strategies as st

from pipeline.journal import LatencyRow, Outcome, Planned
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, State
from pipeline.report.timeline import MOST_SLOTS, Timeline, read_timeline

NOON = datetime(2026, 5, 31, 18, tzinfo=UTC)
ACCOUNT = Account("https://api.example.test/v2", livemode=False)


def timeline(folder: Path, *moments: float, latencies: tuple[LatencyRow, ...] = ()) -> Timeline | None:
    """Of a run whose records were created so many seconds after noon."""
    seconds = [0.0]

    def now() -> datetime:
        return NOON + timedelta(seconds=seconds[0])

    with SqliteJournal(folder / "journal.sqlite", now) as journal:
        journal.begin_run("r", "import", ACCOUNT, {})
        actions = [Planned(an_action(f"id:{n}"), ("x",), b"1") for n in range(len(moments))]
        claim = journal.next_fence(ACCOUNT.name, "r")
        for record_id, seconds[0] in zip(journal.plan(ACCOUNT, "r", 0, actions), moments, strict=True):
            journal.commit([Outcome(record_id, State.DONE, f"payment_{record_id}", 201)], claim)
        journal.plan(ACCOUNT, "r", 0, [Planned(an_action("id:unsent"), ("x",), b"1")])
        journal.add_latencies("r", latencies)
        return read_timeline(journal, "r")


def test_a_run_that_sent_nothing_has_none(tmp_path: Path) -> None:
    assert timeline(tmp_path) is None


def test_a_short_run_is_told_second_by_second_without_a_gap(tmp_path: Path) -> None:
    found = timeline(tmp_path, 0.2, 0.9, 3.0)
    assert found is not None
    assert found.width_s == 1
    assert [slot.fates.created for slot in found.slots] == [2, 0, 0, 1]
    assert [slot.begin for slot in found.slots] == [NOON + timedelta(seconds=n) for n in range(4)]


def test_half_and_95_of_100_requests_are_told_slot_by_slot_and_none_where_there_were_none(tmp_path: Path) -> None:
    second = int(NOON.timestamp())
    rows = (LatencyRow(second, -24, 90), LatencyRow(second, 0, 10), LatencyRow(second + 2, 8, 1))
    found = timeline(tmp_path, 0, latencies=rows)
    assert found is not None
    assert [(s.requests, s.p50, s.p95) for s in found.slots] == [(100, 0.125, 1.0), (0, None, None), (1, 2.0, 2.0)]


@pytest.mark.parametrize(
    ("lasted_s", "width_s"), [(0, 1), (29, 1), (30, 2), (600, 30), (3600, 300), (86400, 3600), (86400 * 90, 86400 * 4)]
)
def test_slots_are_as_wide_as_a_clock_can_be_read(tmp_path: Path, lasted_s: int, width_s: int) -> None:
    found = timeline(tmp_path, 0, lasted_s)
    assert found is not None
    assert found.width_s == width_s


@given(st.lists(st.integers(0, 400 * 86400), min_size=1, max_size=12))
def test_every_record_is_in_one_of_few_slots(moments: list[int]) -> None:
    with TemporaryDirectory() as folder:
        found = timeline(Path(folder), *moments)
    assert found is not None
    assert len(found.slots) <= MOST_SLOTS
    assert sum(slot.fates.created for slot in found.slots) == len(moments)
    assert found.slots[0].fates.created > 0
    assert found.slots[-1].fates.created > 0
