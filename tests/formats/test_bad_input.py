"""A file that cannot be used as a whole: exit code 3, a sentence that says what and where, one that says what to do."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from builders import CODECS, Files, a_client, csv_text, inspect_table, table, zstd

from pipeline.errors import InputError

HEAD = "internalId,name,rfc,email\n"
ROW = "c1,Ana,XAXX010101000,ana@empresa.example\n"
MANY = HEAD + "".join(f"c{i},Ana {i},XAXX010101000,ana{i}@empresa.example\n" for i in range(5000))


def refusal(path: Path, resource: str | None = None) -> InputError:
    """The error of looking at the file, its form checked."""
    with pytest.raises(InputError) as caught:
        inspect_table(path, str(path), resource)
    error = caught.value
    assert error.exit_code == 3
    assert path.name in error.message, "the sentence names the file"
    assert error.message.endswith(".")
    assert error.hint.endswith((".", '"".')), "the hint is a sentence"
    assert "\n" not in error.message + error.hint
    assert len(error.message) < 200 + len(str(path))
    return error


CSV = {
    "an empty file": ("", "is empty"),
    "blank lines only": (" \r\n\n \n", "is empty"),
    "a mark and nothing else": ("\ufeff", "is empty"),
    "other white space only": ("\x0b\x0c\u2028\x85\n", "is empty"),
    "headings without a row": (HEAD, "headings but no rows"),
    "headings and blank lines": (HEAD + "\n\n", "headings but no rows"),
    "headings and rows without any value": (HEAD + ",,,\n , ,\u00a0,\n,,\n", "headings but no rows"),
    "Excel's separator line alone": ("sep=;\n", "no headings"),
    "a first line of separators": (",,,\n" + ROW, "no headings"),
    "a line of one cell": (HEAD + ROW + "c2\n", "line 3 has 1 cell where the headings are 4"),
    "a long line": (HEAD + ROW + "c2,Ana,x,y,z\n", "line 3 has 5 cells where the headings are 4"),
    "a short line after a cell of two lines": (HEAD + 'c1,"A\nna",x,y\nc2\n', "line 4 has 1 cell "),
    "an unclosed quote": (HEAD + ROW + 'c2,"Ana,x,y\nc3,x,y,z\n', "line 3: a quote is opened here and never closed"),
    "text after a quote": (HEAD + 'c2,"Ana"x,x,y\n', "line 2: text follows a closing quote"),
    "a NUL byte": (HEAD + ROW + "c\x002,Ana,x,y\n", "line 3 holds a NUL byte"),
    "a control character": (HEAD + "c\x1b,Ana,x,y\n", "line 2 holds a control character"),
    "a cell of 2 MB": (HEAD + "c," + "x" * 2_000_000 + ",a,b\n", "line 2: a cell is larger than 1 MiB"),
    "a cell of 10 MB": (HEAD + ROW + "c," + "x" * 10_000_000 + ",a,b\n", "line 3 is longer than 8 MiB"),
    "one heading twice": ("name,rfc,name,email\na,b,c,d\n", "two columns headed 'name' (columns 1 and 3)"),
    "two spellings of a field": ("name,Nombre,rfc,email\na,b,c,d\n", "(b …) both mean name"),
    "a value and a parent": ("name,rfc,email,metadata.a,metadata.a.b\na,b,c,d,e\n", "'metadata.a.b' stands inside it"),
    "unknown columns only": ("foo,bar\n1,2\n", "none of its headings ('foo', 'bar'…) is known"),
    "a column that is ours": ("@line,name,rfc,email\n1,a,b,c\n", "may not be named '@line'"),
    "a second of our columns": ("@record,name,rfc,email\n1,a,b,c\n", "may not be named '@record'"),
}


@pytest.mark.parametrize("case", CSV)
def test_csv_is_refused_for(case: str, files: Files) -> None:
    content, words = CSV[case]
    assert words in refusal(files("clients.csv", content)).message


def test_unknown_columns_are_refused_with_what_is_missing_when_the_resource_is_told(files: Files) -> None:
    error = refusal(files("c.csv", "foo,bar\n1,2\n"), "clients")
    assert "no column for name, rfc, email" in error.message
    assert "--as" in error.hint


BYTES = {
    "bytes of neither encoding": (
        HEAD.encode() + ROW.encode() + b"c2,\x81\xff,x,y\n",
        "line 3 holds bytes that are not",
    ),
    "a false UTF-8 mark": (b"\xef\xbb\xbf" + HEAD.encode() + b"c2,\xff,x,y\n", "line 2 holds bytes that are not UTF-8"),
    "UTF-16 cut in a letter": ((HEAD + ROW).encode("utf-16") + b"x", "line 3 holds bytes that are not UTF-16"),
    "UTF-16 with a lone surrogate": (
        HEAD.encode("utf-16") + b"\x00\xd8a\x00",
        "line 2 holds bytes that are not UTF-16",
    ),
    "a NUL in UTF-16": ((HEAD + "c\x00,a,b,c\n").encode("utf-16"), "line 2 holds a NUL byte"),
    "binary garbage": (bytes(range(256)) * 40, "line 3 holds bytes that are not text"),
    "half a workbook": (b"PK\x03\x04" + bytes(60), "cannot be read as an Excel workbook"),
    "half an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(60), "cannot be read as an Excel workbook"),
    "a PDF": (b"%PDF-1.7\n", "named .csv but holds a PDF"),
    "a line without end": (b"x" * 9_000_000, "line 1 is longer than 8 MiB"),
    "a damaged zstd mark": (b"\x28\xb5\x2f\xfd", "damaged"),
    "a damaged gzip mark": (b"\x1f\x8b", "damaged"),
}


@pytest.mark.parametrize("case", BYTES)
def test_csv_is_refused_for_the_bytes_of(case: str, files: Files) -> None:
    content, words = BYTES[case]
    assert words in refusal(files("clients.csv", content)).message


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_data_cut_anywhere_is_damaged_and_never_a_shorter_file(suffix: str, files: Files) -> None:
    whole = CODECS[suffix](MANY.encode())
    for length in (
        5,
        10,
        len(whole) // 3,
        len(whole) // 2,
        len(whole) - 9,
        len(whole) - 5,
        len(whole) - 2,
        len(whole) - 1,
    ):
        assert "damaged" in refusal(files(f"clients.csv{suffix}", whole[:length])).message


def test_zstd_without_checksum_cut_at_the_end_of_a_block_is_damaged(files: Files) -> None:
    """A reader that takes this for the end of the file loses the rows of the last block without a word."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.checksum_flag: 0})
    first = packer.compress((HEAD + ROW).encode(), packer.FLUSH_BLOCK)
    rest = packer.compress(ROW.encode(), packer.FLUSH_FRAME)
    assert "damaged" in refusal(files("clients.csv.zst", first)).message
    assert inspect_table(files("whole.csv.zst", first + rest), "whole.csv.zst").rows == 2


