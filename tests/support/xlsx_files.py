"""Workbooks for tests: of the fewest parts, their XML as a test gives it; and what we read of one."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pipeline.workbook.cells import read_cells
from pipeline.workbook.grid import ROW, Grid, read_grid, read_texts
from pipeline.workbook.package import open_package
from pipeline.workbook.shelf import Shelf

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_bare_workbook(
    path: Path,
    rows: str,
    *,
    styles: str | None = None,
    strings: str | None = None,
    prefix: str = "",
    head: str = "",
    tail: str = "",
    book: str = "",
    main: str = MAIN,
) -> Path:
    """One sheet `Pagos` with `rows` as they are given; `parts` come beside or in place of what is usual."""
    p = f"{prefix}:" if prefix else ""
    space = f"xmlns{':' + prefix if prefix else ''}"
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    others = {"styles": ("styles.xml", styles), "sharedStrings": ("sharedStrings.xml", strings)}
    listed = [("1", "worksheet", "worksheets/sheet1.xml")]
    listed += [(f"x{kind}", kind, file) for kind, (file, xml) in others.items() if xml]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
            '"/xl/worksheets/sheet1.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{related}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{OFFICE}">{book}<sheets>'
            '<sheet name="Pagos" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        links = "".join(f'<Relationship Id="r{i}" Type="{OFFICE}/{kind}" Target="{to}"/>' for i, kind, to in listed)
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{related}">{links}</Relationships>')
        for file, xml in others.values():
            if xml:
                archive.writestr(f"xl/{file}", xml)
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<{p}worksheet {space}="{main}">{head}<{p}sheetData>{rows}</{p}sheetData>{tail}</{p}worksheet>',
        )
    return path


def grid_of(path: Path, folder: Path, sheet: int = 0) -> Grid:
    """One sheet as the reader sets it aside."""
    with zipfile.ZipFile(path) as archive:
        package = open_package(archive, path.name)
        texts = read_texts(archive, package)
        part = package.sheets[sheet]
        return read_grid(read_cells(archive, part.part, path.name), package, part, texts, Shelf(folder), path.name)


def rows_of(path: Path, folder: Path, sheet: int = 0) -> dict[int, dict[int, str]]:
    """The sheet's texts by row and column."""
    grid = grid_of(path, folder, sheet)
    columns = sorted(grid.last_rows)
    found: dict[int, dict[int, str]] = {}
    for frame in grid.frames(columns, 0, 1000):
        for row, *texts in frame.select(ROW, *frame.columns[1:]).iter_rows():
            found[row] = {column: text for column, text in zip(columns, texts, strict=True) if text is not None}
    return found
