"""The lists of dialect 2026, exported from the pretend API into the same columns as those of 2025-06."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import polars as pl
import pytest
from listing import exported
from odd_pages import answering

from pipeline import run_export
from pipeline.edge import utc_now
from pipeline.errors import ConfigError
from pipeline.exporter.query import TimeRange, open_query
from pipeline.model import Account
from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.dialects import dialect
from schemas.tables import TABLES

SPOKEN = dialect("2026")
STORED = {"invoices_sat": "sat_invoices"} | dict.fromkeys(
    ("invoices_egress", "invoices_payment", "invoices_transfer", "invoices_draft"), "invoices"
)
"""Where the pretend API keeps the rows of a list, where that is not under the list's own name."""

ROWS = {STORED.get(name, name): 230 for name in SPOKEN.endpoints}
GOLDEN = Path(__file__).with_name("golden_2026")
SHOWN = 3
"""Rows of a table that are pinned."""


@pytest.fixture(scope="module")
def server() -> Any:
    with EmbeddedSandbox(Options(dialect="2026", rows=ROWS)) as running:
        yield running


def read(server: EmbeddedSandbox, resource: str, folder: Path) -> tuple[Any, pl.DataFrame]:
    done = exported(server.base_url, resource, folder / "out", folder / "state", spoken=SPOKEN)
    return done, pl.read_csv(done.files[resource], infer_schema=False)


def belongs(row: dict[str, Any], resource: str) -> bool:
    """Whether a stored row is one of that list: invoices are kept together and listed by their kind."""
    if STORED.get(resource, resource) != "invoices":
        return True
    if resource == "invoices_draft" or row["status"] == "draft":
        return resource == "invoices_draft" and row["status"] == "draft"
    kinds = {"invoices": "I", "invoices_egress": "E", "invoices_payment": "P", "invoices_transfer": "T"}
    return bool(row["invoice_type"] == kinds[resource])


@pytest.mark.parametrize("resource", SPOKEN.endpoints)
def test_a_list_is_read_to_its_end_into_the_declared_columns(
    server: EmbeddedSandbox, resource: str, tmp_path: Path
) -> None:
    done, rows = read(server, resource, tmp_path)
    stored = httpx.get(f"{server.origin}/_sandbox/records?resource={STORED.get(resource, resource)}").json()
    wanted = [row for row in stored if belongs(row, resource)]
    assert (done.complete, done.why, done.rows) == (True, None, len(wanted))
    assert set(rows["id"]) == {row["uuid" if resource == "invoices_sat" else "id"] for row in wanted}
    assert tuple(rows.columns) == TABLES[resource].columns


@pytest.mark.parametrize("resource", SPOKEN.endpoints)
def test_a_list_is_cell_by_cell_what_it_was(server: EmbeddedSandbox, resource: str, tmp_path: Path) -> None:
    """After a change made on purpose: delete the files of the table, run, read the diff, say it in the CHANGELOG."""
    done, _ = read(server, resource, tmp_path)
    for table in TABLES[resource].family:
        shown = done.files[table.name].read_text("utf-8").splitlines(keepends=True)[: 1 + SHOWN]
        golden = GOLDEN / f"{table.name}.csv"
        if not golden.exists():
            golden.parent.mkdir(exist_ok=True)
            golden.write_text("".join(shown), "utf-8")
        assert "".join(shown) == golden.read_text("utf-8")


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        ("clients", {"created[gte]": 1703980800, "created[lte]": 1704157200}),
        ("invoices_sat", {"from": "2023-12-31", "to": "2024-01-02"}),
        ("retentions", {"created_gte": 1703980800000, "created_lte": 1704157200000}),
        ("webhooks", {}),
    ],
)
def test_a_window_is_asked_for_in_the_unit_of_each_list(resource: str, asked: dict[str, str | int]) -> None:
    window = TimeRange.parsed("2023-12-31T18:00:00-06:00", "2023-12-31T19:00:00-06:00", full=False)
    query = open_query(
        SPOKEN, resource, {}, window, started=utc_now(), account=Account("acme", False), journal=None, into=None
    )
    assert query.query == asked


@pytest.mark.parametrize("resource", ["clients", "invoices_sat", "retentions", "webhooks"])
def test_and_cut_exactly_whatever_the_server_takes_it_for(
    server: EmbeddedSandbox, resource: str, tmp_path: Path
) -> None:
    done = run_export(
        [resource], output=tmp_path / "out", since="2024-01-01T01:00:00-06:00", until="2024-01-01T02:00:00-06:00",
        base_url=server.base_url, api_key="any-key", dialect="2026", state_dir=tmp_path / "state",
    )  # fmt: skip
    assert (done["resources"][resource]["rows"], done["resources"][resource]["complete"]) == (60, True)


