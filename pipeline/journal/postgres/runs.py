"""Runs in PostgreSQL: the group `Runs` of `pipeline.journal.protocol`, where each method is described."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from pipeline.journal.postgres.server import PostgresServer
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
from pipeline.model import Account, State

__all__ = ["PostgresRuns"]

_FATES = """
    count(*) FILTER (WHERE state = 'done' AND NOT matched), count(*) FILTER (WHERE state = 'done' AND matched),
    count(*) FILTER (WHERE state = 'rejected'), count(*) FILTER (WHERE state = 'refused'),
    count(*) FILTER (WHERE state IN ('sending', 'in_doubt')), count(*) FILTER (WHERE state = 'planned')
"""
_FATES_OF_RUN = f"SELECT resource, {_FATES} FROM records WHERE run = %s GROUP BY resource"  # noqa: S608
_FATES_OF_RECORDS = f"SELECT {_FATES} FROM unnest(%s::bigint[]) AS named (id) JOIN records USING (id)"  # noqa: S608

_SECOND = "floor(extract(epoch FROM updated_at::timestamptz))::bigint"
"""Of a record's last change, since 1970. The moment is written with its offset from UTC."""

_SETTLED = f"""
    SELECT div({_SECOND} - %(begin)s, %(width)s)::bigint AS slot, {_FATES} FROM records
    WHERE run = %(run)s AND state <> 'planned' GROUP BY slot ORDER BY slot
"""  # noqa: S608
_SPAN = f"""
    SELECT min(second), max(second) FROM (
        SELECT {_SECOND} AS second FROM records WHERE run = %(run)s AND state <> 'planned'
        UNION ALL SELECT second FROM latencies WHERE run = %(run)s
    ) AS told
"""  # noqa: S608
_LATENCIES = """
    SELECT div(second - %(begin)s, %(width)s)::bigint AS slot, step, sum(requests)::bigint FROM latencies
    WHERE run = %(run)s GROUP BY slot, step
"""
_ADD_LATENCY = """
    INSERT INTO latencies AS known VALUES (%s, %s, %s, %s)
    ON CONFLICT (run, second, step) DO UPDATE SET requests = known.requests + excluded.requests
"""
_NOTABLE = """
    SELECT resource, key, line, state, code, message, cause, cause_text FROM records
    WHERE run = %s AND (state IN ('refused', 'in_doubt', 'sending') OR (state = 'planned' AND cause IS NOT NULL))
    ORDER BY id LIMIT %s
"""
_RUN = "run, command, account, livemode, started_at, finished_at, status, settings, result"


