"""Of nine wrong cells five are corrected in the workbook that came back: five records are sent, four stay marked."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from builders import RecordingEvents
from office import convert, needs_office
from stage import Recorder
from xlsb_files import write_xlsb

from pipeline.errors import ConfigError
from pipeline.importer.flow import import_files
from pipeline.importer.request import ImportRequest
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings

HEADINGS = ["internalId", "name", "rfc", "email", "notas"]
GOOD, WRONG, CORRECTED = 11, 9, 5
RED = "FFFFC7CD"
ONLY_READ = ["xls", "xlsb", pytest.param("ods", marks=needs_office)]
"""Formats that come back as a new .xlsx."""
MACROS = bytes(range(256)) * 8


@pytest.fixture
def settings(tmp_path: Path, sandbox: EmbeddedSandbox) -> Settings:
    return Settings(api_key="test_key_of_workbooks", base_url=sandbox.base_url, state_dir=tmp_path / "s", settle_s=0)


def rows() -> list[list[str]]:
    """Clients of whom the last ones have an e-mail address that is none."""
    there = [[f"c{n}", f"Cliente {n}", "XAXX010101000", f"c{n}@empresa.example", "x"] for n in range(GOOD + WRONG)]
    return [[*row[:3], row[3] if n < GOOD else f"correo {n}", row[4]] for n, row in enumerate(there)]


def write_book(path: Path) -> Path:
    """With a style, a note and, where the name says so, macros of the user's own."""
    if path.suffix == ".xlsb":
        return write_xlsb(path, "Clientes", [HEADINGS, *rows()])
    if path.suffix == ".ods":
        return convert(write_book(path.with_suffix(".xlsx")), "ods", path.parent)
    if path.suffix == ".xls":
        old = xlwt.Workbook()
        sheet: Any = old.add_sheet("Clientes")
        for n, row in enumerate([HEADINGS, *rows()]):
            for m, cell in enumerate(row):
                sheet.write(n, m, cell)
        old.save(str(path))
        return path
    macros = path.with_name("vbaProject.bin")
    macros.write_bytes(MACROS)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Clientes")
        bold = book.add_format({"bold": True, "bg_color": "#CCEEFF"})
        for n, row in enumerate([HEADINGS, *rows()]):
            sheet.write_row(n, 0, row, None if n else bold)
        sheet.write_comment("B3", "paga tarde")
        sheet.write_comment(f"D{GOOD + 2}", "pedir el correo")
        if path.suffix == ".xlsm":
            book.add_vba_project(str(macros))
    return path


