"""Runs in SQLite: the group `Runs` of `pipeline.journal.protocol`, where each method is described."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline.journal.rows import (
    DoubtfulRow,
    Fates,
    InputRow,
    LatencyRow,
    MadeRow,
    NotableRow,
    ProofRow,
    RuleCount,
    RunRow,
    SlotRow,
    read_cause,
    run_row,
)
from pipeline.journal.sqlite_file import SqliteFile
from pipeline.model import Account, State

__all__ = ["SqliteRuns"]

_FATES = """
    total(state = 'done' AND NOT matched), total(state = 'done' AND matched), total(state = 'rejected'),
    total(state = 'refused'), total(state IN ('sending', 'in_doubt')), total(state = 'planned')
"""
_FATES_OF_RUN = f"SELECT resource, {_FATES} FROM records WHERE run = ? GROUP BY resource"  # noqa: S608
_FATES_OF_RECORDS = f"SELECT {_FATES} FROM json_each(?) AS named JOIN records ON records.id = named.value"  # noqa: S608

_SECOND = "CAST(strftime('%s', updated_at) AS INTEGER)"
"""Of a record's last change, since 1970. The moment is written with its offset from UTC."""

_SETTLED = f"""
    SELECT ({_SECOND} - ?2) / ?3 AS slot, {_FATES} FROM records WHERE run = ?1 AND state != 'planned'
    GROUP BY slot ORDER BY slot
"""  # noqa: S608
_SPAN = f"""
    SELECT min(second), max(second) FROM (
        SELECT {_SECOND} AS second FROM records WHERE run = ?1 AND state != 'planned'
        UNION ALL SELECT second FROM latencies WHERE run = ?1
    )
"""  # noqa: S608
_LATENCIES = """
    SELECT (second - ?2) / ?3 AS slot, step, sum(requests) FROM latencies WHERE run = ?1 GROUP BY slot, step
"""
_ADD_LATENCY = """
    INSERT INTO latencies VALUES (?, ?, ?, ?)
    ON CONFLICT (run, second, step) DO UPDATE SET requests = requests + excluded.requests
"""

_NOTABLE = """
    SELECT id, resource, key, line, state, code, message, cause, cause_text FROM records
    WHERE run = ?1 AND state IN ('refused', 'in_doubt', 'sending')
    UNION ALL
    SELECT id, resource, key, line, state, code, message, cause, cause_text FROM records
    WHERE run = ?1 AND state = 'planned' AND cause IS NOT NULL
    ORDER BY id LIMIT ?2
"""


