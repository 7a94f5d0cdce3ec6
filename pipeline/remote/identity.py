"""Who a record is, as far as the account can tell: its internalId, else its natural key (API reference Q4, Q7, Q17)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from schemas.resources.clients import GENERIC_RFCS
from schemas.spec import INTERNAL_ID

__all__ = ["Identity", "identity_of", "identity_of_body"]

_PARENT, _LEAF = INTERNAL_ID.split(".")
_RFC_SPELLINGS = ("rfc", "tax_id")


class Identity(NamedTuple):
    """`internal_id` is the caller's own reference; `natural` is (filter, value) of what identifies it without one.

    A payment has no natural key. A generic RFC identifies nobody: such a client's natural key is its e-mail.
    `spelling` is the natural key as it was written, where capital letters make a difference to the server.
    """

    internal_id: str | None
    natural: tuple[str, str] | None
    spelling: str | None = None


def identity_of_body(resource: str, body: bytes) -> Identity:
    """The identity of a request body."""
    return identity_of(resource, msgspec.json.decode(body))


def identity_of(resource: str, row: Mapping[str, Any]) -> Identity:
    """The identity of a body or of a row of a list; both places a 2025-06 client may keep its RFC in are read."""
    metadata = row.get(_PARENT)
    internal_id = metadata.get(_LEAF) if isinstance(metadata, Mapping) else None
    natural = {"clients": _client, "services": _service}.get(resource, _nothing)(row)
    spelling = _written(row) if natural is not None and natural[0] == "email" else None
    return Identity(str(internal_id) if internal_id is not None else None, natural, spelling)


def _client(row: Mapping[str, Any]) -> tuple[str, str] | None:
    rfc = next((str(p[name]).upper() for p in _places(row) for name in _RFC_SPELLINGS if p.get(name)), None)
    if rfc and rfc not in GENERIC_RFCS:
        return "rfc", rfc
    email = _written(row)
    return ("email", email.lower()) if email else None


def _written(row: Mapping[str, Any]) -> str | None:
    return next((str(place["email"]) for place in _places(row) if place.get("email")), None)


def _places(row: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    inner = row.get("client")
    return (row, inner) if isinstance(inner, Mapping) else (row,)


def _service(row: Mapping[str, Any]) -> tuple[str, str] | None:
    name = row.get("name")
    return ("name", str(name)) if name else None


def _nothing(row: Mapping[str, Any]) -> tuple[str, str] | None:
    return None
