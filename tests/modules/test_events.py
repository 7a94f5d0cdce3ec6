"""What a flow says is said as a person would."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.events import Meter, Progress, Silent, Stage, Stop, format_count


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [(0, "rows", "0 rows"), (1, "rows", "1 row"), (1, "clients", "1 client"), (1234, "payments", "1,234 payments")],
)
def test_one_is_one_and_more_are_many(count: int, what: str, said: str) -> None:
    assert format_count(count, what) == said


class Told(Silent):
    """A meter whose clock stands where the test says."""

    def __init__(self, total: int | None) -> None:
        self.heard: list[Progress] = []
        self.seconds = 0.0
        self.meter = Meter(self, lambda: self.seconds, Stage.READING, file="a.csv", total=total)

    def progress(self, progress: Progress) -> None:
        self.heard.append(progress)

    def at(self, seconds: float, done: int) -> tuple[float | None, float | None]:
        self.seconds = seconds
        self.meter.tell(done)
        return self.heard[-1].rate, self.heard[-1].remaining_s


def test_a_rate_needs_some_time_and_an_end_needs_a_total() -> None:
    told = Told(100)
    assert told.at(0, 0) == (None, None)
    assert told.at(2, 20) == (10, 8)
    assert told.at(10, 100) == (10, 0)
    assert Told(None).at(3, 30) == (10, None)


NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ENDS = [(None, None), (0.0, NOON), (90.5, NOON + timedelta(seconds=90.5)), (1e12, None)]


@pytest.mark.parametrize(("remaining_s", "end"), ENDS)
def test_an_end_is_estimated_by_the_clock_that_is_handed_in(remaining_s: float | None, end: datetime | None) -> None:
    assert Progress(Stage.SENDING, None, None, 1, 9, remaining_s=remaining_s).estimate_end(NOON) == end


def test_a_total_may_become_known_on_the_way() -> None:
    told = Told(None)
    told.seconds = 1
    told.meter.tell_of(10, 40)
    assert (told.heard[-1].total, told.heard[-1].remaining_s) == (40, 3)


def test_what_is_to_be_done_once_more_is_not_done_and_what_need_not_be_done_is_not_expected() -> None:
    told = Told(10)
    told.at(1, 4)
    told.meter.expect(-2)
    told.meter.take_back(3)
    assert (told.heard[-1].done, told.heard[-1].total) == (1, 8)
    heard = len(told.heard)
    told.meter.take_back(0)
    assert len(told.heard) == heard


def test_where_nobody_knows_how_many_there_are_more_are_not_known_either() -> None:
    told = Told(None)
    told.meter.expect(5)
    told.at(1, 1)
    assert told.heard[-1].total is None


def test_a_wish_to_stop_is_told_once_to_each_who_listens_and_at_once_to_who_comes_late() -> None:
    stop, calls = Stop(), []
    with stop.listening(lambda: calls.append("a")), stop.listening(lambda: calls.append("b")):
        working = threading.Thread(target=stop.set)
        working.start()
        working.join()
        stop.set()
    assert calls == ["a", "b"] and stop.is_set()
    with stop.listening(lambda: calls.append("late")):
        assert calls == ["a", "b", "late"]


def test_who_no_longer_listens_is_not_told() -> None:
    stop, calls = Stop(), []
    with stop.listening(lambda: calls.append("gone")):
        pass
    stop.set()
    assert calls == []
