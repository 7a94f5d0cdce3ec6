"""The journal in one SQLite file, by default of the state folder: all groups of `pipeline.journal.protocol`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.journal.lock import locked
from pipeline.journal.rows import SnapshotRow, WatermarkRow
from pipeline.journal.sqlite_file import journal_fault
from pipeline.journal.sqlite_records import SqliteRecords
from pipeline.journal.sqlite_runs import SqliteRuns
from pipeline.journal.terms import TERMS, Terms
from pipeline.journal.whole.tables import FLAGS, JournalTable
from pipeline.model import Account

__all__ = ["SQLITE", "SqliteEngine", "SqliteJournal"]

_MARK = "account = ? AND livemode = ? AND resource = ? AND asked = ?"


class SqliteJournal(SqliteRuns, SqliteRecords):
    """A `Journal`. Each method is described in the protocol."""

    # --- snapshot -----------------------------------------------------------------------------------------------------

    def has_snapshot(self, account: Account, resource: str) -> bool:
        who = (account.name, account.livemode, resource)
        return bool(self._read("SELECT 1 FROM acquainted WHERE account = ? AND livemode = ? AND resource = ?", who))

    def keep_snapshot(self, account: Account, resource: str, rows: Iterable[SnapshotRow]) -> None:
        who = (account.name, account.livemode, resource)
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?)", ((*who, *row) for row in rows))
            db.execute("INSERT OR REPLACE INTO acquainted VALUES (?, ?, ?, ?)", (*who, self._stamp()))

    def snapshot_rows(self, account: Account, resource: str, internal_ids: Sequence[str]) -> list[SnapshotRow]:
        rows = self._read(
            "SELECT internal_id, remote_id, shown FROM held WHERE account = ? AND livemode = ? AND resource = ? "
            "AND internal_id IN (SELECT value FROM json_each(?))",
            (account.name, account.livemode, resource, json.dumps(list(internal_ids))),
        )
        return [SnapshotRow(*row) for row in rows]

    # --- watermarks ---------------------------------------------------------------------------------------------------

    def watermark(self, account: Account, resource: str, asked: str) -> WatermarkRow | None:
        found = self._read(
            f"SELECT moment, marks FROM watermarks WHERE {_MARK}",  # noqa: S608
            (account.name, account.livemode, resource, asked),
        )
        return WatermarkRow(*found[0]) if found else None

    def move_watermark(self, account: Account, resource: str, asked: str, moment: str, digests: bytes) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?, ?, ?, ?, ?)",
                (account.name, account.livemode, resource, asked, moment, digests, self._stamp()),
            )

    # --- all of it ----------------------------------------------------------------------------------------------------

    def read_rows(self, table: JournalTable) -> Iterator[tuple[Any, ...]]:
        order = ", ".join(table.order).replace("@", "rowid")
        flags = [number for number, name in enumerate(table.columns) if name in FLAGS]
        with self._door():
            for row in self.db.execute(f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {order}"):  # noqa: S608
                values = list(row)
                for number in flags:
                    values[number] = bool(values[number])
                yield tuple(values)

    def fill(self, rows: Mapping[JournalTable, Iterable[tuple[Any, ...]]]) -> None:
        with self._transaction() as db:
            for table, told in rows.items():
                places = ", ".join("?" * len(table.columns))
                db.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})", told)  # noqa: S608

    def retire(self) -> None:
        """Let nobody write into it any more, not even one who has it open, and put it aside beside its place."""
        with self._transaction() as db:
            db.execute("DROP TABLE claims")
        with self._door():
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.db.close()
            for suffix in ("", "-wal", "-shm"):  # the latter two where somebody has it open
                file = self.path.with_name(f"{self.path.name}{suffix}")
                if file.exists():
                    file.rename(self.path.with_name(f"{self.path.name}.moved{suffix}"))


class SqliteEngine:
    """An `Engine`: the journal is the file that an address names behind `sqlite:`; its locks are files beside it."""

    def whole(self, address: str, folder: Path) -> str:
        return f"sqlite:{folder / _path(address)}"

    def open(self, address: str, now: Callable[[], datetime], terms: Terms = TERMS) -> SqliteJournal:
        return SqliteJournal(_path(address), now)

    def exists(self, address: str) -> bool:
        path = _path(address)
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # what cannot be looked at may be there
            raise journal_fault(path, error) from error
        return True

    def adopt(self, address: str, terms: Terms = TERMS) -> bool:
        return False

    def hold(self, address: str, name: str, run: str, what: str, terms: Terms = TERMS) -> AbstractContextManager[None]:
        return locked(_path(address).parent, name, run, what)


SQLITE = SqliteEngine()


def _path(address: str) -> Path:
    return Path(address.removeprefix("sqlite:")).expanduser()
