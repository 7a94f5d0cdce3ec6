"""Payments drawn with a fixed seed: who paid, for what, when and how; and the two shapes of the files."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from .clients import Row, client_rows
from .services import EXEMPT, FEE, IVA, SERVICES, SNACK, ZERO, Service

T = TypeVar("T")

SEED = 20261122
FIRST_DAY = datetime(2026, 6, 1, 9)  # noqa: DTZ001 - wall clock of Mexico City; the offset is written per channel
LAST_DAY = datetime(2026, 11, 20, 18)  # noqa: DTZ001
CENT = Decimal("0.01")

COLUMNS = (
    "internalId",
    "client_ref",
    "paid",
    "paymentMethod",
    "date",
    "currency",
    "exchange",
    "metadata.reference",
    "items.name",
    "items.description",
    "items.quantity",
    "items.total",
    "items.product_key",
    "items.unit_key",
    "items.unit_name",
    "items.discount",
    "items.taxes",
    "items.service_ref",
)
HEADER_COLUMNS = COLUMNS[1:8]

RATES = {
    "USD": {6: "18.6120", 7: "18.5433", 8: "18.4907", 9: "18.3755", 10: "18.4218", 11: "18.3390"},
    "EUR": {6: "21.5034", 7: "21.6410", 8: "21.4875", 9: "21.3920", 10: "21.4466", 11: "21.2987"},
}
"""Pesos for one unit, by month of 2026: plausible, not published."""

QUANTITIES = {
    "HUR": ("1", "2", "2.5", "4", "7.5", "12"),
    "KGM": ("0.5", "1", "2.25", "5"),
    "MON": ("1", "1", "3", "6"),
    "ANN": ("1", "1", "2"),
    "E48": ("1", "1", "2"),
    "E54": ("1", "2"),
}
PIECES = ("1", "2", "3", "5", "10")


@dataclass(frozen=True)
class Channel:
    """Where a sale was made: it decides how it is paid and whether its time carries an offset."""

    prefix: str
    methods: tuple[str, ...]
    offset: str


CHANNELS = (
    Channel("WEB", ("04", "28", "04", "31"), "-06:00"),
    Channel("MOS", ("01", "28", "04", "02", "08"), ""),
    Channel("CRM", ("03", "03", "03", "17"), "-06:00"),
)

SPELLINGS: dict[str, tuple[str, ...]] = {
    IVA: (*["IVA 0.16"] * 9, *["IVA 16%"] * 3, '[{"type": "IVA", "rate": 0.16, "factor": "Tasa"}]'),
    FEE: ("IVA 0.16; ISR ret 0.10", "IVA 16%; ISR ret 0.10"),
    ZERO: (*["IVA 0"] * 4, '[{"type": "IVA", "rate": 0, "factor": "Tasa"}]'),
    EXEMPT: (*["IVA exento"] * 4, '[{"type": "IVA", "factor": "Exento"}]'),
    SNACK: ("IVA 0; IEPS 0.08", "IVA 0%; IEPS 8%"),
}
"""Each tax in the ways people write it; they mean the same."""

TAX_OBJECTS: dict[str, list[dict[str, Any]]] = {
    IVA: [{"type": "IVA", "rate": 0.16, "factor": "Tasa"}],
    ZERO: [{"type": "IVA", "rate": 0, "factor": "Tasa"}],
    EXEMPT: [{"type": "IVA", "factor": "Exento"}],
    SNACK: [{"type": "IVA", "rate": 0, "factor": "Tasa"}, {"type": "IEPS", "rate": 0.08, "factor": "Tasa"}],
}


@dataclass(frozen=True)
class Item:
    """One line. `from_service`: name, description, keys and price are left for the service to fill."""

    service: Service
    quantity: Decimal
    discount: Decimal
    taxes: str
    from_service: bool

    @property
    def total(self) -> Decimal:
        """Quantity by unit price, before discount and taxes, to the cent."""
        return (self.quantity * self.service.price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Payment:
    """One payment; `date` is the text of the file."""

    internal_id: str
    client_ref: str
    paid: bool
    payment_method: str
    date: str
    currency: str
    exchange: str
    reference: str
    items: tuple[Item, ...]


class Dice:
    """A seeded draw built on `random()` alone, the one method Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - sample data, nothing secret

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self._random.random() * len(options))]

    def draw(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options, in the order drawn."""
        left = list(options)
        return [left.pop(int(self._random.random() * len(left))) for _ in range(min(count, len(left)))]


def draw_payments(prefix: str, count: int, *, seed: int, first_reference: int) -> list[Payment]:
    """`count` payments spread from June to November 2026, numbered in the order of their dates."""
    dice = Dice(seed)
    clients = [row for row in client_rows() if row["rfc"] != "XAXX010101000"]
    step = (LAST_DAY - FIRST_DAY) / count
    return [
        _draw_payment(
            dice,
            internal_id=f"{prefix}-{n + 1:04d}",
            client=clients[n * 11 % len(clients)],
            date=(FIRST_DAY + n * step).replace(hour=9 + n * 5 % 9, minute=n * 7 % 60, second=0, microsecond=0),
            reference=first_reference + n * 13,
        )
        for n in range(count)
    ]


def _draw_payment(dice: Dice, *, internal_id: str, client: Row, date: datetime, reference: int) -> Payment:
    abroad = client["rfc"] == "XEXX010101000"
    currency = "USD" if abroad else dice.pick(["MXN"] * 15 + ["USD"] * 3 + ["EUR"] * 2)
    channel = CHANNELS[2] if currency != "MXN" else dice.pick(CHANNELS)
    paid = dice.chance(0.82)
    offered = [service for service in SERVICES if service.active and service.currency == currency]
    services = dice.draw(offered, dice.pick((1, 1, 1, 2, 2, 2, 3, 3, 4)))
    return Payment(
        internal_id=internal_id,
        client_ref=client["internalId"],
        paid=paid,
        payment_method=dice.pick(channel.methods) if paid else dice.pick(("", "", "99")),
        date=date.isoformat() + channel.offset,
        currency=currency,
        exchange=RATES[currency][date.month] if currency != "MXN" else "",
        reference=f"{channel.prefix}-{reference}",
        items=tuple(_draw_item(dice, service, client, abroad) for service in services),
    )


def _draw_item(dice: Dice, service: Service, client: Row, abroad: bool) -> Item:
    """Exports go at IVA 0; only a company (12-character RFC) withholds ISR from a fee."""
    taxes = ZERO if abroad else service.taxes
    if taxes == FEE and len(client["rfc"]) == 13:
        taxes = IVA
    quantity = Decimal(dice.pick(QUANTITIES.get(service.unit_key, PIECES)))
    part = Decimal(dice.pick(("0.05", "0.10"))) if dice.chance(0.12) else Decimal(0)
    discount = (quantity * service.price * part).quantize(CENT, ROUND_HALF_UP)
    return Item(service, quantity, discount, taxes, from_service=dice.chance(0.3))


def payment_lines() -> list[Row]:
    """payments.csv: 220 payments, one line per item.

    Every third payment repeats its payment columns on each line, the others fill them on the first only.
    Every fifteenth with several items has its last line at the end of the file, as if added later.
    """
    dice = Dice(SEED + 1)
    lines: list[Row] = []
    added_later: list[Row] = []
    for number, payment in enumerate(draw_payments("PAG", 220, seed=SEED, first_reference=104000)):
        own = [_line(payment, item, dice) for item in payment.items]
        if number % 3:
            own[1:] = [line | dict.fromkeys(HEADER_COLUMNS, "") for line in own[1:]]
        if number % 15 == 4 and len(own) > 1:
            added_later.append(own.pop())
        lines += own
    return lines + added_later


def _line(payment: Payment, item: Item, dice: Dice) -> Row:
    service = item.service
    described = {
        "items.name": service.name,
        "items.description": service.description,
        "items.total": str(item.total),
        "items.product_key": service.product_key,
        "items.unit_key": service.unit_key,
        "items.unit_name": service.unit_name,
    }
    left_out = {"items.service_ref": service.internal_id} | dict.fromkeys(described, "")
    return {
        "internalId": payment.internal_id,
        "client_ref": payment.client_ref,
        "paid": "true" if payment.paid else "false",
        "paymentMethod": payment.payment_method,
        "date": payment.date,
        "currency": payment.currency,
        "exchange": payment.exchange,
        "metadata.reference": payment.reference,
        "items.quantity": str(item.quantity),
        "items.discount": str(item.discount) if item.discount else "",
        "items.taxes": dice.pick(SPELLINGS[item.taxes]),
    } | (left_out if item.from_service else described | {"items.service_ref": ""})


def payment_objects() -> list[dict[str, Any]]:
    """payments.jsonl: 12 payments as one nested object each."""
    drawn = draw_payments("PAG-J", 12, seed=SEED + 2, first_reference=204000)
    return [_object(payment, number) for number, payment in enumerate(drawn, start=1)]


def _object(payment: Payment, number: int) -> dict[str, Any]:
    optional = {"paymentMethod": payment.payment_method, "exchange": _number(payment.exchange)}
    return {
        "client_ref": payment.client_ref,
        "paid": payment.paid,
        "date": payment.date,
        "currency": payment.currency,
        **{name: value for name, value in optional.items() if value},
        "items": [_item_object(item) for item in payment.items],
        "invoiceConfig": {"series": "J", "folio": f"{number:05d}"},
        "metadata": {"internalId": payment.internal_id, "reference": payment.reference},
    }


def _item_object(item: Item) -> dict[str, Any]:
    """A withheld ISR is left out here: a 2025-06 tax object has no member that says withheld."""
    service = item.service
    described = {
        "name": service.name,
        "description": service.description,
        "total": _number(str(item.total)),
        "product_key": service.product_key,
        "unit_key": service.unit_key,
        "unit_name": service.unit_name,
    }
    return {
        **({"service_ref": service.internal_id} if item.from_service else described),
        "quantity": _number(str(item.quantity)),
        **({"discount": _number(str(item.discount))} if item.discount else {}),
        "taxes": TAX_OBJECTS[IVA if item.taxes == FEE else item.taxes],
    }


def _number(text: str) -> int | float | None:
    """A JSON number with the digits of the text: up to 15 of them, a float's shortest form is exact."""
    if not text:
        return None
    return float(text) if "." in text else int(text)
