"""What becomes of a row of an input file in dialect 2026, laid beside bodies transcribed from their sources.

`v2026/bodies.json` names the source of each, by its label in docs/api.md; `row` are cells of the file, `body` what that
source sends for them, `ours` what gigbulk says besides on purpose. Sample values are made up.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.delivery.once import derive_once_key
from pipeline.delivery.payload import Built, Sending, build_actions
from pipeline.formats import LINE
from pipeline.model import RECORD, Account
from schemas import resource
from schemas.dialects import dialect

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("v2026").joinpath("bodies.json").read_text("utf-8"))
DIALECT = dialect("2026")
WRITTEN = [case for case in CASES if "body" in case]
UNWRITABLE = [case for case in CASES if "unwritable" in case]


def cells(row: dict[str, str], fields: list[str]) -> pl.DataFrame:
    """One row as validation hands it on: text under field names, every declared field there."""
    named = {"metadata.internalId" if name == "internalId" else name: cell for name, cell in row.items()}
    columns = {name: [named.get(name)] for name in dict.fromkeys([*fields, *named])}
    schema = {LINE: pl.UInt32, RECORD: pl.UInt32, **dict.fromkeys(columns, pl.String)}
    return pl.DataFrame({LINE: [2], RECORD: [0], **columns}, schema=schema)


def built(case: dict[str, Any], *, updates: bool = False) -> Built:
    declared = resource(case["resource"])
    own = {name: cell for name, cell in case["row"].items() if not name.startswith("items.")}
    records = cells(own, [column.field for column in declared.record.columns])
    lines = pl.DataFrame()
    if declared.lines is not None:
        item = {name: cell for name, cell in case["row"].items() if name.startswith("items.")}
        lines = cells(item, [column.field for column in declared.lines.columns])
    creates = DIALECT.endpoints[case["resource"]].creates
    return build_actions(
        records, lines, declared, creates, Sending(Account("acme", False), 1, date(2026, 3, 1), updates)
    )


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case["source"])
def test_a_row_becomes_the_body_its_source_sends(case: dict[str, Any]) -> None:
    ((action, _),), unwritable = built(case)
    assert unwritable == []
    body = json.loads(action.body, parse_float=Decimal, parse_int=Decimal)
    expected = json.loads(json.dumps({**case["body"], **case.get("ours", {})}), parse_float=Decimal, parse_int=Decimal)
    if "idempotency_key" in expected:
        assert body["idempotency_key"].startswith(expected.pop("idempotency_key"))
        del body["idempotency_key"]
    assert body == expected
    assert DIALECT.endpoints[case["resource"]].creates[action.create].path == case["path"]
    assert (action.query or {}) == case.get("query", {})


@pytest.mark.parametrize("case", UNWRITABLE, ids=lambda case: case["source"])
def test_what_would_change_its_meaning_is_refused(case: dict[str, Any]) -> None:
    actions, ((line, why),) = built(case)
    assert (actions, line) == ([], 2)
    assert case["unwritable"] in why


def test_a_client_that_is_found_is_changed_only_where_that_is_asked_for() -> None:
    ((action, _),), _ = built(CASES[0], updates=True)
    assert json.loads(action.body)["search"]["update"] is True


def test_the_key_of_a_payment_is_the_same_anywhere_and_another_for_whatever_differs() -> None:
    mine = ("acme", False, "payments", "id:P-1", 1)
    others = [
        ("acme2", False, "payments", "id:P-1", 1),
        ("acme", True, "payments", "id:P-1", 1),
        ("acme", False, "receipts", "id:P-1", 1),
        ("acme", False, "payments", "id:P-2", 1),
        ("acme", False, "payments", "id:P-1", 2),
    ]
    key = derive_once_key(*mine)
    assert key == derive_once_key(*mine)
    assert len({key, *(derive_once_key(*other) for other in others)}) == 1 + len(others)
    assert 8 <= len(key) <= 128
    assert "P-1" not in key
