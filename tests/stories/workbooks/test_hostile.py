"""A workbook made to harm ends `check` with one sentence and exit 3, in bounded time and memory."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import workbooks
import xlwt
from builders import a_client, python

CHECKED = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "pipeline", "check", sys.argv[1]], capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stderr.decode(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A process between the tests and the command: a peak is inherited by what a process starts, and the tests' is high."""
MOST_CPU_S, MOST_MIB = 2.0, 200
"""What is promised, in processor time of all that is started: a busy machine does not take it away. Measured: 0.4 to
1.3 s, of which 0.4 s start the command, and 77 to 126 MiB."""


def check(path: Path, folder: Path) -> tuple[int, str]:
    own = {
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
    }
    done = python(CHECKED, path, env=own)
    assert done.returncode == 0, done.stderr
    code, said, cpu_s, peak_mib = json.loads(done.stdout)
    assert cpu_s < MOST_CPU_S
    assert peak_mib < MOST_MIB
    return code, said


def xls_with_a_cell_far_out(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Clientes")
    sheet.write(0, 0, "x")
    sheet.write(65535, 255, "y")
    book.save(str(path))
    return path


def xlsb_of_noise(path: Path) -> Path:
    kind = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/xl/workbook.bin" ContentType="{kind}"/></Types>'
    )
    noise = bytes(range(256)) * 40
    return workbooks.write_parts(
        path, {"[Content_Types].xml": types, "xl/workbook.bin": noise, "xl/worksheets/sheet1.bin": noise}
    )


def ole_of_noise(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40)
    return path


def damaged_row(path: Path, number: str, style: str = "0") -> Path:
    """A good table, and below it a row in the form that the slow reader reads."""
    table = workbooks.sheet_of([list(a_client()), list(a_client().values())])
    row = f'<!-- --><row r="{number}" hidden="1"><c s="{style}"><v>1</v></c></row></sheetData>'
    return workbooks.write_parts(path, workbooks.parts_of({"Clientes": table.replace("</sheetData>", row)}))


def password(path: Path) -> Path:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le") + bytes(4096))
    return path


HOSTILE: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "two cells and a rectangle of seventeen thousand million": ("esquina.xlsx", workbooks.stray_cell),
    "rows without addresses": ("ancho.xlsx", workbooks.rows_without_addresses),
    "a cell of 300 MiB": ("bomba.xlsx", workbooks.zip_bomb),
    "a billion laughs": ("risas.xlsx", workbooks.entity_bomb),
    "a billion laughs in UTF-16": ("risas16.xlsx", lambda path: workbooks.entity_bomb(path, "utf-16")),
    "another packing": ("lzma.xlsx", lambda path: workbooks.write_parts(path, {"a.xml": "a"}, zipfile.ZIP_LZMA)),
    "a cell far out in an .xls": ("lejos.xls", xls_with_a_cell_far_out),
    "a row whose number is none": ("renglon.xlsx", lambda path: damaged_row(path, "abc")),
    "a row whose number no sheet has": ("renglon.xlsx", lambda path: damaged_row(path, "99999999999")),
    "a style without a number": ("estilo.xlsx", lambda path: damaged_row(path, "3", "x")),
    "noise in an .xlsb": ("ruido.xlsb", xlsb_of_noise),
    "noise in an .xls": ("ruido.xls", ole_of_noise),
    "a password": ("clave.xlsx", password),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_what_harms_is_refused_soon_and_small(what: str, tmp_path: Path) -> None:
    name, made = HOSTILE[what]
    code, said = check(made(tmp_path / name), tmp_path)
    assert code == 3, said
    assert said.startswith("error: ")
    assert name in said
    assert "Traceback" not in said
    assert "panicked" not in said
    assert len(said.splitlines()) <= 2


@pytest.mark.slow
def test_a_million_rows_that_hold_a_format_and_nothing_else_are_passed_over(tmp_path: Path) -> None:
    rows = [list(a_client()), list(a_client().values())]
    table = workbooks.sheet_of(rows)
    blank = "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(3, 1_000_003))
    filled = table.replace("</sheetData>", f"{blank}</sheetData>")
    path = workbooks.write_parts(tmp_path / "formato.xlsx", workbooks.parts_of({"Clientes": filled}))
    own = {
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
    }
    code, said, _, peak_mib = json.loads(python(CHECKED, path, env=own).stdout)
    assert code == 0, said
    assert "1 row of clients" in said
    assert peak_mib < 2 * MOST_MIB
