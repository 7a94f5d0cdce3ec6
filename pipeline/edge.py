"""What a process is given from outside: standard streams, a working folder, clocks. Stages are handed them.

The only room beside the command line that names `sys.stdin`, the working folder or the system's clocks
(`tests/test_architecture.py`), so that a page, a test or a worker can hand in others.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import ConfigError
from pipeline.language.say import say

__all__ = ["PROCESS", "Edge", "is_utf8", "utc_now"]


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def count_awake_and_asleep() -> float:
    """Seconds that go on while the machine sleeps, as `time.monotonic` does not on Linux."""
    return time.clock_gettime(_UNSLEEPING) if _UNSLEEPING is not None else time.monotonic()


_UNSLEEPING: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def is_utf8(name: str | os.PathLike[str]) -> bool:
    """Whether a name is text: Unix lets any bytes be one, but neither a journal nor JSON can hold those."""
    try:
        os.fspath(name).encode()
    except UnicodeEncodeError:
        return False
    return True


def find_working_folder() -> Path:
    """Where this process works. ConfigError when it is no longer there, or its name is not text."""
    try:
        folder = Path.cwd()
    except OSError as error:
        raise ConfigError(
            say("The folder this command runs in is not there any more."), say("Change to another.")
        ) from error
    if not is_utf8(folder):
        raise ConfigError(
            say("The path of the folder this command runs in is not UTF-8: {folder!a}.", folder=str(folder)),
            say("Rename it, or change to another; files elsewhere can be named by their path."),
        )
    return folder


@dataclass(frozen=True, slots=True)
class Edge:
    """`now` is aware; `ticks` are seconds that never go back; streams are those of the moment they are asked for."""

    now: Callable[[], datetime] = utc_now
    ticks: Callable[[], float] = time.monotonic
    folder: Callable[[], Path] = find_working_folder
    stdin: Callable[[], BinaryIO] = lambda: sys.stdin.buffer
    stdout: Callable[[], BinaryIO] = lambda: sys.stdout.buffer

    def locate(self, path: str | Path) -> Path:
        """Where a path is that the user wrote: from the working folder, if it does not begin at the root."""
        written = Path(path)
        return written if written.is_absolute() else self.folder() / written


PROCESS = Edge()
"""This process, as it was started."""
