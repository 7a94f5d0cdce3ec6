"""The whole way by keyboard alone, in a browser: drop, say what a column is, correct, confirm, take the result away."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from tab import Tab

HEADINGS = ["Clave", "Nombre del cliente", "Razón social", "R.F.C.", "Correo", "Régimen", "Uso CFDI", "C.P.", "Trato"]
ROWS = [
    ["K-1", "Ana", "ANA LOPEZ", "GODE561231GR8", "ana@correo.example", "612", "G03", "06700", "Estimada"],
    ["K-2", "Berta", "BERTA LUNA", "XIQB891116QE4", "berta@correo.example", "601", "G03", "06700", "Querida"],
    ["K-3", "Carla", "CARLA SOL", "FUNK671228PH6", "carla@correo.example", "612", "G03", "06700", "Estimada"],
]


def a_workbook(path: Path) -> Path:
    """Three clients; the second is a person under a regime of companies, and one heading nobody knows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Clientes"
    for row in [HEADINGS, *ROWS]:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_dropped_mapped_corrected_confirmed_and_taken_back(opened: Tab, tmp_path: Path) -> None:
    page = opened.page
    path = a_workbook(tmp_path / "clientes de mayo.xlsx")

    with page.expect_file_chooser() as chooser:
        opened.press("#files", "Space")
    chooser.value.set_files(path)
    opened.press("form.drop button.primary")

    page.wait_for_url("**/understood")
    opened.reach("select[name='map:Trato']")
    page.keyboard.type("phone")
    opened.press("button[name=next]")

    page.wait_for_url("**/correct*")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    page.keyboard.press("F8")
    assert page.evaluate("document.activeElement.value") == "601"
    page.keyboard.type("612")
    page.keyboard.press("Enter")
    page.locator("#row-3 .verdict").wait_for()
    assert page.locator("#undo-button").is_enabled()
    opened.press("a.primary")

    page.wait_for_url("**/confirm*")
    opened.press("input[name=sure]", "Space")
    opened.press("button[name=how][value=all]")

    page.wait_for_url("**/progress")
    with page.expect_download() as created:
        opened.press(".downloads a[href$=created]")
    told = Path(created.value.path()).read_text("utf-8")
    assert [key for key in ("K-1", "K-2", "K-3") if f"{key}," not in told] == [], told
