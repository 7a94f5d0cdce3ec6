"""Where the journal of a state folder is, and the only place that chooses what keeps it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pipeline.edge import utc_now
from pipeline.errors import OutputError, PipelineError
from pipeline.journal.protocol import Journal
from pipeline.journal.sqlite import SqliteJournal
from pipeline.settings import Settings

__all__ = ["journal_exists", "open_journal", "open_scratch_journal"]

_JOURNAL = "journal.sqlite"


def open_journal(settings: Settings, now: Callable[[], datetime] = utc_now) -> Journal:
    """The journal of the settings, made where there is none. JournalError when it cannot be used."""
    return SqliteJournal(settings.state_dir / _JOURNAL, now)


def journal_exists(settings: Settings) -> bool:
    """Whether anything was ever run with these settings."""
    return (settings.state_dir / _JOURNAL).exists()


def open_scratch_journal(folder: Path, now: Callable[[], datetime] = utc_now) -> Journal:
    """The memory of a check, gone with its folder. OutputError when it fails: no journal of the user's is to blame."""
    return SqliteJournal(folder / _JOURNAL, now, fault=_scratch_fault)


def _scratch_fault(path: Path, error: Exception) -> PipelineError:
    return OutputError(
        f"Temporary files cannot be written to {path.parent}: {error}.",
        "Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR.",
    )
