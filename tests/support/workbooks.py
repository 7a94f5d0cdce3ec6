"""Workbooks as .xlsx, honest ones and those made to harm a reader; each writer gives the path back."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_OFFICE = "http://schemas.openxmlformats.org"
_MAIN, _PACKAGE = f"{_OFFICE}/spreadsheetml/2006/main", f"{_OFFICE}/package/2006"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

Parts = dict[str, str | bytes]


def column(number: int) -> str:
    """1 is A, 26 Z, 27 AA, 16384 XFD."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell(address: str, value: object = "x") -> str:
    if isinstance(value, float | int):
        return f'<c r="{address}"><v>{value}</v></c>'
    return f'<c r="{address}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet(cells: str, before: str = "") -> str:
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{before}<sheetData>{cells}</sheetData></worksheet>'


def sheet_of(rows: Iterable[Sequence[object]]) -> str:
    """A sheet of these rows; an empty text is no cell."""
    written = (
        f'<row r="{line}">'
        + "".join(cell(f"{column(at)}{line}", value) for at, value in enumerate(row, 1) if value != "")
        + "</row>"
        for line, row in enumerate(rows, 1)
    )
    return sheet("".join(written))


def parts_of(sheets: Mapping[str, str]) -> Parts:
    """The parts of a workbook whose sheets (title, XML) are given."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbered = list(enumerate(sheets, 1))
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n, _ in numbered
        )
        + "</Types>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        + "".join(f'<sheet name="{title}" sheetId="{n}" r:id="rId{n}"/>' for n, title in numbered)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in numbered
        )
        + "</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": sheets[title] for n, title in numbered},
    }


def write_parts(path: Path, parts: Parts, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Iterable[Sequence[object]]]) -> Path:
    return write_parts(path, parts_of({title: sheet_of(rows) for title, rows in sheets.items()}))


# --- made to harm -----------------------------------------------------------------------------------------------------

TITLE = "c_ClaveProdServ"
_ONE = f"<row>{cell('A1')}</row>"


def stray_cell(path: Path, address: str = "XFD1048576") -> Path:
    """Two cells, and a rectangle of seventeen thousand million between them."""
    return write_parts(path, parts_of({TITLE: sheet(f"{_ONE}<row>{cell(address)}</row>")}))


def rows_without_addresses(path: Path) -> Path:
    """One row of 100,000 cells, 100,000 empty rows, one more cell: none says where it is. The library aborts."""
    wide = "<c><v>1</v></c>" * 100_000
    return write_parts(
        path, parts_of({TITLE: sheet(f"<row>{wide}</row>{'<row/>' * 100_000}<row><c><v>1</v></c></row>")})
    )


def zip_bomb(path: Path, mebibytes: int = 300) -> Path:
    """One text of 300 MiB that compresses a thousandfold."""
    before, after = sheet(f"<row>{cell('A1', '|')}</row>").split("|")
    *others, (name, _) = parts_of({TITLE: ""}).items()
    write_parts(path, dict(others))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as stream:
        for piece in (before.encode(), *[b"a" * (1 << 20)] * mebibytes, after.encode()):
            stream.write(piece)
    return path


def bomb_of_many_parts(path: Path) -> Path:
    """Nothing large, and 300 MiB in all."""
    image = b"\0" * (1 << 20)
    return write_parts(path, parts_of({TITLE: sheet(_ONE)}) | {f"xl/media/image{n}.png": image for n in range(300)})


def entity_bomb(path: Path, encoding: str = "utf-8") -> Path:
    """A billion laughs in the sheet."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ja">{laughs}]>'
    body = sheet(f"<row>{cell('A1', 'LAUGH')}</row>").removeprefix(_HEAD).replace("LAUGH", "&l9;")
    parts = parts_of({TITLE: ""}) | {"xl/worksheets/sheet1.xml": (head + body).encode(encoding)}
    return write_parts(path, parts)


def cut_short(path: Path, whole: Path) -> Path:
    """The first two thirds of a file, as a broken download leaves."""
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    return path
