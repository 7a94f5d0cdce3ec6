"""The only writer of the journal. Synchronous; every method is one transaction and durable when it returns."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import JournalError
from pipeline.journal.rows import InputRow, Intent, Outcome, Planned, RunRow, run_row
from pipeline.journal.sqlite_migrations import migrate
from pipeline.model import Account, Entry, State

__all__ = ["InputRow", "Intent", "Ledger", "Outcome", "Planned", "RunRow"]

_SWITCHES, _SWITCH_NAP_S = 100, 0.02


_PLAN = """
    INSERT INTO records
        (account, livemode, resource, key, generation, run, input, line, shape, digests, local, updated_at, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned')
    ON CONFLICT (account, livemode, resource, key, generation) DO UPDATE SET
        state = 'planned', run = excluded.run, input = excluded.input, line = excluded.line, shape = excluded.shape,
        digests = excluded.digests, local = excluded.local, updated_at = excluded.updated_at,
        status = NULL, code = NULL, message = NULL
    WHERE state IN ('planned', 'refused')
    RETURNING id
"""


class Ledger:
    """The journal of one state folder. Close it, or use it in a `with` statement.

    `synchronous=FULL` in WAL mode: a commit that returned survives power loss. JournalError whenever SQLite cannot
    write, because without a memory nothing may be sent.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now
        with self._door():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            _write_ahead(self._db)
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            migrate(self._db)
            path.chmod(0o600)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    # --- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(
        self, run: str, command: str, account: Account, settings: dict[str, Any], inputs: Sequence[InputRow] = ()
    ) -> None:
        """Remember a run and all its files at once: a resume that knew only some of them would lose the others."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO runs (run, command, account, livemode, started_at, status, settings) "
                "VALUES (?, ?, ?, ?, ?, 'running', ?)",
                (run, command, account.name, account.livemode, self._stamp(), json.dumps(settings)),
            )
            self._db.executemany(
                "INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(run, n, f.name, str(f.path), f.sha256, f.resource, f.rows) for n, f in enumerate(inputs)],
            )

    def finish_run(self, run: str, status: str, result: dict[str, Any]) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE runs SET finished_at = ?, status = ?, result = ? WHERE run = ?",
                (self._stamp(), status, json.dumps(result), run),
            )

    def reopen_run(self, run: str) -> None:
        """Mark a run as going on again."""
        with self._transaction():
            self._db.execute("UPDATE runs SET finished_at = NULL, status = 'running' WHERE run = ?", (run,))

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The latest runs, newest first."""
        rows = self._read("SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?", (limit,))
        return [run_row(row) for row in rows]

    def run(self, run: str) -> RunRow | None:
        """The run of that name, or whose name begins so when only one does."""
        rows = self._read("SELECT * FROM runs WHERE run = ? OR run LIKE ? || '%' LIMIT 2", (run, run))
        exact = [row for row in rows if row[0] == run]
        chosen = exact or (rows if len(rows) == 1 else [])
        return run_row(chosen[0]) if chosen else None

    def inputs(self, run: str) -> list[tuple[Any, ...]]:
        """(position, name, path, sha256, resource, rows) of each file of a run."""
        return self._read(
            "SELECT position, name, path, sha256, resource, rows FROM inputs WHERE run = ? ORDER BY position", (run,)
        )

    def tally(self, run: str) -> dict[tuple[str, State], int]:
        """How many of a run's records are in each state, per resource."""
        rows = self._read("SELECT resource, state, count(*) FROM records WHERE run = ? GROUP BY 1, 2", (run,))
        return {(resource, State(state)): count for resource, state, count in rows}

    def fates(self, run: str, resource: str) -> tuple[int, int, int]:
        """How many records of a run were created by it, were refused, and are in doubt."""
        rows = self._read(
            "SELECT total(state = 'done' AND NOT matched), total(state = 'refused'), "
            "total(state IN ('sending', 'in_doubt')) FROM records WHERE run = ? AND resource = ?",
            (run, resource),
        )
        created, refused, in_doubt = rows[0]
        return int(created), int(refused), int(in_doubt)

    def notable(self, run: str, limit: int = 20) -> list[tuple[Any, ...]]:
        """(resource, key, line, state, code, message) of records refused or in doubt."""
        return self._read(
            "SELECT resource, key, line, state, code, message FROM records "
            "WHERE run = ? AND state IN ('refused', 'in_doubt', 'sending') ORDER BY id LIMIT ?",
            (run, limit),
        )

    def doubtful(self, run: str) -> dict[int, str]:
        """A run's records in doubt: their journal ids and keys."""
        rows = self._read(
            "SELECT id, key FROM records WHERE run = ? AND state IN ('in_doubt', 'sending') ORDER BY id", (run,)
        )
        return dict(rows)

    def prune(self, before: datetime) -> int:
        """Forget runs that ended before and left nothing in doubt; their records stay. How many."""
        with self._transaction():
            return self._db.execute(
                "DELETE FROM runs WHERE finished_at < ? AND status != 'running' AND NOT EXISTS "
                "(SELECT 1 FROM records r WHERE r.run = runs.run AND r.state IN ('in_doubt', 'sending'))",
                (before.isoformat(timespec="milliseconds"),),
            ).rowcount

    # --- records ------------------------------------------------------------------------------------------------------

    def known(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> dict[str, Entry]:
        """What is remembered of those keys."""
        rows = self._read(
            "SELECT r.key, r.state, r.run, r.input, r.line, s.fields, r.digests, r.remote_id, r.id, r.matched "
            "FROM records r JOIN shapes s USING (shape) "
            "WHERE r.account = ? AND r.livemode = ? AND r.resource = ? AND r.generation = ? "
            "AND r.key IN (SELECT value FROM json_each(?))",
            (account.name, account.livemode, resource, generation, json.dumps(list(keys))),
        )
        found: dict[str, Entry] = {}
        for key, state, run, position, line, fields, digests, remote_id, record_id, matched in rows:
            origin = (run, position, line)
            prints = tuple(json.loads(fields)), digests
            found[key] = Entry(State(state), origin, *prints, remote_id, record_id, bool(matched))
        return found

    def plan(
        self, account: Account, run: str, position: int, rows: Sequence[Planned], generation: int = 1
    ) -> list[int]:
        """Remember records that are to be created; gives their journal ids, in order.

        A record that is done or in doubt is never planned: JournalError, since two processes cannot both hold the lock.
        """
        stamp = self._stamp()
        with self._transaction():
            shapes = {fields: self._shape(fields) for fields in {row.fields for row in rows}}
            ids = []
            for action, fields, digests in rows:
                local = json.dumps(action.local) if action.local else None
                who = (account.name, action.livemode, action.resource, action.key, generation)
                what = (run, position, action.line, shapes[fields], digests, local, stamp)
                written = self._db.execute(_PLAN, (*who, *what)).fetchone()
                if written is None:
                    raise JournalError(
                        f"The record {action.key} is done or in doubt and cannot be planned.", "Run again."
                    )
                ids.append(int(written[0]))
            return ids

    def commit(self, events: Sequence[Intent | Outcome]) -> None:
        """Write intents and outcomes together: one transaction, one sync.

        JournalError, and nothing written, for an intent to send what is done or refused: it must not be sent again.
        """
        stamp = self._stamp()
        intents = [(e.attempt, e.body_hash, stamp, e.record_id) for e in events if isinstance(e, Intent)]
        outcomes = [
            (e.state, e.remote_id, e.matched, e.status, e.code, e.message, stamp, e.record_id)
            for e in events
            if isinstance(e, Outcome)
        ]
        with self._transaction():
            begun = self._db.executemany(
                "UPDATE records SET state = 'sending', attempt = ?, body_hash = ?, updated_at = ? "
                "WHERE id = ? AND state NOT IN ('done', 'refused')",
                intents,
            ).rowcount
            ended = self._db.executemany(
                "UPDATE records SET state = ?, remote_id = ?, matched = ?, status = ?, code = ?, message = ?, "
                "updated_at = ? WHERE id = ?",
                outcomes,
            ).rowcount
            if max(begun, 0) + max(ended, 0) != len(events):
                raise JournalError("A record about to be sent is unknown, or settled already.", "Please report this.")

    def latest(self, account: Account, resource: str, keys: Sequence[str]) -> dict[str, Entry]:
        """As `known`, of the highest generation of each key."""
        generations = self._read(
            "SELECT DISTINCT generation FROM records WHERE account = ? AND livemode = ? AND resource = ? ORDER BY 1",
            (account.name, account.livemode, resource),
        )
        found: dict[str, Entry] = {}
        for (generation,) in generations:
            found |= self.known(account, resource, keys, generation)
        return found

    def has_snapshot(self, account: Account, resource: str) -> bool:
        """Whether all that the account held of a resource, before this journal knew of it, was learnt."""
        who = (account.name, account.livemode, resource)
        return bool(self._read("SELECT 1 FROM acquainted WHERE account = ? AND livemode = ? AND resource = ?", who))

    def keep_snapshot(self, account: Account, resource: str, rows: Iterable[tuple[str, str, str | None]]) -> None:
        """Remember (internalId, remote id, what is shown of it) of everything the account holds."""
        who = (account.name, account.livemode, resource)
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?)", ((*who, *row) for row in rows)
            )
            self._db.execute("INSERT OR REPLACE INTO acquainted VALUES (?, ?, ?, ?)", (*who, self._stamp()))

    def snapshot_rows(
        self, account: Account, resource: str, internal_ids: Sequence[str]
    ) -> list[tuple[str, str, str | None]]:
        """What `keep_snapshot` was told of those internalIds."""
        return self._read(
            "SELECT internal_id, remote_id, shown FROM held WHERE account = ? AND livemode = ? AND resource = ? "
            "AND internal_id IN (SELECT value FROM json_each(?))",
            (account.name, account.livemode, resource, json.dumps(internal_ids)),
        )

    def owners(self, account: Account, remote_ids: Sequence[str]) -> dict[str, list[tuple[str, bool, str]]]:
        """(resource, livemode, key) of the records to which those remote ids were given."""
        found: dict[str, list[tuple[str, bool, str]]] = {}
        for remote_id, resource, livemode, key in self._read(
            "SELECT remote_id, resource, livemode, key FROM records WHERE account = ? "
            "AND remote_id IN (SELECT value FROM json_each(?))",
            (account.name, json.dumps(remote_ids)),
        ):
            found.setdefault(remote_id, []).append((resource, bool(livemode), key))
        return found

    def local(
        self, account: Account | None, resource: str, keys: Sequence[str], run: str = ""
    ) -> dict[str, dict[str, str]]:
        """The fields later files may take from those keys: records that are done, and those this `run` will create.

        Any account when None, for a check without a key.
        """
        rows = self._read(
            "SELECT key, local FROM records WHERE resource = ?1 AND key IN (SELECT value FROM json_each(?2)) "
            "AND (?3 IS NULL OR (account = ?3 AND livemode = ?4)) "
            "AND (state = 'done' OR (run = ?5 AND state != 'refused'))",
            (resource, json.dumps(list(keys)), account and account.name, account and account.livemode, run),
        )
        return {key: json.loads(local) if local else {} for key, local in rows}

    # --- the door to SQLite -------------------------------------------------------------------------------------------

    def _shape(self, fields: tuple[str, ...]) -> int:
        text = json.dumps(fields)
        self._db.execute("INSERT OR IGNORE INTO shapes (fields) VALUES (?)", (text,))
        return int(self._db.execute("SELECT shape FROM shapes WHERE fields = ?", (text,)).fetchone()[0])

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._door():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._door():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise

    @contextmanager
    def _door(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"The journal {self.path} cannot be used: {error}.", _advice(str(error))) from error
        except OSError as error:
            raise JournalError(
                f"The journal {self.path} cannot be made: {error.strerror}.",
                "Give write permission to the state folder, or name another with GIGBULK_STATE_DIR.",
            ) from error


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
        return "Free disk space (and look at ulimit -f), then run: gigbulk runs resume."
    if "readonly" in fault or "unable to open" in fault:
        return "Give write permission to the state folder, or name another with GIGBULK_STATE_DIR."
    if "locked" in fault:
        return "Another program holds the journal; end it and run again."
    return (
        "Move it away with its -wal and -shm files and import again: the account is looked at anew, and nothing is "
        "sent twice. An older copy would not know what was sent since."
    )