class PostgresRuns(PostgresServer):
    """The history, and what became of each run's records."""

    def begin_run(
        self, run: str, command: str, account: Account, settings: dict[str, Any], inputs: Sequence[InputRow] = ()
    ) -> None:
        told = (run, command, *account, self._stamp(), json.dumps(settings))

        def body(db: Connection[Any]) -> None:
            db.execute(
                "INSERT INTO runs (run, command, account, livemode, started_at, status, settings) "
                "VALUES (%s, %s, %s, %s, %s, 'running', %s)",
                told,
            )
            db.cursor().executemany(
                "INSERT INTO inputs VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", [(run, *row) for row in inputs]
            )

        self._write(body)

    def finish_run(self, run: str, status: str, result: dict[str, Any]) -> None:
        told = (self._stamp(), status, json.dumps(result), run)
        self._change("UPDATE runs SET finished_at = %s, status = %s, result = %s WHERE run = %s", told)

    def keep_result(self, run: str, result: dict[str, Any]) -> None:
        self._change("UPDATE runs SET result = %s WHERE run = %s", (json.dumps(result), run))

    def keep_proofs(self, run: str, account: Account, proofs: Sequence[ProofRow]) -> None:
        rows = [(run, *account, *row) for row in proofs]
        self._change_all("INSERT INTO proofs VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", rows)

    def proofs(self, run: str, account: Account) -> list[ProofRow]:
        rows = self._read(
            "SELECT resource, feature FROM proofs WHERE run = %s AND account = %s AND livemode = %s", (run, *account)
        )
        return [ProofRow(*row) for row in rows]

    def keep_rule_counts(self, run: str, counts: Sequence[RuleCount]) -> None:
        rows = [(run, *row) for row in counts]

        def body(db: Connection[Any]) -> None:
            db.execute("DELETE FROM broken_rules WHERE run = %s", (run,))
            db.cursor().executemany("INSERT INTO broken_rules VALUES (%s, %s, %s, %s, %s)", rows)

        self._write(body)

    def rule_counts(self, run: str) -> list[RuleCount]:
        rows = self._read(
            "SELECT severity, rule, sat_code, findings FROM broken_rules WHERE run = %s "
            "ORDER BY findings DESC, rule, severity",
            (run,),
        )
        return [RuleCount(*row) for row in rows]

    def add_latencies(self, run: str, rows: Sequence[LatencyRow]) -> None:
        """Where the answer to the commit is lost they are counted twice: nothing is decided by them."""
        self._change_all(_ADD_LATENCY, [(run, *row) for row in rows])

    def latencies(self, run: str, begin: int, width_s: int) -> list[LatencyRow]:
        return [LatencyRow(*row) for row in self._read(_LATENCIES, _slots(run, begin, width_s))]

    def slots(self, run: str, begin: int, width_s: int) -> list[SlotRow]:
        return [SlotRow(slot, Fates(*counts)) for slot, *counts in self._read(_SETTLED, _slots(run, begin, width_s))]

    def span(self, run: str) -> tuple[int, int] | None:
        [(first, last)] = self._read(_SPAN, {"run": run})
        return None if first is None else (first, last)

    def reopen_run(self, run: str) -> None:
        self._change("UPDATE runs SET finished_at = NULL, status = 'running' WHERE run = %s", (run,))

    def runs(self, limit: int = 50) -> list[RunRow]:
        rows = self._read(
            f"SELECT {_RUN} FROM runs ORDER BY started_at DESC, number DESC LIMIT %s",  # noqa: S608
            (limit,),
        )
        return [run_row(row) for row in rows]

    def run(self, run: str) -> RunRow | None:
        rows = self._read(
            f"SELECT {_RUN} FROM runs WHERE starts_with(run, %s) ORDER BY run <> %s LIMIT 2",  # noqa: S608
            (run, run),
        )
        exact = [row for row in rows if row[0] == run]
        chosen = exact or (rows if len(rows) == 1 else [])
        return run_row(chosen[0]) if chosen else None

    def inputs(self, run: str) -> list[InputRow]:
        rows = self._read(
            "SELECT position, name, path, sha256, resource, rows, sheet FROM inputs WHERE run = %s ORDER BY position",
            (run,),
        )
        return [InputRow(*row) for row in rows]

    def fates(self, run: str) -> dict[str, Fates]:
        return {resource: Fates(*counts) for resource, *counts in self._read(_FATES_OF_RUN, (run,))}

    def fates_of(self, record_ids: Sequence[int]) -> Fates:
        [counts] = self._read(_FATES_OF_RECORDS, (list(record_ids),))
        return Fates(*counts)

    def notable(self, run: str, limit: int = 20) -> list[NotableRow]:
        return [
            NotableRow(resource, key, line, State(state), code, message, read_cause(*cause))
            for resource, key, line, state, code, message, *cause in self._read(_NOTABLE, (run, limit))
        ]

    def doubtful(self, run: str) -> list[DoubtfulRow]:
        rows = self._read(
            "SELECT id, key, resource, fields, begun FROM records JOIN shapes USING (shape) "
            "WHERE run = %s AND state IN ('in_doubt', 'sending') ORDER BY id",
            (run,),
        )
        return [
            DoubtfulRow(record_id, key, resource, tuple(json.loads(fields)), begun)
            for record_id, key, resource, fields, begun in rows
        ]

    def made(self, run: str) -> list[MadeRow]:
        rows = self._read(
            "SELECT r.resource, r.key, r.remote_id, s.fields, r.digests FROM records r JOIN shapes s USING (shape) "
            "WHERE r.run = %s AND r.state = 'done' AND r.remote_id IS NOT NULL AND NOT r.matched ORDER BY r.id",
            (run,),
        )
        return [MadeRow(name, key, i, tuple(json.loads(fields)), digests) for name, key, i, fields, digests in rows]

    def prune(self, before: datetime) -> int:
        return self._change(
            "DELETE FROM runs WHERE finished_at < %s AND status <> 'running' AND NOT EXISTS "
            "(SELECT 1 FROM records WHERE records.run = runs.run AND state IN ('in_doubt', 'sending'))",
            (before.isoformat(timespec="milliseconds"),),
        )

    def _change(self, sql: str, values: tuple[Any, ...]) -> int:
        """One statement in a transaction of its own; how many rows it changed."""
        return self._write(lambda db: db.execute(sql.encode(), values).rowcount)

    def _change_all(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        def body(db: Connection[Any]) -> None:
            db.cursor().executemany(sql.encode(), rows)

        self._write(body)


def _slots(run: str, begin: int, width_s: int) -> dict[str, Any]:
    return {"run": run, "begin": begin, "width": width_s}
