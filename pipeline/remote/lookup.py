"""What the account already holds: one listing or one lookup per record, whichever is cheaper.

Both ways can fail to tell. Absence counts only when it is proven: a list read to its end with as many rows as the
server says there are and no page that has lost touch with the one before, or a filtered list whose rows show that the
server really filtered.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.api.paging import OffsetPager, Page, Query
from pipeline.api.session import ApiSession
from pipeline.api.verdict import Verdict
from pipeline.errors import ApiStop
from pipeline.remote.identity import Identity, identity_of
from pipeline.remote.index import AccountIndex, read_mode
from schemas.dialects.spec import Dialect, Endpoint

__all__ = ["Found", "ListLookup", "open_list_lookup"]

Found = tuple[str, ...] | None
"""Remote ids of the records that are the one asked for; empty when it is proven absent; None when nobody can tell."""

_SAMPLE = 3


class ListLookup:
    """Answers `find` for one resource of one account, from an index of its list or by asking per record.

    `why` says what keeps the list from proving absence; empty when nothing does.
    """

    def __init__(self, asker: "_Asker", dialect: Dialect, index: AccountIndex) -> None:
        self._asker = asker
        self._dialect = dialect
        self._index = index
        self._listed = False
        self.why = ""

    async def read(self, expected: int | None = None) -> None:
        """Read the whole list; only its first page if it costs fewer requests to ask for the `expected` records."""
        self._index.clear()
        listing = _Listing(self._dialect)
        query: Query | None = listing.first()
        try:
            while query is not None:
                page = listing.take(await self._asker.page(query))
                self._index.add(page.rows)
                query = page.next
                if query is not None and expected is not None and listing.pages == 1:
                    left = (listing.total or 0) - listing.rows
                    if self._asker.can_filter and expected < left / self._dialect.paging.size:
                        return
            self.why = listing.incomplete()
        except ApiStop as stop:
            self.why = stop.message
        self._listed = True

    async def find(self, identities: Sequence[Identity]) -> list[Found]:
        """The remote ids of each identity. A server that does not filter as documented has its list read instead."""
        if not self._listed:
            answers = await asyncio.gather(*(self._asker.ask(i) for i in identities))
            if None not in answers:
                return list(answers)
            await self.read()
        found = [self._index.find(i) for i in identities]
        return [ids or None for ids in found] if self.why else list(found)

    def mode(self, remote_id: str) -> bool | None:
        """Whether a record that was found is of live mode; None when its row does not say."""
        return self._index.mode(remote_id) if self._listed else self._asker.modes.get(remote_id)

    def shown(self, remote_id: str) -> Mapping[str, Any] | None:
        """What the list says of a record that matters for money: amount, currency, livemode."""
        return self._index.shown(remote_id)

    def shows_internal_ids(self) -> bool:
        """Whether an internalId that is not found proves anything: rows carry theirs, or there are none."""
        return not self._listed or not self._index.rows or self._index.shows_internal_ids()

    async def hides_internal_ids(self) -> bool:
        """Whether rows that show no internalId have one when they are asked for by their id."""
        if self.shows_internal_ids():
            return False
        details = await asyncio.gather(*(self._asker.internal_id(i) for i in self._index.some(_SAMPLE)))
        return any(detail is not None for detail in details)

    def identified(self) -> Iterator[tuple[str, str, str | None]] | None:
        """(internalId, remote id, what is shown of it as JSON) of every record that has one; None unless proven all."""
        return self._index.identified() if self._listed and not self.why else None


async def open_list_lookup(resource: str, expected: int, session: ApiSession, folder: Path) -> ListLookup:
    """Decide, by the first page of the account's list, how to find `expected` records in it; read the list if that is
    the cheaper way."""
    lookup = ListLookup(_Asker(resource, session), session.dialect, AccountIndex(folder, resource))
    await lookup.read(expected)
    return lookup


class _Listing(OffsetPager):
    """A list that is to prove absence."""

    def __init__(self, dialect: Dialect, filters: Query | None = None) -> None:
        super().__init__(dialect, filters, overlap=True)
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
        if self.repeated and self.total is None:
            return "the list gave rows twice and says nothing of how many there are"
        return ""


class _Asker:
    """Reads lists of one resource; ApiStop when the server does not answer them."""

    def __init__(self, resource: str, session: ApiSession) -> None:
        self._resource = resource
        self._session = session
        self._dialect = session.dialect
        self._endpoint: Endpoint = session.dialect.endpoints[resource]
        self.can_filter = bool({"rfc", "email", "name"} & set(self._endpoint.filters)) and resource != "payments"
        self.modes: dict[str, bool | None] = {}

    async def page(self, query: Query) -> Mapping[str, Any]:
        judgement = await self._session.read(self._endpoint.path, query)
        if judgement.verdict is not Verdict.DONE or judgement.data is None:
            raise ApiStop(f"The list of {self._resource} cannot be read: {judgement.message}", "Try again later.")
        return judgement.data

    async def internal_id(self, remote_id: str) -> str | None:
        """The internalId of one record, asked for by its id; None where it has none or cannot be asked for."""
        judgement = await self._session.read(f"{self._endpoint.path}/{remote_id}", {})
        row = judgement.data.get(self._dialect.envelope.data) if judgement.data is not None else None
        return identity_of(self._resource, row).internal_id if isinstance(row, Mapping) else None

    async def ask(self, identity: Identity) -> Found:
        """One record by its natural key, as it is compared and as it was written."""
        if identity.natural is None or identity.natural[0] not in self._endpoint.filters:
            return None
        name, value = identity.natural
        found: dict[str, None] = {}
        for spelling in {value: None, identity.spelling or value: None}:
            ids = await self._ask(identity, name, spelling)
            if ids is None:
                return None
            found |= dict.fromkeys(ids)
        return tuple(found)

    async def _ask(self, identity: Identity, name: str, value: str) -> Found:
        listing = _Listing(self._dialect, {name: value})
        found: list[str] = []
        query: Query | None = listing.first()
        try:
            while query is not None:
                page = listing.take(await self.page(query))
                if not all(_passes(identity_of(self._resource, row), name, value) for row in page.rows):
                    return None  # the server does not filter by this: nothing is proven
                for row in page.rows:
                    if _same(identity, identity_of(self._resource, row)):
                        found.append(row["id"])
                        self.modes[row["id"]] = read_mode(row)
                query = page.next
        except ApiStop:
            return None
        return None if listing.incomplete() else tuple(found)


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
