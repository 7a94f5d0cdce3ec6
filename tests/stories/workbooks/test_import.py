"""An accountant's own workbook: read where she sees the table, and back with its mistakes marked."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from builders import RecordingEvents, a_client, a_line
from stage import Recorder

from pipeline.errors import InputError
from pipeline.importer.flow import check_files, import_files
from pipeline.importer.request import ImportRequest
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings

ANA = a_client(internalId="c1", tax_system="605")
EVA = a_client(internalId="c2", name="Eva", rfc="NO ES UN RFC", email="eva@empresa.example", tax_system="605")
PAID = a_line(internalId="p1", client_ref="c1") | {"clientId": ""}
UNPAID = a_line(internalId="p2", client_ref="c1", items_total="mucho") | {"clientId": ""}
RED = "FFFFC7CD"


@pytest.fixture
def settings(tmp_path: Path, sandbox: EmbeddedSandbox) -> Settings:
    return Settings(
        api_key="test_key_of_workbooks", base_url=sandbox.base_url, state_dir=tmp_path / "state", settle_s=0, lang="es"
    )


def put_table(sheet: Any, rows: list[dict[str, Any]], row: int = 1, column: int = 1) -> None:
    for n, record in enumerate([dict.fromkeys(rows[0]) | {k: k for k in rows[0]}, *rows]):
        for m, cell in enumerate(record.values()):
            sheet.cell(row + n, column + m).value = cell or None


def write_book(path: Path, row: int = 4, column: int = 3) -> Path:
    """Title rows above, tables that begin at C4, a row of totals, notes on a sheet of their own, a hidden sheet."""
    book = openpyxl.Workbook()
    payments, clients = book.active, book.create_sheet("Clientes")
    payments.title = "Pagos"
    payments["A1"], payments["A2"] = "Molinos del Bajío, S.A. de C.V.", "Cobranza del mes"
    put_table(payments, [PAID, UNPAID], row, column)
    payments.cell(row + 3, column).value = "TOTAL"
    payments.cell(row + 3, column + 5).value = 3000
    put_table(clients, [ANA, EVA])
    book.create_sheet("Notas")["A1"] = "llamar al banco"
    hidden = book.create_sheet("Vieja")
    put_table(hidden, [ANA | {"internalId": "viejo"}])
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


def opened(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path)


def colours(sheet: Any) -> dict[str, str]:
    return {c.coordinate: c.fill.fgColor.rgb for row in sheet.iter_rows() for c in row if c.fill.fill_type == "solid"}


def reds(sheet: Any) -> list[str]:
    return [cell for cell, colour in colours(sheet).items() if colour == RED]


def ids(sandbox: EmbeddedSandbox, resource: str) -> list[str]:
    return sorted(record["metadata"]["internalId"] for record in held(sandbox, resource))


def held(sandbox: EmbeddedSandbox, resource: str) -> list[dict[str, Any]]:
    """What the server holds."""
    return Recorder(sandbox.origin).stored(resource)


def test_a_workbook_is_imported_from_where_its_tables_begin(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    book = write_book(tmp_path / "libro.xlsx")
    result = import_files(ImportRequest((str(book),), yes=True), settings, console.caller())
    assert (ids(sandbox, "clients"), ids(sandbox, "payments")) == (["c1"], ["p1"])
    assert result.outputs["rejects"] == str(tmp_path / "libro.rejects.xlsx")
    said = " ".join(console.notes)
    for words in ("headings are in row 4", "row 7 sums up the others", "because hidden: Vieja"):
        assert words in said


def test_the_workbook_comes_back_with_its_mistakes_marked(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    import_files(ImportRequest((str(write_book(tmp_path / "libro.xlsx")),), yes=True), settings, console.caller())
    book = opened(tmp_path / "libro.rejects.xlsx")
    assert book.sheetnames == ["Pagos", "Clientes", "Notas", "Vieja", "gigbulk"]
    assert reds(book["Pagos"]) == ["H6"]
    assert reds(book["Clientes"]) == ["C3"]
    verdicts = {cell.row: cell.value for cell in book["Clientes"]["F"] if cell.value}
    assert verdicts[1] == "_resultado"
    assert verdicts[2].startswith("Creado.")
    assert "no tiene la forma de un RFC" in verdicts[3]
    (client,) = held(sandbox, "clients")
    assert book["Clientes"]["G2"].value == client["id"]
    assert "RFC" in book["Clientes"]["C3"].comment.text
    assert book["Pagos"]["A1"].value == "Molinos del Bajío, S.A. de C.V."


def test_corrected_and_imported_again_only_what_was_corrected_is_sent_and_its_marks_are_gone(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    import_files(ImportRequest((str(write_book(tmp_path / "libro.xlsx")),), yes=True), settings, console.caller())
    marked = tmp_path / "libro.rejects.xlsx"
    book = opened(marked)
    book["Clientes"]["C3"] = "GODE561231GR8"
    book["Pagos"]["H6"] = 1500
    book.save(marked)
    result = import_files(ImportRequest((str(marked),), yes=True), settings, console.caller())
    counts = {name: (c["created"], c["existing"], c["rejected"]) for name, c in result.as_dict()["resources"].items()}
    assert counts == {"clients": (1, 1, 0), "payments": (1, 1, 0)}
    assert (ids(sandbox, "clients"), ids(sandbox, "payments")) == (["c1", "c2"], ["p1", "p2"])
    again = opened(Path(str(result.outputs["rejects"])))
    assert reds(again["Pagos"]) == reds(again["Clientes"]) == []
    assert again["Clientes"]["C3"].comment is None
    verdicts = [again["Clientes"][f"F{row}"].value for row in (1, 2, 3)]
    assert [said.split(".")[0] for said in verdicts] == ["_resultado", "Ya existía", "Creado"]


def test_a_workbook_without_a_mistake_does_not_come_back_unasked(
    tmp_path: Path, settings: Settings, console: RecordingEvents
) -> None:
    book = openpyxl.Workbook()
    put_table(book.active, [ANA])
    book.save(tmp_path / "libro.xlsx")
    result = import_files(ImportRequest((str(tmp_path / "libro.xlsx"),), yes=True), settings, console.caller())
    assert result.outputs["rejects"] is None
    asked = ImportRequest((str(tmp_path / "libro.xlsx"),), yes=True, rejects=tmp_path / "con_ids.xlsx")
    import_files(asked, settings, console.caller())
    assert opened(tmp_path / "con_ids.xlsx").active["G2"].value


def test_one_sheet_can_be_named_a_hidden_one_too(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    book = write_book(tmp_path / "libro.xlsx")
    import_files(ImportRequest((str(book),), yes=True, sheet="Vieja"), settings, console.caller())
    assert ids(sandbox, "clients") == ["viejo"]
    with pytest.raises(InputError, match="has no sheet 'Otra'"):
        import_files(ImportRequest((str(book),), yes=True, sheet="Otra"), settings, console.caller())


@pytest.mark.parametrize(
    ("value", "rule"), [("#N/A", "NORM-BROKEN"), ("=1+1", "NORM-BROKEN")], ids=["error cell", "never calculated"]
)
def test_a_broken_cell_is_named_by_its_address(
    value: str, rule: str, tmp_path: Path, settings: Settings, console: RecordingEvents
) -> None:
    """openpyxl stores no value for a formula, as every library that calculates nothing."""
    book = openpyxl.Workbook()
    book.active.title = "Pagos"
    put_table(book.active, [PAID], 3, 2)
    book.active["G4"] = value
    book.save(tmp_path / "libro.xlsx")
    request = ImportRequest((str(tmp_path / "libro.xlsx"),), problems=tmp_path / "p.csv")
    check_files(request, settings, console)
    found = pl.read_csv(tmp_path / "p.csv").filter((pl.col("severity") == "error") & (pl.col("rule") == rule))
    assert (found["sheet"][0], found["line"][0]) == ("Pagos", 4)
    assert found["message"][0].startswith("Pagos!G4: ")


def test_codes_keep_their_zeros_and_days_their_day(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    """6700 in the format 00000 is a postal code, 3 in 00 a payment form, 46341 as a date a day."""
    book = openpyxl.Workbook()
    book.active.title = "Pagos"
    row = PAID | {"paymentMethod": 3, "paid": True, "date": "x", "client.address.zip": 6700}
    put_table(book.active, [{k: v for k, v in row.items() if k not in ("client_ref", "clientId")} | CLIENT])
    cells = {cell.value: book.active.cell(2, cell.column) for cell in book.active[1]}
    cells["paymentMethod"].number_format = "00"
    cells["client.address.zip"].number_format = "00000"
    cells["date"].value, cells["date"].number_format = 46341, "dd/mm/yyyy"
    book.save(tmp_path / "libro.xlsx")
    import_files(ImportRequest((str(tmp_path / "libro.xlsx"),), yes=True), settings, console.caller())
    (payment,) = held(sandbox, "payments")
    assert payment["payment_form"] == "03"
    assert payment["client"]["address"]["zip"] == "06700"


CLIENT = {
    "client.name": "Ana", "client.legal_name": "ANA LOPEZ", "client.rfc": "LOAA800101AB1", "client.tax_system": 605,
    "client.email": "ana@empresa.example", "client.address.zip": 6700,
}  # fmt: skip
