"""`export --ids`: these records and no list, by get, in the order asked for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from exporter import ROOT, Account, Desk, open_account
from openpyxl import Workbook

from pipeline import run_export
from pipeline.edge import Edge
from pipeline.errors import ConfigError, InputError
from pipeline.exporter.ids import check_ids, read_ids
from pipeline.sandbox import EmbeddedSandbox, Options


def ids_in(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["id"] for row in csv.DictReader(file)]


def test_the_records_come_in_the_order_of_the_ids_and_each_once(desk: Desk, account: Account) -> None:
    asked = account.ids("payments")[:7][::-1]
    ran = desk.gigbulk("export", "payments", "--ids", ",".join([*asked, asked[0]]), "-o", "some.csv")
    assert (ran.code, ran.rows("payments")) == (0, 7), ran.err
    assert ids_in(desk.folder / "some.csv") == asked
    assert "asked for again" in ran.err


def test_a_record_got_by_its_id_has_the_row_that_the_list_gives(desk: Desk, account: Account) -> None:
    desk.gigbulk("export", "payments", "-o", "list")
    desk.gigbulk("export", "payments", "--ids", ",".join(account.ids("payments")), "-o", "got")
    for table in ("payments", "payments.items", "payments.items.taxes"):
        listed, got = (
            pl.read_csv(desk.folder / place / f"{table}.csv", infer_schema=False) for place in ("list", "got")
        )
        assert got.equals(listed)


@pytest.mark.parametrize(
    "resource", ["payments", "clients", "services", "invoices", "receipts", "webhooks", "catalogs", "teams"]
)
def test_every_resource_can_be_asked_for_by_id(resource: str, desk: Desk) -> None:
    assert desk.gigbulk("export", resource, "-o", "all.csv").code == 0
    known = ids_in(desk.folder / "all.csv")
    ran = desk.gigbulk("export", resource, "--ids", "all.csv", "-o", "again.csv")
    assert (ran.code, ids_in(desk.folder / "again.csv")) == (0, known), ran.err


def test_missing_ids_are_named_the_exit_code_is_6_and_a_complete_file_stays(desk: Desk, account: Account) -> None:
    there = account.ids("payments")[:3]
    desk.gigbulk("export", "payments", "--ids", ",".join(there), "-o", "some.csv")
    ran = desk.gigbulk("export", "payments", "--ids", f"payment_lost,{there[2]},nobody", "-o", "some.csv")
    assert ran.code == 6
    assert ran.result["resources"]["payments"]["missing"] == ["payment_lost", "nobody"]
    assert "payment_lost" in ran.err
    assert "nobody" in ran.err
    assert ids_in(desk.folder / "some.incomplete.csv") == [there[2]]
    assert ids_in(desk.folder / "some.csv") == there
    assert desk.manifest("some.csv.manifest.json")["incomplete"]["payments"]["missing"] == ["payment_lost", "nobody"]


def test_what_was_found_goes_to_standard_output_though_others_are_missing(desk: Desk, account: Account) -> None:
    there = account.ids("clients")[:2]
    ran = desk.stream("export", "clients", "--ids", f"{there[1]},gone,{there[0]}", "-o", "-", "--format", "jsonl")
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == [there[1], there[0]]
    assert ran.returncode == 6
    assert "gone" in ran.stderr


def test_ids_are_read_from_standard_input(desk: Desk, account: Account) -> None:
    asked = account.ids("clients")[4:9]
    ran = desk.stream(
        "export", "clients", "--ids", "-", "-o", "-", "--format", "jsonl", stdin="\n".join([*asked, "", ""])
    )
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == asked


def test_the_list_of_created_records_gives_the_ids_of_its_resource_alone(desk: Desk) -> None:
    clients, services = (ROOT / "samples" / f"{name}.csv" for name in ("clients", "services"))
    created = desk.folder / "created.csv"
    ran = desk.gigbulk("import", clients, services, "--created", created, "--yes")
    assert ran.code == 0, ran.err
    got = desk.gigbulk("export", "services", "--ids", created, "-o", "new.csv")
    assert got.code == 0, got.err
    assert got.rows("services") == ran.result["resources"]["services"]["created"] > 0


def edge_of(folder: Path) -> Edge:
    return Edge(folder=lambda: folder)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("ids.txt", "a1\n\nb2\nc3\n", ("a1", "b2", "c3")),
        ("ids.txt", "\ufeffa1\r\nb2\r\n", ("a1", "b2")),
        ("ids.csv", "a1\nb2\n", ("a1", "b2")),
        ("ids.csv", "id\na1\nb2\n", ("a1", "b2")),
        ("ids.csv", "name,ID\nx,a1\ny,\nz,b2\n", ("a1", "b2")),
        ("ids.csv", "name;id\nx;a1\n", ("a1",)),
        ("ids", "a1,b2,c3\n", ("a1", "b2", "c3")),
        ("items.csv", "payment_id,position,id\na1,1,i1\na1,2,i2\nb2,1,i3\n", ("a1", "a1", "b2")),
        ("ids.jsonl", '{"id": "a1"}\n{"id": "b2"}\n', ("a1", "b2")),
    ],
)
def test_a_file_says_one_id_a_line_or_has_a_column_of_them(
    name: str, content: str, found: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert read_ids(name, "payments", edge_of(tmp_path)) == found


def test_a_parquet_file_gives_its_column_of_ids(tmp_path: Path) -> None:
    pl.DataFrame({"name": ["x", "y"], "id": ["a1", "b2"]}).write_parquet(tmp_path / "ids.parquet")
    assert read_ids("ids.parquet", "clients", edge_of(tmp_path)) == ("a1", "b2")


def test_a_file_of_which_nobody_can_say_where_its_ids_are_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name,rfc\nx,y\n", "utf-8")
    with pytest.raises(InputError, match="none is headed id"):
        read_ids("names.csv", "clients", edge_of(tmp_path))


@pytest.mark.parametrize("asked", ["", " , ", "no/such/file", "ids.csv", "..", "a b,c", "x" * 300])
def test_what_is_no_id_is_refused_before_anything_is_asked(asked: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_ids(asked, "clients", edge_of(tmp_path))


@pytest.mark.parametrize("odd", ["a/b", "a?b=c", "ñandú", "a%2Fb", "a#b"])
def test_an_id_with_signs_of_an_address_is_asked_for_as_it_stands(odd: str, desk: Desk) -> None:
    ran = desk.gigbulk("export", "clients", "--ids", f"x,{odd}", "-o", "some.csv")
    assert ran.result["resources"]["clients"]["missing"] == ["x", odd]


@pytest.mark.parametrize(
    "words",
    [
        ("payments", "clients"), ("--all",), ("payments", "--until", "2026-01-01"),
        ("payments", "--since", "last"), ("payments", "--filter", "status=succeeded"),
    ],
)  # fmt: skip
def test_ids_and_a_list_contradict_each_other(words: tuple[str, ...], desk: Desk) -> None:
    ran = desk.gigbulk("export", *words, "--ids", "a1,b2", "-o", "some.csv")
    assert ran.code == 2
    assert "--ids" in ran.err or "ids" in ran.err


def test_thousands_are_asked_for_at_once_within_the_rate(tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(rows={"payments": 3_000}, latency_ms=5)) as sandbox:
        desk = Desk(tmp_path, sandbox.base_url)
        desk.gigbulk("export", "payments", "-o", "all.csv")
        ran = desk.gigbulk("export", "payments", "--ids", "all.csv", "-o", "got.csv")
        assert (ran.code, ran.rows("payments")) == (0, 3_000), ran.err
        assert ids_in(tmp_path / "got.csv") == ids_in(tmp_path / "all.csv")
        paced = desk.gigbulk("export", "payments", "--ids", ",".join(ids_in(tmp_path / "all.csv")[:60]), "--rate", "40",
                             "-o", "paced.csv")  # fmt: skip
        assert paced.code == 0
        assert paced.result["seconds"] > 60 / 40 * 0.5


@pytest.mark.parametrize("faults", [{"rate_429_seconds": 0.1}, {"read_error_500": 0.2}, {"read_drop": 0.1}])
def test_answers_that_pass_by_themselves_cost_no_record(faults: dict[str, float], desk: Desk, account: Account) -> None:
    account.misbehave(**faults)
    asked = account.ids("payments")
    ran = desk.gigbulk("export", "payments", "--ids", ",".join(asked), "-o", "some.csv")
    assert (ran.code, ids_in(desk.folder / "some.csv")) == (0, asked), ran.err


def test_an_export_that_was_killed_goes_on_from_the_records_it_has(tmp_path: Path) -> None:
    with open_account({"payments": 1_000}) as account:
        desk = Desk(tmp_path, account.base_url)
        asked = ",".join(account.ids("payments"))
        killed = desk.gigbulk("export", "payments", "--ids", asked, "-o", "some.csv", death="pages_kept")
        assert killed.code < 0
        ran = desk.gigbulk("export", "payments", "--ids", asked, "-o", "some.csv")
        assert ran.rows("payments") == 1_000
        assert desk.manifest("some.csv.manifest.json")["exports"]["payments"]["pages_continued"] == 10


def test_the_library_takes_ids_too(account: Account, tmp_path: Path) -> None:
    asked = account.ids("clients")[:3][::-1]
    done = run_export("clients", tmp_path / "some.csv", ids=asked, api_key="sk_test_gigbulk_0001", account="a",
                      base_url=account.base_url, state_dir=tmp_path / "state")  # fmt: skip
    assert done["exit_code"] == 0
    assert ids_in(tmp_path / "some.csv") == asked


def test_empty_cells_are_no_ids() -> None:
    assert check_ids(["", "a1", ""]) == ("a1",)


def test_ids_in_hidden_rows_are_told_before_anything_is_done_with_them(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["id"])
    book.active.append(["a1"])
    book.active.append(["b2"])
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "a,b.xlsx")
    told: list[str] = []
    assert read_ids("a,b.xlsx", "clients", edge_of(tmp_path), told.append) == ("a1", "b2")
    assert told == ["a,b.xlsx · Sheet: 1 hidden row is read like the others: 3"]
