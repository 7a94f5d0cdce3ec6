"""Where the journal of the settings is, and the only place that chooses what keeps it.

An address begins with the name of what keeps the journal and a colon: `sqlite:/var/lib/gigbulk/journal.sqlite`. It is
never shown, but for that name: behind it there may be a password.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from pipeline.errors import ConfigError, OutputError, PipelineError
from pipeline.journal.postgres.engine import POSTGRES
from pipeline.journal.protocol import Engine, Journal
from pipeline.journal.sqlite import SQLITE, SqliteJournal
from pipeline.journal.terms import Terms
from pipeline.language.say import say
from pipeline.settings import Settings

__all__ = ["JOURNALS", "adopt_journal", "hold", "journal_exists", "open_journal", "open_scratch_journal"]

JOURNALS: Mapping[str, Engine] = {
    "sqlite": SQLITE,
    "postgresql": POSTGRES,
}
"""What can keep a journal, by the name its address begins with."""

_NAME = re.compile(r"([a-z][a-z0-9+]{0,20}):.")


def open_journal(settings: Settings, now: Callable[[], datetime]) -> Journal:
    """The journal of the settings, made where there is none; `now` is the clock it writes down. JournalError when it
    cannot be used; here as below ConfigError for an address that nothing here keeps a journal at."""
    engine, address = _reach(settings)
    return engine.open(address, now, _terms(settings))


def journal_exists(settings: Settings) -> bool:
    """Whether anything was ever run with these settings. JournalError when that cannot be seen."""
    engine, address = _reach(settings)
    return engine.exists(address)


def hold(settings: Settings, name: str, run: str, what: str) -> AbstractContextManager[None]:
    """Be the only one at `name` for a block, as `Records.claim`, for a run that remembers nothing."""
    engine, address = _reach(settings)
    return engine.hold(address, name, run, what, _terms(settings))


def adopt_journal(settings: Settings) -> bool:
    """As `Engine.adopt`, of the journal of the settings."""
    engine, address = _reach(settings)
    return engine.adopt(address, _terms(settings))


def open_scratch_journal(folder: Path, now: Callable[[], datetime]) -> Journal:
    """The memory of a check, a file that is gone with its folder whatever keeps the journal. OutputError when it fails:
    no journal of the user's is to blame."""
    return SqliteJournal(folder / "scratch.sqlite", now, fault=_scratch_fault)


def _terms(settings: Settings) -> Terms:
    return Terms(settings.lease_s, settings.journal_wait_s, settings.timeout_s)


def _reach(settings: Settings) -> tuple[Engine, str]:
    """What keeps the journal of the settings, and its whole address."""
    address = settings.journal or f"sqlite:{settings.state_dir / 'journal.sqlite'}"
    engine = _find_engine(address)
    return engine, engine.whole(address, settings.folder)


def _find_engine(address: str) -> Engine:
    named = _NAME.match(address)
    if named is None or named[1] not in JOURNALS:
        unknown = say("The address of the journal does not begin with the name of what keeps it.")
        raise ConfigError(
            say("No journal can be kept in {name}.", name=named[1]) if named else unknown,
            say(
                "Set GIGBULK_JOURNAL (journal in gigbulk.toml) to an address that begins with {names}, for example "
                "sqlite:/var/lib/gigbulk/journal.sqlite, or leave it out: the journal is then in the state folder.",
                names=", ".join(f"{name}:" for name in JOURNALS),
            ),
        )
    return JOURNALS[named[1]]


def _scratch_fault(path: Path, error: Exception) -> PipelineError:
    return OutputError(
        say("Temporary files cannot be written to {parent}: {error}.", parent=path.parent, error=error),
        say("Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR."),
    )
