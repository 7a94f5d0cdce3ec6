"""One timer for the deadlines of many requests: `asyncio.timeout` sets and takes back a timer for each."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["Deadlines"]

T = TypeVar("T")
_Task = asyncio.Task[object]


class Deadlines:
    """Ends what takes too long, in one event loop; a task has one deadline at a time."""

    __slots__ = ("_due", "_over", "_timer")

    def __init__(self) -> None:
        self._due: dict[_Task, tuple[float, int]] = {}
        self._over: dict[_Task, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def end_after(self, seconds: float, work: Awaitable[T]) -> T:
        """What the work comes to; TimeoutError where it is not done in so many seconds. Like `asyncio.timeout`: a wish
        of somebody else to cancel the task is passed on."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (always inside one)
        self._start(task, seconds)
        try:
            return await work
        except asyncio.CancelledError as cancelled:
            if self._end(task):
                raise TimeoutError from cancelled
            raise
        finally:
            self._end(task)

    def _start(self, task: _Task, seconds: float) -> None:
        loop = task.get_loop()
        due = loop.time() + seconds
        self._due[task] = due, task.cancelling()
        if self._timer is None or due < self._timer.when():
            self._set_timer(loop, due)

    def _end(self, task: _Task) -> bool:
        """Whether the task was cancelled because its time was over, and for nothing else."""
        if self._due.pop(task, None) is not None:
            return False
        cancelled = self._over.pop(task, None)
        return cancelled is not None and task.uncancel() <= cancelled

    def _set_timer(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel those whose time is over; look again when the next one's is."""
        self._timer = None
        now = loop.time()
        for task, (due, cancelled) in [*self._due.items()]:
            if due <= now:
                del self._due[task]
                self._over[task] = cancelled
                task.cancel()
        if self._due:
            self._set_timer(loop, min(due for due, _ in self._due.values()))
