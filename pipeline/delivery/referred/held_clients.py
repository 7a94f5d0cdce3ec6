"""An exported payment that comes back to its own account: its client is named by his id there, and not made again.

An export describes each payment's client, for another account holds no other word of it. Where the account holds a
client of that internalId who is all that is described, he is meant. Where it does not, or shows him otherwise, or
nobody can tell, he is described as he stands. An API that looks for the client itself is left to it.
"""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from pipeline.delivery.canary.comparison import decode_sent
from pipeline.delivery.canary.features import name_client_by_id
from pipeline.delivery.context import SendContext
from pipeline.delivery.outbox import Outbox
from pipeline.model import Action
from pipeline.remote.detail import read_detail
from pipeline.remote.identity import Identity, identity_of
from pipeline.remote.list_lookup import open_list_lookup
from schemas import resource
from schemas.dialects.spec import Create, Endpoint

__all__ = ["name_held_clients"]

_CLIENT, _ID, _ROW_ID = "client", "clientId", "id"
_AT_ONCE = 100
"""Clients asked for together; the session's throttle sends them at its own pace."""
_Who = tuple[str, bool]
"""A client's internalId and mode."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


async def name_held_clients(outbox: Outbox, name: str, context: SendContext, folder: Path) -> Outbox:
    """The same actions; those whose client the account holds have its id in place of what describes it."""
    creates = context.session.dialect.endpoints[name].creates
    theirs = next((reference.resource for reference in resource(name).references if reference.fills == _ID), None)
    if context.stop.is_set() or theirs is None or not any(map(_describes, creates)):
        return outbox
    wanted = _gather_clients(outbox, creates, context.session.dialect.endpoints[theirs])
    if not wanted:
        return outbox
    held = await _read_held(wanted, theirs, context, folder)
    if not held:
        return outbox
    named = Outbox(folder)
    for record_id, action in outbox:
        named.add(record_id, _name_client(action, _read_client(action, creates), held))
    return named


async def _read_held(
    wanted: Mapping[_Who, Identity], theirs: str, context: SendContext, folder: Path
) -> dict[_Who, Mapping[str, Any]]:
    """Of those that the account holds, what it says of each, asked for by its id."""
    lookup = await open_list_lookup(theirs, len(wanted), context.session, folder)
    await lookup.find(list(wanted.values()))
    ids = {who: found[0] for who in wanted if (found := lookup.find_named(*who))}
    held: dict[_Who, Mapping[str, Any]] = {}
    asked = iter(ids)
    while some := tuple(islice(asked, _AT_ONCE)):
        details = await asyncio.gather(*(read_detail(context.session, theirs, ids[who]) for who in some))
        held |= {who: detail.row for who, detail in zip(some, details, strict=True) if detail.row is not None}
    return held


def _is_all(described: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the account shows each member that is described, and shows it so."""
    return all(
        _is_all(value, row.get(name) or {}) if isinstance(value, dict) else row.get(name) == value
        for name, value in described.items()
    )


def _describes(create: Create) -> bool:
    """Whether it describes clients where we write them, and does not look for them itself."""
    return create.search is None and create.fields.get(_ID) == _ID and "client.rfc" in create.fields


def _gather_clients(outbox: Outbox, creates: tuple[Create, ...], endpoint: Endpoint) -> dict[_Who, Identity]:
    """By internalId and mode: who the described clients are that have an internalId."""
    return {
        (who.internal_id, action.livemode): who._replace(livemode=action.livemode)
        for action, client in _described(outbox, creates)
        if (who := identity_of(endpoint, client)).internal_id is not None
    }


def _described(outbox: Outbox, creates: tuple[Create, ...]) -> Iterator[tuple[Action, Mapping[str, Any]]]:
    for _, action in outbox:
        if (client := _read_client(action, creates)) is not None:
            yield action, client


def _read_client(action: Action, creates: tuple[Create, ...]) -> Mapping[str, Any] | None:
    """The client that a body describes with an internalId; most bodies are not even decoded."""
    if (
        b'"client":{' not in action.body
        or action.body.count(b'"internalId"') < 2
        or not _describes(creates[action.create])
    ):
        return None
    client = decode_sent(action.body)[_CLIENT]
    return client if _internal_id(client) else None


def _internal_id(client: Mapping[str, Any]) -> str:
    return str(client.get("metadata", {}).get("internalId", ""))


def _name_client(action: Action, client: Mapping[str, Any] | None, held: Mapping[_Who, Mapping[str, Any]]) -> Action:
    """With the id of the client it describes, where he is held and shown so; else as it is."""
    row = None if client is None else held.get((_internal_id(client), action.livemode))
    if client is None or row is None or not _is_all(client, row):
        return action
    body = {_ID: str(row[_ROW_ID])} | {n: value for n, value in decode_sent(action.body).items() if n != _CLIENT}
    return msgspec.structs.replace(action, body=_encode(body), features=name_client_by_id(action.features))
