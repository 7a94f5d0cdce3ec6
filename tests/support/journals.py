"""What tests of any journal share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from builders import an_action

from pipeline.journal import Claim, Journal, Planned
from pipeline.model import Account

Open = Callable[[Path, Callable[[], datetime]], Journal]

PRINT = (("email", "name"), b"12345678")
OTHER_PRINT = (("email", "name"), b"1234WXYZ")


def now() -> datetime:
    return datetime(2026, 5, 31, tzinfo=UTC)


def planned(journal: Journal, account: Account, *keys: str, run: str = "r1") -> list[int]:
    return journal.plan(account, run, 0, [Planned(an_action(key), *PRINT) for key in keys])


def claimed(journal: Journal, account: Account) -> Claim:
    """The right to write, taken without asking: a test's journal is nobody else's."""
    return journal.next_fence(account.name, "r1")
