"""What goes into the journal and comes out of it, as plain rows."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.model import Action, State

__all__ = ["InputRow", "Intent", "Outcome", "Planned", "RunRow", "run_row"]


class Intent(NamedTuple):
    """A request is about to leave: which record, which attempt, the hash of its body."""

    record_id: int
    attempt: int
    body_hash: bytes


class Outcome(NamedTuple):
    """What became of a record."""

    record_id: int
    state: State
    remote_id: str | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    matched: bool = False


class InputRow(NamedTuple):
    """One file of a run: what the user called it, where it is, its hash, what it holds."""

    name: str
    path: Path
    sha256: str
    resource: str
    rows: int


class Planned(NamedTuple):
    """A record to be created, and its fingerprint."""

    action: Action
    fields: tuple[str, ...]
    digests: bytes


class RunRow(NamedTuple):
    """One run as the history shows it."""

    run: str
    command: str
    account: str
    livemode: bool
    started_at: str
    finished_at: str | None
    status: str
    settings: dict[str, Any]
    result: dict[str, Any] | None


def run_row(row: tuple[Any, ...]) -> RunRow:
    """A row of the table `runs`."""
    run, command, account, livemode, started, finished, status, settings, result = row
    return RunRow(
        run, command, account, bool(livemode), started, finished, status, json.loads(settings),
        json.loads(result) if result else None,
    )  # fmt: skip
