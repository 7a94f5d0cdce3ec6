"""Records in SQLite: the group `Records` of `pipeline.journal.protocol`, where each method is described."""

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, TypeVar

import msgspec

from pipeline.errors import JournalError
from pipeline.journal.lock import locked
from pipeline.journal.rows import ChangeRow, Claim, DoneRow, Intent, Outcome, Owner, Planned, Revised, read_cause
from pipeline.journal.sqlite_file import SqliteFile
from pipeline.language.say import say
from pipeline.model import Account, Entry, Provenance, State

__all__ = ["SqliteRecords"]

_Told = TypeVar("_Told", bound=tuple[Any, ...])

_PLAN = """
    INSERT INTO records
        (account, livemode, resource, key, generation, run, input, line, shape, digests, local, updated_at, state)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned')
    ON CONFLICT (account, livemode, resource, key, generation) DO UPDATE SET
        state = 'planned', run = excluded.run, input = excluded.input, line = excluded.line, shape = excluded.shape,
        digests = excluded.digests, local = excluded.local, updated_at = excluded.updated_at,
        matched = 0, status = NULL, code = NULL, message = NULL, cause = NULL, cause_text = NULL, link = NULL
    WHERE state IN ('planned', 'refused', 'rejected')
    RETURNING id
"""

_REVISE = "UPDATE records SET shape = ?, digests = ?, updated_at = ? WHERE id = ? AND state = 'done'"

_FORGET = """
    UPDATE records SET state = 'rejected', message = ?, fence = ?, updated_at = ?
    WHERE account = ? AND livemode = ? AND resource = ? AND state = 'done'
        AND remote_id IN (SELECT value FROM json_each(?))
"""

_KEEP_CHANGE = """
    INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, resource, remote_id) DO UPDATE SET state = excluded.state,
        body_hash = coalesce(excluded.body_hash, body_hash),
        cause = iif(excluded.state = 'done', NULL, coalesce(excluded.cause, cause)),
        cause_text = iif(excluded.state = 'done', NULL, coalesce(excluded.cause_text, cause_text)),
        fence = excluded.fence, updated_at = excluded.updated_at
    WHERE state != 'done'
"""

_NEXT_FENCE = """
    INSERT INTO claims (name, fence, run) VALUES (?, 1, ?)
    ON CONFLICT (name) DO UPDATE SET fence = fence + 1, run = excluded.run
    RETURNING fence
"""

_INTENTS = """
    UPDATE records SET state = 'sending', attempt = told.attempt, body_hash = told.body_hash,
        fence = ?3, updated_at = ?4
    FROM (
        SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS attempt,
            substr(?2, json_extract(value, '$[2]'), json_extract(value, '$[3]')) AS body_hash
        FROM json_each(?1)
    ) AS told
    WHERE records.id = told.id
        AND (state = 'planned' OR (state = 'sending' AND fence = ?3 AND records.attempt = told.attempt - 1))
"""
"""Intents as JSON (id, attempt, where its hash begins and how long it is), all hashes, the fence, the moment."""

_OUTCOMES = """
    UPDATE records SET state = told.state, begun = max(records.begun, told.begun),
        remote_id = iif(records.begun, records.remote_id, told.remote_id), status = told.status, code = told.code,
        message = told.message, matched = told.matched,
        cause = iif(told.state = 'done' AND told.status IS NOT NULL, NULL, coalesce(told.cause, records.cause)),
        cause_text = iif(told.state = 'done' AND told.status IS NOT NULL, NULL,
            coalesce(told.cause_text, records.cause_text)),
        link = coalesce(told.link, records.link), fence = ?2, updated_at = ?3
    FROM (
        SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS state,
            json_extract(value, '$[2]') AS remote_id, json_extract(value, '$[3]') AS status,
            json_extract(value, '$[4]') AS code, json_extract(value, '$[5]') AS message,
            json_extract(value, '$[6]') AS matched, json_extract(value, '$[7][0]') AS cause,
            json_extract(value, '$[7][1]') AS cause_text, json_extract(value, '$[8]') AS link,
            json_extract(value, '$[9]') AS begun
        FROM json_each(?1)
    ) AS told
    WHERE records.id = told.id AND (records.state IN ('planned', 'sending', 'in_doubt')
        OR (records.state = told.state AND records.remote_id IS told.remote_id AND records.matched IS told.matched
            AND fence = ?2))
"""
"""Outcomes as they are, as JSON; the fence, the moment.

One statement for a whole commit, as for intents: the thread that writes gives the interpreter up at each step of
SQLite, and the event loop, busy as it is, gives it back late.
"""