def test_zstd_of_several_frames_and_frames_to_be_skipped_is_whole(files: Files) -> None:
    packed = CODECS[".zst"]
    skipped = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"notes"
    path = files("clients.csv.zst", packed(HEAD.encode()) + skipped + packed(ROW.encode() * 3))
    assert inspect_table(path, "x").rows == 3
    assert "damaged" in refusal(files("cut.csv.zst", packed(MANY.encode()) + skipped[:-2])).message


@pytest.mark.parametrize("lost", [1, 4, 9, 60])
def test_zstd_cut_in_its_second_frame_is_damaged(lost: int, files: Files) -> None:
    """The first frame ends well, and its rows could be taken for all."""
    two = CODECS[".zst"](MANY.encode()) + CODECS[".zst"](ROW.encode() * 50)
    assert inspect_table(files("whole.csv.zst", two), "whole.csv.zst").rows == 5050
    assert "damaged" in refusal(files("clients.csv.zst", two[:-lost])).message


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_data_with_a_wrong_byte_or_something_after_it_is_damaged(suffix: str, files: Files) -> None:
    whole = CODECS[suffix](MANY.encode())
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    assert "damaged" in refusal(files(f"flipped.csv{suffix}", flipped)).message
    assert "damaged" in refusal(files(f"followed.csv{suffix}", whole + b"something else")).message


