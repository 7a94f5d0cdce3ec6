"""What a row of the account says under our own names, wherever the dialect says it stands and in whatever unit."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from schemas.dialects.spec import Endpoint, Read, Unit

__all__ = ["read_link", "read_mode", "read_money", "read_values", "restore_money"]

_NOWHERE = Read(())
_WHOLE = Decimal(1)


def read_values(endpoint: Endpoint, row: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Every value the row has under that canonical name, in the order of the declared paths."""
    for path in endpoint.reads.get(name, _NOWHERE).paths:
        place: Any = row
        for step in _steps(path):
            place = place.get(step) if isinstance(place, dict) else None
        if place is not None:
            yield place


@cache
def _steps(path: str) -> tuple[str, ...]:
    """The declared paths are few, the rows they are read of are many."""
    return tuple(path.split("."))


def read_mode(endpoint: Endpoint, row: Mapping[str, Any]) -> bool | None:
    """A row's livemode, if it says."""
    mode = next(read_values(endpoint, row, "livemode"), None)
    return mode if isinstance(mode, bool) else None


def read_link(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    """The page where a payment is paid, if the row shows it: whoever has the link may use it."""
    link = next(read_values(endpoint, row, "link"), None)
    return link if isinstance(link, str) and link else None


def read_money(endpoint: Endpoint, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a payment says that matters for money: `amount` in whole cents (None when it names none), `currency` and
    `livemode` as they stand."""
    said = {name: next(read_values(endpoint, row, name), None) for name in ("amount", "currency", "livemode")}
    return said | {"amount": _cents(said["amount"], endpoint.reads.get("amount", _NOWHERE).unit)}


def restore_money(endpoint: Endpoint, shown: Mapping[str, Any]) -> dict[str, Any]:
    """A row that says what `read_money` read of one, in the API's own members and unit."""
    row: dict[str, Any] = {}
    for name, value in shown.items():
        read = endpoint.reads.get(name, _NOWHERE)
        if read.paths and value is not None:
            *parents, leaf = read.paths[0].split(".")
            place = row
            for parent in parents:
                place = place.setdefault(parent, {})
            place[leaf] = Decimal(value) / 100 if read.unit is Unit.UNITS else value
    return row


def _cents(amount: Any, unit: Unit | None) -> int | None:
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        return None
    return int((Decimal(amount) * 100).quantize(_WHOLE, ROUND_HALF_UP)) if unit is Unit.UNITS else int(amount)
