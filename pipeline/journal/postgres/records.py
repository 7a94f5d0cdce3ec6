"""Records in PostgreSQL: the group `Records` of `pipeline.journal.protocol`, where each method is described."""

import json
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg import Connection

from pipeline.errors import JournalError
from pipeline.journal.postgres.events import ALL_OR_NONE, Told, split_cause, tell_claim, tell_events
from pipeline.journal.postgres.lease import leased, take_fence
from pipeline.journal.postgres.server import PostgresServer
from pipeline.journal.rows import ChangeRow, Claim, DoneRow, Intent, Outcome, Owner, Planned, Revised, read_cause
from pipeline.language.say import say
from pipeline.model import Account, Entry, Provenance, State

__all__ = ["PostgresRecords"]

_ROOM = """
    CREATE TEMPORARY TABLE IF NOT EXISTS told (
        number integer, livemode boolean, resource text COLLATE "C", key text COLLATE "C", line bigint, shape bigint,
        digests bytea, local text
    ) ON COMMIT DELETE ROWS
"""
_TOLD = "COPY told FROM STDIN (FORMAT BINARY)"
_TOLD_TYPES = ("int4", "bool", "text", "text", "int8", "int8", "bytea", "text")
_PLAN = """
    INSERT INTO records AS known
        (account, livemode, resource, key, generation, run, input, line, shape, digests, local, updated_at, state)
    SELECT DISTINCT ON (livemode, resource, key) %s, livemode, resource, key, %s, %s, %s, line, shape, digests, local,
        %s, 'planned'
    FROM told ORDER BY livemode, resource, key, number DESC
    ON CONFLICT (account, livemode, resource, key, generation) DO UPDATE SET
        state = 'planned', run = excluded.run, input = excluded.input, line = excluded.line, shape = excluded.shape,
        digests = excluded.digests, local = excluded.local, updated_at = excluded.updated_at,
        matched = false, status = NULL, code = NULL, message = NULL, cause = NULL, cause_text = NULL, link = NULL
    WHERE known.state IN ('planned', 'refused', 'rejected')
    RETURNING livemode, resource, key, id
"""
"""Ordered, so that two who plan do not wait for one another crosswise. Of a record that is named twice, the last."""

_KEEP_CHANGE = """
    INSERT INTO changes AS known VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (run, resource, remote_id) DO UPDATE SET state = excluded.state,
        body_hash = coalesce(excluded.body_hash, known.body_hash),
        cause = CASE WHEN excluded.state = 'done' THEN NULL ELSE coalesce(excluded.cause, known.cause) END,
        cause_text = CASE WHEN excluded.state = 'done' THEN NULL
            ELSE coalesce(excluded.cause_text, known.cause_text) END,
        fence = excluded.fence, updated_at = excluded.updated_at
    WHERE known.state <> 'done'
"""
_REVISE = "UPDATE records SET shape = %s, digests = %s, updated_at = %s WHERE id = %s AND state = 'done'"

_WHOSE = "account = %s AND livemode = %s AND resource = %s"
_FORGET = f"""
    UPDATE records SET state = 'rejected', message = %s, fence = %s, updated_at = %s
    WHERE {_WHOSE} AND state = 'done' AND remote_id = ANY(%s)
"""  # noqa: S608
_KNOWN = f"""
    SELECT key, state, run, input, line, fields, digests, remote_id, id, matched, begun, cause, cause_text
    FROM records JOIN shapes USING (shape) WHERE {_WHOSE} AND generation = %s AND key = ANY(%s)
"""  # noqa: S608
_DONE = f"""
    SELECT key, remote_id, run, input, line, matched, cause_text, link
    FROM records WHERE {_WHOSE} AND generation = %s AND state = 'done' AND key = ANY(%s)
"""  # noqa: S608


