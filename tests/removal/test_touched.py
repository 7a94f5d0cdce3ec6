"""When a record counts as touched since it was created: by what was sent, and by what was built on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipeline.delivery.payload import Fingerprint
from pipeline.journal import MadeRow
from pipeline.removal.touched import name_touched
from schemas.dialects import dialect

ENDPOINTS = dialect("2026").endpoints
SENT: dict[str, dict[str, Any]] = {
    "clients": {"metadata.internalId": "c1", "name": "Ana", "rfc": "LOAA800101AB1", "address.zip": "06600"},
    "services": {"name": "Corte", "price": Decimal("150.50"), "product_key": "84111506"},
    "payments": {"paid": True, "paymentMethod": "03", "exchange": Decimal("17.5000"), "clientId": "c1"},
}
CLIENT = {"name": "ANA", "tax_id": "LOAA800101AB1", "address": {"zip": "06600"}}
SERVICE = {"unit_price": 150.5, "product_key": "84111506", "description": "Corte"}
PAYMENT = {"status": "succeeded", "payment_form": "03", "exchange_rate": 17.5, "client": {"id": "client_9"}}


@pytest.mark.parametrize(
    ("resource", "row", "touched"),
    [
        ("clients", CLIENT, ()),
        ("clients", CLIENT | {"tax_id": "EKU9003173C9"}, ("rfc",)),
        ("clients", CLIENT | {"address": {"zip": "01000"}}, ("address.zip",)),
        ("clients", {}, ()),
        ("services", SERVICE, ()),
        ("services", SERVICE | {"unit_price": 151}, ("price",)),
        ("payments", PAYMENT, ()),
        ("payments", PAYMENT | {"status": "requires_payment_method"}, ("paid",)),
        ("payments", PAYMENT | {"invoices": ["i1"], "receipts": []}, ("invoices",)),
    ],
)
def test_only_what_is_shown_otherwise_than_it_was_sent_is_touched(
    resource: str, row: dict[str, Any], touched: tuple[str, ...]
) -> None:
    print_ = Fingerprint.of(SENT[resource])
    made = MadeRow(resource, "id:c1", "r_1", print_.fields, print_.digests)
    assert name_touched(made, row, ENDPOINTS[resource]) == touched
