"""What the account already holds: one listing or one lookup per record, whichever is cheaper.

Both ways can fail to tell. Absence counts only when it is proven: a list read to its end with as many rows as the
server says there are and no page that has lost touch with the one before, or a filtered list whose rows show that the
server really filtered.
"""

import asyncio
import sqlite3
import weakref
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from pipeline.api.attempts import read
from pipeline.api.client import Client
from pipeline.api.paging import OffsetPager, Page, Query
from pipeline.api.throttle import Throttle
from pipeline.api.verdict import Verdict
from pipeline.errors import ApiStop
from pipeline.identity import Identity, identity_of
from schemas.dialects.spec import Dialect, Endpoint

__all__ = ["Holdings", "survey"]

Found = tuple[str, ...] | None
"""Remote ids of the records that are the one asked for; empty when it is proven absent; None when nobody can tell."""


class Holdings:
    """Answers `find` for one resource of one account, from an index of its list or by asking per record."""

    def __init__(self, asker: "_Asker", index: "_Index | None", why: str) -> None:
        self._asker = asker
        self._index = index
        self.why = why

    async def find(self, identities: Sequence[Identity]) -> list[Found]:
        """The remote ids of each identity."""
        if self.why:
            return [self._known(i) or None for i in identities]
        if self._index is not None:
            return [self._index.find(i) for i in identities]
        return list(await asyncio.gather(*(self._asker.ask(i) for i in identities)))

    def shown(self, remote_id: str) -> Mapping[str, Any] | None:
        """What the list says of a record that matters for money: amount, currency, livemode."""
        return self._index.shown(remote_id) if self._index is not None else None

    def identified(self) -> "Iterator[tuple[str, str, str | None]] | None":
        """(internalId, remote id, what is shown of it as JSON) of every record that has one; None unless proven all."""
        return self._index.identified() if self._index is not None and not self.why else None

    def _known(self, identity: Identity) -> tuple[str, ...]:
        return self._index.find(identity) if self._index is not None else ()


async def survey(
    resource: str, expected: int, client: Client, throttle: Throttle, dialect: Dialect, folder: Path
) -> Holdings:
    """Decide, by the first page of the account's list, how to find `expected` records in it; read the list if that is
    the cheaper way."""
    asker = _Asker(resource, client, throttle, dialect)
    listing = _Listing(dialect)
    index = _Index(folder, resource)
    query: Query | None = listing.first()
    try:
        while query is not None:
            page = listing.take(await asker.page(query))
            index.add(page.rows)
            query = page.next
            left = (listing.total - listing.rows) / dialect.paging.size if listing.total is not None else None
            if query is not None and listing.pages == 1 and left is not None and expected < left and asker.can_filter:
                return Holdings(asker, None, "")
    except ApiStop as stop:
        return Holdings(asker, index, stop.message)
    return Holdings(asker, index, listing.incomplete())


class _Listing(OffsetPager):
    """A list that is to prove absence."""

    def __init__(self, dialect: Dialect, filters: Query | None = None) -> None:
        super().__init__(dialect, filters, overlap=1)
        self._most = 0

    def take(self, envelope: Mapping[str, Any]) -> Page:
        page = super().take(envelope)
        self._most = max(self._most, self.total or 0)
        return page

    def incomplete(self) -> str:
        """Why the list, read to its end, does not prove absence; empty when it does.

        A list that shrank meanwhile moved rows to offsets already read, so it must give as many as it ever had.
        """
        if self.nulls:
            return f"the list has {self.nulls} empty rows, behind which a record may hide"
        if self.gaps:
            return "rows of the list went away while it was read, and others may have moved up unseen"
        if self.rows < self._most:
            return f"the list gave {self.rows} of {self._most} rows"
        return ""


