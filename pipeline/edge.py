"""What a process is given from outside: standard streams, a working folder, clocks. Stages are handed them.

The only room beside the command line that names `sys.stdin`, the working folder or the system's clocks
(`tests/test_architecture.py`), so that a page, a test or a worker can hand in others.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

__all__ = ["PROCESS", "Edge", "utc_now"]


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Edge:
    """`now` is aware; `ticks` are seconds that never go back; streams are those of the moment they are asked for."""

    now: Callable[[], datetime] = utc_now
    ticks: Callable[[], float] = time.monotonic
    folder: Callable[[], Path] = Path.cwd
    stdin: Callable[[], BinaryIO] = lambda: sys.stdin.buffer
    stdout: Callable[[], BinaryIO] = lambda: sys.stdout.buffer

    def locate(self, path: str | Path) -> Path:
        """Where a path is that the user wrote: from the working folder, if it does not begin at the root."""
        written = Path(path)
        return written if written.is_absolute() else self.folder() / written


PROCESS = Edge()
"""This process, as it was started."""
