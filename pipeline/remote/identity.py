"""Who a record is, as far as the account can tell: its internalId, else its natural key (docs/api.md Q4, Q7, Q17)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from pipeline.model import Action
from pipeline.remote.members import read_mode, read_value, read_values
from schemas.dialects.spec import Endpoint
from schemas.resources.clients import GENERIC_RFCS

__all__ = ["Identity", "identity_of", "identity_of_action", "identity_of_body", "is_identified", "read_internal_id"]


class Identity(NamedTuple):
    """`internal_id` is the caller's own reference; `natural` is (name, value) of what identifies it without one.

    A payment has no natural key. A generic RFC identifies nobody: such a client's natural key is its e-mail.
    `spelling` is the natural key as it was written, where capital letters make a difference to the server. `livemode`
    is the record's mode: one of the other mode is another record, one that does not say (None) may be of either.
    """

    internal_id: str | None
    natural: tuple[str, str] | None
    spelling: str | None = None
    livemode: bool | None = None

    def may_share_mode(self, livemode: bool | None) -> bool:
        """Whether a record of that mode may be this one."""
        return None in (self.livemode, livemode) or self.livemode is livemode


def identity_of_action(endpoint: Endpoint, action: Action) -> Identity:
    """The identity of what an action creates, in its mode: a body says it only where live mode is asked for."""
    return identity_of_body(endpoint, action.body)._replace(livemode=action.livemode)


def identity_of_body(endpoint: Endpoint, body: bytes) -> Identity:
    """The identity of a request body."""
    return identity_of(endpoint, msgspec.json.decode(body))


def identity_of(endpoint: Endpoint, row: Mapping[str, Any]) -> Identity:
    """The identity of a body or of a row of a list; of several places of a member, the first filled counts."""
    named, mode = read_internal_id(endpoint, row), read_mode(endpoint, row)
    for name in endpoint.natural_keys:
        written = next((str(value) for value in read_values(endpoint, row, name) if value), None)
        if written is None:
            continue
        if name == "rfc":
            if written.upper() not in GENERIC_RFCS:
                return Identity(named, (name, written.upper()), livemode=mode)
        elif name == "email":
            return Identity(named, (name, written.lower()), written, mode)
        else:
            return Identity(named, (name, written), livemode=mode)
    return Identity(named, None, livemode=mode)


def is_identified(endpoint: Endpoint, row: Mapping[str, Any]) -> bool:
    """Whether a row shows any member by which a record is known: a generic RFC too, though it identifies nobody."""
    return any(value for name in ("internal_id", *endpoint.natural_keys) for value in read_values(endpoint, row, name))


def read_internal_id(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    """The caller's own reference that a body or a row of a list shows."""
    internal_id = read_value(endpoint, row, "internal_id")
    return None if internal_id is None else str(internal_id)


def loses_internal_id(endpoint: Endpoint, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether an answer shows the member around the internalId that was sent, and no internalId in it.

    Without that member it says nothing of it.
    """
    if read_internal_id(endpoint, answer) is not None:
        return False
    for path in endpoint.reads["internal_id"].paths if "internal_id" in endpoint.reads else ():
        around, _, name = path.rpartition(".")
        held = sent.get(around) if around else None
        if isinstance(held, dict) and held.get(name) is not None and isinstance(answer.get(around), dict):
            return True
    return False
