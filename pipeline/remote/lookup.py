"""What the account holds, as far as it must be known before anything is created.

Others create clients and services all the time, so the account is asked in every run. Payments cannot be asked for by
their internalId (the API has no such filter), and a list of all of them is long: the whole of it is read once per state
folder and kept in the journal, which from then on knows what it sent itself. So a journal that was lost, or is new on
this machine, pays nothing twice, however many files and runs come after.
"""

from collections.abc import Sequence
from itertools import starmap
from pathlib import Path
from typing import Protocol

from pipeline.api.session import ApiSession
from pipeline.journal import Journal, SnapshotRow
from pipeline.model import Account
from pipeline.remote.answer import ChangedId, Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.list_lookup import open_list_lookup
from pipeline.remote.members import Money
from pipeline.remote.snapshot import SnapshotLookup

__all__ = ["RemoteLookup", "open_lookup"]


class RemoteLookup(Protocol):
    """Answers which records of the account are the ones asked for, in whatever way. One of the other mode never is."""

    async def find(self, identities: Sequence[Identity]) -> list[Lookup]:
        """An answer for each identity, in order."""
        ...

    async def find_changed(self, internal_ids: Sequence[str]) -> list[ChangedId]:
        """Rows under other spellings of these ids, which the last `find` did not find (schemas.cleaning.ids)."""
        ...

    def mode(self, remote_id: str) -> bool | None:
        """Whether a record that the last `find` or `find_changed` found is of live mode; None when nobody says."""
        ...

    def shown(self, remote_id: str) -> Money | None:
        """What is known of a record that the last `find` found that matters for money; None when no amount is."""
        ...


async def open_lookup(
    resource: str,
    expected: int,
    session: ApiSession,
    journal: Journal,
    account: Account,
    folder: Path,
    *,
    fresh: bool = False,
) -> RemoteLookup:
    """For `expected` records: from the journal where it has learnt the account's list before, else by asking; by asking
    in any case if it is to be `fresh`, since what others create is in no journal of ours."""
    learnt_once = session.dialect.endpoints[resource].learnt_once
    learnt = learnt_once and journal.has_snapshot(account, resource)
    if learnt and not fresh:
        return SnapshotLookup(journal, account, resource)
    lookup = await open_list_lookup(resource, None if learnt_once else expected, session, folder)
    if not learnt_once:
        return lookup
    await lookup.distrust_hidden_ids()
    everything = lookup.identified()
    if everything is not None and not learnt:
        journal.keep_snapshot(account, resource, starmap(SnapshotRow, everything))
    return lookup
