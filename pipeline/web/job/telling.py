"""What a job tells while it works: lines of JSON in a file that the page follows, and reads again from any line on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from pipeline.edge import PROCESS
from pipeline.events import Progress
from pipeline.language.catalogue import translate
from pipeline.redact import redact_text

__all__ = ["Telling"]

_EVERY_S = 0.25
"""Seconds between two lines of progress."""
_COUNTED_S = 0.5


class Telling:
    """Events as lines of a file: {"note"|"warning": text}, {"progress": {...}}, {"fates": {...}}, {"blind": true}.

    What is told is for whoever watches: a disk that takes no more of it, or figures that cannot be counted, stop no
    send. The journal is what counts, and stops it itself.
    """

    def __init__(
        self,
        path: Path,
        lang: str,
        secrets: tuple[str, ...],
        folder: Path | None = None,
        ticks: Callable[[], float] = PROCESS.ticks,
    ) -> None:
        """Files of `folder` are told of by their names alone."""
        self._ticks = ticks
        self._file = path.open("ab")
        self._lang, self._secrets = lang, secrets
        self._within = f"{folder}/" if folder is not None else None
        self._told = float("-inf")
        self._lock = threading.Lock()

    def note(self, text: str) -> None:
        self._write({"note": self._word(text)})

    def warn(self, text: str) -> None:
        self._write({"warning": self._word(text)})

    def progress(self, progress: Progress) -> None:
        now = self._ticks()
        if now - self._told < _EVERY_S and progress.done != progress.total:
            return
        self._told = now
        self._write(
            {
                "progress": {
                    "stage": progress.stage.value,
                    "what": self._word(progress.what),
                    "done": progress.done,
                    "total": progress.total,
                    "remaining_s": progress.remaining_s,
                }
            }
        )

    def tell(self, **line: Any) -> None:
        """Any other line."""
        self._write(line)

    @contextmanager
    def counting(self, count: Callable[[], dict[str, int] | None]) -> Iterator[None]:
        """Within the block: tell the fates, as `count` gives them, as often as they change; that they are not, where
        counting fails."""
        ended = threading.Event()

        def watch() -> None:
            before, last = None, False
            while not last:
                last = ended.wait(_COUNTED_S)  # and once more at the end
                fates = count()
                if fates and fates != before:
                    self._write({"fates": fates})
                    before = fates

        def watch_on() -> None:
            with ExitStack() as unless_counted:
                unless_counted.callback(self._write, {"blind": True})
                watch()
                unless_counted.pop_all()

        watcher = threading.Thread(target=watch_on, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _word(self, text: str) -> str:
        word = translate(text, self._lang)
        return redact_text(word if self._within is None else word.replace(self._within, ""), self._secrets)

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock, suppress(OSError):  # what is left in its buffer goes before the next line
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
