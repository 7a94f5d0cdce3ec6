"""Where the journal of the settings is, and the only place that chooses what keeps it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from pipeline.edge import utc_now
from pipeline.errors import OutputError, PipelineError
from pipeline.journal.protocol import Engine, Journal
from pipeline.journal.sqlite import SQLITE, SqliteJournal
from pipeline.language.say import say
from pipeline.settings import Settings

__all__ = ["JOURNALS", "hold", "journal_exists", "open_journal", "open_scratch_journal"]

JOURNALS: Mapping[str, Engine] = {
    "sqlite": SQLITE,
}
"""What can keep a journal, by the name its address begins with."""


def open_journal(settings: Settings, now: Callable[[], datetime] = utc_now) -> Journal:
    """The journal of the settings, made where there is none. JournalError when it cannot be used."""
    return _engine(settings).open(settings.state_dir, now)


def journal_exists(settings: Settings) -> bool:
    """Whether anything was ever run with these settings."""
    return _engine(settings).exists(settings.state_dir)


def hold(settings: Settings, name: str, run: str, what: str) -> AbstractContextManager[None]:
    """Be the only one at `name` for a block, as `Records.claim`, for a run that remembers nothing."""
    return _engine(settings).hold(settings.state_dir, name, run, what)


def open_scratch_journal(folder: Path, now: Callable[[], datetime] = utc_now) -> Journal:
    """The memory of a check, a file that is gone with its folder whatever keeps the journal. OutputError when it fails:
    no journal of the user's is to blame."""
    return SqliteJournal(folder / "scratch.sqlite", now, fault=_scratch_fault)


def _engine(settings: Settings) -> Engine:
    """One for all settings until a setting names another (docs/settings.md, The key and the journal)."""
    return JOURNALS["sqlite"]


def _scratch_fault(path: Path, error: Exception) -> PipelineError:
    return OutputError(
        say("Temporary files cannot be written to {parent}: {error}.", parent=path.parent, error=error),
        say("Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR."),
    )
