"""A workbook no reader should be given is refused before one opens it, with what is wrong and what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.workbook.guard import WorkbookLimits, check_workbook, declares_entities

LIMITS = WorkbookLimits(unpacked_bytes=1 << 20, cells=100)
HINT = "Save it again."


def packed(path: Path, parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def cell(address: str) -> bytes:
    return f'<c r="{address}"><v>1</v></c>'.encode()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"sheet.xml": b"x" * (1 << 20)}, None),
        ({"sheet.xml": b"x" * ((1 << 20) + 1)}, "unpacks to more than 1 MiB"),
        ({"a.xml": b"x" * (600 << 10), "b.bin": b"x" * (600 << 10)}, "unpacks to more than 1 MiB"),
        ({"sheet.xml": cell("J10")}, None),
        ({"sheet.xml": cell("J11")}, "reach row 11 and column 10"),
        ({"sheet.xml": cell("A100") + cell("B1")}, "reach row 100 and column 2"),
        ({"sheet.xml": cell("A100"), "other.xml": cell("CV1")}, None),
        ({"sheet.xml": b'<c r="ZZ9999"/>'}, None),
        ({"picture.bin": cell("ZZ9999")}, None),
        ({"sheet.xml": b"<!DOCTYPE x>"}, "declares a DOCTYPE or entities"),
        ({"x.rels": "<!ENTITY a 'b'>".encode("utf-16-le")}, "declares a DOCTYPE or entities"),
        ({f"{n}.bin": b"" for n in range(10_001)}, "has 10,001 parts"),
    ],
    ids=lambda cell: None if isinstance(cell, dict) else cell or "fine",
)
def test_what_makes_no_sense_as_a_workbook_is_refused(
    tmp_path: Path, parts: dict[str, bytes], said: str | None
) -> None:
    path = packed(tmp_path / "book.xlsx", parts)
    if said is None:
        check_workbook(path, LIMITS, HINT)
        return
    with pytest.raises(InputError) as refused:
        check_workbook(path, LIMITS, HINT)
    assert said in refused.value.message
    assert "book.xlsx" in refused.value.message
    assert refused.value.hint == HINT


def test_a_reader_that_takes_cells_where_they_stand_takes_them_anywhere(tmp_path: Path) -> None:
    path = packed(tmp_path / "book.xlsx", {"sheet.xml": cell("ZZ9999")})
    check_workbook(path, WorkbookLimits(unpacked_bytes=1 << 20, cells=None), HINT)


def test_a_declaration_over_the_end_of_a_piece_is_seen(tmp_path: Path) -> None:
    path = packed(tmp_path / "book.xlsx", {"sheet.xml": b"x" * ((1 << 20) - 4) + b"<!DOCTYPE x>"})
    with pytest.raises(InputError, match="DOCTYPE"):
        check_workbook(path, WorkbookLimits(unpacked_bytes=4 << 20, cells=None), HINT)


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_no_spreadsheet_program_writes_is_refused(tmp_path: Path, how: int) -> None:
    with pytest.raises(InputError, match="no spreadsheet program uses"):
        check_workbook(packed(tmp_path / "book.xlsx", {"sheet.xml": b"x"}, how), LIMITS, HINT)


def test_what_is_too_large_is_not_opened_and_what_is_no_archive_is_left_to_its_reader(tmp_path: Path) -> None:
    large, old, cut = (tmp_path / name for name in ("large.xls", "old.xls", "cut.xlsx"))
    large.write_bytes(b"x" * ((1 << 20) + 1))
    old.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1"))
    cut.write_bytes(packed(tmp_path / "book.xlsx", {"sheet.xml": b"x" * 1000}).read_bytes()[:60])
    with pytest.raises(InputError, match=r"large.xls is larger than 1 MiB"):
        check_workbook(large, LIMITS, HINT)
    check_workbook(old, LIMITS, HINT)
    with pytest.raises(InputError, match=r"cut.xlsx cannot be read as an Excel workbook"):
        check_workbook(cut, LIMITS, HINT)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_seen_in_every_encoding_of_a_workbook(codec: str) -> None:
    assert declares_entities("<x/><!DOCTYPE x>".encode(codec))
    assert not declares_entities("<x>DOCTYPE</x>".encode(codec))
