"""The one door to the SQLite file of a journal: how it is opened, read, written, and what its failures are called.

`synchronous=FULL` in WAL mode: a commit that returned survives power loss.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pipeline.errors import JournalError, PipelineError
from pipeline.journal.sqlite_migrations import migrate
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["SqliteFile", "journal_fault"]

_SWITCHES, _SWITCH_NAP_S = 100, 0.02

Fault = Callable[[Path, Exception], PipelineError]


def journal_fault(path: Path, error: Exception) -> PipelineError:
    """What the user is told when the file or its folder cannot be used."""
    if isinstance(error, OSError):
        return JournalError(
            say("The state folder {parent} cannot be written: {cause}.", parent=path.parent, cause=os_cause(error)),
            say(
                "Give write permission and disk space, or name another with GIGBULK_STATE_DIR "
                "(GIGBULK_JOURNAL, where it is set)."
            ),
        )
    return JournalError(say("The journal {path} cannot be used: {error}.", path=path, error=error), _advice(str(error)))


class SqliteFile:
    """A connection that may pass from thread to thread, used by one at a time. `fault` names its failures."""

    def __init__(self, path: Path, now: Callable[[], datetime], fault: Fault = journal_fault) -> None:
        self.path = path
        self._now = now
        self._fault = fault
        with self._door():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            tempfile.TemporaryFile(dir=path.parent).close()  # says why a folder cannot be written; SQLite does not
            path.touch(mode=0o600)  # before SQLite makes it: its -wal and -shm take over the mode they find
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            _write_ahead(self.db)
            self.db.execute("PRAGMA synchronous=FULL")
            self.db.execute("PRAGMA foreign_keys=ON")
            migrate(self.db)
            path.chmod(0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._door():
            return self.db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._door():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                self.db.rollback()
                raise

    @contextmanager
    def _door(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._fault(self.path, error) from error


def _write_ahead(db: sqlite3.Connection) -> None:
    """WAL mode. The very first switch wants a lock for which SQLite does not wait: then another process has it."""
    for _ in range(_SWITCHES):
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_SWITCH_NAP_S)
        else:
            return
    db.execute("PRAGMA journal_mode=WAL")


def _advice(fault: str) -> str:
    if "full" in fault or "disk I/O" in fault:
        return say("Free disk space (and look at ulimit -f), then run: gigbulk runs resume.")
    if "readonly" in fault or "unable to open" in fault:
        return say(
            "Give write permission to the state folder, or name another with GIGBULK_STATE_DIR "
            "(GIGBULK_JOURNAL, where it is set)."
        )
    if "locked" in fault:
        return say("Another program holds the journal; end it and run again.")
    return say(
        "Move it away with its -wal and -shm files and import again: the account is looked at anew, and nothing is "
        "sent twice. An older copy would not know what was sent since."
    )
