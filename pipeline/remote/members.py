"""What a row of the account says under our own names, wherever the dialect says it stands and in whatever unit."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

import msgspec

from schemas.dialects.paths import Way, split_path
from schemas.dialects.spec import Endpoint, Read, Unit

__all__ = [
    "Money", "decode_money", "encode_money", "read_link", "read_mode", "read_money", "read_number", "read_value",
    "read_values",
]  # fmt: skip

_NOWHERE = Read(())
_WHOLE = Decimal(1)
_MOST_DIGITS = 30
"""Before or behind the point: what has more cannot be counted with."""
_MOST = 10**20
"""No currency has so much; a number with a large exponent takes for ever to be written out."""


class Money(NamedTuple):
    """What the account says of a payment that matters for money: whole cents, their currency, whether it is of live
    mode. None for what it does not say."""

    amount: int | None = None
    currency: str | None = None
    livemode: bool | None = None


def read_values(endpoint: Endpoint, row: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Every value the row has under that canonical name, in the order of the declared paths."""
    for way in _ways(endpoint.reads.get(name, _NOWHERE).paths):
        place: Any = row
        for step in way:
            place = place.get(step) if isinstance(place, dict) else None
        if place is not None:
            yield place


def read_value(endpoint: Endpoint, row: Mapping[str, Any], name: str) -> Any:
    """The first of `read_values`, None without any: of each answer six are read, and a generator costs more than it."""
    for way in _ways(endpoint.reads.get(name, _NOWHERE).paths):
        place: Any = row
        for step in way:
            place = place.get(step) if isinstance(place, dict) else None
        if place is not None:
            return place
    return None


@cache
def _ways(paths: tuple[str, ...]) -> tuple[Way, ...]:
    """The declared paths are few, the rows they are read of are many."""
    return tuple(map(split_path, paths))


def read_mode(endpoint: Endpoint, row: Mapping[str, Any]) -> bool | None:
    """A row's livemode, if it says."""
    mode = read_value(endpoint, row, "livemode")
    return mode if isinstance(mode, bool) else None


def read_link(endpoint: Endpoint, row: Mapping[str, Any]) -> str | None:
    """The page where a payment is paid, if the row shows it: whoever has the link may use it."""
    link = read_value(endpoint, row, "link")
    return link if isinstance(link, str) and link else None


def read_money(endpoint: Endpoint, row: Mapping[str, Any]) -> Money:
    """What a row says that matters for money. A currency that is no text is one all the same, and no other's."""
    amount, currency = read_value(endpoint, row, "amount"), read_value(endpoint, row, "currency")
    return Money(
        _cents(amount, endpoint.reads.get("amount", _NOWHERE).unit),
        None if currency is None else str(currency),
        read_mode(endpoint, row),
    )


def read_number(said: Any) -> Decimal | None:
    """A number, or a text that is one; None otherwise, and for what no quantity or amount can be (`NaN`, `1E999`)."""
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(said) if isinstance(said, float) else said)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS else None


def encode_money(money: Money) -> str:
    """As JSON, for a later run."""
    return msgspec.json.encode(money._asdict()).decode()


def decode_money(text: str) -> Money:
    """What `encode_money` was told. Earlier versions kept currency and mode as they stood in the row."""
    kept: dict[str, Any] = msgspec.json.decode(text)
    currency, mode = kept.get("currency"), kept.get("livemode")
    return Money(
        kept.get("amount"), None if currency is None else str(currency), mode if isinstance(mode, bool) else None
    )


def _cents(amount: Any, unit: Unit | None) -> int | None:
    """Whole cents. Half a cent is no amount of a currency: it is not cut off to fit. Nor is `1e999`."""
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or not -_MOST < amount < _MOST:
        return None
    if unit is Unit.UNITS:
        return int((Decimal(amount) * 100).quantize(_WHOLE, ROUND_HALF_UP))
    return int(amount) if amount == int(amount) else None
