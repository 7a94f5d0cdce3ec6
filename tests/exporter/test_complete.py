"""Complete or said: a real server that dies, refuses, loses and gains rows while it is read."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exporter import ROOT, Account, Desk
from listing import exported, listing, pulled

from pipeline.exporter.pages.pull import Row
from pipeline.exporter.request import list_exportable
from pipeline.sandbox import EmbeddedSandbox, Options
from schemas.dialects import dialect
from schemas.tables import TABLES

EVERYTHING = ("clients", "services", "payments", "invoices", "receipts", "webhooks", "catalogs", "teams")


def ids(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_all_exports_every_list_of_the_api_with_everything_nested_in_it(desk: Desk, account: Account) -> None:
    ran = desk.gigbulk("export", "--all", "-o", "out")
    assert ran.code == 0, ran.err
    assert set(ran.result["resources"]) == set(EVERYTHING) == set(list_exportable(dialect("2025-06")))
    names = {path.name for path in (desk.folder / "out").iterdir()}
    assert names == {"manifest.json", *(f"{t.name}.csv" for name in EVERYTHING for t in TABLES[name].family)}
    assert {"payments.items.csv", "payments.items.taxes.csv", "invoices.items.csv", "teams.members.csv"} <= names
    for resource in EVERYTHING:
        if resource != "catalogs":
            assert ids(desk.folder / "out" / f"{resource}.csv") == account.ids(resource)


# --- a server that dies -----------------------------------------------------------------------------------------------


@dataclass
class Served:
    base_url: str
    process: subprocess.Popen[str]


@contextmanager
def served(port: int = 0, **options: Any) -> Iterator[Served]:
    """A sandbox in a process of its own."""
    code = (
        "import sys, json\nfrom pipeline.sandbox import Options, serve\n"
        "serve(Options(**json.loads(sys.argv[1])), lambda url: print(url, flush=True))"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-c", code, json.dumps({"port": port, **options})]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            yield Served(process.stdout.readline().strip(), process)
        finally:
            process.kill()


@pytest.mark.slow
def test_a_server_killed_while_it_is_read_costs_nothing_but_the_pages_not_yet_read(tmp_path: Path) -> None:
    """SIGKILL in the middle of a page; the next run, against the server restarted, goes on and ends whole."""
    rows = {"clients": 3000}
    seen: list[Row] = []
    with served(rows=rows, latency_ms=20) as server:

        def kill_late(page: list[Row]) -> None:
            seen.extend(page)
            if len(seen) >= 1000:
                server.process.send_signal(signal.SIGKILL)

        cut = pulled(server.base_url, "clients", tmp_path / "checkpoint", kill_late, concurrency=4)
    assert not cut.complete
    assert cut.stopped is not None and cut.why is not None
    assert 1000 <= cut.rows < 3000
    with served(rows=rows) as server:
        result = exported(server.base_url, "clients", tmp_path / "out", tmp_path / "other")
        whole = ids(result.files["clients"])
        seen.clear()
        resumed = pulled(server.base_url, "clients", tmp_path / "checkpoint", seen.extend)
    assert resumed.complete, resumed.why
    assert resumed.continued >= 9
    assert [row["id"] for row in seen] == whole
    assert len(whole) == 3000


# --- rows that come and go --------------------------------------------------------------------------------------------


def read_while(account: Account, tmp_path: Path, happening: Callable[[int], None]) -> tuple[Any, list[str]]:
    """Read the receipts one page after another; `happening` is called with the number of each page."""
    seen: list[Row] = []
    pages = iter(range(1000))

    def on_page(rows: list[Row]) -> None:
        seen.extend(rows)
        happening(next(pages))

    result = pulled(account.base_url, "receipts", tmp_path / "checkpoint", on_page, concurrency=1)
    return result, [row["id"] for row in seen]


@pytest.fixture
def many_receipts() -> Iterator[Account]:
    with EmbeddedSandbox(Options(rows={"receipts": 450, "clients": 3})) as sandbox:
        opened = Account(sandbox)
        yield opened
        opened.close()


def test_rows_deleted_before_the_place_that_is_read_make_it_incomplete(many_receipts: Account, tmp_path: Path) -> None:
    """The rows after them move up, and one of them into a page that was read already: it is never seen."""
    before = many_receipts.ids("receipts")

    def delete(page: int) -> None:
        if page == 1:
            many_receipts.delete("receipts", before[0])
            many_receipts.delete("receipts", before[1])

    result, seen = read_while(many_receipts, tmp_path, delete)
    assert [i for i in before[2:] if i not in seen] == [before[199]]
    assert not result.complete
    assert result.why is not None and "moved up" in result.why


def test_deleted_and_added_rows_that_cancel_out_are_noticed_too(many_receipts: Account, tmp_path: Path) -> None:
    """The count stays the same: only the rows themselves tell."""
    before = many_receipts.ids("receipts")

    def exchange(page: int) -> None:
        if page == 1:
            for lost in before[:2]:
                many_receipts.delete("receipts", lost)
                many_receipts.add("receipts", {"clientId": "client_seed000000000"})

    result, seen = read_while(many_receipts, tmp_path, exchange)
    assert [i for i in before[2:] if i not in seen] == [before[199]]
    assert not result.complete
    assert result.why is not None and "moved up" in result.why


def test_rows_that_come_while_reading_do_not_push_others_out(many_receipts: Account, tmp_path: Path) -> None:
    before = many_receipts.ids("receipts")
    result, seen = read_while(
        many_receipts,
        tmp_path,
        lambda page: many_receipts.add("receipts", {"clientId": "client_seed000000000"}) and None,
    )
    assert result.complete, result.why
    assert set(before) <= set(seen)
    assert len(seen) == len(set(seen))


# --- a key that is refused --------------------------------------------------------------------------------------------


def test_a_key_refused_on_a_late_page_is_exit_4_and_what_was_read_is_kept_as_incomplete(
    desk: Desk, account: Account
) -> None:
    for n in range(270):
        account.client(n)
    account.misbehave(expired_token=2)
    ran = desk.gigbulk("export", "clients", "-o", "out", "--concurrency", 1)
    assert ran.code == 4
    assert ran.result["resources"]["clients"]["complete"] is False
    assert len(ids(desk.folder / "out" / "clients.incomplete.csv")) == 199
    assert not (desk.folder / "out" / "clients.csv").exists()
    assert "key" in str(desk.manifest("out/manifest.json")["incomplete"]["clients"]["why"])
    account.misbehave()
    again = desk.gigbulk("export", "clients", "-o", "out")
    assert (again.code, again.rows("clients")) == (0, 300)
    assert desk.manifest("out/manifest.json")["exports"]["clients"]["pages_continued"] == 1
    assert sorted(p.name for p in (desk.folder / "out").iterdir()) == ["clients.csv", "manifest.json"]


def test_a_server_that_fails_on_a_late_page_is_exit_6(desk: Desk, account: Account) -> None:
    for n in range(270):
        account.client(n)
    account.misbehave(ignore_offset=1)
    ran = desk.gigbulk("export", "clients", "-o", "out")
    assert ran.code == 6
    assert "same rows again" in ran.result["resources"]["clients"]["why"]


def test_a_key_that_is_refused_at_once_is_exit_4_and_writes_nothing(desk: Desk) -> None:
    ran = desk.gigbulk("export", "--all", "-o", "out", GIGSTACK_API_KEY="revoked-key")
    assert (ran.code, ran.result["status"]) == (4, "failed")
    assert not list((desk.folder / "out").rglob("*.csv"))


def test_a_second_export_to_the_same_place_is_refused_while_the_first_is_at_work(tmp_path: Path) -> None:
    with listing(clients=2000) as sandbox, served(rows={"clients": 2000}, latency_ms=300) as slow:
        desk = Desk(tmp_path, slow.base_url)
        first = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "export", "clients", "-o", "out", "--concurrency", "1"], cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GIGSTACK_API_KEY": "opaque-key",
                 "GIGSTACK_BASE_URL": slow.base_url, "GIGBULK_STATE_DIR": str(tmp_path / "state")},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            end = time.monotonic() + 20
            while not list((tmp_path / "state").glob("*.holder")) and time.monotonic() < end:
                time.sleep(0.02)
            second = desk.gigbulk("export", "clients", "-o", "out")
            assert (second.code, "under way" in second.err) == (5, True)
            desk.base_url = sandbox.base_url
            assert desk.gigbulk("export", "clients", "-o", "elsewhere").code == 0
        finally:
            first.kill()
            first.wait()
        assert desk.gigbulk("export", "clients", "-o", "out").code == 0, "a killed holder leaves no lock"


# --- many rows --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_hundred_thousand_payments_come_out_once_each_under_trouble(tmp_path: Path) -> None:
    """Failing reads, broken connections and null rows; then against the same rows without any of them."""
    trouble = {"read_error_500": 0.01, "read_drop": 0.01, "read_truncated": 0.01, "null_rows": 0.05}
    with served(rows={"payments": 100_000}, faults=trouble) as server:
        result = exported(server.base_url, "payments", tmp_path / "out", tmp_path / "checkpoint", "parquet")
    assert result.complete, result.why
    assert result.rows == 100_000
    assert result.null_rows > 0
    payments = pl.scan_parquet(result.files["payments"])
    items = pl.scan_parquet(result.files["payments.items"])
    assert payments.select(pl.col("id").n_unique()).collect().item() == 100_000
    joined = items.join(payments, left_on="payment_id", right_on="id", how="anti")
    assert joined.select(pl.len()).collect().item() == 0
    assert payments.select("id").collect()["id"].is_sorted()