class SqliteRuns(SqliteFile):
    """The history, and what became of each run's records."""

    def begin_run(
        self, run: str, command: str, account: Account, settings: dict[str, Any], inputs: Sequence[InputRow] = ()
    ) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO runs (run, command, account, livemode, started_at, status, settings) "
                "VALUES (?, ?, ?, ?, ?, 'running', ?)",
                (run, command, account.name, account.livemode, self._stamp(), json.dumps(settings)),
            )
            db.executemany("INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ((run, *row) for row in inputs))

    def finish_run(self, run: str, status: str, result: dict[str, Any]) -> None:
        with self._transaction() as db:
            db.execute(
                "UPDATE runs SET finished_at = ?, status = ?, result = ? WHERE run = ?",
                (self._stamp(), status, json.dumps(result), run),
            )

    def keep_result(self, run: str, result: dict[str, Any]) -> None:
        with self._transaction() as db:
            db.execute("UPDATE runs SET result = ? WHERE run = ?", (json.dumps(result), run))

    def keep_proofs(self, run: str, account: Account, proofs: Sequence[ProofRow]) -> None:
        with self._transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO proofs VALUES (?, ?, ?, ?, ?)", ((run, *account, *row) for row in proofs)
            )

    def proofs(self, run: str, account: Account) -> list[ProofRow]:
        rows = self._read(
            "SELECT resource, feature FROM proofs WHERE run = ? AND account = ? AND livemode = ?", (run, *account)
        )
        return [ProofRow(*row) for row in rows]

    def keep_rule_counts(self, run: str, counts: Sequence[RuleCount]) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM broken_rules WHERE run = ?", (run,))
            db.executemany("INSERT INTO broken_rules VALUES (?, ?, ?, ?, ?)", ((run, *row) for row in counts))

    def rule_counts(self, run: str) -> list[RuleCount]:
        rows = self._read(
            "SELECT severity, rule, sat_code, findings FROM broken_rules WHERE run = ? "
            "ORDER BY findings DESC, rule, severity",
            (run,),
        )
        return [RuleCount(*row) for row in rows]

    def add_latencies(self, run: str, rows: Sequence[LatencyRow]) -> None:
        with self._transaction() as db:
            db.executemany(_ADD_LATENCY, ((run, *row) for row in rows))

    def latencies(self, run: str, begin: int, width_s: int) -> list[LatencyRow]:
        return [LatencyRow(*row) for row in self._read(_LATENCIES, (run, begin, width_s))]

    def slots(self, run: str, begin: int, width_s: int) -> list[SlotRow]:
        rows = self._read(_SETTLED, (run, begin, width_s))
        return [SlotRow(slot, Fates(*map(int, counts))) for slot, *counts in rows]

    def span(self, run: str) -> tuple[int, int] | None:
        [(first, last)] = self._read(_SPAN, (run,))
        return None if first is None else (first, last)

    def reopen_run(self, run: str) -> None:
        with self._transaction() as db:
            db.execute("UPDATE runs SET finished_at = NULL, status = 'running' WHERE run = ?", (run,))

    def runs(self, limit: int = 50) -> list[RunRow]:
        rows = self._read("SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?", (limit,))
        return [run_row(row) for row in rows]

    def run(self, run: str) -> RunRow | None:
        rows = self._read("SELECT * FROM runs WHERE run = ? OR run LIKE ? || '%' LIMIT 2", (run, run))
        exact = [row for row in rows if row[0] == run]
        chosen = exact or (rows if len(rows) == 1 else [])
        return run_row(chosen[0]) if chosen else None

    def inputs(self, run: str) -> list[InputRow]:
        rows = self._read(
            "SELECT position, name, path, sha256, resource, rows, sheet FROM inputs WHERE run = ? ORDER BY position",
            (run,),
        )
        return [InputRow(*row) for row in rows]

    def fates(self, run: str) -> dict[str, Fates]:
        return {resource: Fates(*map(int, counts)) for resource, *counts in self._read(_FATES_OF_RUN, (run,))}

    def fates_of(self, record_ids: Sequence[int]) -> Fates:
        [counts] = self._read(_FATES_OF_RECORDS, (json.dumps(list(record_ids)),))
        return Fates(*map(int, counts))

    def notable(self, run: str, limit: int = 20) -> list[NotableRow]:
        rows = self._read(_NOTABLE, (run, limit))
        return [
            NotableRow(resource, key, line, State(state), code, message, read_cause(*cause))
            for _, resource, key, line, state, code, message, *cause in rows
        ]

    def doubtful(self, run: str) -> list[DoubtfulRow]:
        rows = self._read(
            "SELECT r.id, r.key, r.resource, s.fields, r.begun FROM records r JOIN shapes s USING (shape) "
            "WHERE r.run = ? AND r.state IN ('in_doubt', 'sending') ORDER BY r.id",
            (run,),
        )
        return [
            DoubtfulRow(record_id, key, resource, tuple(json.loads(fields)), bool(begun))
            for record_id, key, resource, fields, begun in rows
        ]

    def made(self, run: str) -> list[MadeRow]:
        rows = self._read(
            "SELECT r.resource, r.key, r.remote_id, s.fields, r.digests FROM records r JOIN shapes s USING (shape) "
            "WHERE r.run = ? AND r.state = 'done' AND r.remote_id IS NOT NULL AND NOT r.matched ORDER BY r.id",
            (run,),
        )
        return [MadeRow(name, key, i, tuple(json.loads(fields)), digests) for name, key, i, fields, digests in rows]

    def prune(self, before: datetime) -> int:
        with self._transaction() as db:
            return db.execute(
                "DELETE FROM runs WHERE finished_at < ? AND status != 'running' AND NOT EXISTS "
                "(SELECT 1 FROM records r WHERE r.run = runs.run AND r.state IN ('in_doubt', 'sending'))",
                (before.isoformat(timespec="milliseconds"),),
            ).rowcount
