"""What the account holds of the records that are to be deleted: each is asked for by its id before anything is sent."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.api.session import ApiSession
from pipeline.errors import ApiStop, ConfigError
from pipeline.language.say import say
from pipeline.remote.detail import read_detail
from pipeline.remote.members import Money, read_mode, read_money
from schemas.dialects.spec import Endpoint, Removal

__all__ = ["Found", "describe_record", "find_records", "find_removal", "is_taken_away"]

_STATUS = "status"
_NAMES = ("name", "description", "total", "currency", _STATUS, "url")
"""What a person knows a record by, besides its ids."""


@dataclass(slots=True)
class Found:
    """The records that are there, by id, as the account shows them; and the ids of those that are not."""

    there: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    amounts: dict[str, Money] = field(default_factory=dict)

    def list_sums(self, ids: Iterable[str]) -> list[str]:
        """What those records come to, a text a currency."""
        sums = Counter[str]()
        for money in (self.amounts[identity] for identity in ids if identity in self.amounts):
            sums[money.currency or "?"] += money.amount or 0
        return [f"{cents / 100:,.2f} {currency}" for currency, cents in sorted(sums.items())]


async def find_records(session: ApiSession, resource: str, ids: Sequence[str], *, live: bool) -> Found:
    """Ask for each. ApiStop where one can neither be had nor is known to be absent, ConfigError where one is of the
    other mode: nothing was sent by then."""
    found, room = Found(), asyncio.Semaphore(session.in_flight)
    endpoint, removal = session.dialect.endpoints[resource], find_removal(session, resource)

    async def look(identity: str) -> tuple[str, Mapping[str, Any] | None]:
        async with room:
            detail = await read_detail(session, resource, identity, masked=True)
        if detail.row is None and not detail.gone:
            raise ApiStop(
                say("{id} cannot be read: {why}", id=identity, why=detail.unread),
                say("Nothing was deleted now. Try again later."),
            )
        return identity, detail.row

    try:
        async with asyncio.TaskGroup() as tasks:
            looks = [tasks.create_task(look(identity)) for identity in ids]
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    for identity, row in (each.result() for each in looks):
        if row is None or is_taken_away(removal, row):
            found.absent.append(identity)
            continue
        if _find_mode(endpoint, row) not in (None, live):
            raise ConfigError(
                say("{id} is a record of the other mode (live or test).", id=identity),
                say("Use the other key, or leave it out. Nothing was deleted now."),
            )
        found.there[identity] = row
        money = read_money(endpoint, row)
        if money.amount is not None:
            found.amounts[identity] = money
    return found


def _find_mode(endpoint: Endpoint, row: Mapping[str, Any]) -> object:
    """A record's mode; by the member's usual name where the declarations say nothing of it."""
    return read_mode(endpoint, row) if "livemode" in endpoint.reads else row.get("livemode")


def find_removal(session: ApiSession, resource: str) -> Removal:
    """How one is deleted. ValueError where nobody can."""
    removal = session.dialect.endpoints[resource].removal
    if removal is None:
        raise ValueError(f"dialect {session.dialect.name} deletes none of the {resource}")
    return removal


def is_taken_away(removal: Removal, row: Mapping[str, Any]) -> bool:
    """Whether a record that is still shown has been canceled."""
    return str(row.get(_STATUS)).casefold() in removal.leaves


def describe_record(identity: str, row: Mapping[str, Any]) -> str:
    """One line for who decides: its ids, and what a person knows it by."""
    metadata = row.get("metadata")
    own = metadata.get("internalId") if isinstance(metadata, Mapping) else None
    told = [str(row[name]) for name in _NAMES if row.get(name) not in (None, "")]
    return " · ".join([identity, *([str(own)] if own else []), *told])
