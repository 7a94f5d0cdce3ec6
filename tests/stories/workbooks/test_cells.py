"""Cells as people write them: understood, or refused with what is meant, in a workbook as in a text file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from running import Gigbulk

ROW = {
    "client.name": "Molinos", "client.legal_name": "MOLINOS Y HARINAS DEL BAJIO", "client.rfc": "MHB9804179F8",
    "client.email": "a@molinos.example", "client.tax_system": "601", "client.address.zip": "37000",
    "client.use": "G03", "paymentMethod": "03", "cfdi_method": "PUE", "currency": "MXN",
    "paid": "no", "date": "2026-11-15", "items.name": "Plan", "items.description": "x", "items.quantity": "1",
    "items.total": "1160", "items.product_key": "80101604", "items.unit_key": "E48", "items.unit_name": "Unidad",
    "items.taxes": "IVA 16%",
}  # fmt: skip
UNDERSTOOD = {
    "paymentMethod": [
        "03 - Transferencia electrónica de fondos",
        "Efectivo",
        "Tarjeta de crédito",
        "Cheque nominativo",
        "99 Por definir",
        3,
    ],
    "cfdi_method": ["PUE - Pago en una sola exhibición", "Pago en una sola exhibición"],
    "client.use": [
        "Gastos en general",
        "Adquisición de mercancías",
        "G03 - Gastos en general",
        "g03",
        "S01 Sin efectos fiscales",
    ],
    "items.product_key": [
        "80101604 - Planificación de proyectos",
        "'80101604",
        "80101604.0",
        80101604,
        "84111506 - Servicios de facturación",
    ],
    "items.unit_key": ["E48 - Unidad de servicio"],
    "currency": ["Peso Mexicano", "USD Dólar americano"],
    "items.taxes": ["IVA (16%)", "IVA 16%", "IVA 0.16"],
    "date": ["15-nov-26", "15 de noviembre de 2026", "15/11/2026 10:30:00 a. m.", "15.11.2026", "15/11/2026"],
    "items.total": ["$1,160.00", "MXN 1,000.00", 1160.0],
    "paid": ["X", "Pagado", "Cobrado", "VERDADERO", True],
    "client.address.zip": ["6700", "06700.0", 6700],
    "client.email": ["MAILTO:x@molinos.example"],
}
PROPOSED = {
    "paymentMethod": {"Transferencia": "03", "SPEI": "03"},
    "items.unit_key": {"PZA": "H87"},
    "currency": {"Pesos": "MXN", "M.N.": "MXN", "MN": "MXN", "DLLS": "USD", "$": None},
    "items.taxes": {
        "16%": "IVA 16%", "0.16": "IVA 16%", "IVA 16": "IVA 16%", "IVA16": "IVA 16%", "Exento": "IVA exento",
        "Tasa 0": "IVA 0%",
    },
    "date": {"46341": "2026-11-15", "151126": "2026-11-15", "'15112026'": "2026-11-15"},
    "items.quantity": {"1 pza": "1", "(100.00)": None, "100-": None},
    "items.total": {"(100.00)": None, "100-": None},
    "client.address.zip": {"CP 07300": "07300"},
    "client.email": {"a@molinos.example; c@molinos.example": "a@molinos.example", "sin correo": None},
}  # fmt: skip


def write(path: Path, field: str, cells: list[object]) -> Path:
    rows = [{"internalId": f"p{n}"} | ROW | {field: cell} for n, cell in enumerate(cells)]
    if path.suffix == ".csv":
        pl.DataFrame([{k: str(v) for k, v in row.items()} for row in rows]).write_csv(path)
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Pagos")
        sheet.write_row(0, 0, list(rows[0]))
        for n, row in enumerate(rows, 1):
            sheet.write_row(n, 0, list(row.values()))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("field", UNDERSTOOD)
def test_a_cell_a_person_understands_is_understood(field: str, kind: str, gigbulk: Gigbulk, tmp_path: Path) -> None:
    ran = gigbulk("check", write(tmp_path / f"pagos.{kind}", field, UNDERSTOOD[field]), "--json")
    counts = ran.result["resources"]["payments"]
    assert (counts["rejected"], counts["unsent"]) == (0, len(UNDERSTOOD[field])), ran.err


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_instalments_are_understood_by_their_words(
    kind: str, gigbulk: Gigbulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROW, "paymentMethod", "99 Por definir")
    path = write(tmp_path / f"pagos.{kind}", "cfdi_method", ["Pago en parcialidades o diferido"])
    counts = gigbulk("check", path, "--json").result["resources"]["payments"]
    assert (counts["rejected"], counts["unsent"]) == (0, 1)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("field", PROPOSED)
def test_a_cell_that_may_mean_something_is_refused_and_says_what(
    field: str, kind: str, gigbulk: Gigbulk, tmp_path: Path
) -> None:
    """A negative number stays refused, and nothing is proposed for it; a bare $ may be of many countries."""
    problems = tmp_path / "p.csv"
    path = write(tmp_path / f"pagos.{kind}", field, [*PROPOSED[field]])
    ran = gigbulk("check", path, "--json", "--problems", problems)
    assert ran.result["resources"]["payments"]["rejected"] == len(PROPOSED[field]), ran.err
    found = pl.read_csv(problems, infer_schema=False).filter(
        (pl.col("severity") == "error") & (pl.col("column") == field)
    )
    said = dict(found.unique("line").select("line", "proposal").iter_rows())
    assert {cell: said[str(line)] for line, cell in enumerate(PROPOSED[field], 2)} == PROPOSED[field]
    if kind == "xlsx":
        assert all(message.startswith("Pagos!") for message in found["message"])
