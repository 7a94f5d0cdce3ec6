"""Events as log lines for machines: one JSON object a line on standard error.

    {"time": "2026-05-31T12:00:00.000+00:00", "level": "info", "event": "note", "message": "..."}

`level` is info, warning or error; `event` is note, warning, error, progress or question. Progress lines have `what`,
`done` and `total` besides, errors `hint`. Keys, tokens and personal data are masked (pipeline.redact).
"""

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from pipeline.edge import PROCESS, utc_now
from pipeline.events import Progress
from pipeline.redact import redact_text

__all__ = ["JsonLog"]

MILESTONE_S = 10.0
"""Seconds between two progress lines of one piece of work: enough to see that it lives, few enough to keep."""


class JsonLog:
    """A `pipeline.events.Events` for machines. Nobody is asked: a question is logged.

    `stream` None is standard error, whatever it is at the time. `secrets` are masked by value besides what is masked
    by shape. `quiet` leaves out notes and progress.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        secrets: Iterable[str] = (),
        quiet: bool = False,
        now: Callable[[], datetime] = utc_now,
        ticks: Callable[[], float] = PROCESS.ticks,
    ) -> None:
        self._stream = stream
        self._secrets = tuple(secrets)
        self._quiet = quiet
        self._now = now
        self._ticks = ticks
        self._told: dict[str, tuple[float, int]] = {}

    def note(self, text: str) -> None:
        if not self._quiet:
            self._write("info", "note", text)

    def warn(self, text: str) -> None:
        self._write("warning", "warning", text)

    def error(self, message: str, hint: str = "") -> None:
        self._write("error", "error", message, hint=redact_text(hint, self._secrets))

    def question(self, text: str) -> None:
        """What somebody would be asked, if there were anybody."""
        self._write("warning", "question", text)

    def progress(self, progress: Progress) -> None:
        """A line at the beginning, at the end and at most every `MILESTONE_S` between."""
        what, done, total = progress.what, progress.done, progress.total
        now = self._ticks()
        told = self._told.get(what)
        due = told is None or now - told[0] >= MILESTONE_S or (done == total and told[1] != done)
        if self._quiet or not due:
            return
        self._told[what] = now, done
        of = f" of {total:,}" if total is not None else ""
        end = progress.estimate_end(self._now())
        more = {"estimated_end": end.astimezone(UTC).isoformat(timespec="seconds")} if end else {}
        self._write("info", "progress", f"{what}: {done:,}{of}", what=what, done=done, total=total, **more)

    def _write(self, level: str, event: str, message: str, **more: Any) -> None:
        line = {
            "time": self._now().astimezone(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "event": event,
            "message": redact_text(message, self._secrets),
            **more,
        }
        stream = self._stream or sys.stderr
        # Not every standard error takes every letter, and what it would write instead of one may be no JSON.
        plain = (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8")
        stream.write(json.dumps(line, ensure_ascii=plain) + "\n")
        stream.flush()
