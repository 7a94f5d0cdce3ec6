"""What the journal tells of past runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.events import format_count
from pipeline.journal import (
    ChangeRow,
    DoubtfulRow,
    Journal,
    NotableRow,
    Outcome,
    RunRow,
    count_killed,
    journal_exists,
    open_journal,
)
from pipeline.journal.whole.move import move_journal
from pipeline.language.say import Said, name_few, say
from pipeline.model import RecordKey, State
from pipeline.result import SO_FAR
from pipeline.settings import Settings
from pipeline.storage.naming import run_name
from schemas.dialects import dialect

__all__ = [
    "CUT_SHORT", "Fate", "Settled", "count_by_resource", "find_resumable", "has_ended", "is_unfinished", "list_doubts",
    "list_runs", "open_run", "prune_runs", "resolve", "show_run",
]  # fmt: skip

CUT_SHORT = ("running", "interrupted")
"""A run that was killed still says that it is running. Its rejects are not written, even if all was sent."""

_NAMED = 5


class Fate(StrEnum):
    """What a person saw of a record in doubt. Of two requests, the first makes it CREATED, the second DONE."""

    CREATED = "created"
    DONE = "done"
    ABSENT = "absent"


class Settled(NamedTuple):
    """How many records were settled, and how many were left in doubt: CREATED, and nobody said of their second request
    whether it was carried out."""

    run: str
    records: int
    left: int = 0

    @property
    def said_of_left(self) -> tuple[Said, Said]:
        """What is said of those left in doubt, and what to do."""
        return (
            say(
                "Still in doubt: {records}, of two requests (--two-step): created says nothing of the second.",
                records=format_count(self.left, "records"),
            ),
            say(
                "gigbulk runs resume {run} looks at the account and sends the second only where it is missing;"
                " where you saw both carried out: gigbulk runs settle {run} --as done",
                run=self.run,
            ),
        )


def list_runs(settings: Settings, count: int, edge: Edge) -> list[dict[str, Any]]:
    """The latest runs, newest first, with their totals. Empty when nothing was ever run."""
    if not journal_exists(settings):
        return []
    with open_journal(settings, edge.now) as journal:
        return [_row(row) | {"totals": _totals(journal, row)} for row in journal.runs(count)]


def show_run(settings: Settings, run: str, edge: Edge) -> dict[str, Any]:
    """One run with its files, counts and notable records. ConfigError when there is no such run."""
    with open_run(settings, run, edge) as (journal, row):
        return _row(row) | {
            "files": [file._asdict() for file in journal.inputs(row.run)],
            "resources": count_by_resource(journal, row),
            "notable": [_record(record) for record in journal.notable(row.run)],
            "result": row.result if has_ended(row) else None,
            "approved_by": row.settings.get("approved_by"),
            "changes": [_change(change) for change in journal.changes(row.run) if change.state in _OPEN][:_NAMED_OPEN],
        }


def count_run(settings: Settings, run: str, edge: Edge) -> dict[str, int]:
    """The records of one run by their fate, as they stand now. ConfigError when there is no such run."""
    with open_run(settings, run, edge) as (journal, row):
        return _totals(journal, row)


@contextmanager
def open_run(settings: Settings, run: str, edge: Edge) -> Iterator[tuple[Journal, RunRow]]:
    """The journal, and the run of that name in it or whose name begins so. ConfigError when there is none."""
    if not journal_exists(settings):
        raise ConfigError(
            say("There is no run {run}: nothing was run with this state folder.", run=run),
            say("See: gigbulk runs list"),
        )
    with open_journal(settings, edge.now) as journal:
        yield journal, _named(journal, run)


def _record(row: NotableRow) -> dict[str, Any]:
    """A record that needs attention; its `cause` is {"kind", "text"} or null, `why` what a person reads."""
    return row._asdict() | {"cause": row.cause and row.cause._asdict(), "why": row.why}


_OPEN = (State.REFUSED, State.IN_DOUBT, State.SENDING, State.PLANNED)
_NAMED_OPEN = 20


def _change(row: ChangeRow) -> dict[str, Any]:
    """A record of the account that was to be changed or deleted and is not, as far as is known; and why."""
    cause = row.cause.text if row.cause else ""
    return {"resource": row.resource, "id": row.remote_id, "state": row.state, "why": cause}


def list_doubts(settings: Settings, run: str, edge: Edge, keys: tuple[str, ...] = ()) -> list[int]:
    """Journal ids of the records of a run that are in doubt; only those of `keys` (internalIds) when there are any.

    ConfigError for a key that is not in doubt there: a slip of the pen must not look like a decision.
    """
    with open_journal(settings, edge.now) as journal:
        return [doubt.record_id for doubt in _doubtful(journal, _named(journal, run), keys)]


def resolve(settings: Settings, run: str, keys: tuple[str, ...], edge: Edge, fate: Fate) -> Settled:
    """Mark the records of a run that are in doubt as what a person saw of them. ConfigError as `list_doubts`.

    One that takes two requests is not done when it is created: it stays in doubt, so that a resume looks at it and
    sends the second alone. What is absent is sent again; of a record that is begun, its second request.
    """
    with open_journal(settings, edge.now) as journal:
        row = _named(journal, run)
        with journal.claim(row.account, row.run) as claim:
            doubts = _doubtful(journal, row, keys)
            settled = [doubt for doubt in doubts if fate is not Fate.CREATED or not _takes_two(row, doubt)]
            state = State.PLANNED if fate is Fate.ABSENT else State.DONE
            why = say("settled by hand")
            journal.commit([Outcome(doubt.record_id, state, message=why) for doubt in settled], claim)
            return Settled(row.run, len(settled), len(doubts) - len(settled))


def _takes_two(row: RunRow, doubt: DoubtfulRow) -> bool:
    """Whether a record is, or may be, one of two requests: the run may make them, and it has what the second says."""
    if doubt.begun or not row.settings.get("two_step"):
        return doubt.begun
    creates = dialect(str(row.settings["dialect"])).endpoints[doubt.resource].creates
    return any(create.then is not None and {*create.then.fields} <= {*doubt.fields} for create in creates)


def move_runs(settings: Settings, to: str, edge: Edge) -> dict[str, int]:
    """Move the journal to the address `to` (pipeline.journal.whole.move): how many rows of each table it holds."""
    return move_journal(settings, to, run_name(edge.now()), edge.now)


def prune_runs(settings: Settings, days: int, edge: Edge) -> int:
    """Forget runs that ended more than so many days ago. How many."""
    if not journal_exists(settings):
        return 0
    with open_journal(settings, edge.now) as journal:
        before = edge.now() - timedelta(days=days)
        folders = (settings.state_dir / name for name in ("changes", "deleted"))  # what was there before a run
        for kept in (path for folder in folders for path in folder.glob("*.jsonl")):
            if kept.stat().st_mtime < before.timestamp():
                kept.unlink()
        return journal.prune(before)


def find_resumable(journal: Journal, run: str | None, account: str) -> RunRow:
    """The run named, else the latest unfinished one of the account. ConfigError when there is none."""
    if run is not None:
        row = journal.run(run)
        if row is None:
            raise ConfigError(
                say("There is no run {run}, or several begin so.", run=run), say("See: gigbulk runs list")
            )
        if row.account != account:
            raise ConfigError(
                say("Run {run} belongs to another account.", run=row.run),
                say("Use the key (or --sandbox) it was begun with."),
            )
        return row
    for row in journal.runs(200):
        if row.account == account and is_unfinished(row):
            return row
    raise ConfigError(say("There is no run to resume for this account."), say("See: gigbulk runs list"))


def find_command(settings: Settings, run: str | None, edge: Edge) -> str:
    """What the run to resume did. ConfigError as `find_resumable`."""
    with open_journal(settings, edge.now) as journal:
        return find_resumable(journal, run, settings.account_name()).command


def is_unfinished(row: RunRow) -> bool:
    """Whether something stopped the run, or left records in doubt or unsent.

    A run that only has rejected rows is finished, and so is one that sent what its --limit allowed.
    """
    if row.settings.get("dry_run") or row.status == "ok":
        return False
    result = row.result or {}
    if row.status in CUT_SHORT or result.get("error"):
        return True
    counts = [*result.get("resources", {}).values(), *result.get("changes", {}).values()]
    limited = row.settings.get("limit") is not None
    return any(c.get("in_doubt") or (c.get("unsent") and not limited) for c in counts)


def _named(journal: Journal, run: str) -> RunRow:
    row = journal.run(run)
    if row is None:
        raise ConfigError(say("There is no run {run}, or several begin so.", run=run), say("See: gigbulk runs list"))
    return row


def _doubtful(journal: Journal, row: RunRow, keys: tuple[str, ...]) -> list[DoubtfulRow]:
    open_ = journal.doubtful(row.run)
    known = {doubt.key for doubt in open_}
    strange = [key for key in keys if RecordKey.of(key) not in known]
    if strange:
        named = name_few(strange, _NAMED)
        raise ConfigError(
            say("Not in doubt in run {run}: {named}. Nothing was settled.", run=row.run, named=named),
            say("See which records are: gigbulk runs show {run}", run=row.run),
        )
    wanted = {RecordKey.of(key) for key in keys}
    return [doubt for doubt in open_ if not wanted or doubt.key in wanted]


def _row(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.run,
        "command": row.command,
        "status": row.status,
        "account": row.account,
        "livemode": row.livemode,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "dry_run": bool(row.settings.get("dry_run")),
        "unfinished": is_unfinished(row),
    }


def has_ended(row: RunRow) -> bool:
    """Whether its result is that of its end, not what was known when it had been checked."""
    return row.result is not None and row.result.get("event") != SO_FAR


def count_by_resource(journal: Journal, row: RunRow) -> dict[str, dict[str, int]]:
    """The counts of the run's result; of a run that never ended, what its check said and what the journal holds."""
    known: dict[str, dict[str, int]] = (row.result or {}).get("resources", {})
    return known if has_ended(row) else count_killed(known, journal.fates(row.run))


def _totals(journal: Journal, row: RunRow) -> dict[str, int]:
    totals: dict[str, int] = {}
    for counts in count_by_resource(journal, row).values():
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    return totals