JSONL = {
    "an empty file": ("", "is empty"),
    "blank lines": ("\n\n", "is empty"),
    "empty objects": ("{}\n{}\n", "is empty"),
    "objects without any value": ('{"name":null,"rfc":" ","email":""}\n{}\n', "headings but no rows"),
    "a truncated line": ('{"name":"a","rfc":"b","email":"c"}\n{"name":\n', "line 2 is not JSON"),
    "an array on one line": ('[{"name":"a"}]\n', "line 1 holds an array, not an object"),
    "an array over many lines": ('[\n{"name":"a"}\n]\n', "line 1 is not JSON"),
    "a text": ('"name"\n', "line 1 holds a text, not an object"),
    "null": ("null\n", "line 1 holds null, not an object"),
    "a number": ("\n1.5\n", "line 2 holds a"),
    "NaN": ('{"name":NaN}\n', "line 1 is not JSON"),
    "Infinity": ('{"name":Infinity}\n', "line 1 is not JSON"),
    "-Infinity": ('{"name":-Infinity}\n', "line 1 is not JSON"),
    "a number with a leading zero": ('{"name":01}\n', "line 1 is not JSON"),
    "an integer of 5000 digits": ('{"name":' + "9" * 5000 + "}\n", "line 1 is not JSON"),
    "half a surrogate": ('{"name":"\\ud800"}\n', "line 1 is not JSON"),
    "lists too deep": ('{"name":' + "[" * 100_000 + "]" * 100_000 + "}\n", "line 1 is nested too deeply"),
    "objects too deep": ('{"a":' * 3000 + "1" + "}" * 3000 + "\n", "line 1 is nested too deeply"),
    "objects deep enough to be decoded": ('{"a":' * 900 + "1" + "}" * 900 + "\n", "line 1 is nested too deeply"),
    "a field dotted and nested": ('{"a.b":1,"a":{"b":2},"name":"x"}\n', "line 1 gives one field twice"),
    "a key twice": ('{"rfc":"a","name":"b"}\n{"rfc":"a","name":"b","rfc":"c"}', "line 2 gives the key 'rfc' twice"),
    "a key twice with one value": ('{"rfc":"a","rfc":"a"}', "line 1 gives the key 'rfc' twice"),
    "a key twice below another": ('{"a":{"zip":"1","zip":"2"},"b":1}', "line 1 gives the key 'zip' twice"),
    "a key twice in a list": (
        '{"items":[[{"total":1},{"total":1 , "total" : 2}]]}',
        "line 1 gives the key 'total' twice",
    ),
    "an object twice": ('{"address":{"zip":"1"},"name":"a:b","address":{"city":"x"}}', "the key 'address' twice"),
    "a key twice, once escaped": ('{"rfc":"a","\\u0072fc":"b"}', "line 1 gives the key 'rfc' twice"),
    "a key twice, once without a value": ('{"rfc":null,"rfc":"b"}', "line 1 gives the key 'rfc' twice"),
    "an empty key twice": ('{"":1,"":2,"name":"x"}', "line 1 gives the key '' twice"),
    "a long key twice": ('{"' + "k" * 500 + '":1,"' + "k" * 500 + '":2}', "line 1 gives the key 'kkk"),
    "a cell of 2 MB": ('{"name":"' + "x" * 2_000_000 + '"}\n', "line 1: 'name' is larger than 1 MiB"),
    "a line of 10 MB": ('{"name":"' + "x" * 10_000_000 + '"}\n', "line 1 is longer than 8 MiB"),
    "CSV under its name": (HEAD + ROW, "line 1 is not JSON"),
}


@pytest.mark.parametrize("case", JSONL)
def test_jsonl_is_refused_for(case: str, files: Files) -> None:
    content, words = JSONL[case]
    assert words in refusal(files("clients.jsonl", content)).message


def parquet_bytes(files: Files, frame: pl.DataFrame) -> bytes:
    return files.parquet(frame, "good.parquet").read_bytes()


