"""Reading one step ahead: while a block is judged, the next one is read. Two cores are what any machine has."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

__all__ = ["read_ahead"]

T = TypeVar("T")


def read_ahead(blocks: Generator[T]) -> Generator[T]:
    """The same blocks in the same order, each made by a thread of its own while the one before it is in use.

    What goes wrong in making a block is raised where it would have come. Whoever stops early waits until the one that
    is being made is there; then `blocks` is closed.
    """
    with closing(blocks), ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        coming = thread.submit(_make, blocks)
        while made := coming.result():
            coming = thread.submit(_make, blocks)
            yield made[0]


def _make(blocks: Iterator[T]) -> tuple[T] | None:
    """The next one, if there is one: a future cannot carry StopIteration."""
    for block in blocks:
        return (block,)
    return None
