"""The lists of dialect 2026, exported from the pretend API into the same columns as those of 2025-06."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import polars as pl
import pytest
from listing import exported

from pipeline import run_export
from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.dialects import dialect
from schemas.tables import TABLES

SPOKEN = dialect("2026")
ROWS = dict.fromkeys(("clients", "services", "payments", "invoices", "receipts", "webhooks", "teams"), 230)


@pytest.fixture(scope="module")
def server() -> Any:
    with EmbeddedSandbox(Options(dialect="2026", rows=ROWS)) as running:
        yield running


def read(server: EmbeddedSandbox, resource: str, folder: Path) -> tuple[Any, pl.DataFrame]:
    done = exported(server.base_url, resource, folder / "out", folder / "state", spoken=SPOKEN)
    return done, pl.read_csv(done.files[resource], infer_schema=False)


@pytest.mark.parametrize("resource", ROWS)
def test_a_list_is_read_to_its_end_into_the_declared_columns(
    server: EmbeddedSandbox, resource: str, tmp_path: Path
) -> None:
    done, rows = read(server, resource, tmp_path)
    stored = httpx.get(f"{server.origin}/_sandbox/records?resource={resource}").json()
    wanted = (
        [row for row in stored if row.get("invoice_type", "I") == "I" and row["status"] != "draft"]
        if (resource == "invoices")
        else stored
    )
    assert (done.complete, done.why, done.rows) == (True, None, len(wanted))
    assert set(rows["id"]) == {row["id"] for row in wanted}
    assert tuple(rows.columns) == TABLES[resource].columns


def test_an_amount_is_in_cents_and_units_as_in_2025_06(server: EmbeddedSandbox, tmp_path: Path) -> None:
    _, rows = read(server, "payments", tmp_path)
    stored = {row["id"]: row for row in httpx.get(f"{server.origin}/_sandbox/records?resource=payments").json()}
    told = {row["id"]: (row["amount"], row["amount_decimal"]) for row in rows.to_dicts()}
    assert told == {
        identity: (str(round(row["total"] * 100)), f"{row['total']:.2f}") for identity, row in stored.items()
    }


def test_times_rfc_and_internal_id_stand_in_the_same_columns(server: EmbeddedSandbox, tmp_path: Path) -> None:
    _, clients = read(server, "clients", tmp_path)
    first = clients.filter(pl.col("id") == "client_1").row(0, named=True)
    assert first["metadata.internalId"] == "CLI-000001"
    assert first["rfc"]
    assert first["timestamp_utc"].startswith("2024-01-01T06:01:00")
    _, services = read(server, "services", tmp_path / "s")
    assert services.filter(pl.col("id") == "service_1")["metadata.internalId"].to_list() == ["SRV-000001"]


def test_a_window_is_asked_for_in_seconds_and_cut_exactly(server: EmbeddedSandbox, tmp_path: Path) -> None:
    done = run_export(
        ["clients"], output=tmp_path / "out", since="2024-01-01T01:00:00-06:00", until="2024-01-01T02:00:00-06:00",
        base_url=server.base_url, api_key="any-key", dialect="2026", state_dir=tmp_path / "state",
    )  # fmt: skip
    assert done["resources"]["clients"] == {"rows": 60, "pages": 3, "complete": True} | done["resources"]["clients"]
    assert done["resources"]["clients"]["rows"] == 60


@pytest.mark.parametrize("fault", ["null_rows", "read_drop", "read_error_500", "read_bad_json"])
def test_a_list_that_misbehaves_is_read_all_the_same(fault: str, tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": 130}, faults={fault: 0.3})) as server:
        done, _ = read(server, "clients", tmp_path)
    assert done.rows == 130


def test_no_read_that_changes_something_is_ever_sent(server: EmbeddedSandbox, tmp_path: Path) -> None:
    read(server, "teams", tmp_path)
    read(server, "invoices", tmp_path)
    assert "portal_password_renewed" not in json.dumps(
        httpx.get(f"{server.origin}/_sandbox/records?resource=teams").json()
    )
    declared = [path for e in SPOKEN.endpoints.values() for path in (e.path, e.record or "")]
    assert not any("onboarding" in path or "download" in path for path in declared)
