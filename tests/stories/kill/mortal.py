"""gigbulk with a death foretold: the real command line, in a process that ends as the variable MORTAL says.

`answered:3` kills it (SIGKILL) when it reaches that point of `pipeline.failpoints` for the third time. `full:` in
front (`full:answered:3`) lets the disk be full from there on: no file of the process may grow any more.
"""

from __future__ import annotations

import os
import resource
import signal
import sys

from pipeline.cli import main
from pipeline.failpoints import CrashPoint, enable


def foretell(death: str) -> None:
    """Arm the crash points. ValueError for a point that does not exist."""
    fate = _fill_disk if death.startswith("full:") else _kill
    name, _, number = death.removeprefix("full:").partition(":")
    point, left = CrashPoint(name), int(number or 1)

    def hook(reached: CrashPoint) -> None:
        nonlocal left
        if reached is point:
            left -= 1
            if left == 0:
                fate()

    enable(hook)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fill_disk() -> None:
    """Writes beyond the first 4 KB of any file fail from now on (Python ignores SIGXFSZ, so as an error)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))


if __name__ == "__main__":
    if os.environ.get("MORTAL"):
        foretell(os.environ["MORTAL"])
    sys.exit(main())
