"""The rows of an account's list by identity, on disk: a large account does not grow this process."""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import starmap
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from pipeline.remote.answer import ChangedId
from pipeline.remote.identity import Identity, identity_of, is_identified
from pipeline.remote.members import Money, decode_money, encode_money, read_money
from schemas.cleaning.ids import changed_spellings, find_roots
from schemas.dialects.spec import Dialect, Endpoint

__all__ = ["AccountIndex"]


_BY_ID = "SELECT id FROM rows WHERE internal_id = ?1 AND (?2 IS NULL OR livemode IS NULL OR livemode = ?2)"
_BY_NATURAL = "SELECT id FROM rows WHERE natural = ?1 AND (?2 IS NULL OR livemode IS NULL OR livemode = ?2)"
"""Of the rows of a mode, and of those that do not say theirs; of all rows when none is asked for."""

_OTHERS = """
    SELECT json_extract(asked.value, '$[0]') AS own, rows.internal_id, rows.id
    FROM json_each(?) AS asked CROSS JOIN rows
    WHERE rows.{column} = json_extract(asked.value, '$[1]') AND rows.internal_id <> own
    ORDER BY asked.key, rows.rowid
"""
"""One question for a whole block: a question a record would cost more than all else that is done with it here."""


def _shown(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    """The members that say mode and money; None where a row has none of them."""
    money = read_money(endpoint, row)
    return None if money == Money() else encode_money(money)


def _roots(ids: pl.Series) -> pl.Series:
    return find_roots(ids).str.to_lowercase()


def _one(natural: tuple[str, str] | None) -> str | None:
    return ":".join(natural) if natural else None


class AccountIndex:
    """Add the rows of a list, then ask which of them a record may be. `rows` counts them."""

    def __init__(self, folder: Path, resource: str, dialect: Dialect) -> None:
        self._endpoint, self._id = dialect.endpoints[resource], dialect.identifier
        self.rows = 0
        self.tells_who = False
        """Whether a row shows any of the members by which a record is known, filled with whatever."""
        path = folder / f"account-{resource}.sqlite"
        path.unlink(missing_ok=True)
        # Whichever thread lets go of the index last closes it, as one that runs a server beside us may.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._db.close)
        self._db.executescript(
            "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;"
            "CREATE TABLE rows"
            " (id TEXT NOT NULL, internal_id TEXT, root TEXT, natural TEXT, shown TEXT, livemode INTEGER);"
            "CREATE INDEX by_id ON rows (id); CREATE INDEX by_root ON rows (root);"
            "CREATE INDEX by_internal ON rows (internal_id); CREATE INDEX by_natural ON rows (natural);"
        )

    def clear(self) -> None:
        """Forget every row."""
        self.rows, self.tells_who = 0, False
        self._db.execute("DELETE FROM rows")

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows += len(rows)
        self.tells_who = self.tells_who or any(is_identified(self._endpoint, row) for row in rows)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", self._stored(rows))
        self._db.execute("COMMIT")

    def _stored(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str | bool | None, ...]]:
        endpoint, named = self._endpoint, [row for row in rows if row.get(self._id)]
        identities = [identity_of(endpoint, row) for row in named]
        roots = _roots(pl.Series([who.internal_id for who in identities], dtype=pl.String))
        for row, who, root in zip(named, identities, roots, strict=True):
            yield str(row[self._id]), who.internal_id, root, _one(who.natural), _shown(endpoint, row), who.livemode

    def find(self, ours: Identity) -> tuple[str, ...]:
        """By internalId, else by natural key among rows that have no other internalId; of ours or no mode."""
        if not self.rows:
            return ()
        natural, mode = _one(ours.natural), ours.livemode
        if ours.internal_id is not None:
            exact = self._ids(_BY_ID, ours.internal_id, mode)
            if exact or natural is None:
                return exact
            return self._ids(_BY_NATURAL + " AND internal_id IS NULL", natural, mode)
        return self._ids(_BY_NATURAL, natural, mode) if natural is not None else ()

    def find_changed(self, internal_ids: Sequence[str]) -> list[ChangedId]:
        """Rows whose internalId has the root of one of these and another spelling, or may have been one of them.

        Large and small letters are no difference of roots.
        """
        if not self.rows:
            return []
        own = pl.Series(internal_ids, dtype=pl.String)
        rooted = zip(own, _roots(own), strict=True)
        found = [*self._others("root", rooted), *self._others("internal_id", changed_spellings(own).iter_rows())]
        return list(dict.fromkeys(found))

    def _others(self, column: str, asked: Iterable[tuple[str, str]]) -> Iterator[ChangedId]:
        """Of (internalId, what the column must hold): rows that hold it and have another internalId, in that order."""
        told = msgspec.json.encode(list(asked)).decode()
        return starmap(ChangedId, self._db.execute(_OTHERS.format(column=column), (told,)))

    def shows_internal_ids(self) -> bool:
        """Whether any row has one: an internalId that no row shows proves nothing of a list that shows none."""
        return next(self.internal_ids(1), None) is not None

    def internal_ids(self, count: int) -> Iterator[str]:
        """The internalIds of a few rows that have one."""
        rows = self._db.execute("SELECT internal_id FROM rows WHERE internal_id IS NOT NULL LIMIT ?", (count,))
        return (row[0] for row in rows)

    def some(self, count: int) -> tuple[str, ...]:
        """The ids of a few rows."""
        return tuple(row[0] for row in self._db.execute("SELECT id FROM rows LIMIT ?", (count,)))

    def holds(self, remote_id: str) -> bool:
        """Whether any row has that id."""
        return self._db.execute("SELECT 1 FROM rows WHERE id = ?", (remote_id,)).fetchone() is not None

    def mode(self, remote_id: str) -> bool | None:
        """Whether a row is of live mode; None when it does not say."""
        found = self._db.execute("SELECT livemode FROM rows WHERE id = ?", (remote_id,)).fetchone()
        return None if found is None or found[0] is None else bool(found[0])

    def shown(self, remote_id: str) -> Money | None:
        """What a row with an amount says that matters for money."""
        found = self._db.execute("SELECT shown FROM rows WHERE id = ?", (remote_id,)).fetchone()
        money = decode_money(found[0]) if found and found[0] else Money()
        return None if money.amount is None else money

    def identified(self) -> Iterator[tuple[str, str, str | None]]:
        """(internalId, remote id, what is shown of it as JSON) of every row that has an internalId."""
        yield from self._db.execute("SELECT internal_id, id, shown FROM rows WHERE internal_id IS NOT NULL")

    def _ids(self, sql: str, value: str, livemode: bool | None) -> tuple[str, ...]:
        return tuple(row[0] for row in self._db.execute(sql, (value, livemode)))
