"""A mistake of ours, told to whoever started the page: where it happened and its kind, never what a cell held."""

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

__all__ = ["describe_mistake", "watch_mistakes"]


def describe_mistake(error: BaseException) -> str:
    """Files, lines and the kind of the error. Its words stay untold: they may repeat what a file holds."""
    return _describe(type(error), error.__traceback__)


def watch_mistakes(tell: Callable[[str, str], None]) -> None:
    """From now on `tell` is given the kind and the place of what ends this process, or one of its threads, unforeseen;
    Python itself would print its words."""

    def told(kind: type[BaseException], _: BaseException | None, trace: TracebackType | None) -> None:
        tell(kind.__name__, _describe(kind, trace))

    sys.excepthook = told
    threading.excepthook = lambda caught: told(caught.exc_type, caught.exc_value, caught.exc_traceback)


def _describe(kind: type[BaseException], trace: TracebackType | None) -> str:
    return "".join(traceback.format_tb(trace)) + kind.__name__