def test_parquet_is_refused_when_damaged_anywhere(files: Files) -> None:
    good = parquet_bytes(files, pl.DataFrame([a_client(internalId=str(i)) for i in range(1000)]))
    assert "is empty" in refusal(files("a.parquet", b"")).message
    for content in (
        good[:-1],
        good[:-20],
        good[: len(good) // 2],
        b"PAR1",
        b"PAR1PAR1",
        good[:40] + bytes(64) + good[104:],
    ):
        assert "is not a readable Parquet file" in refusal(files("a.parquet", content)).message


def test_parquet_is_refused_without_rows_and_for_columns_that_are_no_text(files: Files) -> None:
    frame = pl.DataFrame([a_client()])
    cases = {
        "headings but no rows": frame.head(0),
        "column 'photo' holds binary data": frame.with_columns(photo=pl.lit(b"\xff")),
        "column 'a.photo' holds binary data": frame.with_columns(a=pl.struct(photo=pl.lit(b"\xff"))),
        "column 'photos' holds binary data": frame.with_columns(photos=pl.concat_list(pl.lit(b"\xff"))),
        "column 'term' holds durations": frame.with_columns(term=pl.lit(timedelta(days=1))),
        "two columns named 'address.zip'": frame.with_columns(
            pl.struct(zip=pl.lit("1")).alias("address"), pl.lit("2").alias("address.zip")
        ),
        "may not be named '@line'": frame.with_columns(pl.lit(1).alias("@line")),
        "row 2: 'name' is larger than 1 MiB": pl.concat([frame, pl.DataFrame([a_client(name="x" * 2_000_000)])]),
    }
    for words, bad in cases.items():
        assert words in refusal(files.parquet(bad, "bad.parquet")).message


def test_a_name_that_says_another_format_than_the_bytes_is_refused(files: Files) -> None:
    parquet = parquet_bytes(files, pl.DataFrame([a_client()]))
    assert "named .csv but holds Parquet" in refusal(files("a.csv", parquet)).message
    assert "named .csv but holds Parquet" in refusal(files("a.csv.gz", gzip.compress(parquet))).message
    assert "named .jsonl but holds Parquet" in refusal(files("a.jsonl", parquet)).message
    assert "named .parquet but does not hold it" in refusal(files("a.parquet", HEAD + ROW)).message
    assert "named .parquet but holds a workbook" in refusal(files("b.parquet", b"PK\x03\x04" + bytes(9))).message
    for name in ("clients.txt", "clients", ".csv"):
        error = refusal(files(name, csv_text(table([a_client()]))))
        assert "no suffix that tells its format" in error.message
        assert ".csv" in error.hint


@pytest.mark.parametrize(
    ("name", "words", "advice"),
    [
        ("a.csv.zip", "is an archive", "Unpack"),
        ("a.json", "is JSON as one whole", ".jsonl"),
    ],
)
def test_a_file_of_a_kind_that_is_not_read_is_called_what_it_is(
    name: str, words: str, advice: str, files: Files
) -> None:
    error = refusal(files(name, HEAD + ROW))
    assert words in error.message
    assert advice in error.hint


NOISE = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.csv.gz", "named .gz but holds neither gzip data nor text"),
        ("a.jsonl.zst", "named .zst but holds neither zstd data nor text"),
        ("a.jsonl", "is not a text file: line 3 holds bytes that are not text"),
    ],
)
def test_noise_is_refused_for_what_its_name_promised(name: str, words: str, files: Files) -> None:
    error = refusal(files(name, NOISE))
    assert words in error.message
    assert "CSV (UTF-8) or JSONL" in error.hint


def test_what_is_no_file_is_refused(files: Files) -> None:
    folder = files.folder / "folder.csv"
    folder.mkdir()
    assert "is a folder" in refusal(folder).message
    assert "does not exist" in refusal(files.folder / "missing.csv").message
    assert "does not exist" in refusal(files("clients.csv", HEAD + ROW) / "inside.csv").message
    pipe = files.folder / "pipe.csv"
    os.mkfifo(pipe)
    assert "name - in its place" in refusal(pipe).hint
    link = files.folder / "link.csv"
    link.symlink_to(files.folder / "nowhere.csv")
    assert "does not exist" in refusal(link).message
    assert "cannot be opened" in refusal(files.folder / ("x" * 300 + ".csv")).message


def test_a_file_this_user_may_not_read_is_refused(
    open_folder: Path, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    path = open_folder / "clients.csv"
    path.write_text(HEAD + ROW)
    path.chmod(0)
    with ordinary_user():
        error = refusal(path)
    assert "may not be read by this user" in error.message
    assert "permission" in error.hint
