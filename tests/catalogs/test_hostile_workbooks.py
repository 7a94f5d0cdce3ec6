"""A workbook made to harm ends `catalogs update` with one sentence and exit 3, in bounded time and memory."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sat_files
import workbooks
import xlwt
from builders import python

from pipeline.catalogs.sat_workbook import read_workbook
from pipeline.errors import InputError
from pipeline.workbook.child import read_sheets
from pipeline.workbook.guard import WorkbookLimits, check_workbook
from schemas.sat import frames

LIMITS = WorkbookLimits(unpacked_bytes=64 << 20, cells=1_000_000)
HINT = "Save it again."


def small_sheets(folder: Path) -> dict[str, tuple[sat_files.Rows, sat_files.Rows]]:
    none = folder / "none"
    return sat_files.sat_sheets(
        frames.product_keys(none).filter("in_workbook").head(5),
        frames.unit_keys(none).head(5),
        frames.postal_codes(none).head(6),
    )


def as_xlsx(path: Path, sheets: dict[str, tuple[sat_files.Rows, sat_files.Rows]]) -> Path:
    return workbooks.write_xlsx(path, {title: (*headings, *rows) for title, (headings, rows) in sheets.items()})


# --- what harms -------------------------------------------------------------------------------------------------------


LAUNCHED = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "pipeline", "catalogs", "update", sys.argv[1]], stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stderr.decode(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A process between the tests and the command: a peak is inherited by what a process starts, and the tests' is high."""


@dataclass(frozen=True)
class Ended:
    """How the command ended; `peak_mib` is the larger of its own memory and that of what it started."""

    code: int
    said: str
    cpu_s: float
    peak_mib: float


