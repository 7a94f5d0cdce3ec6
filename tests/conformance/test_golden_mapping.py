"""What becomes of every field of every resource in every dialect: a golden file each, so that no change goes unseen.

After a change made on purpose: delete the file, run, read the diff, say it in the CHANGELOG.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import schemas
from pipeline.delivery.bodies.writable import find_dropped
from pipeline.delivery.payload import Sending, build_actions
from pipeline.formats import LINE
from pipeline.model import RECORD, Account
from schemas.dialects import DIALECTS
from schemas.dialects.spec import Dialect
from schemas.spec import Column, Kind

GOLDEN = Path(__file__).with_name("golden_mapping")
CELLS = {
    Kind.TEXT: "text of {}",
    Kind.CODE: "C{}",
    Kind.EMAIL: "ana@empresa.example",
    Kind.MONEY: "100.50",
    Kind.NUMBER: "2",
    Kind.BOOLEAN: "true",
    Kind.DATE: "2026-03-01T12:00:00-06:00",
    Kind.TAXES: "IVA 0.16; ISR ret 0.10",
    Kind.MAP: '{"own": "kept"}',
}
SAID = {
    "client.rfc": "EKU9003173C9", "rfc": "EKU9003173C9", "currency": "MXN", "items.currency": "MXN",
    "automaticInvoice": "false", "forceReceipt": "false", "livemode": "false", "avoidEmail": "false",
    "automateInvoiceOnComplete": "false", "automateIncomeInvoiceAndComplement": "true", "taxRate": "16",
    "metadata.internalId": "ID-1",
}  # fmt: skip
"""Cells of which one that fits the others must be said."""
REFERENCES = {"clientId", "client_ref"}
"""A client is described, or named by its id: each in a case of its own."""


def cell(column: Column) -> str:
    return SAID.get(column.field, CELLS[column.kind].replace("{}", column.field.rpartition(".")[2]))


def frame(columns: tuple[Column, ...], without: set[str]) -> pl.DataFrame:
    cells = {c.field: [None if c.field in without else cell(c)] for c in columns}
    schema = {LINE: pl.UInt32, RECORD: pl.UInt32, **dict.fromkeys(cells, pl.String)}
    return pl.DataFrame({LINE: [2], RECORD: [0], **cells}, schema=schema)


def mapped(spoken: Dialect, name: str, *, in_two: bool = False, **said: str) -> dict[str, Any]:
    """Where a record goes, what it says there, and what is told of the fields that say nothing there."""
    declared, creates = schemas.resource(name), spoken.endpoints[name].creates
    inline = {c.field for c in declared.columns if c.field.startswith("client.")}
    without = REFERENCES if "clientId" not in said else inline | {"client_ref"}
    records = frame(declared.record.columns, without).with_columns(pl.lit(v).alias(n) for n, v in said.items())
    lines = frame(declared.lines.columns, {"items.service_ref"}) if declared.lines else pl.DataFrame()
    sending = Sending(Account("acme", False), 1, date(2026, 3, 1), in_two=in_two)
    built = build_actions(records, lines, declared, creates, sending)
    if built.unwritable:
        return {"refused": built.unwritable[0][1]}
    ((action, _),) = built.actions
    fields = [c.field for c in declared.columns if c.field not in without]
    then = creates[action.create].then
    second = {"path": then.path, "body": json.loads(action.then)} if then and action.then else None
    return {
        **({} if second is None else {"second": second}),
        "path": creates[action.create].path,
        "query": action.query or {},
        "body": json.loads(action.body),
        "lost": {field: lost.en for field, lost in find_dropped([creates[action.create]], fields)},
    }


CASES: dict[str, dict[str, dict[str, Any]]] = {
    "clients": {"every field": {}},
    "services": {"every field": {}, "not active": {"isActive": "false"}, "in another currency": {"currency": "USD"}},
    "payments": {
        "paid, its client described": {},
        "paid, its client by id": {"clientId": "client_1"},
        "unpaid": {"paid": "false"},
        "paid long ago": {"date": "2025-06-01T12:00:00Z"},
        "paid long ago, by two requests": {"date": "2025-06-01T12:00:00Z", "in_two": True},
        "a receipt by force": {"forceReceipt": "true"},
        "an invoice at once and one in parts": {"automaticInvoice": "true"},
    },
}


@pytest.mark.parametrize("spoken", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("name", CASES)
def test_every_field_goes_where_it_went(spoken: Dialect, name: str) -> None:
    told = {case: mapped(spoken, name, **said) for case, said in CASES[name].items()}
    golden = GOLDEN / f"{spoken.name}.{name}.json"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    assert told == json.loads(golden.read_text("utf-8"))


def test_every_resource_that_can_be_imported_has_a_golden_file_in_every_dialect() -> None:
    assert CASES.keys() == set(schemas.RESOURCE_NAMES)
    assert {path.stem for path in GOLDEN.glob("*.json")} == {f"{d}.{name}" for d in DIALECTS for name in CASES}
