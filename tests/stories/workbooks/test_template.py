"""A workbook to fill in, filled in by LibreOffice and by hand, and imported without a flag."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from builders import RecordingEvents
from office import convert, needs_office
from stage import Recorder

from pipeline.errors import InputError
from pipeline.importer.flow import check_files, import_files
from pipeline.importer.request import ImportRequest
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings
from pipeline.template.write import write_template

CLIENT = {"Clave interna": "007", "Nombre": "Ana", "Razón social": "ANA PEREZ RUIZ", "RFC": "XIQB891116QE4",
          "Correo electrónico": "ana@correo.example", "Régimen fiscal": "605",
          "Uso CFDI": "S01 - Sin efectos fiscales.", "Código postal": "06600", "País": "MEX",
          "Teléfono": "0155501234"}  # fmt: skip
PAYMENT = {"Folio interno": "0001", "Clave cliente": "007", "Pagado": "Sí", "Forma de pago": "03", "Moneda": "MXN",
           "Fecha de pago": "2026-06-01", "Concepto": "Curso", "Descripción": "Curso de verano", "Cantidad": 2,
           "Importe sin IVA": 2500.5, "Impuestos": "IVA 16%", "Clave de producto": "86101700",
           "Clave de unidad": "E48", "Unidad": "Servicio"}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, sandbox: EmbeddedSandbox) -> Settings:
    return Settings(
        api_key="test_key_of_templates", base_url=sandbox.base_url, state_dir=tmp_path / "state", settle_s=0, lang="es"
    )


def filled(path: Path) -> Path:
    """The fifth row of two sheets; the third sheet keeps its examples alone."""
    write_template(("clients", "services", "payments"), path)
    book = openpyxl.load_workbook(path)
    for title, record in (("Clientes", CLIENT), ("Pagos", PAYMENT)):
        sheet = book[title]
        columns = {str(cell.value).removesuffix(" *"): cell.column for cell in sheet[1]}
        for heading, value in record.items():
            sheet.cell(5, columns[heading]).value = value
    book.save(path)
    return path


@pytest.mark.parametrize(
    "program",
    ["openpyxl", pytest.param("LibreOffice", marks=needs_office)],
)
def test_a_filled_template_is_imported_without_a_flag_and_codes_keep_their_zeros(
    program: str, tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    book = filled(tmp_path / "plantilla.xlsx")
    if program == "LibreOffice":
        book = convert(book, "xlsx", tmp_path / "otra")
        again = openpyxl.load_workbook(book)
        assert again["Clientes"].data_validations.dataValidation
    result = import_files(ImportRequest((str(book),), yes=True), settings, console.caller())
    assert result.exit_code == 0
    recorder = Recorder(sandbox.origin)
    (client,) = recorder.stored("clients")
    (payment,) = recorder.stored("payments")
    assert client["metadata"]["internalId"] == "007"
    assert client["address"]["zip"] == "06600"
    assert client["phone"] == "0155501234"
    assert (payment["metadata"]["internalId"], payment["payment_form"]) == ("0001", "03")
    assert recorder.stored("services") == []
    assert "Servicios" in " ".join(console.notes)


def test_a_template_that_nobody_filled_says_that_it_has_no_rows(
    tmp_path: Path, settings: Settings, console: RecordingEvents
) -> None:
    write_template(("clients",), tmp_path / "plantilla.xlsx")
    with pytest.raises(InputError, match="no rows"):
        check_files(ImportRequest((str(tmp_path / "plantilla.xlsx"),)), settings, console)
