"""What of a record the account holds otherwise than the file says. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from pipeline.model import Action
from pipeline.remote.members import read_number
from schemas.dialects.spec import Create

__all__ = ["MemberChange", "RecordChange", "compare_record"]

_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class MemberChange(NamedTuple):
    """One member, by its path in the record: what the account holds, and what the file says."""

    path: str
    old: Any
    new: Any


class RecordChange(NamedTuple):
    """One record of the account that is to be changed: what for, and the members that are sent."""

    action: Action
    remote_id: str
    differences: tuple[MemberChange, ...]
    body: bytes


def compare_record(action: Action, row: Mapping[str, Any], create: Create, remote_id: str) -> RecordChange | None:
    """None where the account holds all that the file says. What the file does not say is left as it is.

    A member that is an object is sent whole, with what the account holds of it: nobody says whether the API would keep
    members that are left out.
    """
    asked = (create.search.at if create.search else None, create.once, create.mode)
    body = {name: value for name, value in _decode(action.body).items() if name not in asked}
    differences = tuple(_differing(body, row, ""))
    if not differences:
        return None
    changed = {difference.path.partition(".")[0] for difference in differences}
    sent = {name: _merged(row.get(name), value) for name, value in body.items() if name in changed}
    return RecordChange(action, remote_id, differences, _encode(sent))


def _differing(said: Mapping[str, Any], held: Mapping[str, Any], above: str) -> Iterator[MemberChange]:
    for name, value in said.items():
        old = held.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping | None):
            yield from _differing(value, old or {}, f"{above}{name}.")
        elif not _says_same(value, old):
            yield MemberChange(above + name, old, value)


def _says_same(said: Any, held: Any) -> bool:
    """Whether what is held has all that is said; numbers by their value, in text too (F15: rates may be text)."""
    if isinstance(said, Mapping):
        return isinstance(held, Mapping) and all(_says_same(value, held.get(name)) for name, value in said.items())
    if isinstance(said, list):
        same_length = isinstance(held, list) and len(held) == len(said)
        return same_length and all(_says_same(one, other) for one, other in zip(said, held, strict=True))
    if isinstance(said, bool) or isinstance(held, bool):
        return said is held
    if isinstance(said, int | Decimal):
        return read_number(held) == Decimal(said)
    return bool(said == held)


def _merged(held: Any, said: Any) -> Any:
    if not (isinstance(said, Mapping) and isinstance(held, Mapping)):
        return said
    return {**held, **{name: _merged(held.get(name), value) for name, value in said.items()}}
