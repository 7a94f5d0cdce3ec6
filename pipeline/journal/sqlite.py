"""The journal in one SQLite file, by default of the state folder: all groups of `pipeline.journal.protocol`."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from pipeline.journal.lock import locked
from pipeline.journal.rows import SnapshotRow, WatermarkRow
from pipeline.journal.sqlite_file import journal_fault
from pipeline.journal.sqlite_records import SqliteRecords
from pipeline.journal.sqlite_runs import SqliteRuns
from pipeline.journal.terms import TERMS, Terms
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

    def hold(self, address: str, name: str, run: str, what: str, terms: Terms = TERMS) -> AbstractContextManager[None]:
        return locked(_path(address).parent, name, run, what)


SQLITE = SqliteEngine()


def _path(address: str) -> Path:
    return Path(address.removeprefix("sqlite:")).expanduser()
