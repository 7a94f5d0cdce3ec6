"""Which files are workbooks made of XML parts."""

from __future__ import annotations

from pathlib import Path

from workbooks import write_xlsx

from pipeline.workbook.package import is_open_xml


def test_an_old_workbook_that_ends_in_an_archive_is_none_of_xml(tmp_path: Path) -> None:
    """Excel 2013 puts a theme, which is a zip archive, at the end of an .xls: `zipfile` takes all of it for one."""
    whole = write_xlsx(tmp_path / "a.xlsx", {"Pagos": [["x"]]})
    old = tmp_path / "a.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(508) + whole.read_bytes())
    assert is_open_xml(whole)
    assert not is_open_xml(old)
