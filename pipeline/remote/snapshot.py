"""Look-ups in the journal, which keeps the account's list of what cannot be asked for (`pipeline.remote.lookup`)."""

from collections.abc import Sequence

import polars as pl

from pipeline.journal import Journal
from pipeline.model import Account
from pipeline.remote.answer import ChangedId, Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.members import Money, decode_money
from schemas.cleaning.ids import changed_spellings

__all__ = ["SnapshotLookup"]


class SnapshotLookup:
    """The account's list as the journal keeps it, by internalId. It was read whole, so what is not in it is absent."""

    def __init__(self, journal: Journal, account: Account, resource: str) -> None:
        self._journal = journal
        self._who = account, resource
        self._shown: dict[str, Money] = {}

    async def find(self, identities: Sequence[Identity]) -> list[Lookup]:
        named = [identity.internal_id for identity in identities if identity.internal_id is not None]
        ids: dict[str, list[str]] = {}
        self._shown = {}
        for row in self._journal.snapshot_rows(*self._who, named):
            ids.setdefault(row.internal_id, []).append(row.remote_id)
            if row.shown is not None:
                self._shown[row.remote_id] = decode_money(row.shown)
        return [
            Lookup(tuple(i for i in ids.get(identity.internal_id or "", ()) if identity.may_share_mode(self.mode(i))))
            for identity in identities
        ]

    async def find_changed(self, internal_ids: Sequence[str]) -> list[ChangedId]:
        """By the spellings that people and tools use: the journal keeps no roots."""
        asked = dict(changed_spellings(pl.Series(internal_ids, dtype=pl.String)).select("other", "id").iter_rows())
        rows = list(self._journal.snapshot_rows(*self._who, list(asked)))
        self._shown |= {row.remote_id: decode_money(row.shown) for row in rows if row.shown is not None}
        return [ChangedId(asked[row.internal_id], row.internal_id, row.remote_id) for row in rows]

    def mode(self, remote_id: str) -> bool | None:
        return self._shown.get(remote_id, Money()).livemode

    def shown(self, remote_id: str) -> Money | None:
        """Of a record that the last `find` or `find_changed` found."""
        money = self._shown.get(remote_id, Money())
        return None if money.amount is None else money
