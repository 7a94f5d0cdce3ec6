"""Progress as a person sees it: bars on a terminal, a plain line now and then in a log, nothing in a pipe."""

import os
import stat
import sys
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.edge import PROCESS
from pipeline.events import Progress, Stage

if TYPE_CHECKING:
    from rich.progress import Progress as Display

__all__ = ["ProgressView", "choose_view", "describe_progress"]

LINE_S = 10.0
"""Seconds between two lines of a log, and before the first one."""

_DUMB = ("dumb", "unknown")
"""Terminals whose cursor cannot be moved."""

BEAT_S = 0.1
"""Seconds between two changes of a bar: more often, nobody sees it."""


class ProgressView(Protocol):
    """Shows progress, and gets out of the way of what else is written."""

    def show(self, progress: Progress) -> None: ...

    def clear(self) -> None: ...


def choose_view(*, silent: bool) -> ProgressView:
    """What standard error is good for. `silent` is for --quiet and --json."""
    if silent:
        return _Nothing()
    if sys.stderr.isatty():
        return _Lines() if os.environ.get("TERM") in _DUMB else _Bars()
    return _Lines() if _keeps_lines() else _Nothing()


def _keeps_lines() -> bool:
    """Whether standard error is a file or a log's socket: whoever reads a pipe reads the result, or nothing."""
    try:
        return not stat.S_ISFIFO(os.fstat(sys.stderr.fileno()).st_mode)
    except (OSError, ValueError):  # closed, or no real file
        return False


def describe_progress(progress: Progress) -> str:
    """`sending: 500 of 2,000 (25 %), 120/s, 12 s left`."""
    return ": ".join(filter(None, (progress.what, describe_figures(progress))))


def describe_figures(progress: Progress) -> str:
    """`500 of 2,000 (25 %), 120/s, 12 s left`: as much of it as is known; empty when nothing is."""
    parts = [f"{progress.done:,}"] if progress.done or progress.total else []
    if progress.total:
        parts[0] += f" of {progress.total:,} ({progress.done * 100 // progress.total} %)"
    if progress.rate:
        parts.append(f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s")
    if progress.remaining_s:
        parts.append(f"{_describe_seconds(progress.remaining_s)} left")
    return ", ".join(parts)


def _describe_seconds(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class _Nothing:
    def show(self, progress: Progress) -> None:
        """Nothing is shown."""

    def clear(self) -> None:
        """Nothing was."""


class _Lines:
    """A line every LINE_S seconds, for a log that a person may follow."""

    def __init__(self) -> None:
        self._told_at = PROCESS.ticks()

    def show(self, progress: Progress) -> None:
        now = PROCESS.ticks()
        if now - self._told_at >= LINE_S:
            self._told_at = now
            sys.stderr.write(describe_progress(progress) + "\n")
            sys.stderr.flush()

    def clear(self) -> None:
        """Lines stay."""


class _Bars:
    """A bar with percent, rate and time left; a spinner where nobody knows how much there is."""

    def __init__(self) -> None:
        self._display: Display | None = None
        self._shown: tuple[Stage, str] | None = None
        self._drawn_at = 0.0

    def show(self, progress: Progress) -> None:
        now = PROCESS.ticks()
        thing = progress.stage, progress.what
        if thing == self._shown and now - self._drawn_at < BEAT_S and progress.done != progress.total:
            return
        if thing != self._shown:
            self.clear()
        if self._display is None:
            self._display = _open_display(progress)
            self._shown = thing
        self._drawn_at = now
        (task,) = self._display.task_ids
        figures = describe_figures(progress)
        self._display.update(task, completed=progress.done, total=progress.total, figures=figures)

    def clear(self) -> None:
        if self._display is not None:
            self._display.stop()
        self._display = self._shown = None


def _open_display(progress: Progress) -> "Display":
    """On standard error, gone when it is stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Display

    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"  # None: neither bold nor dim
    moving: ProgressColumn = BarColumn(bar_width=24) if progress.total else SpinnerColumn("line")
    display = Display(
        TextColumn("{task.description}", markup=False),
        moving,
        TextColumn("{task.fields[figures]}", markup=False),
        console=Console(file=sys.stderr, highlight=False, markup=False, color_system=colours),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    display.add_task(progress.what, total=progress.total, figures="")
    display.start()
    return display
