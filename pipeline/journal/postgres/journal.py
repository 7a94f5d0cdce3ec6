"""The journal in PostgreSQL: all groups of `pipeline.journal.protocol`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from pipeline.journal.postgres.records import PostgresRecords
from pipeline.journal.postgres.runs import PostgresRuns
from pipeline.journal.rows import SnapshotRow, WatermarkRow
from pipeline.journal.whole.tables import JournalTable
from pipeline.model import Account

__all__ = ["PostgresJournal"]

_WHOSE = "account = %s AND livemode = %s AND resource = %s"

_ROOM = """
    CREATE TEMPORARY TABLE IF NOT EXISTS shown (
        internal_id text COLLATE "C", remote_id text COLLATE "C", shown text, number bigint
    ) ON COMMIT DELETE ROWS
"""
_KEEP = """
    INSERT INTO held SELECT DISTINCT ON (internal_id, remote_id) %s, %s, %s, internal_id, remote_id, shown
    FROM shown ORDER BY internal_id, remote_id, number DESC
    ON CONFLICT (account, livemode, resource, internal_id, remote_id) DO UPDATE SET shown = excluded.shown
"""
_LEARNT = """
    INSERT INTO acquainted VALUES (%s, %s, %s, %s)
    ON CONFLICT (account, livemode, resource) DO UPDATE SET learnt_at = excluded.learnt_at
"""
_NUMBERED = {"runs": "number", "shapes": "shape", "records": "id"}
"""Columns whose next value the server counts."""

_MOVE = """
    INSERT INTO watermarks VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (account, livemode, resource, asked) DO UPDATE SET moment = excluded.moment, marks = excluded.marks,
        updated_at = excluded.updated_at
"""


class PostgresJournal(PostgresRuns, PostgresRecords):
    """A `Journal`. Each method is described in the protocol."""

    # --- snapshot -----------------------------------------------------------------------------------------------------

    def has_snapshot(self, account: Account, resource: str) -> bool:
        return bool(self._read(f"SELECT 1 FROM acquainted WHERE {_WHOSE}", (*account, resource)))  # noqa: S608

    def keep_snapshot(self, account: Account, resource: str, rows: Iterable[SnapshotRow]) -> None:
        who = (*account, resource)

        with self._door(), self.transaction(self._db):  # not again: the rows are read from a page after the other
            self._db.execute(_ROOM)
            with self._db.cursor().copy("COPY shown FROM STDIN") as copy:
                for number, row in enumerate(rows):
                    copy.write_row((*row, number))
            self._db.execute(_KEEP, who)
            self._db.execute(_LEARNT, (*who, self._stamp()))

    def snapshot_rows(self, account: Account, resource: str, internal_ids: Sequence[str]) -> list[SnapshotRow]:
        rows = self._read(
            f"SELECT internal_id, remote_id, shown FROM held WHERE {_WHOSE} AND internal_id = ANY(%s)",  # noqa: S608
            (*account, resource, list(internal_ids)),
        )
        return [SnapshotRow(*row) for row in rows]

    # --- watermarks ---------------------------------------------------------------------------------------------------

    def watermark(self, account: Account, resource: str, asked: str) -> WatermarkRow | None:
        found = self._read(
            f"SELECT moment, marks FROM watermarks WHERE {_WHOSE} AND asked = %s",  # noqa: S608
            (*account, resource, asked),
        )
        return WatermarkRow(*found[0]) if found else None

    def move_watermark(self, account: Account, resource: str, asked: str, moment: str, digests: bytes) -> None:
        told = (*account, resource, asked, moment, digests, self._stamp())

        def body(db: Connection[Any]) -> None:
            db.execute(_MOVE, told)

        self._write(body)

    # --- all of it ----------------------------------------------------------------------------------------------------

    def read_rows(self, table: JournalTable) -> Iterator[tuple[Any, ...]]:
        order = ("number",) if table.order == ("@",) else table.order
        question = SQL("SELECT {} FROM {} ORDER BY {}").format(
            _list(table.columns), Identifier(table.name), _list(order)
        )
        with self._door(), self._db.transaction(), self._db.cursor(name=f"all_{table.name}") as cursor:
            cursor.itersize = 10_000
            yield from cursor.execute(question)

    def fill(self, rows: Mapping[JournalTable, Iterable[tuple[Any, ...]]]) -> None:
        with self._door(), self.transaction(self._db):
            for table, told in rows.items():
                into = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), _list(table.columns))
                with self._db.cursor().copy(into) as copy:
                    for row in told:
                        copy.write_row(row)
            for name, column in _NUMBERED.items():
                counter = SQL("SELECT setval(pg_get_serial_sequence({}, {}), greatest(max({}), 1)) FROM {}")
                self._db.execute(counter.format(name, column, Identifier(column), Identifier(name)))


def _list(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))