def opened(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")


def reds(sheet: Any) -> set[str]:
    return {c.coordinate for row in sheet.iter_rows() for c in row if c.fill.fgColor.rgb == RED}


def sent(sandbox: EmbeddedSandbox) -> list[str]:
    return sorted(record["metadata"]["internalId"] for record in Recorder(sandbox.origin).stored("clients"))


@needs_office
def test_what_is_corrected_and_saved_in_libre_office_is_sent_and_no_longer_marked(
    tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    first = import_files(
        ImportRequest((str(write_book(tmp_path / "libro.xlsx")),), yes=True), settings, console.caller()
    )
    back = Path(str(first.outputs["rejects"]))
    book = opened(back)
    wrong = [f"D{GOOD + 2 + n}" for n in range(WRONG)]
    for n, cell in enumerate(wrong[:CORRECTED], GOOD):
        book["Clientes"][cell] = f"c{n}@empresa.example"
    book.save(back)
    saved = convert(back, "xlsx", tmp_path / "office")
    second = import_files(ImportRequest((str(saved),), yes=True), settings, console.caller())
    counts = second.as_dict()["resources"]["clients"]
    assert (counts["created"], counts["existing"], counts["rejected"]) == (CORRECTED, GOOD, WRONG - CORRECTED)
    assert sent(sandbox) == sorted(f"c{n}" for n in range(GOOD + CORRECTED))
    assert reds(opened(Path(str(second.outputs["rejects"])))["Clientes"]) == set(wrong[CORRECTED:])


@pytest.mark.parametrize("suffix", ["xlsx", "xlsm", *ONLY_READ])
def test_only_what_was_corrected_is_sent_and_its_marks_are_gone(
    suffix: str, tmp_path: Path, settings: Settings, sandbox: EmbeddedSandbox, console: RecordingEvents
) -> None:
    path = write_book(tmp_path / f"libro.{suffix}")
    first = import_files(ImportRequest((str(path),), yes=True), settings, console.caller())
    back = Path(str(first.outputs["rejects"]))
    only_read = suffix not in ("xlsx", "xlsm")
    assert back.suffix == (".xlsx" if only_read else f".{suffix}")
    assert only_read == any("what comes back is a new .xlsx" in note for note in console.notes)
    assert len(sent(sandbox)) == GOOD
    book = opened(back)
    sheet = book["Clientes"]
    wrong = [f"D{GOOD + 2 + n}" for n in range(WRONG)]
    assert reds(sheet) == set(wrong)
    for n, cell in enumerate(wrong[:CORRECTED], GOOD):
        sheet[cell] = f"c{n}@empresa.example"
    book.save(back)
    second = import_files(ImportRequest((str(back),), yes=True), settings, console.caller())
    counts = second.as_dict()["resources"]["clients"]
    assert (counts["created"], counts["existing"], counts["rejected"]) == (CORRECTED, GOOD, WRONG - CORRECTED)
    assert sent(sandbox) == sorted(f"c{n}" for n in range(GOOD + CORRECTED))
    again = Path(str(second.outputs["rejects"]))
    after = opened(again)["Clientes"]
    assert reds(after) == set(wrong[CORRECTED:])
    if only_read:
        return
    assert after["B3"].comment.text.endswith("paga tarde")
    assert after[wrong[0]].comment.text.endswith("pedir el correo")
    assert after["A1"].fill.fgColor.rgb == "FFCCEEFF"
    assert all(after[cell].comment is None for cell in wrong[1:CORRECTED])
    if suffix == "xlsm":
        with zipfile.ZipFile(back) as archive:
            assert archive.read("xl/vbaProject.bin") == MACROS


def test_the_workbook_itself_is_never_what_its_marked_copy_replaces(
    tmp_path: Path, settings: Settings, console: RecordingEvents
) -> None:
    path = write_book(tmp_path / "libro.xlsx")
    before = path.read_bytes()
    with pytest.raises(ConfigError):
        import_files(ImportRequest((str(path),), yes=True, rejects=path), settings, console.caller())
    assert path.read_bytes() == before


def test_what_comes_back_of_a_format_that_is_only_read_has_its_cells_where_they_stood(
    tmp_path: Path, settings: Settings, console: RecordingEvents
) -> None:
    """So that `Clientes!F17` is the same cell in both."""
    old = xlwt.Workbook()
    sheet: Any = old.add_sheet("Clientes")
    sheet.write(0, 0, "Molinos del Bajío")
    for n, row in enumerate([HEADINGS, *rows()]):
        for m, cell in enumerate(row):
            sheet.write(3 + n + (n > 5), 2 + m, cell)
    old.save(str(tmp_path / "libro.xls"))
    result = import_files(ImportRequest((str(tmp_path / "libro.xls"),), yes=True), settings, console.caller())
    book = opened(Path(str(result.outputs["rejects"])))
    wrong = {f"F{GOOD + 6 + n}" for n in range(WRONG)}
    assert reds(book["Clientes"]) == wrong
    assert [book["Clientes"][cell].value for cell in ("C4", "C9", "C10", "C11")] == ["internalId", "c4", None, "c5"]
    (link,) = [row[3] for row in book["gigbulk"] if row[1].value == "API-EMAIL"]
    assert link.value == link.hyperlink.location
    assert link.value.removeprefix("Clientes!") in wrong
