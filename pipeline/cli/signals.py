"""SIGINT and SIGTERM: the first lets what is in flight end and be remembered, the second ends the process."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["watch_interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def watch_interrupts(call: Callable[[], None]) -> Iterator[None]:
    """Call `call` at the first signal; from then on SIGINT does its default, and SIGTERM what it did before."""
    loop = asyncio.get_running_loop()
    sigterm_before = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL

    def restore() -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
            signal.signal(signal.SIGTERM, sigterm_before)  # the loop has put back the default: to die without a word

    def once() -> None:
        restore()
        call()

    with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread: no handlers
        for number in _SIGNALS:
            loop.add_signal_handler(number, once)
    try:
        yield
    finally:
        restore()
