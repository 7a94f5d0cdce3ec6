"""What tests of any journal share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from builders import an_action
from postgres import shared_postgres

from pipeline.journal import Claim, Journal, Planned
from pipeline.journal.open import JOURNALS
from pipeline.model import Account

Open = Callable[[Path, Callable[[], datetime]], Journal]

ADDRESSES: Mapping[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:{folder / 'journal.sqlite'}",
    "postgresql": lambda folder: shared_postgres().schema_for(folder),
}
"""An address of each kind of journal, another one for each folder; where nothing is yet."""

PRINT = (("email", "name"), b"12345678")
OTHER_PRINT = (("email", "name"), b"1234WXYZ")


def open_in(kept_by: str, folder: Path, now: Callable[[], datetime]) -> Journal:
    """The journal of that kind that belongs to a folder, by its address as for a user."""
    return JOURNALS[kept_by].open(ADDRESSES[kept_by](folder), now)


def now() -> datetime:
    return datetime(2026, 5, 31, tzinfo=UTC)


def planned(journal: Journal, account: Account, *keys: str, run: str = "r1") -> list[int]:
    return journal.plan(account, run, 0, [Planned(an_action(key), *PRINT) for key in keys])


def claimed(journal: Journal, account: Account) -> Claim:
    """The right to write, taken without asking: a test's journal is nobody else's."""
    return journal.next_fence(account.name, "r1")
