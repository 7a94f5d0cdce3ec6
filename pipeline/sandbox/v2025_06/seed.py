"""Pretend rows to list and export: quick to make, plausible to read, the same for the same seed.

Rows begin on 1 January 2024 and come one a minute, every tenth in the same millisecond as the one before it,
so that an incremental export meets ties.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, islice
from typing import Any

import msgspec

from pipeline.sandbox.state import Record, Store
from pipeline.sandbox.v2025_06 import answers
from pipeline.sandbox.v2025_06.answers import Birth, Body
from pipeline.sandbox.v2025_06.operations import encode

_START_MS = int(datetime(2024, 1, 1, 6, tzinfo=UTC).timestamp() * 1000)
_STEP_MS = 60_000
_BATCH = 10_000
_PAYERS = 50
"""How many different clients the payments name; they are stored when that many clients are asked for too."""

_FIRST = ("Abarrotes", "Consultores", "Distribuidora", "Ferretería", "Grupo", "Panadería", "Servicios", "Talleres")
_LAST = ("del Bajío", "Azteca", "Peña y Asociados", "del Valle", "Ñandú", "San Ángel", "Tepeyac", "Montejo")
_STATES = (("Ciudad de México", "06600"), ("Jalisco", "44100"), ("Nuevo León", "64000"), ("Yucatán", "97000"))
_WORK = (
    ("Consultoría", "80101500", "E48", "Unidad de servicio"),
    ("Póliza de soporte", "81111811", "E48", "Unidad de servicio"),
    ("Papel bond", "14111507", "H87", "Pieza"),
)
_TAXES: tuple[list[Body], ...] = (
    [{"type": "IVA", "rate": Decimal("0.16"), "factor": "Tasa"}],
    [],
    [
        {"type": "IVA", "rate": Decimal("0.16"), "factor": "Tasa"},
        {"type": "ISR", "rate": Decimal("0.10"), "factor": "Tasa", "retained": True},
    ],
)


def plant(store: Store, rows: Mapping[str, int], seed: int) -> None:
    """Give each table that is still empty the records asked for. Raises ValueError for a resource that has none."""
    for table, wanted in rows.items():
        if table not in _GROW:
            raise ValueError(f"rows of {table!r}: the sandbox can make rows of {', '.join(_GROW)}")
        if store.counts()[table] == 0:
            records = islice(_GROW[table](random.Random(seed)), wanted)  # noqa: S311
            with store.transaction():
                while batch := list(islice(records, _BATCH)):
                    store.insert(table, batch)


def _moments() -> Iterator[tuple[int, int]]:
    """Position and creation time in ms of each row."""
    for n in count():
        yield n, _moment_ms(n)


def _moment_ms(n: int) -> int:
    return _START_MS + (n - (n % 10 == 9)) * _STEP_MS


def _client_body(n: int) -> Body:
    state, zip_code = _STATES[n % len(_STATES)]
    name = f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]} {n + 1}"
    letters = "".join(chr(65 + n // 26**place % 26) for place in range(3))
    return {
        "name": name,
        "rfc": f"{letters}{80 + n % 20:02d}{n % 12 + 1:02d}{n % 28 + 1:02d}{n % 1000:03d}",
        "email": f"cliente{n + 1}@empresa.example",
        "legal_name": name.upper(),
        "tax_system": "601",
        "use": "G03",
        "phone": f"55{n:08d}",
        "address": {"street": f"Reforma {n + 1}", "city": state, "state": state, "zip": zip_code, "country": "MEX"},
        "metadata": {"internalId": f"CLI-{n + 1:06d}"},
    }


def _client(n: int, at_ms: int) -> Body:
    return answers.client(_client_body(n), Birth(f"client_seed{n:09d}", at_ms))


def _clients(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        record = _client(n, at_ms)
        yield _record(record, at_ms, rfc=record["rfc"], email=record["email"])


def _services(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        body = {
            "name": f"{_WORK[n % len(_WORK)][0]} {n + 1}",
            "description": "Servicio de muestra",
            "category": ("consultoría", "soporte", "papelería")[n % 3],
            "price": Decimal(chance.randrange(100, 500_000)) / 100,
            "unit": "hour",
            "taxRate": 16,
            "isActive": n % 7 != 6,
            "metadata": {"internalId": f"SRV-{n + 1:06d}"},
        }
        yield _record(answers.service(body, Birth(f"service_seed{n:09d}", at_ms)), at_ms)


def _payment_body(chance: random.Random) -> Body:
    items = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name, product_key, unit_key, unit_name = chance.choice(_WORK)
        items.append(
            {
                "name": name,
                "description": f"{name}, muestra",
                "quantity": chance.randint(1, 5),
                "total": Decimal(chance.randrange(1_000, 5_000_000)) / 100,
                "product_key": product_key,
                "unit_key": unit_key,
                "unit_name": unit_name,
                "taxes": chance.choice(_TAXES),
            }
        )
    paid = chance.random() < 0.8
    return {
        "items": items,
        "currency": chance.choice(("MXN", "MXN", "MXN", "USD", "EUR")),
        **({"paid": True, "paymentMethod": chance.choice(("01", "03", "04", "28"))} if paid else {}),
        "avoidEmail": True,
    }


def _payments(chance: random.Random) -> Iterator[Record]:
    """Shapes are made once by the builder of real replies, then repeated with an id and a moment of their own."""
    shapes = []
    for n in range(_PAYERS):
        client = _client(n, _moment_ms(n))
        shape = answers.payment(_payment_body(chance), Birth("", 0), client, client["id"])
        shapes.append({name: msgspec.Raw(encode(v)) if isinstance(v, list | dict) else v for name, v in shape.items()})
    for n, at_ms in _moments():
        shape = shapes[n % _PAYERS]
        moments: dict[str, Any] = {"timestamp": at_ms, "created": at_ms, "date": at_ms}
        moments["exchangeRateDate"] = answers.rate_date(at_ms)
        if shape["status"] == "succeeded":
            moments["succeededTimestamp"] = at_ms
        internal_id = f"PAY-{n + 1:07d}"
        record = shape | moments | {"id": f"payment_seed{n:09d}", "metadata": {"internalId": internal_id}}
        yield _record(record, at_ms, internal_id=internal_id, client_id=shape["clientId"])


def _invoices(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        client = _client(n % _PAYERS, at_ms)
        body = {"amount": Decimal(chance.randrange(100, 5_000_000)) / 100, "description": f"Factura {n + 1}"}
        record = answers.invoice(body, Birth(f"invoice_seed{n:09d}", at_ms), client, n + 1)
        yield _record(record, at_ms, client_id=client["id"])


def _receipts(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        body = {"clientId": f"client_seed{n % _PAYERS:09d}", "metadata": {"internalId": f"REC-{n + 1:06d}"}}
        yield _record(answers.receipt(body, Birth(f"receipt_seed{n:09d}", at_ms)), at_ms, client_id=body["clientId"])


def _webhooks(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        body = {"url": f"https://hooks.empresa.example/{n + 1}", "events": ["payment.created"]}
        yield _record(answers.webhook(body, Birth(f"webhook_seed{n:09d}", at_ms)), at_ms)


def _teams(chance: random.Random) -> Iterator[Record]:
    for n, at_ms in _moments():
        body = {"alias": f"Equipo {n + 1}", "legalName": f"EQUIPO {n + 1}", "members": [f"user_{n + 1}"]}
        yield _record(answers.team(body, Birth(f"team_seed{n:09d}", at_ms)), at_ms)


def _record(record: Body, at_ms: int, **lookup: Any) -> Record:
    return Record(record["id"], at_ms, encode(record).decode(), **lookup)


_GROW: Mapping[str, Callable[[random.Random], Iterator[Record]]] = {
    "payments": _payments,
    "clients": _clients,
    "services": _services,
    "invoices": _invoices,
    "receipts": _receipts,
    "webhooks": _webhooks,
    "teams": _teams,
}
