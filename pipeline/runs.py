"""What the journal tells of past runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.errors import ConfigError
from pipeline.journal import Ledger, Outcome, RunRow
from pipeline.journal.lock import locked
from pipeline.journal.open import JOURNAL
from pipeline.model import State
from pipeline.settings import Settings

__all__ = ["find_resumable", "list_doubts", "list_runs", "prune_runs", "resolve", "show_run"]

_CUT_SHORT = ("running", "interrupted")

_NAMED = 5


def list_runs(settings: Settings, count: int) -> list[dict[str, Any]]:
    """The latest runs, newest first, with their totals. Empty when nothing was ever run."""
    if not (settings.state_dir / JOURNAL).exists():
        return []
    with _journal(settings) as ledger:
        return [_row(ledger, row) | {"totals": _totals(ledger, row)} for row in ledger.runs(count)]


def show_run(settings: Settings, run: str) -> dict[str, Any]:
    """One run with its files, counts and notable records. ConfigError when there is no such run."""
    if not (settings.state_dir / JOURNAL).exists():
        raise ConfigError(f"There is no run {run}: nothing was run with this state folder.", "See: gigbulk runs list")
    with _journal(settings) as ledger:
        row = _named(ledger, run)
        names = ("position", "name", "path", "sha256", "resource", "rows")
        notable = ("resource", "key", "line", "state", "code", "message")
        return _row(ledger, row) | {
            "files": [dict(zip(names, values, strict=True)) for values in ledger.inputs(row.run)],
            "resources": _by_resource(ledger, row),
            "notable": [dict(zip(notable, values, strict=True)) for values in ledger.notable(row.run)],
            "result": row.result,
        }


def list_doubts(settings: Settings, run: str, keys: tuple[str, ...] = ()) -> list[int]:
    """Journal ids of the records of a run that are in doubt; only those of `keys` (internalIds) when there are any.

    ConfigError for a key that is not in doubt there: a slip of the pen must not look like a decision.
    """
    with _journal(settings) as ledger:
        return _doubtful(ledger, _named(ledger, run), keys)


def resolve(settings: Settings, run: str, keys: tuple[str, ...], *, created: bool) -> int:
    """Mark the records of a run that are in doubt as created or as absent. How many; ConfigError as `list_doubts`."""
    with _journal(settings) as ledger:
        row = _named(ledger, run)
        with locked(settings.state_dir, row.account, row.run):
            ids = _doubtful(ledger, row, keys)
            state = State.DONE if created else State.PLANNED
            ledger.commit([Outcome(record_id, state, message="settled by hand") for record_id in ids])
            return len(ids)


def prune_runs(settings: Settings, days: int) -> int:
    """Forget runs that ended more than so many days ago. How many."""
    if not (settings.state_dir / JOURNAL).exists():
        return 0
    with _journal(settings) as ledger:
        return ledger.prune(datetime.now(UTC) - timedelta(days=days))


def find_resumable(ledger: Ledger, run: str | None, account: str) -> RunRow:
    """The run named, else the latest unfinished one of the account. ConfigError when there is none."""
    if run is not None:
        row = ledger.run(run)
        if row is None:
            raise ConfigError(f"There is no run {run}, or several begin so.", "See: gigbulk runs list")
        if row.account != account:
            raise ConfigError(
                f"Run {row.run} belongs to another account.", "Use the key (or --sandbox) it was begun with."
            )
        return row
    for row in ledger.runs(200):
        if row.account == account and _unfinished(row):
            return row
    raise ConfigError("There is no run to resume for this account.", "See: gigbulk runs list")


def _unfinished(row: RunRow) -> bool:
    """Whether something stopped the run, or left records in doubt or unsent.

    A run that only has rejected rows is finished, and so is one that sent what its --limit allowed.
    """
    if row.settings.get("dry_run") or row.status == "ok":
        return False
    result = row.result or {}
    if row.status in _CUT_SHORT or result.get("error"):
        return True
    counts = result.get("resources", {}).values()
    limited = row.settings.get("limit") is not None
    return any(c["in_doubt"] or (c["unsent"] and not limited) for c in counts)


def _named(ledger: Ledger, run: str) -> RunRow:
    row = ledger.run(run)
    if row is None:
        raise ConfigError(f"There is no run {run}, or several begin so.", "See: gigbulk runs list")
    return row


def _doubtful(ledger: Ledger, row: RunRow, keys: tuple[str, ...]) -> list[int]:
    open_ = ledger.doubtful(row.run)
    strange = [key for key in keys if f"id:{key}" not in open_.values()]
    if strange:
        named = ", ".join(strange[:_NAMED]) + (f" and {len(strange) - _NAMED:,} more" if strange[_NAMED:] else "")
        raise ConfigError(
            f"Not in doubt in run {row.run}: {named}. Nothing was settled.",
            f"See which records are: gigbulk runs show {row.run}",
        )
    wanted = {f"id:{key}" for key in keys}
    return [record_id for record_id, key in open_.items() if not wanted or key in wanted]


def _journal(settings: Settings) -> Ledger:
    return Ledger(settings.state_dir / JOURNAL, lambda: datetime.now(UTC))


def _row(ledger: Ledger, row: RunRow) -> dict[str, Any]:
    return {
        "run": row.run,
        "command": row.command,
        "status": row.status,
        "account": row.account,
        "livemode": row.livemode,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }


def _by_resource(ledger: Ledger, row: RunRow) -> dict[str, dict[str, int]]:
    """The counts of the run's result; of a run that never ended, what the journal holds of its records."""
    if row.result:
        resources: dict[str, dict[str, int]] = row.result["resources"]
        return resources
    words = {
        "done": "created",
        "planned": "unsent",
        "sending": "in_doubt",
        "in_doubt": "in_doubt",
        "refused": "refused",
    }
    counts: dict[str, dict[str, int]] = {}
    for (resource, state), count in ledger.tally(row.run).items():
        fates = counts.setdefault(resource, {})
        fates[words[state]] = fates.get(words[state], 0) + count
    return counts


def _totals(ledger: Ledger, row: RunRow) -> dict[str, int]:
    totals: dict[str, int] = {}
    for counts in _by_resource(ledger, row).values():
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
    return totals