class _Asker:
    """Reads lists of one resource; ApiStop when the server does not answer them."""

    def __init__(self, resource: str, client: Client, throttle: Throttle, dialect: Dialect) -> None:
        self._resource = resource
        self._client = client
        self._throttle = throttle
        self._dialect = dialect
        self._endpoint: Endpoint = dialect.endpoints[resource]
        self.can_filter = bool({"rfc", "email", "name"} & set(self._endpoint.filters)) and resource != "payments"

    async def page(self, query: Query) -> Mapping[str, Any]:
        judgement = await read(self._client, self._throttle, self._endpoint.path, query)
        if judgement.verdict is not Verdict.DONE or judgement.data is None:
            raise ApiStop(f"The list of {self._resource} cannot be read: {judgement.message}", "Try again later.")
        return judgement.data

    async def ask(self, identity: Identity) -> Found:
        """One record by its natural key."""
        if identity.natural is None or identity.natural[0] not in self._endpoint.filters:
            return None
        name, value = identity.natural
        listing = _Listing(self._dialect, {name: value})
        found: list[str] = []
        query: Query | None = listing.first()
        try:
            while query is not None:
                page = listing.take(await self.page(query))
                if not all(_passes(identity_of(self._resource, row), name, value) for row in page.rows):
                    return None  # the server does not filter by this: nothing is proven
                found += [row["id"] for row in page.rows if _same(identity, identity_of(self._resource, row))]
                query = page.next
        except ApiStop:
            return tuple(found) or None
        return tuple(found) if found or not listing.incomplete() else None


def _passes(identity: Identity, name: str, value: str) -> bool:
    """Whether a row belongs under the filter; names match in part (API reference 2.3, 2.4)."""
    if identity.natural is None:
        return False
    field, own = identity.natural
    return (
        field != name or own.casefold() == value.casefold() or (name == "name" and value.casefold() in own.casefold())
    )


def _same(ours: Identity, theirs: Identity) -> bool:
    """The same internalId, or (where one of the two has none) the same natural key."""
    if ours.internal_id is not None and theirs.internal_id is not None:
        return ours.internal_id == theirs.internal_id
    return ours.natural is not None and ours.natural == theirs.natural


_SHOWN = ("amount", "currency", "livemode")


def _shown(row: Mapping[str, Any]) -> str | None:
    """The members of a payment that the guard compares; other rows have none."""
    amount = row.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        return None
    return msgspec.json.encode({name: row.get(name) for name in _SHOWN} | {"amount": int(amount)}).decode()


class _Index:
    """The account's rows by identity, on disk: a large account does not grow this process."""

    def __init__(self, folder: Path, resource: str) -> None:
        self._resource = resource
        path = folder / f"holdings-{resource}.sqlite"
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        weakref.finalize(self, self._db.close)
        self._db.executescript(
            "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF;"
            "CREATE TABLE rows (id TEXT NOT NULL, internal_id TEXT, natural TEXT, shown TEXT);"
            "CREATE INDEX by_id ON rows (id);"
            "CREATE INDEX by_internal ON rows (internal_id); CREATE INDEX by_natural ON rows (natural);"
        )

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        identities = ((row, identity_of(self._resource, row)) for row in rows if row.get("id"))
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?)",
            [
                (str(row["id"]), who.internal_id, ":".join(who.natural) if who.natural else None, _shown(row))
                for row, who in identities
            ],
        )
        self._db.execute("COMMIT")

    def find(self, ours: Identity) -> tuple[str, ...]:
        """As `_same` says: by internalId, else by natural key among rows that have no other internalId."""
        if ours.internal_id is not None:
            exact = self._ids("SELECT id FROM rows WHERE internal_id = ?", ours.internal_id)
            if exact or ours.natural is None:
                return exact
            return self._ids("SELECT id FROM rows WHERE natural = ? AND internal_id IS NULL", ":".join(ours.natural))
        return self._ids("SELECT id FROM rows WHERE natural = ?", ":".join(ours.natural)) if ours.natural else ()

    def shown(self, remote_id: str) -> Mapping[str, Any] | None:
        found = self._db.execute("SELECT shown FROM rows WHERE id = ?", (remote_id,)).fetchone()
        members: dict[str, Any] | None = msgspec.json.decode(found[0]) if found and found[0] else None
        return members

    def identified(self) -> Iterator[tuple[str, str, str | None]]:
        yield from self._db.execute("SELECT internal_id, id, shown FROM rows WHERE internal_id IS NOT NULL")

    def _ids(self, sql: str, value: str) -> tuple[str, ...]:
        return tuple(row[0] for row in self._db.execute(sql, (value,)))
