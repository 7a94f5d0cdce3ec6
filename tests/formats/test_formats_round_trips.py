"""What a format writes it reads back: every cell, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import FORMATS, LINE, RAW, Shape

HEADINGS = ("name", 'Código; "postal"', "rfc")
letters = st.characters(codec="utf-8", exclude_characters=[chr(c) for c in (*range(9), *range(14, 32))])
cell = (
    st.sampled_from(
        ['"', '""', "a,b", "a;b", "a\tb", "a|b", "a\nb", "a\r\nb", "a\rb", "007", "06600", "1E5", "0.10", "😀"]
    )
    | st.sampled_from(
        [" ", " a ", "-", "=1+1", "null", "NaN", "None", "ñandú", "\u2028", "\ufeff", "sep=;", "{}", "[1]"]
    )
    | st.text(letters, min_size=1, max_size=20)
)
tables = st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=6)
# A CSV cannot tell an empty cell from no cell: None stands for both.
with_gaps = st.lists(st.tuples(cell, st.none() | cell, st.none() | cell), min_size=1, max_size=6)


def back(kind: str, rows: pl.DataFrame, shapes: Sequence[Shape], folder: Path) -> pl.DataFrame:
    path = folder / f"a.{kind}"
    FORMATS[kind].write({None: rows.lazy()}, path, shapes)
    return read(kind, path)


def read(kind: str, path: Path) -> pl.DataFrame:
    form = FORMATS[kind]
    (shape,) = form.look(path)
    return pl.concat(form.read(path, shape, 2))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@given(rows=with_gaps)
def test_csv(delimiter: str, encoding: str, rows: list[tuple[str | None, ...]], tmp_path: Path) -> None:
    """Written as UTF-8 whatever it was read as, with a mark unless it was UTF-8 without one: Excel needs the mark."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    read = back("csv", frame, Shape(HEADINGS, encoding, delimiter), tmp_path)
    assert read.drop(LINE).rows() == [tuple(c or "" for c in row) for row in rows]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf") is (encoding != "utf-8")


@given(rows=with_gaps)
def test_jsonl(rows: list[tuple[str | None, ...]], tmp_path: Path) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    assert back("jsonl", frame, Shape(HEADINGS), tmp_path).drop(LINE, RAW).rows() == rows


@given(rows=with_gaps)
def test_parquet(rows: list[tuple[str | None, ...]], tmp_path: Path) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    assert back("parquet", frame, Shape(HEADINGS), tmp_path).drop(LINE, RAW).rows() == rows


@given(rows=tables)
@pytest.mark.parametrize("kind", FORMATS)
def test_what_restore_gives_is_the_users_own_columns_and_nothing_of_ours(
    kind: str, rows: list[tuple[str, ...]], tmp_path: Path
) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")
    ours = frame.with_columns(_line=pl.lit(9), _errors=pl.lit("x"), _codes=pl.lit("y"))
    form = FORMATS[kind]
    path = tmp_path / f"a.{kind}"
    form.write(ours.lazy(), path, Shape(tuple(ours.columns)))
    restored = form.restore(pl.concat(form.read(path, form.look(path), 100)))
    form.write(restored.lazy(), path, Shape(HEADINGS))
    again = pl.concat(form.read(path, form.look(path), 100)).drop(LINE, RAW, strict=False)
    assert again.columns == list(HEADINGS)
    assert again.rows() == rows


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
    form = FORMATS["jsonl"]
    read = pl.concat(form.read(path, form.look(path), 2)).drop(LINE, RAW).to_dicts()
    for value, row in zip(values, read, strict=True):
        assert row["n"] == str(value["n"])
        assert row["d"] == format(value["d"], "f")
        assert row["b"] == ("true" if value["b"] else "false")
        assert (row["s"], row["deep.er"]) == (value["s"], value["deep"]["er"])
