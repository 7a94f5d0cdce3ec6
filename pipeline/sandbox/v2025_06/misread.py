"""Payments understood otherwise than they were meant: what a server would store that reads the document another way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from pipeline.sandbox.v2025_06.answers import Body

CENTS = 100


def misread_payment(body: Body, faults: Collection[str]) -> Body:
    """The body as a server with those faults takes it; it is stored and answered so."""
    for name, misread in _MISREADINGS.items():
        if name in faults:
            body = misread(body)
    return body


def _each_item(change: Callable[[Body], Body]) -> Callable[[Body], Body]:
    return lambda body: body | {"items": [item | change(item) for item in body["items"]]}


def _in_cents(item: Body) -> Body:
    return {name: Decimal(item[name]) / CENTS for name in ("total", "discount") if name in item}


def _utc_day(date: str) -> str:
    return datetime.fromisoformat(date).astimezone(UTC).date().isoformat() + "T00:00:00Z"


_MISREADINGS: Mapping[str, Callable[[Body], Body]] = {
    "total_as_unit_price": _each_item(lambda item: {"total": Decimal(item["total"]) * item["quantity"]}),
    "discount_ignored": _each_item(lambda item: {"discount": 0}),
    "tax_added_twice": _each_item(lambda item: {"taxes": [*item.get("taxes", ())] * 2}),
    "exchange_ignored": lambda body: body | {"exchange": 1},
    "currency_dropped": lambda body: body | {"currency": "MXN"},
    "cents_for_units": _each_item(_in_cents),
    "date_as_utc_day": lambda body: body | ({"date": _utc_day(body["date"])} if "date" in body else {}),
    "quantity_dropped": _each_item(lambda item: {"quantity": 1}),
    "product_key_lost": _each_item(lambda item: {"product_key": "01010101"}),
    "item_lost": lambda body: body | {"items": body["items"][:-1] or body["items"]},
    "metadata_lost": lambda body: body | {"metadata": {}},
}
