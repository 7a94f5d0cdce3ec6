"""Progress as a person sees it: bars on a terminal, a plain line now and then in a log, nothing in a pipe."""

import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.edge import PROCESS
from pipeline.events import Progress, Stage
from pipeline.language.say import Said, join_said, say

if TYPE_CHECKING:
    from rich.progress import Progress as Display

__all__ = ["ProgressView", "choose_view", "describe_progress"]

LINE_S = 10.0
"""Seconds between two lines of a log, and before the first one."""

_DUMB = ("dumb", "unknown")
"""Terminals whose cursor cannot be moved."""

BEAT_S = 0.1
"""Seconds between two changes of a bar: more often, nobody sees it."""


_Translate = Callable[[str], str]
"""What was said, in the language of whoever reads it."""


class ProgressView(Protocol):
    """Shows progress, and gets out of the way of what else is written."""

    def show(self, progress: Progress) -> None: ...

    def clear(self) -> None: ...


def choose_view(*, silent: bool, word: _Translate) -> ProgressView:
    """What standard error is good for. `silent` is for --quiet and --json; `word` translates what is shown."""
    if silent:
        return _Nothing()
    if sys.stderr.isatty():
        return _Lines(word) if os.environ.get("TERM") in _DUMB else _Bars(word)
    return _Lines(word) if _keeps_lines() else _Nothing()


def _keeps_lines() -> bool:
    """Whether standard error is a file or a log's socket: whoever reads a pipe reads the result, or nothing."""
    try:
        return not stat.S_ISFIFO(os.fstat(sys.stderr.fileno()).st_mode)
    except (OSError, ValueError):  # closed, or no real file
        return False


def describe_progress(progress: Progress) -> Said:
    """`sending: 500 of 2,000 (25 %), 120/s, 12 s left`."""
    return join_said(": ", filter(None, (progress.what, describe_figures(progress))))


def describe_figures(progress: Progress) -> Said:
    """`500 of 2,000 (25 %), 120/s, 12 s left`: as much of it as is known; empty when nothing is."""
    done, total = progress.done, progress.total
    parts: list[str] = []
    if total:
        percent = done * 100 // total
        parts.append(say("{done:,} of {total:,} ({percent} %)", done=done, total=total, percent=percent))
    elif done:
        parts.append(f"{done:,}")
    if progress.rate:
        parts.append(f"{progress.rate:,.0f}/s" if progress.rate >= 10 else f"{progress.rate:.1f}/s")
    if progress.remaining_s:
        parts.append(say("{time} left", time=_describe_seconds(progress.remaining_s)))
    return join_said(", ", parts)


def _describe_seconds(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return (
        say("{minutes} min {rest} s", minutes=minutes, rest=rest)
        if minutes < 60
        else say("{minutes} h {minutes2} min", minutes=minutes // 60, minutes2=minutes % 60)
    )


class _Nothing:
    def show(self, progress: Progress) -> None:
        """Nothing is shown."""

    def clear(self) -> None:
        """Nothing was."""


class _Lines:
    """A line every LINE_S seconds, for a log that a person may follow."""

    def __init__(self, word: _Translate) -> None:
        self._word = word
        self._told_at = PROCESS.ticks()

    def show(self, progress: Progress) -> None:
        now = PROCESS.ticks()
        if now - self._told_at >= LINE_S:
            self._told_at = now
            sys.stderr.write(self._word(describe_progress(progress)) + "\n")
            sys.stderr.flush()

    def clear(self) -> None:
        """Lines stay."""


class _Bars:
    """A bar with percent, rate and time left; a spinner where nobody knows how much there is."""

    def __init__(self, word: _Translate) -> None:
        self._word = word
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
            self._display = _open_display(self._word(progress.what), progress.total)
            self._shown = thing
        self._drawn_at = now
        (task,) = self._display.task_ids
        figures = self._word(describe_figures(progress))
        self._display.update(task, completed=progress.done, total=progress.total, figures=figures)

    def clear(self) -> None:
        if self._display is not None:
            self._display.stop()
        self._display = self._shown = None


def _open_display(what: str, total: int | None) -> "Display":
    """On standard error, gone when it is stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Display

    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"  # None: neither bold nor dim
    moving: ProgressColumn = BarColumn(bar_width=24) if total else SpinnerColumn("line")
    display = Display(
        TextColumn("{task.description}", markup=False),
        moving,
        TextColumn("{task.fields[figures]}", markup=False),
        console=Console(file=sys.stderr, highlight=False, markup=False, color_system=colours),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    display.add_task(what, total=total, figures="")
    display.start()
    return display
