"""What the pretend server remembers: its records, and every write request that reached it.

One SQLite database, in memory or in a file, one table per resource. All calls come from the thread of
the event loop, so a call (and a `transaction` without an await inside) is atomic: that is how uniqueness
holds under concurrency. In a file, a record and the log line of the request that made it are committed
together, and survive SIGKILL of the server (WAL, synchronous=NORMAL; a power cut may lose the last ones).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_APPLICATION_ID = 0x67696773  # "gigs": keeps us from writing into somebody's other database

LOCK_WAIT_S = 0.5
"""How long a file in use by another server is waited for; a server that dies lets go of it at once."""

_RECORDS = """
CREATE TABLE IF NOT EXISTS {table} (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
  internal_id TEXT, client_id TEXT, rfc TEXT, email TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS {table}_internal_id ON {table}(internal_id) WHERE internal_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS {table}_client_id ON {table}(client_id) WHERE client_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS {table}_rfc ON {table}(rfc) WHERE rfc IS NOT NULL;
CREATE INDEX IF NOT EXISTS {table}_email ON {table}(email) WHERE email IS NOT NULL;
"""
_RECEIVED = """
CREATE TABLE IF NOT EXISTS received (
  n INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, internalId TEXT,
  committed INTEGER NOT NULL, status INTEGER, fault TEXT, resourceId TEXT);
"""


class Record(NamedTuple):
    """One stored record: `body` is its JSON as answered, the other members are what it is looked up by."""

    id: str
    at_ms: int
    body: str
    internal_id: str | None = None
    client_id: str | None = None
    rfc: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Condition:
    """One filter of a list: an SQL condition with one `?` over the columns above, and its value."""

    sql: str
    value: str | int | float


class Store:
    """Records by table, in the order of their creation. Raises OSError when the file cannot be used."""

    def __init__(self, tables: Iterable[str], path: Path | None = None) -> None:
        self._tables = tuple(tables)
        with _told_as_os_error(path):
            self._db = sqlite3.connect(
                path or ":memory:", timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False
            )
        with _told_as_os_error(path), _closed_on_error(self._db):
            self._prepare()
        self._counts = {table: self._one(f"SELECT count(*) FROM {table}") for table in self._tables}  # noqa: S608

    def _prepare(self) -> None:
        db = self._db
        owner = self._one("PRAGMA application_id")
        if owner != _APPLICATION_ID and (owner or self._one("SELECT count(*) FROM sqlite_master")):
            raise sqlite3.DatabaseError("it is a database of another program")
        # One server per file: a second one is told at once, and the lock is released when the process dies.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        for table in self._tables:
            db.executescript(_RECORDS.format(table=table))
        db.executescript(_RECEIVED)
        db.create_function("fold", 1, _fold, deterministic=True)

    def _one(self, sql: str, values: Sequence[str | int | float] = ()) -> int:
        return int(self._db.execute(sql, values).fetchone()[0])

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside together, or nothing of it when an exception leaves."""
        counts = dict(self._counts)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self._counts = counts
            raise
        self._db.execute("COMMIT")

    # --- records -----------------------------------------------------------------------------------------

    def insert(self, table: str, records: Iterable[Record]) -> None:
        """Append records. An id must be new in its table."""
        cursor = self._db.executemany(
            f"INSERT INTO {self._known(table)} (id, at, body, internal_id, client_id, rfc, email)"  # noqa: S608
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            records,
        )
        self._counts[table] += cursor.rowcount

    def get(self, table: str, id: str) -> str | None:
        """The body of the record with this id, or None."""
        row = self._db.execute(f"SELECT body FROM {self._known(table)} WHERE id = ?", (id,)).fetchone()  # noqa: S608
        return row[0] if row else None

    def first_with_internal_id(self, table: str, internal_id: str) -> tuple[str, str] | None:
        """Id and body of the oldest record with this `metadata.internalId`, or None."""
        row: tuple[str, str] | None = self._db.execute(
            f"SELECT id, body FROM {self._known(table)} WHERE internal_id = ? ORDER BY seq LIMIT 1",  # noqa: S608
            (internal_id,),
        ).fetchone()
        return row

    def replace(self, table: str, id: str, body: str) -> None:
        self._db.execute(f"UPDATE {self._known(table)} SET body = ? WHERE id = ?", (body, id))  # noqa: S608

    def delete(self, table: str, id: str) -> None:
        cursor = self._db.execute(f"DELETE FROM {self._known(table)} WHERE id = ?", (id,))  # noqa: S608
        self._counts[table] -= cursor.rowcount

    def page(self, table: str, conditions: Sequence[Condition], limit: int, offset: int) -> tuple[list[str], int]:
        """Bodies of one page, oldest first, and how many records meet the conditions in all."""
        where = " AND ".join(condition.sql for condition in conditions) or "TRUE"
        values = [condition.value for condition in conditions]
        total = self._counts[self._known(table)]
        if conditions:
            total = self._one(f"SELECT count(*) FROM {table} WHERE {where}", values)  # noqa: S608
        elif total == (self._db.execute(f"SELECT max(seq) FROM {table}").fetchone()[0] or 0):  # noqa: S608
            # Nothing was ever deleted: a row's position is its number, and a deep page costs no more than the first.
            where, values, offset = "seq > ?", [offset], 0
        rows = self._db.execute(
            f"SELECT body FROM {table} WHERE {where} ORDER BY seq LIMIT ? OFFSET ?",  # noqa: S608
            [*values, limit, offset],
        )
        return [body for (body,) in rows], total

    def walk(
        self, table: str, conditions: Sequence[Condition], limit: int, after: int | None, *, descending: bool
    ) -> list[tuple[int, str]]:
        """Number and body of the records after the one of that number, in the order of creation or against it."""
        where = [condition.sql for condition in conditions]
        values = [condition.value for condition in conditions]
        if after is not None:
            where.append("seq < ?" if descending else "seq > ?")
            values.append(after)
        rows = self._db.execute(
            f"SELECT seq, body FROM {self._known(table)} WHERE {' AND '.join(where) or 'TRUE'}"  # noqa: S608
            f" ORDER BY seq {'DESC' if descending else 'ASC'} LIMIT ?",
            [*values, limit],
        )
        return [(seq, body) for seq, body in rows]

    def count(self, table: str, conditions: Sequence[Condition]) -> int:
        """How many records meet the conditions."""
        where = " AND ".join(condition.sql for condition in conditions) or "TRUE"
        return self._one(
            f"SELECT count(*) FROM {self._known(table)} WHERE {where}",  # noqa: S608
            [condition.value for condition in conditions],
        )

    def all(self, table: str) -> Iterator[str]:
        """Every body of a table, oldest first."""
        rows = self._db.execute(f"SELECT body FROM {self._known(table)} ORDER BY seq")  # noqa: S608
        return (body for (body,) in rows)

    def counts(self) -> dict[str, int]:
        return dict(self._counts)

    def _known(self, table: str) -> str:
        """The table's own name, for it goes into SQL text; KeyError for any other."""
        if table not in self._tables:
            raise KeyError(table)
        return table

    # --- log of write requests ---------------------------------------------------------------------------

    def log(
        self,
        method: str,
        path: str,
        internal_id: str | None,
        *,
        committed: bool,
        status: int | None,
        fault: str | None,
        resource_id: str | None,
    ) -> None:
        """Remember one write request. `status` is None when it gets no answer at all."""
        self._db.execute(
            "INSERT INTO received (method, path, internalId, committed, status, fault, resourceId)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (method, path, internal_id, committed, status, fault, resource_id),
        )

    def received(self) -> list[dict[str, object]]:
        """Every write request, in the order of arrival."""
        cursor = self._db.execute("SELECT * FROM received ORDER BY n")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        for row in rows:
            row["committed"] = bool(row["committed"])
        return rows

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in (*self._tables, "received"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608
            self._counts = dict.fromkeys(self._tables, 0)


@contextmanager
def _told_as_os_error(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(f"the sandbox cannot keep its records in {path}: {error}") from error


@contextmanager
def _closed_on_error(db: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        db.close()
        raise


def _fold(text: str | None) -> str | None:
    return text.casefold() if isinstance(text, str) else None
