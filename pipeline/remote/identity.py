"""Who a record is, as far as the account can tell: its internalId, else its natural key (docs/api.md Q4, Q7, Q17)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from pipeline.remote.members import read_values
from schemas.dialects.spec import Endpoint
from schemas.resources.clients import GENERIC_RFCS

__all__ = ["Identity", "identity_of", "identity_of_body"]


class Identity(NamedTuple):
    """`internal_id` is the caller's own reference; `natural` is (name, value) of what identifies it without one.

    A payment has no natural key. A generic RFC identifies nobody: such a client's natural key is its e-mail.
    `spelling` is the natural key as it was written, where capital letters make a difference to the server.
    """

    internal_id: str | None
    natural: tuple[str, str] | None
    spelling: str | None = None


def identity_of_body(endpoint: Endpoint, body: bytes) -> Identity:
    """The identity of a request body."""
    return identity_of(endpoint, msgspec.json.decode(body))


def identity_of(endpoint: Endpoint, row: Mapping[str, Any]) -> Identity:
    """The identity of a body or of a row of a list; of several places of a member, the first filled counts."""
    internal_id = next(read_values(endpoint, row, "internal_id"), None)
    named = str(internal_id) if internal_id is not None else None
    for name in endpoint.natural_keys:
        written = next((str(value) for value in read_values(endpoint, row, name) if value), None)
        if written is None:
            continue
        if name == "rfc":
            if written.upper() not in GENERIC_RFCS:
                return Identity(named, (name, written.upper()))
        elif name == "email":
            return Identity(named, (name, written.lower()), written)
        else:
            return Identity(named, (name, written))
    return Identity(named, None)
