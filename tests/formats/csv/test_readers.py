"""CSV is read by columns where its form is proven, and by Python's csv where it is not: nobody can tell which."""

from __future__ import annotations

import codecs
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.formats import LINE, Shape
from pipeline.formats.csv.chunks import CHUNK_SIZES, ChunkSizes
from pipeline.formats.csv.format import read_table
from pipeline.formats.csv.proof import build_form, parse_chunk
from pipeline.formats.csv.records import CsvStyle
from pipeline.formats.encoding import Encoding

HEADINGS = ("a", "b", "c")
SHAPE = Shape(HEADINGS, details=CsvStyle())
JUDGED = ChunkSizes(1 << 30, 1 << 30)
"""The first chunk is always read by Python's csv: here it is the whole file."""

CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32")

PIECES = st.sampled_from(
    [
        *(
            "0012",
            "1,5",
            "x",
            "ñ",
            " ",
            "  ",
            "\t",
            "\u00a0",
            "\u2028",
            "\x0b",
            "\ufeff",
            "NA",
            "null",
            "#",
            "\\",
            "'",
            "",
        ),
        *('"', '""', '"""', ' "', '" ', '"\n"', '"a\nb"', '"a\r\nb"', '"a\rb"', '"x""y"', '""""', '"; , "', '\\"'),
        *("\n", "\r\n", "\r", "\n\n", "\r\r\n", "D", "D", "DD", "D\n", "=1+1", "1e3", "sep=;", "2026-01-31"),
    ]
)
CELLS = st.one_of(
    st.sampled_from(["", "0012", " x ", "1,5", "ñ", "\ufeffz", "null", "a;b|c"]),
    st.sampled_from(['""', '"x"', '"a""b"', '"D"', '"1\n2"', '"1\r\n2"', '" ""q"""', '"\ufeff"', '"a\n\n\nb"']),
    PIECES,
)
ROWS = st.one_of(
    st.lists(CELLS, min_size=3, max_size=3),
    st.lists(CELLS, min_size=3, max_size=3),
    st.lists(CELLS, min_size=1, max_size=5),
).map("D".join)


@st.composite
def texts(draw: st.DrawFn, delimiter: str) -> str:
    """Rows of three cells, most of them well written, of one or of mixed line ends; or pieces in any order."""
    if draw(st.booleans()):
        ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\n\n", "\r"]]))
        rows = draw(st.lists(st.tuples(ROWS, st.sampled_from(ends)), max_size=12))
        text = "".join(row + end for row, end in rows)
        text = text.rstrip("\r\n") if draw(st.booleans()) else text
    else:
        text = "".join(draw(st.lists(PIECES, max_size=40)))
    head = draw(st.sampled_from(["aDbDc\n", "aDbDc\r\n", '"a"D"b"D"c"\n', "\naDbDc\n", "sep=D\naDbDc\n"]))
    return (head + text).replace("D", delimiter)


def outcome(path: Path, dialect: CsvStyle, rows: int, sizes: ChunkSizes) -> object:
    """All rows and notes, or the refusal."""
    notes: list[str] = []
    try:
        frames = list(read_table(path, Shape(HEADINGS, details=dialect), rows, notes.append, sizes))
    except InputError as error:
        return error.message, error.hint
    assert all(frame.schema == {LINE: pl.UInt32, **dict.fromkeys(HEADINGS, pl.String)} for frame in frames)
    return [frame.rows() for frame in frames], notes


@settings(max_examples=400)
@given(st.data(), st.sampled_from(",;\t|"), st.sampled_from(CODECS), st.integers(1, 60), st.integers(1, 7))
def test_both_readers_give_equal_rows_lines_notes_and_refusals(
    data: st.DataObject, delimiter: str, codec: str, size: int, rows: int
) -> None:
    text = data.draw(texts(delimiter)).encode(codec, "replace").decode(codec)
    ended = data.draw(st.sampled_from([False, False, False, True]))
    dialect = CsvStyle(Encoding(codec, ended=ended), delimiter, spaced=data.draw(st.sampled_from([False, False, True])))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes((text + "\x1a" * ended).encode(codec))
        judged = outcome(path, dialect, rows, JUDGED)
        assert outcome(path, dialect, rows, ChunkSizes(1, size)) == judged
        assert outcome(path, dialect, rows, ChunkSizes(1, 1 << 20)) == judged


WELL_WRITTEN = {
    "bare cells": b"1,2,3\n4,5,6\n",
    "empty cells": b"1,,\n,2,\n",
    "CRLF": b"1,2,3\r\n4,5,6\r\n",
    "no end to the last line": b"1,2,3\n4,5,6",
    "quotes": b'"1","2,2","3""3"\n"","",""""\n',
    "line breaks within quotes": b'1,"2\n\n2",3\n4,"5\r\n5",6\n',
    "blank lines between": b"1,2,3\n\n\r\n4,5,6\n\n",
    "blanks and accents": " 1 ,\u00a02,ñ\n".encode(),
}


@pytest.mark.parametrize("case", WELL_WRITTEN)
def test_a_chunk_is_proven_with(case: str) -> None:
    form = build_form(",", HEADINGS)
    assert form is not None
    assert parse_chunk(WELL_WRITTEN[case], form, 2) is not None


DOUBTFUL = {
    "a short row": b"1,2,3\n4,5\n",
    "a long row": b"1,2,3\n4,5,6,\n",
    "a short and a long row": b"1,2,3\n4,5\n1,2,3,4\n",
    "an open quote": b'1,2,"3\n4,5,6\n',
    "text after a quote": b'1,2,"3"x\n',
    "a quote within a bare cell": b'1,2"2,3\n4,5"5,6\n',
    "a blank before a quote": b'1, "2",3\n',
    "a bare carriage return": b"1,2,3\r4,5,6\n",
    "a bare carriage return within quotes": b'1,2,"3\r3"\n',
    "what polars would take for a mark": codecs.BOM_UTF8 + b"1,2,3\n",
    "bytes that are no text": b"1,2,\xff\n",
    "a cell that is too large": b"1,2," + b"x" * (1 << 20) + b"\n",
    "a row quoted as a whole": b'"1,2,3"\n',
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_chunk_is_left_to_csv_for(case: str) -> None:
    form = build_form(",", HEADINGS)
    assert form is not None
    assert parse_chunk(DOUBTFUL[case], form, 2) is None


@pytest.mark.parametrize(("delimiter", "headings"), [(",", ("a",)), ("¦", HEADINGS)])
def test_a_file_of_one_column_or_of_a_long_delimiter_is_read_by_csv(delimiter: str, headings: tuple[str, ...]) -> None:
    assert build_form(delimiter, headings) is None


def test_what_is_proven_is_read_in_half_the_time_or_less(tmp_path: Path) -> None:
    """CPU time of all threads, both readers in turn; benchmarks/check_csv.py measures a whole check."""
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n" + 'Café de altura,"tostado, y molido",320.00\n' * 60_000)
    taken: dict[ChunkSizes, list[float]] = {JUDGED: [], CHUNK_SIZES: []}
    for _ in range(3):
        for sizes, times in taken.items():
            begun = process_time()
            assert sum(frame.height for frame in read_table(path, SHAPE, 50_000, sizes=sizes)) == 60_000
            times.append(process_time() - begun)
    assert min(taken[CHUNK_SIZES]) < min(taken[JUDGED]) / 2
