"""Workbooks with some cells changed: what is only read comes back as an .xlsx, its tables where they stood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlwt
from office import convert, needs_office
from workbooks import write_xlsx
from xlsb_files import write_xlsb

from pipeline.errors import InputError
from pipeline.formats import FORMATS, LINE, Shape

BOOK = FORMATS["xlsx"]
TABLE = [["nombre", "rfc", "importe"], ["Ana", "XAXX010101000", "10"], ["Luis", "x", "20"], ["Eva", "", "30"]]
PAGE = "<html><table>{}</table></html>".format("".join(f"<tr><td>{'<td>'.join(row)}</tr>" for row in TABLE))


def write_book(path: Path) -> Path:
    if path.suffix == ".xls":
        old = xlwt.Workbook()
        sheet: Any = old.add_sheet("Pagos")
        for n, row in enumerate(TABLE):
            for m, cell in enumerate(row):
                sheet.write(n, m, cell)
        old.save(str(path))
    elif path.suffix == ".xlsb":
        write_xlsb(path, "Pagos", TABLE)
    elif path.suffix == ".html":
        path.write_text(PAGE)
    elif path.suffix == ".ods":
        return convert(write_xlsx(path.with_suffix(".xlsx"), {"Pagos": TABLE}), "ods", path.parent)
    else:
        write_xlsx(path, {"Pagos": TABLE, "Otra": TABLE})
    return path


def read(path: Path, shape: Shape) -> pl.DataFrame:
    return pl.concat(BOOK.read(path, shape, 100))


EVERY = ["xlsx", "xlsm", "xls", "xlsb", "html", pytest.param("ods", marks=[needs_office, pytest.mark.slow])]


@pytest.mark.parametrize("suffix", EVERY)
def test_a_corrected_workbook_has_its_tables_with_the_cells_put_in(suffix: str, tmp_path: Path) -> None:
    path = write_book(tmp_path / f"libro.{suffix}")
    target = tmp_path / f"corregido.{BOOK.returned_name(path.name)}"
    shapes = BOOK.look(path)
    put = {3: {"rfc": "CACX7605101P8"}, 4: {"rfc": "XEXX010101000", "nombre": "Eva & <Ñ>"}}
    BOOK.correct(path, shapes, {shapes[0].sheet: put}, target)
    expected = [
        (2, "Ana", "XAXX010101000", "10"),
        (3, "Luis", "CACX7605101P8", "20"),
        (4, "Eva & <Ñ>", "XEXX010101000", "30"),
    ]
    after = BOOK.look(target)
    assert [(shape.sheet, shape.headings, shape.columns, shape.first_line) for shape in after] == [
        (shape.sheet, shape.headings, shape.columns, shape.first_line) for shape in shapes
    ]
    assert read(target, after[0]).select(LINE, *TABLE[0]).rows() == expected
    for shape, again in zip(shapes[1:], after[1:], strict=True):
        assert read(target, again).equals(read(path, shape))


@pytest.mark.parametrize("suffix", ["xlsx", "xls"])
def test_a_row_that_is_not_there_is_told(suffix: str, tmp_path: Path) -> None:
    path = write_book(tmp_path / f"libro.{suffix}")
    with pytest.raises(InputError, match=r"libro\.xlsx?.* row .*99"):
        BOOK.correct(path, BOOK.look(path), {"Pagos": {99: {"rfc": "x"}}}, tmp_path / "b.xlsx")


@pytest.mark.parametrize(
    ("name", "back"),
    [("a.xlsx", "a.xlsx"), ("a.XLSM", "a.XLSM"), ("a.b.xls", "a.b.xlsx"), ("a.csv", "a.xlsx"), ("a", "a.xlsx")],
)
def test_a_corrected_workbook_is_named_as_what_it_is(name: str, back: str) -> None:
    assert BOOK.returned_name(name) == back


@pytest.mark.parametrize(
    ("form", "name", "back"),
    [
        ("csv", "a.csv.gz", "a.csv.gz"),
        ("csv", "a.TSV", "a.TSV"),
        ("csv", "a.xls", "a.csv"),
        ("jsonl", "a.ndjson.zst", "a.ndjson.zst"),
        ("parquet", "a.pq", "a.pq"),
    ],
)
def test_other_corrected_files_have_their_own_names(form: str, name: str, back: str) -> None:
    assert FORMATS[form].returned_name(name) == back
