"""Whether somebody has touched a record since it was created: by what was sent, and by what stands on it now. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.delivery.payload import Fingerprint
from pipeline.journal import MadeRow
from pipeline.remote.members import read_number
from schemas.dialects.paths import split_path
from schemas.dialects.spec import Endpoint, Read

__all__ = ["name_touched"]

_REFERRED = ("clientId",)
"""Sent as an id that only the account knows, and remembered as the user's own reference."""


def name_touched(made: MadeRow, row: Mapping[str, Any], endpoint: Endpoint) -> tuple[str, ...]:
    """The fields that the account shows otherwise than they were sent, and the members that something was built on.

    Only of fields that an answer is known to repeat as they were sent: others may have been tidied by the server.
    """
    known = Fingerprint(made.fields, made.digests).by_field()
    shows = {name: read for create in endpoint.creates if create.then is None for name, read in create.shows.items()}
    differing = [
        name
        for name, read in shows.items()
        if name in known and name not in _REFERRED and any(_differs(name, known[name], v) for v in _shown(read, row))
    ]
    built = endpoint.removal.built if endpoint.removal is not None else ()
    return (*differing, *(member for member in built if row.get(member)))


def _shown(read: Read, row: Mapping[str, Any]) -> Iterator[Any]:
    """What the first filled path says, as it was sent; nothing where it is not shown, or cannot be compared."""
    for path in read.paths:
        place: Any = row
        for step in split_path(path):
            place = place.get(step) if isinstance(place, Mapping) else None
        if place is None:
            continue
        if read.means:
            yield from (meaning for word, meaning in read.means if word == place)
        elif not isinstance(place, list | Mapping):
            yield place
        return


def _differs(name: str, digest: bytes, value: Any) -> bool:
    number = None if isinstance(value, bool | str) else read_number(value)
    return Fingerprint.of({name: value if number is None else number}).digests != digest