def test_a_stretch_of_several_days_is_read_in_parts_and_is_whole(tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": 6_000})) as server:
        done = run_export(
            ["clients"], output=tmp_path / "out", since="2024-01-01T12:00:00-06:00", until="2024-01-04T12:00:00-06:00",
            base_url=server.base_url, api_key="any-key", dialect="2026", state_dir=tmp_path / "state",
        )["resources"]["clients"]  # fmt: skip
    rows = pl.read_csv(tmp_path / "out" / "clients.csv", infer_schema=False)
    assert (done["rows"], done["complete"], rows["id"].n_unique()) == (4_320, True, 4_320)
    assert rows["timestamp_utc"].to_list() == sorted(rows["timestamp_utc"], reverse=True)


def test_the_two_reads_that_change_something_are_declared_nowhere() -> None:
    """F12: an onboarding link renews a password, a download may cost a credit."""
    declared = [path for e in SPOKEN.endpoints.values() for path in (e.path, e.record or "")]
    assert not any(word in path for path in declared for word in ("onboarding", "download"))


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


@pytest.mark.parametrize("fault", ["null_rows", "read_drop", "read_error_500", "read_bad_json", "empty_page"])
def test_a_list_that_misbehaves_is_read_all_the_same(fault: str, tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(dialect="2026", rows={"clients": 130}, faults={fault: 0.3})) as server:
        done, _ = read(server, "clients", tmp_path)
    assert done.rows == 130


@pytest.mark.parametrize("resource", SPOKEN.endpoints)
def test_a_page_that_failed_leaves_its_list_with_what_came_and_says_so(resource: str, tmp_path: Path) -> None:
    rows = {STORED.get(resource, resource): 300}
    with EmbeddedSandbox(Options(dialect="2026", rows=rows, faults={"failed_page": 1})) as server:
        done, _ = read(server, resource, tmp_path)
    assert (done.rows > 0, done.complete) == (True, False)
    assert "a part of the list could not be read" in str(done.why)


def test_an_export_of_everything_changes_nothing(server: EmbeddedSandbox, tmp_path: Path) -> None:
    before = httpx.get(f"{server.origin}/_sandbox/records?resource=teams").json()
    run_export(
        None, output=tmp_path / "out", base_url=server.base_url, api_key="any-key", dialect="2026",
        state_dir=tmp_path / "state",
    )  # fmt: skip
    assert httpx.get(f"{server.origin}/_sandbox/records?resource=teams").json() == before
    assert httpx.get(f"{server.origin}/_sandbox/received").json() == []


# --- by metadata ------------------------------------------------------------------------------------------------------


def by_internal_id(base_url: str, resource: str, wanted: str, folder: Path) -> dict[str, Any]:
    done = run_export(
        [resource], output=folder / "out", filters={"metadata.internalId": wanted}, base_url=base_url,
        api_key="any-key", dialect="2026", state_dir=folder / "state",
    )  # fmt: skip
    return dict(done["resources"][resource])


@pytest.mark.parametrize(("resource", "wanted"), [("clients", "CLI-000007"), ("payments", "PAG-0000007")])
def test_records_are_found_by_a_member_of_their_metadata(
    server: EmbeddedSandbox, resource: str, wanted: str, tmp_path: Path
) -> None:
    done = by_internal_id(server.base_url, resource, wanted, tmp_path)
    rows = pl.read_csv(tmp_path / "out" / f"{resource}.csv", infer_schema=False)
    assert (rows["metadata.internalId"].to_list(), done["complete"], done["pages"]) == ([wanted], True, 1)


@pytest.mark.parametrize("resource", ["invoices", "invoices_egress", "receipts"])
def test_a_list_without_such_a_record_is_empty_and_complete(
    server: EmbeddedSandbox, resource: str, tmp_path: Path
) -> None:
    done = by_internal_id(server.base_url, resource, "nobody", tmp_path)
    assert (done["rows"], done["complete"]) == (0, True)


@pytest.mark.parametrize("onward", [{"next": "t"}, {}], ids=["names the next page", "gives it whole"])
def test_a_server_that_ignores_the_filter_has_the_others_left_out_and_counted(
    onward: dict[str, str], tmp_path: Path
) -> None:
    """It ignores `page` too."""
    every = [{"id": f"client_{n}", "metadata": {"internalId": f"CLI-{n}"}} for n in range(140)]
    size = 100 if onward else 99

    def page(query: dict[str, str]) -> bytes:
        rows = every[100:] if query.get("next") == "t" else every[:size]
        told = {"data": rows, "has_more": bool(onward) and "next" not in query, "total_results": 140 if onward else 99}
        return json.dumps(told | ({} if "next" in query else onward)).encode()

    with answering(page) as base_url:
        done = by_internal_id(base_url, "clients", "CLI-7", tmp_path)
    assert (done["rows"], done["complete"]) == (1, True)
    notes = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert "139 rows without" in notes or "98 rows without" in notes


@pytest.mark.parametrize("resource", ["services", "invoices_sat", "users"])
def test_where_nothing_says_that_metadata_can_be_asked_for_it_is_refused(resource: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be filtered by metadata"):
        by_internal_id("http://127.0.0.1:9/v2", resource, "x", tmp_path)


@pytest.mark.parametrize("resource", SPOKEN.endpoints)
def test_one_record_of_every_list_is_read_by_the_id_that_its_export_shows(
    server: EmbeddedSandbox, resource: str, tmp_path: Path
) -> None:
    _, rows = read(server, resource, tmp_path)
    wanted = rows["id"][1]
    done = run_export(
        [resource], output=tmp_path / "one", ids=[wanted], base_url=server.base_url, api_key="any-key",
        dialect="2026", state_dir=tmp_path / "state",
    )["resources"][resource]  # fmt: skip
    assert (done["rows"], done["complete"]) == (1, True)
    assert pl.read_csv(tmp_path / "one" / f"{resource}.csv", infer_schema=False)["id"].to_list() == [wanted]
