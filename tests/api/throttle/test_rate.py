"""What is learnt from 429, one promise at a time: no clock runs here, the times are told."""

from __future__ import annotations

import math
import random

import pytest

from pipeline.api.throttle.rate import FLOOR, LearnedRate


def sent(bucket: LearnedRate, now: float, count: int, per_s: float) -> float:
    """`count` requests at a steady pace, all let through; when the last was answered."""
    for _ in range(count):
        bucket.take(now)
        now += 1 / per_s
        bucket.let_through(now - 1 / per_s, now, good=True)
    return now


@pytest.mark.parametrize("retry_after_s", [None, 1.0])
@pytest.mark.parametrize("share", [0.5, 0.7, 0.95, 1.0])
def test_no_storm_of_429_brings_the_rate_below_one_request_in_two_seconds(
    share: float, retry_after_s: float | None
) -> None:
    bucket, chance, now = LearnedRate(), random.Random(1), 1000.0
    for _ in range(1000):
        now += max(0.0, bucket.ready_in(now))
        assert bucket.take(now) == 1
        now += 0.05
        if chance.random() < share:
            bucket.push_back(now - 0.05, now, retry_after_s)
        else:
            bucket.let_through(now - 0.05, now, good=True)
        assert bucket.rate >= FLOOR == 0.5


def test_retry_after_is_law_below_the_floor_too() -> None:
    bucket = LearnedRate(rate=FLOOR)
    bucket.take(1000.0)
    bucket.push_back(1000.0, 1000.1, 30.0)
    assert bucket.take(1030.0) == 0
    assert bucket.take(1030.2) == 1


def test_the_users_own_rate_holds_below_the_floor_too() -> None:
    bucket = LearnedRate()
    assert [bucket.take(1000.0 + second, ceiling=0.1) for second in range(11)] == [1] + 9 * [0] + [1]


@pytest.mark.parametrize("idle_s", [0.0, 5.0, 3600.0])
def test_time_in_which_nobody_wanted_to_send_is_not_held_against_the_server(idle_s: float) -> None:
    """50 a second, a pause of our own (files read, records looked up), 50 a second once more, and only then a 429."""
    bucket = LearnedRate()
    now = sent(bucket, 1000.0, 100, per_s=50) + idle_s
    now = sent(bucket, now, 100, per_s=50)
    bucket.push_back(now - 0.02, now, None)
    assert bucket.refused_rate == pytest.approx(50, rel=0.1)


def test_nor_is_it_between_two_429() -> None:
    busy, idle = LearnedRate(rate=50.0, limit=50.0, base=50.0), LearnedRate(rate=50.0, limit=50.0, base=50.0)
    for bucket, idle_s in ((busy, 0.0), (idle, 600.0)):
        bucket.take(1000.0)
        bucket.push_back(999.0, 1000.0, 1.0)
        now = sent(bucket, 1001.1, 50, per_s=40) + idle_s
        now = sent(bucket, now, 50, per_s=40)
        bucket.push_back(now - 0.02, now, 1.0)
    assert idle.mean == pytest.approx(busy.mean)


def test_a_pause_that_the_server_asked_for_is_not_idleness() -> None:
    bucket = LearnedRate()
    now = sent(bucket, 1000.0, 100, per_s=50)
    bucket.pause(now, 8.0)
    now = sent(bucket, now + 8.0, 100, per_s=50)
    bucket.push_back(now - 0.02, now, None)
    assert bucket.refused_rate == pytest.approx(200 / 12, rel=0.1)
    assert bucket.rate < math.inf