class PostgresRecords(PostgresServer):
    """The fate of every record. A claim is a lease and a fence in one row."""

    def claim(self, name: str, run: str, what: str = say("import of this account")) -> AbstractContextManager[Claim]:
        return leased(self.address, name, run, what, self.terms)

    def next_fence(self, name: str, run: str) -> Claim:
        claim = self._write(lambda db: take_fence(db, name, run))
        assert claim is not None  # noqa: S101  (it asks nobody)
        return claim

    @property
    def fresh_s(self) -> float:
        return self.terms.fresh_s

    def strays_s(self, claim: Claim) -> float:
        rows = self._read("SELECT extract(epoch FROM strays_until - clock_timestamp()) FROM claims WHERE name = %s AND "
                          "strays_until > clock_timestamp()", (claim.name,))  # fmt: skip
        return float(rows[0][0]) if rows else 0.0

    def plan(
        self, account: Account, run: str, position: int, rows: Sequence[Planned], generation: int = 1
    ) -> list[int]:
        told = (account.name, generation, run, position, self._stamp())

        def body(db: Connection[Any]) -> list[int]:
            shapes = {fields: _shape(db, fields) for fields in {row.fields for row in rows}}
            _copy(db, rows, shapes)
            ids = {(mode, resource, key): record_id for mode, resource, key, record_id in db.execute(_PLAN, told)}
            return [_planned(ids, row) for row in rows]

        return self._write(body)

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        batch = uuid.uuid4()
        intends = any(isinstance(event, Intent) for event in events)
        told = [tell_claim(claim, batch, intends, self.terms), *tell_events(events, claim, self._stamp())]

        def body(db: Connection[Any], again: bool) -> None:
            if again and _has_committed(db, claim, batch):
                return  # the answer to it was lost
            try:
                self._commit_at_once(db, told)
            except psycopg.errors.DivisionByZero as error:
                raise _refusal(db, claim) from error

        self._persist(body)

    def _commit_at_once(self, db: Connection[Any], told: Sequence[Told]) -> None:
        """In one message, which is a transaction of its own: one who is paused holds no row meanwhile."""
        cursor = psycopg.ClientCursor(db)
        statements = [cursor.mogrify(ALL_OR_NONE.format(sql).encode(), values) for sql, values in told]
        self._warned = False
        cursor.execute(";".join(statements).encode())
        self._check_committed()

    def keep_changes(self, run: str, rows: Sequence[ChangeRow], revised: Sequence[Revised], claim: Claim) -> None:
        stamp = self._stamp()
        intends = any(row.state is State.SENDING for row in rows)
        told = [
            (
                run,
                row.resource,
                row.remote_id,
                row.state.value,
                row.body_hash,
                *split_cause(row.cause),
                claim.fence,
                stamp,
            )
            for row in rows
        ]

        def body(db: Connection[Any]) -> None:
            mine, values = tell_claim(claim, None, intends, self.terms)
            if db.execute(mine.encode(), values).rowcount != 1:
                raise _replaced(db, claim)
            _keep_revised(db, revised, stamp)
            for row in told:
                db.execute(_KEEP_CHANGE, row)

        self._write(body)

    def forget_removed(
        self, account: Account, resource: str, remote_ids: Sequence[str], why: str, claim: Claim
    ) -> None:
        told = (str(why), claim.fence, self._stamp(), *account, resource, list(remote_ids))

        def body(db: Connection[Any]) -> None:
            mine, values = tell_claim(claim, None, False, self.terms)
            if db.execute(mine.encode(), values).rowcount != 1:
                raise _replaced(db, claim)
            db.execute(_FORGET, told)

        self._write(body)

    def changes(self, run: str) -> list[ChangeRow]:
        rows = self._read(
            "SELECT resource, remote_id, state, body_hash, cause, cause_text FROM changes WHERE run = %s", (run,)
        )
        return [ChangeRow(name, i, State(state), body, read_cause(*cause)) for name, i, state, body, *cause in rows]

    def known(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> dict[str, Entry]:
        rows = self._read(_KNOWN, (*account, resource, generation, list(keys)))
        found: dict[str, Entry] = {}
        for key, state, run, position, line, fields, digests, remote_id, record_id, matched, begun, *cause in rows:
            origin = Provenance(run, position, line)
            known = tuple(json.loads(fields)), digests, remote_id, record_id, matched
            found[key] = Entry(State(state), origin, *known, read_cause(*cause), begun)
        return found

    def latest(self, account: Account, resource: str, keys: Sequence[str]) -> dict[str, Entry]:
        generations = self._read(
            f"SELECT DISTINCT generation FROM records WHERE {_WHOSE} AND key = ANY(%s) ORDER BY 1",  # noqa: S608
            (*account, resource, list(keys)),
        )
        found: dict[str, Entry] = {}
        for (generation,) in generations:
            found |= self.known(account, resource, keys, generation)
        return found

    def done(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> list[DoneRow]:
        rows = self._read(_DONE, (*account, resource, generation, list(keys)))
        return [DoneRow(*row) for row in rows]

    def owners(self, account: Account, remote_ids: Sequence[str]) -> dict[str, list[Owner]]:
        found: dict[str, list[Owner]] = {}
        for remote_id, resource, livemode, key in self._read(
            "SELECT remote_id, resource, livemode, key FROM records WHERE account = %s AND remote_id = ANY(%s) "
            "ORDER BY id",
            (account.name, list(remote_ids)),
        ):
            found.setdefault(remote_id, []).append(Owner(resource, livemode, key))
        return found

    def local(
        self, account: Account | None, resource: str, keys: Sequence[str], run: str = ""
    ) -> dict[str, dict[str, str]]:
        whose, who = ("TRUE", ()) if account is None else ("account = %s AND livemode = %s", tuple(account))
        rows = self._read(
            f"SELECT key, local FROM records WHERE resource = %s AND key = ANY(%s) AND {whose} "  # noqa: S608
            "AND (state = 'done' OR (run = %s AND state NOT IN ('refused', 'rejected')))",
            (resource, list(keys), *who, run),
        )
        return {key: json.loads(local) if local else {} for key, local in rows}


def _copy(db: Connection[Any], rows: Sequence[Planned], shapes: dict[tuple[str, ...], int]) -> None:
    db.execute(_ROOM)
    with db.cursor().copy(_TOLD) as copy:
        copy.set_types(_TOLD_TYPES)
        for number, (action, fields, digests) in enumerate(rows):
            local = json.dumps(action.local) if action.local else None
            who = (action.livemode, action.resource, str(action.key))
            copy.write_row((number, *who, action.line, shapes[fields], digests, local))


def _planned(ids: dict[tuple[bool, str, str], int], row: Planned) -> int:
    action = row.action
    record_id = ids.get((action.livemode, action.resource, action.key))
    if record_id is None:
        raise JournalError(
            say("The record {key} is done or in doubt and cannot be planned.", key=action.key), say("Run again.")
        )
    return record_id


def _has_committed(db: Connection[Any], claim: Claim, batch: uuid.UUID) -> bool:
    """Whether this very batch was the claim's last commit. Waits for a transaction of ours that has not ended yet."""
    with db.transaction():
        last = db.execute("SELECT batch FROM claims WHERE name = %s AND fence = %s FOR UPDATE", claim).fetchone()
    return last == (batch,)


def _refusal(db: Connection[Any], claim: Claim) -> JournalError:
    """Why a commit wrote less than it was to."""
    if not db.execute("SELECT 1 FROM claims WHERE name = %s AND fence = %s", claim).fetchall():
        return _replaced(db, claim)
    return JournalError(
        say("A record about to be sent is unknown, settled already, or being sent."), say("Please report this.")
    )


def _replaced(db: Connection[Any], claim: Claim) -> JournalError:
    newest = db.execute("SELECT run FROM claims WHERE name = %s", (claim.name,)).fetchone()
    by = say("run {newest} has claimed the account since", newest=newest[0]) if newest else say("it was never claimed")
    return JournalError(
        say("This run may write no more: {by}.", by=by),
        say("Let that run end, then run again: what was sent is looked up first."),
    )


def _keep_revised(db: Connection[Any], rows: Sequence[Revised], stamp: str) -> None:
    for row in rows:
        told = _shape(db, row.fields), row.digests, stamp, row.record_id
        if db.execute(_REVISE, told).rowcount != 1:
            raise JournalError(
                say("A record that was changed in the account is not done in the journal."),
                say("Please report this."),
            )


def _shape(db: Connection[Any], fields: tuple[str, ...]) -> int:
    text = json.dumps(fields)
    db.execute("INSERT INTO shapes (fields) VALUES (%s) ON CONFLICT DO NOTHING", (text,))
    ((shape,),) = db.execute("SELECT shape FROM shapes WHERE fields = %s", (text,)).fetchall()
    return int(shape)
