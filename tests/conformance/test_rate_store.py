"""What every place promises that the learnt rate of an account is kept in (`pipeline.api.throttle.rate.RateStore`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.api.throttle.rate import LearnedRate, RateStore
from pipeline.api.throttle.shared_rate import SharedRate

STORES: dict[str, Callable[[Path], RateStore]] = {
    "of this process": lambda folder: LearnedRate(),
    "of the machine": lambda folder: SharedRate(folder / "rate"),
}
STEP_S = 0.01


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RateStore:
    return STORES[request.param](tmp_path)


def taken(store: RateStore, begin: float, seconds: float, ceiling: float = math.inf) -> int:
    """How many tokens somebody gets who asks for one every hundredth of a second."""
    return sum(store.take(begin + step * STEP_S, 1, ceiling) for step in range(round(seconds / STEP_S)))


def met_its_limit(store: RateStore, now: float, retry_after_s: float | None = None) -> None:
    """A hundred requests went through in a second, then came a 429."""
    store.take(now - 1)
    for _ in range(100):
        store.let_through(now - 1, now, good=True)
    store.push_back(now - 0.5, now, retry_after_s)


def test_nothing_limits_until_the_server_says_so(store: RateStore) -> None:
    assert taken(store, 100, 1) == 100
    assert store.rate == math.inf


def test_the_users_own_ceiling_holds_from_the_beginning(store: RateStore) -> None:
    assert 8 <= taken(store, 100, 1, ceiling=10) <= 13


def test_after_a_429_no_more_leave_than_the_rate_that_was_learnt(store: RateStore) -> None:
    met_its_limit(store, 100)
    assert store.take(100.2) <= 1
    rate = store.rate
    assert rate < 100
    assert taken(store, 101, 2) <= rate * 2 * 1.2 + 2


def test_nothing_leaves_during_the_pause_that_the_server_asks_for_and_again_after_it(store: RateStore) -> None:
    met_its_limit(store, 100, retry_after_s=3)
    assert store.paused_until == 103
    assert taken(store, 100.1, 2.8) == 0
    assert store.ready_in(101) >= 2
    assert taken(store, 103.1, 1) > 0


def test_a_pause_without_a_429_holds_too_and_an_earlier_one_that_ends_later_stands(store: RateStore) -> None:
    store.take(100)
    store.pause(100, 5)
    store.pause(101, 1)
    assert store.paused_until == 105
    assert store.take(104.9) == 0
