"""Look-ups in the account's list: one listing or one question per record, whichever is cheaper.

Both ways can fail to tell. Absence counts only when it is proven: a list read to its end with as many rows as the
server says there are and no page that has lost touch with the one before, or a filtered list whose rows show that the
server really filtered. What could not be asked is unknown, never absent.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from pipeline.api.paging.listing import Listing
from pipeline.api.paging.page import Page, Pager, Query
from pipeline.api.paging.seen_rows import SeenRows
from pipeline.api.session import ApiSession
from pipeline.api.verdict import Verdict
from pipeline.errors import ApiStop
from pipeline.language.say import say
from pipeline.remote.answer import ChangedId, Lookup
from pipeline.remote.detail import Detail, read_detail
from pipeline.remote.identity import Identity, identity_of
from pipeline.remote.index import AccountIndex
from pipeline.remote.members import Money
from schemas.dialects.spec import Dialect, Endpoint, Filter

__all__ = ["ListLookup", "open_list_lookup"]

_SAMPLE = 3


class ListLookup:
    """Answers `find` for one resource of one account, from an index of its list or by asking per record."""

    def __init__(self, asker: "_Asker", dialect: Dialect, index: AccountIndex) -> None:
        self._asker = asker
        self._dialect = dialect
        self._index = index
        self._listed = False
        self._unproven = ""

    async def read(self, expected: int | None = None) -> None:
        """Read the whole list; only its first page if it costs fewer requests to ask for the `expected` records."""
        self._index.clear()
        proof = self._asker.list()
        try:
            async for page in proof:
                self._index.add(page.rows)
                if page.next is not None and proof.pager.pages == 1 and self._asks_for_less(expected, proof.pager):
                    return
            self._unproven = proof.incomplete() or self._asker.nameless()
        except ApiStop as stop:
            self._unproven = stop.message
        self._listed = True

    def _asks_for_less(self, expected: int | None, pager: Pager) -> bool:
        left = (pager.total or 0) - pager.rows
        return expected is not None and self._asker.can_filter and expected < left / self._dialect.paging.size

    async def find(self, identities: Sequence[Identity]) -> list[Lookup]:
        """An answer for each identity. A server that does not filter as documented has its list read instead."""
        if not self._listed:
            answers = await asyncio.gather(*(self._asker.ask(i) for i in identities))
            if all(answer.proven for answer in answers):
                return list(answers)
            await self.read()
        answers = [Lookup(self._index.find(i)) for i in identities]
        return [answer.unproven_because(self._unproven) for answer in answers] if self._unproven else answers

    async def find_changed(self, internal_ids: Sequence[str]) -> list[ChangedId]:
        """Among all rows of the list; where it was asked for records, among the rows of those."""
        return self._index.find_changed(internal_ids)

    def find_named(self, internal_id: str, livemode: bool) -> tuple[str, ...]:
        """Among the rows that were read by now: those with that very internalId, of that mode or of none."""
        return self._index.find(Identity(internal_id, None, livemode=livemode))

    def mode(self, remote_id: str) -> bool | None:
        """Whether a record that was found is of live mode; None when its row does not say."""
        return self._index.mode(remote_id)

    def shown(self, remote_id: str) -> Money | None:
        """What the list says of a record that matters for money."""
        return self._index.shown(remote_id)

    def shows(self, remote_id: str | None) -> bool | None:
        """Whether the list has any row, and the one with that id; None where it was not read whole."""
        if not self._listed:
            return None
        return bool(self._index.rows) and (remote_id is None or self._index.holds(remote_id))

    @property
    def has_rows(self) -> bool:
        """Whether any row of the list was read by now."""
        return bool(self._index.rows)

    def shows_internal_ids(self) -> bool:
        """Whether an internalId that is not found proves anything: rows carry theirs, or there are none."""
        return not self._listed or not self._index.rows or self._index.shows_internal_ids()

    async def distrust_hidden_ids(self) -> None:
        """Ask for a few rows by their id if the list shows no internalId: it proves absence only where each of them can
        be asked for and shows none either."""
        if self._unproven or self.shows_internal_ids():
            return
        details = await asyncio.gather(*(self._asker.read(i) for i in self._index.some(_SAMPLE)))
        self._unproven = next(filter(None, map(self._asker.unproven_by, details)), "")

    def identified(self) -> Iterator[tuple[str, str, str | None]] | None:
        """(internalId, remote id, what is shown of it as JSON) of every record that has one; None unless proven all."""
        return self._index.identified() if self._listed and not self._unproven else None


async def open_list_lookup(resource: str, expected: int | None, session: ApiSession, folder: Path) -> ListLookup:
    """Decide, by the first page of the account's list, how to find `expected` records in it; read the list if that is
    the cheaper way, or if nobody says how many are looked for."""
    index = AccountIndex(folder, resource, session.dialect)
    lookup = ListLookup(_Asker(resource, session, index), session.dialect, index)
    await lookup.read(expected)
    return lookup


class _Proof:
    """The pages of a list that is to prove absence; `identifier` is the member with the id of a row."""

    def __init__(self, listing: Listing, identifier: str) -> None:
        self._listing = listing
        self._identifier = identifier
        self._most = 0
        self._without_id = 0

    @property
    def pager(self) -> Pager:
        return self._listing.pager

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Page:
        page = await anext(self._listing)
        self._most = max(self._most, self.pager.total or 0)
        self._without_id += sum(not row.get(self._identifier) for row in page.rows)
        return page

    def incomplete(self) -> str:
        """Why the list, read to its end, does not prove absence; empty when it does.

        A list that shrank meanwhile moved rows to offsets already read, so it must give as many as it ever had.
        """
        if self.pager.nulls:
            return say("the list has {nulls} empty rows, behind which a record may hide", nulls=self.pager.nulls)
        if self.pager.blanks and self.pager.total is None:
            return say("the server answered without a list, and does not say that it is empty")
        if self.pager.failed:
            return say("of {failed} pages of the list the server says that they failed", failed=self.pager.failed)
        if self._without_id:
            return say("the list has {rows} rows without an id, any of which may be the record", rows=self._without_id)
        if self.pager.gaps:
            return say("rows of the list went away while it was read, and others may have moved up unseen")
        if self.pager.rows < self._most:
            return say("the list gave {rows} of {most} rows", rows=self.pager.rows, most=self._most)
        if self.pager.repeated and self.pager.total is None:
            return say("the list gave rows twice and says nothing of how many there are")
        return ""


class _Asker:
    """Reads lists of one resource; ApiStop when the server does not answer them. Rows it asked for go into `index`."""

    def __init__(self, resource: str, session: ApiSession, index: AccountIndex) -> None:
        self._index = index
        self._resource = resource
        self._session = session
        self._dialect = session.dialect
        self._endpoint: Endpoint = session.dialect.endpoints[resource]
        self.can_filter = any(self._endpoint.natural_keys.values()) or self._endpoint.by_internal_id is not None
        self._filters: bool | None = None

    def list(self, filters: Query | None = None) -> _Proof:
        listing = self._session.list(self._resource, filters, overlap=True)
        return _Proof(listing, self._dialect.identifier)

    def nameless(self) -> str:
        """Why a list whose rows show nothing of what a record is known by proves no absence; empty where they do.

        A payment has no such member but its internalId: `distrust_hidden_ids` asks for a few of them.
        """
        if not self._endpoint.natural_keys or not self._index.rows or self._index.tells_who:
            return ""
        return say(
            "the list shows nothing by which a record is known: neither internalId nor {keys}",
            keys=" / ".join(self._endpoint.natural_keys),
        )

    async def read(self, remote_id: str) -> Detail:
        """One record, asked for by its id."""
        return await read_detail(self._session, self._resource, remote_id)

    def unproven_by(self, detail: Detail) -> str:
        """Why a list that shows no internalId proves no absence, by one of its records; empty where that has none."""
        if detail.row is None:
            why = detail.unread.rstrip(".")
            return say("the list shows no internalId, and a record of it could not be asked for: {why}", why=why)
        if identity_of(self._endpoint, detail.row).internal_id is not None:
            return say("the list shows no internalId, though its records have them")
        return ""

    async def ask(self, identity: Identity) -> Lookup:
        """One record by its internalId, and where none has it by its natural key, as it is compared and as written."""
        if self._endpoint.by_internal_id is not None and identity.internal_id is not None:
            answer = await self._ask_by_internal_id(identity, identity.internal_id, self._endpoint.by_internal_id)
            if not answer.absent or identity.natural is None:
                return answer
        name, value = identity.natural or ("", "")
        by = self._endpoint.natural_keys.get(name)
        if by is None:
            return Lookup((), False, say("the list cannot be filtered by what the record is known by"))
        found: dict[str, None] = {}
        for spelling in {value: None, identity.spelling or value: None}:
            answer = await self._ask(identity, name, by, spelling)
            if not answer.proven:
                return answer
            found |= dict.fromkeys(answer.found)
        return Lookup(tuple(found))

    async def _ask_by_internal_id(self, identity: Identity, internal_id: str, parameter: str) -> Lookup:
        """None found proves absence only of a server that was seen to find another record by the same parameter."""
        unproven = say("the server does not filter by {parameter}", parameter=parameter)
        rows = await self._page_by(parameter, internal_id)
        if rows is None:
            return Lookup((), False, unproven)
        self._index.add(rows)
        own = [row for row in rows if _same(identity, identity_of(self._endpoint, row))]
        if found := tuple(row[self._dialect.identifier] for row in own if row.get(self._dialect.identifier)):
            return Lookup(found)
        if self._filters is None:
            known = next(self._index.internal_ids(1), None)
            self._filters = known is not None and bool(await self._page_by(parameter, known))
        return Lookup() if self._filters else Lookup((), False, unproven)

    async def _page_by(self, parameter: str, internal_id: str) -> Sequence[dict[str, Any]] | None:
        """The rows of that internalId; None where the answer holds another, cannot be read, or may go on."""
        limit = {self._dialect.paging.limit: self._dialect.paging.size}
        judgement = await self._session.read(self._endpoint.path, {parameter: internal_id, **limit})
        seen = SeenRows(self._dialect)
        if judgement.verdict is not Verdict.DONE or judgement.data is None:
            return None
        try:
            rows = [row for row in seen.of(judgement.data) if row is not None]
            if seen.goes_on(judgement.data):
                return None
        except ApiStop:
            return None
        theirs = {identity_of(self._endpoint, row).internal_id for row in rows}
        return rows if theirs <= {internal_id} and not seen.blanks else None

    async def _ask(self, identity: Identity, name: str, by: Filter, value: str) -> Lookup:
        proof = self.list({by.parameter: value})
        found: list[str] = []
        try:
            async for page in proof:
                theirs = [identity_of(self._endpoint, row) for row in page.rows]
                if not all(_passes(other, name, value, in_part=by.in_part) for other in theirs):
                    return Lookup((), False, say("the server does not filter by {parameter}", parameter=by.parameter))
                self._index.add(page.rows)
                own = [row for row, other in zip(page.rows, theirs, strict=True) if _same(identity, other)]
                found += (row[self._dialect.identifier] for row in own if row.get(self._dialect.identifier))
        except ApiStop as stop:
            return Lookup((), False, stop.message)
        incomplete = proof.incomplete()
        return Lookup((), False, incomplete) if incomplete else Lookup(tuple(found))


def _passes(identity: Identity, name: str, value: str, *, in_part: bool) -> bool:
    """Whether a row belongs under the filter; some match in part (docs/api.md 2.3, 2.4)."""
    if identity.natural is None:
        return False
    field, own = identity.natural
    theirs, asked = own.casefold(), value.casefold()
    return field != name or theirs == asked or (in_part and asked in theirs)


def _same(ours: Identity, theirs: Identity) -> bool:
    """Of one mode, and the same internalId or (where one of the two has none) the same natural key."""
    if not ours.may_share_mode(theirs.livemode):
        return False
    if ours.internal_id is not None and theirs.internal_id is not None:
        return ours.internal_id == theirs.internal_id
    return ours.natural is not None and ours.natural == theirs.natural
