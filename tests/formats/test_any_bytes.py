"""Whatever the bytes are, a reader gives rows or one of our errors: never another exception, never fewer rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import inspect_table
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError
from pipeline.formats import LINE
from pipeline.source.read import read_batches

HEAD = "internalId,name,rfc,email"
pieces = st.lists(
    st.sampled_from(
        ['"', ",", ";", "\t", "|", "\n", "\r", "\r\n", "\ufeff", "sep=", "\u2028", "\x85", "x", "é", " ", "="]
    )
    | st.text(max_size=3),
    max_size=30,
).map("".join)
json_lines = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def survive(path: Path, content: bytes, resource: str | None = None) -> None:
    path.write_bytes(content)
    try:
        source = inspect_table(path, path.name, resource)
    except (InputError, ConfigError) as error:
        assert error.message
        assert error.hint
        return
    frame = pl.concat(read_batches(source))
    assert frame.height == source.rows > 0
    assert frame[LINE].is_sorted()
    assert frame[LINE].n_unique() == frame.height


@given(content=st.binary(max_size=200))
@example(content=b"\xff\xfe")
@example(content=b"\xef\xbb\xbf")
@example(content=b"\x28\xb5\x2f\xfd\x00\x00")
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.csv.zst", "a.csv.gz", "-"])
def test_any_bytes(name: str, content: bytes, tmp_path: Path) -> None:
    survive(tmp_path / name, content)


@given(content=pieces)
def test_any_text_as_csv_from_its_first_line(content: str, tmp_path: Path) -> None:
    survive(tmp_path / "a.csv", content.encode("utf-8", "surrogatepass"))


@given(content=pieces)
def test_any_text_as_csv_below_good_headings(content: str, tmp_path: Path) -> None:
    survive(tmp_path / "a.csv", f"{HEAD}\nc1,{content}\n".encode("utf-8", "surrogatepass"))


@given(
    headings=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=1, max_size=6
    )
)
def test_any_headings(headings: list[str], tmp_path: Path) -> None:
    from builders import csv_text

    rows = [[*headings, "name", "rfc", "email"], ["x"] * (len(headings) + 3)]
    survive(tmp_path / "a.csv", csv_text(rows).encode(), "clients")


@given(
    values=st.lists(json_lines | st.dictionaries(st.text(max_size=4), json_lines, max_size=4), max_size=4),
    known=st.booleans(),
)
def test_any_json_lines(values: list[object], known: bool, tmp_path: Path) -> None:
    import json

    good = '{"name":"a","rfc":"b","email":"c"}\n' if known else ""
    survive(tmp_path / "a.jsonl", (good + "".join(json.dumps(v) + "\n" for v in values)).encode())


@settings(max_examples=150)
@given(at=st.integers(0, 400), damage=st.binary(min_size=1, max_size=8))
@pytest.mark.parametrize("kind", ["parquet", "csv.zst", "csv.gz"])
def test_a_good_file_with_some_bytes_replaced(kind: str, at: int, damage: bytes, tmp_path: Path) -> None:
    from builders import CODECS

    frame = pl.DataFrame({name: [f"{name} {i}" for i in range(50)] for name in HEAD.split(",")})
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        frame.write_parquet(path)
    else:
        path.write_bytes(CODECS[kind.removeprefix("csv")](frame.write_csv().encode()))
    good = path.read_bytes()
    at %= len(good)
    survive(path, good[:at] + damage + good[at + len(damage) :])
