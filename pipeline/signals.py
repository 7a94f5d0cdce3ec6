"""SIGINT, SIGTERM and SIGHUP: the first lets what is in flight end and be remembered, the second ends the process.

Used at the doors (command line, library); no stage knows of signals, they are handed a `pipeline.events.Stop`.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

from pipeline.events import Stop

__all__ = ["ENDINGS", "watch_interrupts"]

ENDINGS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What ends a run: Ctrl-C, a service manager, a terminal that goes away (Windows has no such signal)."""


@contextmanager
def watch_interrupts(stop: Stop) -> Iterator[None]:
    """Wish the stop at the first signal; from then on SIGINT does its default, and the others what they did before.

    Outside the main thread no signal is touched: Python lets only that one hear them.
    """
    if current_thread() is not main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        before.clear()

    def first(number: int, frame: FrameType | None) -> None:
        restore()
        stop.set()

    handler: Callable[[int, FrameType | None], None] = first
    for number in ENDINGS:
        if number is not signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN:
            continue  # whoever started the process wants it deaf to that one, as nohup does
        before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        restore()
