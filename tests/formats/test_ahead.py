"""Blocks are read one step ahead of whoever judges them."""

import threading
import time
from collections.abc import Generator

import pytest

from pipeline.formats.ahead import read_ahead


def make_blocks(count: int, made: list[int], closed: list[bool]) -> Generator[int]:
    try:
        for n in range(count):
            made.append(n)
            yield n
    finally:
        closed.append(True)


def wait_until(reached: int, made: list[int]) -> None:
    end = time.monotonic() + 10
    while len(made) < reached and time.monotonic() < end:
        time.sleep(0.001)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_the_same_blocks_come_in_the_same_order(count: int) -> None:
    made: list[int] = []
    closed: list[bool] = []
    assert list(read_ahead(make_blocks(count, made, closed))) == made == list(range(count))
    assert closed == [True]


def test_while_one_is_in_use_the_next_one_is_made_and_no_more() -> None:
    made: list[int] = []
    for n in read_ahead(make_blocks(4, made, [])):
        wait_until(min(n + 2, 4), made)
        assert made == list(range(min(n + 2, 4)))


def test_a_block_is_made_by_another_thread() -> None:
    def blocks() -> Generator[threading.Thread]:
        yield threading.current_thread()

    assert list(read_ahead(blocks())) != [threading.current_thread()]


def test_what_goes_wrong_comes_after_the_blocks_before_it() -> None:
    def blocks() -> Generator[int]:
        yield 1
        raise ValueError("row 2")

    seen: list[int] = []
    with pytest.raises(ValueError, match="row 2"):
        seen.extend(read_ahead(blocks()))
    assert seen == [1]


def test_whoever_stops_early_closes_what_reads() -> None:
    closed: list[bool] = []
    reading = read_ahead(make_blocks(9, [], closed))
    assert next(reading) == 0
    reading.close()
    assert closed == [True]