def update(path: Path, folder: Path) -> Ended:
    own = {"XDG_DATA_HOME": str(folder / "data"), "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    done = python(LAUNCHED, path, env=own)
    assert done.returncode == 0, done.stderr
    return Ended(*json.loads(done.stdout))


def xls_filled_to_its_corner(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet(workbooks.TITLE)
    sheet.write(0, 0, "x")
    sheet.write(65535, 255, "y")
    book.save(str(path))
    return path


def xls_cut_short(path: Path) -> Path:
    whole = sat_files.write_workbook(path.with_name("whole.xls"), small_sheets(path.parent))
    return workbooks.cut_short(path, whole)


def xlsx_cut_short(path: Path) -> Path:
    return workbooks.cut_short(path, as_xlsx(path.with_name("whole.xlsx"), small_sheets(path.parent)))


HOSTILE: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "a stray cell in the last row and column": (
        "corner.xlsx", workbooks.stray_cell, "reach row 1,048,576 and column 16,384"),
    "a stray cell in the last row": (
        "long.xlsx", lambda path: workbooks.stray_cell(path, "T1048576"), "reach row 1,048,576 and column 20"),
    "cells the library counts itself": ("wide.xlsx", workbooks.rows_without_addresses, "the reader gave up on it"),
    "a stray cell in an .xls": ("corner.xls", xls_filled_to_its_corner, "the reader gave up on it"),
    "a zip bomb": ("bomb.xlsx", workbooks.zip_bomb, "unpacks to more than 192 MiB"),
    "a zip bomb of small parts": ("bombs.xlsx", workbooks.bomb_of_many_parts, "unpacks to more than 192 MiB"),
    "an entity bomb": ("laughs.xlsx", workbooks.entity_bomb, "declares a DOCTYPE or entities"),
    "an entity bomb in UTF-16": (
        "laughs16.xlsx", lambda path: workbooks.entity_bomb(path, "utf-16"), "declares a DOCTYPE or entities"),
    "a broken download": ("half.xlsx", xlsx_cut_short, "cannot be read as an Excel workbook: File is not a zip file"),
    "a broken download of an .xls": ("half.xls", xls_cut_short, "cannot be read as an Excel workbook"),
    "an archive of something else": (
        "photos.xlsx", lambda path: workbooks.write_parts(path, {"a.txt": "a"}), "cannot be read as an Excel workbook"),
    "another packing": (
        "lzma.xlsx", lambda path: workbooks.write_parts(path, {"a.xml": "a"}, zipfile.ZIP_LZMA), "is packed in a way"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_workbook_ends_in_one_sentence(what: str, tmp_path: Path) -> None:
    name, make, sentence = HOSTILE[what]
    path = make(tmp_path / name)
    ended = update(path, tmp_path)
    assert ended.code == 3, ended.said
    assert ended.said.count("\n") <= 2, ended.said
    assert name in ended.said and sentence in ended.said and "Download" in ended.said
    assert ended.cpu_s < 2 and ended.peak_mib < 200, ended
    assert not (tmp_path / "data" / "gigbulk" / "catalogs").exists()


# --- what does not ----------------------------------------------------------------------------------------------------


def test_the_same_catalogues_are_read_from_xls_and_xlsx_whatever_the_file_is_called(tmp_path: Path) -> None:
    sheets = small_sheets(tmp_path)
    old = read_workbook(sat_files.write_workbook(tmp_path / "a.xls", sheets)).sheets
    for new in (as_xlsx(tmp_path / "b.xlsx", sheets), as_xlsx(tmp_path / "c.xls", sheets)):
        read = read_workbook(new).sheets
        assert read.keys() == old.keys()
        assert all(read[name].equals(old[name]) for name in old)


@pytest.mark.parametrize(
    "xml",
    [
        workbooks.sheet(f"<row>{workbooks.cell('A1')}</row>", before='<dimension ref="A1:XFD1048576"/>'),
        workbooks.sheet(f'<row>{workbooks.cell("A1")}</row><row r="1048576"><c r="XFD1048576" s="0"/></row>'),
    ],
    ids=["a dimension that is not true", "an empty cell with a format"],
)
def test_only_cells_that_hold_something_count(xml: str, tmp_path: Path) -> None:
    path = workbooks.write_parts(tmp_path / "a.xlsx", workbooks.parts_of({"Hoja1": xml}))
    check_workbook(path, LIMITS, HINT)
    assert read_sheets(path, ".*", HINT) == {"Hoja1": [["x"]]}


def test_a_drawing_may_have_a_doctype_since_nobody_reads_it(tmp_path: Path) -> None:
    parts = workbooks.parts_of({"Hoja1": workbooks.sheet_of([["x"]])})
    path = workbooks.write_parts(tmp_path / "a.xlsx", parts | {"xl/media/logo.svg": "<!DOCTYPE svg><svg/>"})
    check_workbook(path, LIMITS, HINT)


@pytest.mark.parametrize("at", [*range((1 << 20) - 40, (1 << 20) + 1, 8)])
def test_an_address_that_stands_over_two_chunks_is_seen(at: int, tmp_path: Path) -> None:
    before = workbooks.sheet("").index("</sheetData>")
    filled = "<!--" + "x" * (at - before - 7) + "-->"
    path = tmp_path / "a.xlsx"
    xml = workbooks.sheet(f"{filled}<row>{workbooks.cell('XFD1048576')}</row>")
    workbooks.write_parts(path, workbooks.parts_of({"Hoja1": xml}))
    with pytest.raises(InputError, match="reach row 1,048,576"):
        check_workbook(path, LIMITS, HINT)


def test_a_workbook_of_exactly_the_limit_passes_and_one_cell_more_does_not(tmp_path: Path) -> None:
    limits = WorkbookLimits(unpacked_bytes=1 << 20, cells=200)
    check_workbook(workbooks.stray_cell(tmp_path / "a.xlsx", "T10"), limits, HINT)
    with pytest.raises(InputError, match="reach row 10 and column 21"):
        check_workbook(workbooks.stray_cell(tmp_path / "b.xlsx", "U10"), limits, HINT)
