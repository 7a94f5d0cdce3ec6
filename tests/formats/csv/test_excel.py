"""CSV made for Excel, and read again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.csv.excel import EXCEL_CSV
from schemas.cleaning.repair.wrappers import unwrapped


def written(rows: pl.DataFrame) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        EXCEL_CSV.write({None: rows.lazy()}, path, ())
        return path.read_bytes()


def test_it_has_the_mark_and_the_line_ends_of_excel() -> None:
    assert written(pl.DataFrame({"Razón": ["Ñandú", None]})) == "\ufeffRazón\r\nÑandú\r\n\r\n".encode()


def test_a_text_that_would_be_computed_is_kept_as_text_and_a_number_is_left_alone() -> None:
    rows = pl.DataFrame(
        {
            "t": ["=1+2", "+52 55", "-x", "@SUM(A1)", "\t=1", "a=b", "'=1"],
            "n": [Decimal("-1.50")] * 7,
            "i": [-3] * 7,
        }
    )
    lines = written(rows).decode("utf-8-sig").split("\r\n")[1:-1]
    assert [line.split(",")[0] for line in lines] == ["'=1+2", "'+52 55", "'-x", "'@SUM(A1)", "'\t=1", "a=b", "''=1"]
    assert {line.split(",", 1)[1] for line in lines} == {"-1.50,-3"}


@given(st.text(st.sampled_from("=+-@'a1 "), min_size=1))
def test_what_is_put_in_front_an_import_takes_off(text: str) -> None:
    cell = written(pl.DataFrame({"t": [text]})).decode("utf-8-sig").split("\r\n")[1].strip('"')
    if cell != text:
        assert pl.DataFrame({"t": [cell]}).select(unwrapped(pl.col("t"))).item() == text
    else:
        assert text.lstrip("'")[:1] not in tuple("=+-@")
