"""How long requests took is counted by second, in steps fine enough for a person."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.journal import Latencies, LatencyRow, find_quantile
from pipeline.journal.latencies import FLUSH_S

NOON = datetime(2026, 5, 31, 18, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


def counted(seconds: list[float]) -> dict[int, int]:
    latencies = Latencies(lambda: NOON)
    for each in seconds:
        latencies.note(each)
    counts: Counter[int] = Counter()
    for row in latencies.take():
        counts[row.step] += row.requests
    return counts


def test_requests_are_counted_by_the_second_in_which_they_end_and_by_length(clock: Clock) -> None:
    latencies = Latencies(clock)
    for seconds in (0.125, 0.125, 1.0):
        latencies.note(seconds)
    clock.moment += timedelta(seconds=1.5)
    latencies.note(1.0)
    second = int(NOON.timestamp())
    rows = [LatencyRow(second, -24, 2), LatencyRow(second, 0, 1), LatencyRow(second + 1, 0, 1)]
    assert latencies.take() == rows
    assert latencies.take() == []


def test_a_request_that_was_cut_off_tells_nothing() -> None:
    assert counted([0.0, 0.0]) == {}


def test_what_was_counted_wants_to_be_kept_after_some_seconds_and_not_with_every_record(clock: Clock) -> None:
    latencies = Latencies(clock)
    latencies.note(0.1)
    clock.moment += timedelta(seconds=FLUSH_S - 1)
    latencies.note(0.1)
    assert not latencies.due
    clock.moment += timedelta(seconds=1)
    latencies.note(0.1)
    assert latencies.due
    latencies.take()
    latencies.note(0.1)
    assert not latencies.due


def test_of_no_requests_there_is_no_quantile() -> None:
    assert find_quantile({}, 0.5) is None


@given(
    st.lists(st.floats(min_value=0.0001, max_value=600), min_size=1, max_size=200),
    st.sampled_from([0.5, 0.95, 0.99, 1.0]),
)
def test_a_quantile_is_within_a_twentieth_of_the_one_of_the_requests_themselves(
    seconds: list[float], share: float
) -> None:
    found = find_quantile(counted(seconds), share)
    exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    assert found == pytest.approx(exact, rel=0.05)
