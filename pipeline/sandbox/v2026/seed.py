"""Pretend rows of generation 2026, the same for the same seed. The n-th client is `client_n`: ids can be foretold."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import count, islice

from pipeline.sandbox.state import Record, Store
from pipeline.sandbox.v2026 import answers
from pipeline.sandbox.v2026.answers import Birth, Body
from pipeline.sandbox.v2026.operations import encode

_START_MS = 1_704_088_800_000  # 1 January 2024, 6:00 UTC
_STEP_MS = 60_000
_BATCH = 10_000
_PAYERS = 50
_IVA: Body = {"type": "IVA", "rate": Decimal("0.16"), "factor": "Tasa", "withholding": False, "inclusive": False}


def plant(store: Store, rows: Mapping[str, int], seed: int) -> None:
    """Give each table that is still empty the records asked for. Raises ValueError for a resource that has none."""
    for table, wanted in rows.items():
        if table not in _GROW:
            raise ValueError(f"rows of {table!r}: the sandbox can make rows of {', '.join(_GROW)}")
        if store.counts()[table] == 0:
            records = islice(_grow(table, random.Random(seed)), wanted)  # noqa: S311
            with store.transaction():
                while batch := list(islice(records, _BATCH)):
                    store.insert(table, batch)


def _grow(table: str, chance: random.Random) -> Iterator[Record]:
    make = _GROW[table]
    for n in count(1):
        at_ms = _START_MS + (n - (n % 10 == 0)) * _STEP_MS
        record = make(n, at_ms, chance)
        yield Record(
            record["id"],
            at_ms,
            encode(record).decode(),
            internal_id=record.get("metadata", {}).get("internalId"),
            client_id=record.get("client", {}).get("id"),
            rfc=record.get("tax_id"),
            email=record.get("email"),
        )


def _client(n: int, at_ms: int, chance: random.Random | None = None) -> Body:
    letters = "".join(chr(65 + n // 26**place % 26) for place in range(3))
    body = {
        "name": f"Comercio {n}",
        "legal_name": f"COMERCIO {n}",
        "tax_id": f"{letters}{80 + n % 20:02d}{n % 12 + 1:02d}{n % 28 + 1:02d}{n % 1000:03d}",
        "email": f"cliente{n}@empresa.example",
        "tax_system": "601",
        "use": "G03",
        "address": {"street": f"Reforma {n}", "city": "Ciudad de México", "zip": "06600", "country": "MEX"},
        "metadata": {"internalId": f"CLI-{n:06d}"},
    }
    return answers.client(body, Birth(f"client_{n}", at_ms))


def _items(chance: random.Random) -> list[Body]:
    return [
        {
            "description": "Consultoría",
            "quantity": chance.randint(1, 5),
            "unit_price": Decimal(chance.randrange(1_000, 5_000_000)) / 100,
            "product_key": "80101500",
            "unit_key": "E48",
            "unit_name": "Unidad de servicio",
            "taxes": [_IVA],
        }
        for _ in range(chance.choice((1, 1, 2)))
    ]


def _service(n: int, at_ms: int, chance: random.Random) -> Body:
    (item, *_) = _items(chance)
    body = {name: value for name, value in item.items() if name != "quantity"} | {"sku": f"SRV-{n:06d}"}
    return answers.service(body | {"description": f"Consultoría {n}"}, Birth(f"service_{n}", at_ms))


def _payment(n: int, at_ms: int, chance: random.Random) -> Body:
    body = {
        "items": _items(chance),
        "payment_form": "03",
        "metadata": {"internalId": f"PAG-{n:07d}"},
        "idempotency_key": f"seed-{n}",
    }
    payer = _client(n % _PAYERS + 1, at_ms)
    return answers.payment(body, Birth(f"payment_{n}", at_ms), payer, paid=n % 4 != 0)


def _invoice(n: int, at_ms: int, chance: random.Random) -> Body:
    """Of every kind in turn, every fifth a draft, and every eleventh of the others a transfer of goods."""
    born = Birth(f"11111111-2222-4333-8444-{555_555_555_554 + n:012d}", at_ms)
    body = {"items": _items(chance), "folio_number": n}
    draft = n % 5 == 0
    kind = "T" if n % 11 == 0 and not draft else "IEP"[n % 3 - 1]
    return answers.invoice(body, born, _client(n % _PAYERS + 1, at_ms), kind, draft=draft)


def _receipt(n: int, at_ms: int, chance: random.Random) -> Body:
    return answers.receipt({"items": _items(chance)}, Birth(f"receipt_{n}", at_ms), _client(n % _PAYERS + 1, at_ms))


def _webhook(n: int, at_ms: int, chance: random.Random) -> Body:
    body = {"url": f"https://hooks.example.com/{n}", "events": ["payment.succeeded"]}
    return answers.webhook(body, Birth(f"wh_{n}", at_ms))


def _team(n: int, at_ms: int, chance: random.Random) -> Body:
    return answers.team({}, Birth(f"team_{n}", at_ms))


def _user(n: int, at_ms: int, chance: random.Random) -> Body:
    return {"id": f"user_{n}", "email": f"user{n}@empresa.example", "role": "viewer", "created_at": at_ms // 1000}


def _retention(n: int, at_ms: int, chance: random.Random) -> Body:
    return {
        "id": f"retention_{n}",
        "retention_key": "14",
        "status": "valid",
        "total_operation": Decimal(chance.randrange(100, 100_000)) / 100,
        "created_at": at_ms,
        "client": {"id": f"client_{n % _PAYERS + 1}"},
    }


def _sat_invoice(n: int, at_ms: int, chance: random.Random) -> Body:
    return {
        "id": f"sat_{n}",
        "uuid": f"99999999-2222-4333-8444-{n:012d}",
        "direction": "received",
        "status": "Vigente",
        "invoice_type": "I",
        "issuer": {"rfc": "EKU9003173C9", "name": "ESCUELA KEMPER URGATE"},
        "currency": "MXN",
        "total": Decimal(chance.randrange(100, 100_000)) / 100,
        "issue_date": at_ms // 1000,
    }


_GROW: Mapping[str, Callable[[int, int, random.Random], Body]] = {
    "clients": _client,
    "services": _service,
    "payments": _payment,
    "invoices": _invoice,
    "receipts": _receipt,
    "webhooks": _webhook,
    "teams": _team,
    "users": _user,
    "retentions": _retention,
    "sat_invoices": _sat_invoice,
}
