"""Round trips that one format alone owes; what all of them owe is in tests/conformance/test_formats.py."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import FORMATS, LINE, RAW
from schemas.cleaning.repair.steps import SAYS

HEADINGS = ("name", 'Código; "postal"', "rfc")
seen = re.compile(SAYS).search
letters = st.characters(codec="utf-8", exclude_characters=[chr(c) for c in (*range(9), *range(14, 32))])
cell = (
    st.sampled_from(['"', '""', "a,b", "a;b", "a\tb", "a|b", "a\nb", "a\r\nb", "a\rb", "007", "1E5", "0.10", "ñandú"])
    | st.sampled_from([" ", " a ", "-", "=1+1", "null", "NaN", "None", "sep=;", "{}", "[1]"])
    | st.text(letters, min_size=1, max_size=20)
)
row = st.tuples(cell, st.none() | cell, st.none() | cell).filter(lambda row: any(c and seen(c) for c in row))
with_gaps = st.lists(row, min_size=1, max_size=6)


def read(kind: str, path: Path) -> pl.DataFrame:
    form = FORMATS[kind]
    (shape,) = form.look(path)
    return pl.concat(form.read(path, shape, 2))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@given(rows=with_gaps)
def test_csv_keeps_its_delimiter_and_is_utf_8_with_a_mark(
    delimiter: str, encoding: str, rows: list[tuple[str | None, ...]], tmp_path: Path
) -> None:
    """Excel needs the mark."""
    given = tmp_path / "given.csv"
    given.write_bytes(f"name{delimiter}Código\nñ{delimiter}x\n".encode(encoding))
    path = tmp_path / "a.csv"
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    FORMATS["csv"].write({None: frame.lazy()}, path, FORMATS["csv"].look(given))
    assert read("csv", path).drop(LINE).rows() == [tuple(c or "" for c in row) for row in rows]
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").startswith(f'name{delimiter}"Código; ""postal"""{delimiter}rfc\n')


@given(
    values=st.lists(
        st.fixed_dictionaries(
            {
                "n": st.integers(-(2**62), 2**62),
                "d": st.decimals(-(10**6), 10**6, places=2),
                "b": st.booleans(),
                "s": cell,
                "deep": st.fixed_dictionaries({"er": cell}),
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_numbers_written_as_json_come_back_digit_by_digit(values: list[dict[str, object]], tmp_path: Path) -> None:
    import msgspec

    encode = msgspec.json.Encoder(decimal_format="number").encode
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(encode(value) + b"\n" for value in values))
    for value, row in zip(values, read("jsonl", path).drop(LINE, RAW).to_dicts(), strict=True):
        assert row["n"] == str(value["n"])
        assert row["d"] == format(value["d"], "f")
        assert row["b"] == ("true" if value["b"] else "false")
        assert (row["s"], row["deep.er"]) == (value["s"], value["deep"]["er"])
