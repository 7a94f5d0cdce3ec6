"""What comes out goes in again: export, import to an empty account, export: equal, in every format."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from exporter import ROOT, Desk

from pipeline.sandbox import EmbeddedSandbox, Options

SAMPLES = ROOT / "samples"
GIVEN = ("id", "timestamp", "updatedAt")
"""What the server gives a record of its own, and so differs in another account."""


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        headings, *rows = book[path.stem].iter_rows(values_only=True)
        return [dict(zip(map(str, headings), ["" if v is None else v for v in row], strict=True)) for row in rows]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def own(path: Path) -> list[dict[str, Any]]:
    rows = [{k: v for k, v in row.items() if not k.startswith(GIVEN)} for row in rows_of(path)]
    return sorted(rows, key=lambda row: str(row["metadata.internalId"]))


FORMS: dict[str, tuple[str, ...]] = {
    "csv": (), "jsonl": ("--format", "jsonl"), "parquet": ("--format", "parquet"), "xlsx": ("--format", "xlsx"),
    "excel": ("--excel",),
}  # fmt: skip
"""The flags that each form of file is exported with."""
every_form = pytest.mark.parametrize("form", FORMS)


def suffix_of(form: str) -> str:
    return "csv" if form == "excel" else form


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Desk]:
    """An account with the clients and services of the samples."""
    for name in ("clients.csv", "services.csv"):
        shutil.copyfile(SAMPLES / name, tmp_path / name)
    with EmbeddedSandbox(Options()) as sandbox:
        desk = Desk(tmp_path, sandbox.base_url)
        ran = desk.gigbulk("import", "clients.csv", "services.csv")
        assert ran.code == 0, ran.err
        yield desk


@pytest.mark.slow
@every_form
def test_clients_and_services_survive_export_import_export(form: str, filled: Desk, tmp_path: Path) -> None:
    flags, format = ("export", "clients", "services", *FORMS[form], "-o"), suffix_of(form)
    assert filled.gigbulk(*flags, "first").code == 0
    with EmbeddedSandbox(Options()) as empty:
        there = {"GIGSTACK_BASE_URL": empty.base_url}
        ran = filled.gigbulk("import", f"first/clients.{format}", f"first/services.{format}", **there)
        assert ran.code == 0, ran.err
        assert filled.gigbulk(*flags, "second", **there).code == 0
    for resource, count in (("clients", 48), ("services", 28)):
        first, second = own(tmp_path / f"first/{resource}.{format}"), own(tmp_path / f"second/{resource}.{format}")
        assert len(first) == count
        assert first == second


MADE = ("items", "internalItems", "client.id", "client.timestamp", "client.billingAccount", "client.owner", "clientId",
        "paidId", "created", "succeededTimestamp", "fid", "exchangeRateDate", "event")  # fmt: skip
"""What the server makes of its own for each payment."""


def settable(path: Path) -> list[dict[str, Any]]:
    rows = [{k: v for k, v in row.items() if not k.startswith(MADE)} for row in own(path)]
    items = {row["metadata.internalId"]: json.loads(row["items"]) for row in rows_of(path)}
    return [row | {"items": [_sent(i) for i in items[row["metadata.internalId"]]]} for row in rows]


def _sent(item: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "description", "quantity", "total", "discount", "product_key", "unit_key", "unit_name", "currency")
    taxes = [{name: tax.get(name) for name in ("type", "rate", "factor", "retained")} for tax in item["taxes"]]
    return {name: item.get(name) for name in names} | {"taxes": taxes}


PAYMENTS = """\
internalId,client.name,client.rfc,client.email,client.legal_name,client.tax_system,client.use,client.address.zip,\
client.metadata.internalId,client.metadata.color,client.team,paid,paymentMethod,date,currency,exchange,metadata.note,\
metadata.reference,from,items.name,items.description,items.quantity,items.total,items.discount,items.product_key,\
items.unit_key,items.unit_name,items.taxes
0042,Molinos,MHB9804179F8,a@m.example,MOLINOS Y HARINAS DEL BAJIO,601,G01,37000,CLI-1,rojo,,true,03,2026-06-01,MXN,,\
hola,R-1,tienda,\
Soporte,Mesa,2,4800.50,,81111811,MON,Mes,IVA 16%; ISR ret 0.0125
0042,,,,,,,,,,,,,,,,,,,Visita,En sitio,1,100,10,81111811,E48,Servicio,IVA exento
PAG-2,Kemper,EKU9003173C9,b@k.example,ESCUELA KEMPER URGATE,601,G03,26015,,,norte,false,,2026-06-02T09:30:00,USD,\
18.612,,,,\
Curso,"Con ""comillas"", y coma",1.5,99.99,,86101700,HUR,Hora,
"""


@pytest.mark.slow
@every_form
def test_payments_survive_export_import_export_into_an_empty_account(form: str, tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text(PAYMENTS, encoding="utf-8")
    flags, format = ("export", "payments", *FORMS[form], "-o"), suffix_of(form)
    with EmbeddedSandbox(Options()) as filled, EmbeddedSandbox(Options()) as empty:
        desk, there = Desk(tmp_path, filled.base_url), {"GIGSTACK_BASE_URL": empty.base_url}
        ran = desk.gigbulk("import", "payments.csv")
        assert ran.code == 0, ran.err
        assert desk.gigbulk(*flags, "first").code == 0
        ran = desk.gigbulk("import", f"first/payments.{format}", **there)
        assert ran.code == 0, ran.err
        assert ran.result["resources"]["payments"]["created"] == 2
        assert desk.gigbulk(*flags, "second", **there).code == 0
    first, second = settable(tmp_path / f"first/payments.{format}"), settable(tmp_path / f"second/payments.{format}")
    assert first == second
    assert [row["metadata.internalId"] for row in first] == ["0042", "PAG-2"]
    assert [json.loads(row["client.metadata"] or "{}") for row in first] == [
        {"internalId": "CLI-1", "color": "rojo"}, {},
    ]  # fmt: skip


@pytest.mark.slow
def test_payments_exported_and_imported_under_new_keys_make_no_second_client_in_their_own_account(
    tmp_path: Path,
) -> None:
    """In another account he is described, and made; so is one whom the file describes otherwise than the account."""
    own_key = "metadata.internalId"
    (tmp_path / "payments.csv").write_text(PAYMENTS, encoding="utf-8")
    with EmbeddedSandbox(Options()) as filled, EmbeddedSandbox(Options()) as empty:
        desk, there = Desk(tmp_path, filled.base_url), {"GIGSTACK_BASE_URL": empty.base_url}
        assert desk.gigbulk("import", "payments.csv").code == 0
        assert desk.gigbulk("export", "payments", "clients", "-o", "first").code == 0
        first, before = rows_of(tmp_path / "first/payments.csv"), rows_of(tmp_path / "first/clients.csv")
        again = [row | {own_key: f"again-{row[own_key]}"} for row in first if row["client.metadata"]]
        assert len(again) == 1
        with (tmp_path / "again.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(first[0]))
            writer.writeheader()
            writer.writerows(again)
            writer.writerow(again[0] | {own_key: "moved", "client.address.zip": "06000"})
        for environment in ({}, there):
            ran = desk.gigbulk("import", "again.csv", "--as", "payments", **environment)
            assert ran.code == 0, ran.err
            assert ran.result["resources"]["payments"]["created"] == 2
            assert desk.gigbulk("export", "payments", "clients", "-o", "second", **environment).code == 0
            clients = rows_of(tmp_path / "second/clients.csv")
            made = [r for r in rows_of(tmp_path / "second/payments.csv") if r[own_key].startswith("again-")]
            if environment:
                assert [row[own_key] for row in clients] == ["CLI-1"] * 2
            else:
                new = {row["id"]: row["address.zip"] for row in clients if row["id"] not in {r["id"] for r in before}}
                assert list(new.values()) == ["06000"]
                assert [row["clientId"] for row in made] == [again[0]["clientId"]]