_NO_CAUSE = (None, None)
_encoder = msgspec.json.Encoder(enc_hook=str)
"""Of rows of plain values; a message is a subclass of text, which it asks about."""


class SqliteRecords(SqliteFile):
    """The fate of every record. A claim is a kernel lock beside the file, and a fence in it."""

    @contextmanager
    def claim(self, name: str, run: str, what: str = say("import of this account")) -> Iterator[Claim]:
        with locked(self.path.parent, name, run, what):
            yield self.next_fence(name, run)

    def next_fence(self, name: str, run: str) -> Claim:
        with self._transaction() as db:
            ((fence,),) = db.execute(_NEXT_FENCE, (name, run)).fetchall()
        return Claim(name, int(fence))

    fresh_s = math.inf

    def strays_s(self, claim: Claim) -> float:
        return 0.0

    def plan(
        self, account: Account, run: str, position: int, rows: Sequence[Planned], generation: int = 1
    ) -> list[int]:
        stamp = self._stamp()
        with self._transaction() as db:
            shapes = {fields: _shape(db, fields) for fields in {row.fields for row in rows}}
            ids = []
            for action, fields, digests in rows:
                local = json.dumps(action.local) if action.local else None
                who = (account.name, action.livemode, action.resource, action.key, generation)
                what = (run, position, action.line, shapes[fields], digests, local, stamp)
                written = db.execute(_PLAN, (*who, *what)).fetchone()
                if written is None:
                    raise JournalError(
                        say("The record {key} is done or in doubt and cannot be planned.", key=action.key),
                        say("Run again."),
                    )
                ids.append(int(written[0]))
            return ids

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        told = claim.fence, self._stamp()
        intents: list[Intent] = []
        outcomes: list[Outcome] = []
        for event in events:
            if isinstance(event, Intent):
                intents.append(event)
            else:
                outcomes.append(event)
        with self._transaction() as db:
            _check_fence(db, claim)
            written = sum(db.execute(_INTENTS, (*_pack(part), *told)).rowcount for part in _split(intents))
            written += sum(db.execute(_OUTCOMES, (_encode(part), *told)).rowcount for part in _split(outcomes))
            if written != len(events):
                raise JournalError(
                    say("A record about to be sent is unknown, settled already, or being sent."),
                    say("Please report this."),
                )

    def keep_changes(self, run: str, rows: Sequence[ChangeRow], revised: Sequence[Revised], claim: Claim) -> None:
        stamp = self._stamp()
        with self._transaction() as db:
            _check_fence(db, claim)
            _revise(db, revised, stamp)
            db.executemany(
                _KEEP_CHANGE,
                ((run, *row[:-1], *(row.cause or _NO_CAUSE), claim.fence, stamp) for row in rows),
            )

    def forget_removed(
        self, account: Account, resource: str, remote_ids: Sequence[str], why: str, claim: Claim
    ) -> None:
        stamp = self._stamp()
        with self._transaction() as db:
            _check_fence(db, claim)
            db.execute(
                _FORGET,
                (str(why), claim.fence, stamp, account.name, account.livemode, resource, json.dumps(list(remote_ids))),
            )

    def changes(self, run: str) -> list[ChangeRow]:
        rows = self._read(
            "SELECT resource, remote_id, state, body_hash, cause, cause_text FROM changes WHERE run = ?", (run,)
        )
        return [ChangeRow(name, i, State(state), body, read_cause(*cause)) for name, i, state, body, *cause in rows]

    def known(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> dict[str, Entry]:
        rows = self._read(
            "SELECT r.key, r.state, r.run, r.input, r.line, s.fields, r.digests, r.remote_id, r.id, r.matched, "
            "r.begun, r.cause, r.cause_text "
            "FROM records r JOIN shapes s USING (shape) "
            "WHERE r.account = ? AND r.livemode = ? AND r.resource = ? AND r.generation = ? "
            "AND r.key IN (SELECT value FROM json_each(?))",
            (account.name, account.livemode, resource, generation, json.dumps(list(keys))),
        )
        found: dict[str, Entry] = {}
        for key, state, run, position, line, fields, digests, remote_id, record_id, matched, begun, *cause in rows:
            origin = Provenance(run, position, line)
            known = tuple(json.loads(fields)), digests, remote_id, record_id, bool(matched)
            found[key] = Entry(State(state), origin, *known, read_cause(*cause), bool(begun))
        return found

    def latest(self, account: Account, resource: str, keys: Sequence[str]) -> dict[str, Entry]:
        generations = self._read(
            "SELECT DISTINCT generation FROM records WHERE account = ? AND livemode = ? AND resource = ? ORDER BY 1",
            (account.name, account.livemode, resource),
        )
        found: dict[str, Entry] = {}
        for (generation,) in generations:
            found |= self.known(account, resource, keys, generation)
        return found

    def done(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> list[DoneRow]:
        rows = self._read(
            "SELECT key, remote_id, run, input, line, matched, cause_text, link FROM records "
            "WHERE account = ? AND livemode = ? AND resource = ? AND generation = ? AND state = 'done' "
            "AND key IN (SELECT value FROM json_each(?))",
            (account.name, account.livemode, resource, generation, json.dumps(list(keys))),
        )
        return [
            DoneRow(key, remote_id, run, position, line, bool(matched), cause, link)
            for key, remote_id, run, position, line, matched, cause, link in rows
        ]

    def owners(self, account: Account, remote_ids: Sequence[str]) -> dict[str, list[Owner]]:
        found: dict[str, list[Owner]] = {}
        for remote_id, resource, livemode, key in self._read(
            "SELECT remote_id, resource, livemode, key FROM records WHERE account = ? "
            "AND remote_id IN (SELECT value FROM json_each(?))",
            (account.name, json.dumps(list(remote_ids))),
        ):
            found.setdefault(remote_id, []).append(Owner(resource, bool(livemode), key))
        return found

    def local(
        self, account: Account | None, resource: str, keys: Sequence[str], run: str = ""
    ) -> dict[str, dict[str, str]]:
        rows = self._read(
            "SELECT key, local FROM records WHERE resource = ?1 AND key IN (SELECT value FROM json_each(?2)) "
            "AND (?3 IS NULL OR (account = ?3 AND livemode = ?4)) "
            "AND (state = 'done' OR (run = ?5 AND state NOT IN ('refused', 'rejected')))",
            (resource, json.dumps(list(keys)), account and account.name, account and account.livemode, run),
        )
        return {key: json.loads(local) if local else {} for key, local in rows}


def _split(rows: Sequence[_Told]) -> Iterator[list[_Told]]:
    """Parts in which no record is twice, because a statement sees what was there before it; nearly always one."""
    if len({row[0] for row in rows}) == len(rows):
        yield [*rows]
        return
    while rows:
        part: dict[Any, _Told] = {}
        again = []
        for row in rows:
            if part.setdefault(row[0], row) is not row:
                again.append(row)
        yield [*part.values()]
        rows = again


def _encode(rows: Sequence[Sequence[Any]]) -> str:
    return _encoder.encode(rows).decode()


def _pack(intents: Sequence[Intent]) -> tuple[str, bytes]:
    """Intents as JSON, and their hashes in one piece: JSON holds no bytes."""
    begins = accumulate((len(intent.body_hash) for intent in intents), initial=1)
    rows = [(i.record_id, i.attempt, begin, len(i.body_hash)) for i, begin in zip(intents, begins, strict=False)]
    return _encode(rows), b"".join(intent.body_hash for intent in intents)


def _check_fence(db: sqlite3.Connection, claim: Claim) -> None:
    """In the transaction that writes: from here to its commit nobody can make a higher one."""
    newest = db.execute("SELECT fence, run FROM claims WHERE name = ?", (claim.name,)).fetchone()
    if newest is None or newest[0] != claim.fence:
        by = (
            say("run {newest} has claimed the account since", newest=newest[1])
            if newest
            else say("it was never claimed")
        )
        raise JournalError(
            say("This run may write no more: {by}.", by=by),
            say("Let that run end, then run again: what was sent is looked up first."),
        )


def _revise(db: sqlite3.Connection, rows: Sequence[Revised], stamp: str) -> None:
    for record_id, fields, digests in rows:
        if db.execute(_REVISE, (_shape(db, fields), digests, stamp, record_id)).rowcount != 1:
            raise JournalError(
                say("A record that was changed in the account is not done in the journal."),
                say("Please report this."),
            )


def _shape(db: sqlite3.Connection, fields: tuple[str, ...]) -> int:
    text = json.dumps(fields)
    db.execute("INSERT OR IGNORE INTO shapes (fields) VALUES (?)", (text,))
    return int(db.execute("SELECT shape FROM shapes WHERE fields = ?", (text,)).fetchone()[0])
