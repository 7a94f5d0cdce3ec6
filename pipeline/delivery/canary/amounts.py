"""What the reply to a payment should say of money, in cents, and how else it could have been reckoned."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from pipeline.language.say import say
from pipeline.model import Expected

__all__ = ["Misread", "find_misreading", "read_expected"]

Item = Mapping[str, Any]

_CENT = Decimal("0.01")
_NOTHING = Decimal(0)


class Misread(NamedTuple):
    """The feature that seems to be understood otherwise, and how."""

    feature: str
    how: str


def read_expected(currency: str, items: Sequence[Item]) -> Expected:
    """What the reply's `amount` may be. Each tax of each item may have been rounded by itself: a cent for each."""
    net, gross = _add_up(items)
    return Expected(currency, _cents(net), _cents(gross), sum(len(item.get("taxes", ())) for item in items))


def find_misreading(items: Sequence[Item], amount: int, expected: Expected) -> Misread | None:
    """The misreading that gives this amount; None when none of those we know of does.

    The items are those of a body, with the names of the canonical fields.
    """
    for misread, changed in _MISREADINGS:
        try:
            sums = _add_up([item | changed(item) for item in map(dict, items)])
        except (KeyError, TypeError):
            return None
        if any(abs(amount - _cents(total)) <= expected.tolerance for total in sums):
            return misread
    first = [_cents(total) for total in _add_up(items[:1])]
    if len(items) > 1 and any(abs(amount - total) <= expected.tolerance for total in first):
        return Misread("items", say("so it would be if only its first item counted"))
    if amount and any(
        abs(amount * 100 - total) <= 50 or amount == total * 100 for total in (expected.net, expected.gross)
    ):
        return Misread("amount", say("cents and whole units were taken for one another"))
    return None


_MISREADINGS: tuple[tuple[Misread, Callable[[Item], dict[str, Any]]], ...] = (
    (
        Misread("quantity", say("so it would be if items.total were the price of one unit")),
        lambda item: {"total": item["total"] * item["quantity"]},
    ),
    (Misread("discount", say("so it would be without the discount")), lambda item: {"discount": _NOTHING}),
    (
        Misread("tax", say("so it would be if taxes were added twice")),
        lambda item: {"taxes": [*item.get("taxes", ())] * 2},
    ),
    (
        Misread("tax", say("so it would be if withheld taxes were added")),
        lambda item: {"taxes": [{**tax, "retained": False} for tax in item.get("taxes", ())]},
    ),
)


def _add_up(items: Sequence[Item]) -> tuple[Decimal, Decimal]:
    """Currency units without and with tax."""
    net = sum((_base(item) for item in items), _NOTHING)
    return net, net + sum((_tax_amount(item) for item in items), _NOTHING)


def _base(item: Item) -> Decimal:
    base: Decimal = item["total"] - item.get("discount", _NOTHING)
    return base


def _tax_amount(item: Item) -> Decimal:
    base = _base(item)
    amounts = (
        (tax["rate"] * (item["quantity"] if tax["factor"] == "Cuota" else base), tax.get("retained", False))
        for tax in item.get("taxes", ())
        if "rate" in tax and tax["factor"] != "Exento"
    )
    return sum((-amount if retained else amount for amount, retained in amounts), _NOTHING)


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(_CENT, ROUND_HALF_UP) * 100)
