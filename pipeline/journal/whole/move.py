"""A journal moved to another address: copied, compared row by row, and only then the old one retired."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest

from pipeline.errors import ConfigError, JournalError
from pipeline.journal.open import journal_exists, open_journal
from pipeline.journal.protocol import Journal
from pipeline.journal.sqlite import SqliteJournal
from pipeline.journal.whole.tables import JOURNAL_TABLES
from pipeline.language.say import say
from pipeline.settings import Settings

__all__ = ["move_journal", "refuse_differences"]


def move_journal(settings: Settings, to: str, run: str, now: Callable[[], datetime]) -> dict[str, int]:
    """Move the journal of the settings to the address `to`; gives how many rows of each table it holds there.

    Every account is claimed meanwhile, and whoever claimed one before can write no more. ConfigError where there is
    none, where it is no file, or where `to` holds one already; JournalError, and the old one still in use, where
    anything fails before all is compared.
    """
    if not journal_exists(settings):
        raise ConfigError(
            say("There is no journal to move: nothing was run with this state folder."), say("See: gigbulk runs list")
        )
    target = replace(settings, journal=to)
    with ExitStack() as stack:
        old = stack.enter_context(open_journal(settings, now))
        if not isinstance(old, SqliteJournal):
            raise ConfigError(
                say("Only a journal that is a file can be moved."),
                say("Name it with --journal sqlite:PATH, and where it goes with --to."),
            )
        new = stack.enter_context(open_journal(target, now))
        if any(next(iter(new.read_rows(table)), None) for table in JOURNAL_TABLES):
            raise ConfigError(
                say("There is a journal already where this one is to go, and two are not made one."),
                say("Name an empty schema or another database with --to, or use that journal."),
            )
        names = [name for name, *_ in old.read_rows(next(table for table in JOURNAL_TABLES if table.name == "claims"))]
        for name in names:
            stack.enter_context(old.claim(name, run))
        new.fill({table: old.read_rows(table) for table in JOURNAL_TABLES})
        counts = refuse_differences(old, new)
        old.retire()
    return counts


def refuse_differences(old: Journal, new: Journal) -> dict[str, int]:
    """Compare every row; how many there are in each table. JournalError at the first that is not the same in both."""
    counts = {}
    for table in JOURNAL_TABLES:
        count = 0
        for one, other in zip_longest(old.read_rows(table), new.read_rows(table)):
            if one != other:
                raise JournalError(
                    say(
                        "Row {number} of the table {table} is not the same in both journals.",
                        number=count + 1,
                        table=table.name,
                    ),
                    say("The old journal is still the one in use. Empty the new one and report this."),
                )
            count += 1
        counts[table.name] = count
    return counts
