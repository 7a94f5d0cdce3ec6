"""gigbulk with a death foretold, for exports: SIGKILL when the variable DEATH's `point:times` is reached."""

from __future__ import annotations

import os
import signal
import sys

from pipeline.cli import main
from pipeline.failpoints import ExportPoint, Point, enable


def foretell(death: str) -> None:
    """Arm the crash points. ValueError for a point that does not exist."""
    name, _, number = death.partition(":")
    point, left = ExportPoint(name), int(number or 1)

    def hook(reached: Point) -> None:
        nonlocal left
        left -= reached is point
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    enable(hook)


if __name__ == "__main__":
    if os.environ.get("DEATH"):
        foretell(os.environ["DEATH"])
    sys.exit(main())
