"""A CSV file written again with some cells changed: those fields are new, and every other byte is the one it was."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import CODECS
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.formats import FORMATS
from pipeline.formats import rewriting as rewriting_module
from pipeline.formats.spec import AS_FOUND, ReadOptions

CSV = FORMATS["csv"]


def correct(path: Path, lines: dict[int, dict[str, str]], options: ReadOptions = AS_FOUND) -> bytes:
    target = path.with_name("corrected." + path.name)
    CSV.correct(path, CSV.look(path, options), {None: lines}, target)
    return target.read_bytes()


def read(path: Path) -> pl.DataFrame:
    frames = [*CSV.read(path, CSV.look(path)[0], 100)]  # none of a file whose rows say nothing
    return pl.concat(frames) if frames else pl.DataFrame()


KNOWN = ReadOptions(is_heading=lambda text: text in ("nombre", "rfc", "email"))
CASES = {
    "quotes only where they are needed": (b"a,b\nx,y\n", {2: {"b": "z"}}, b"a,b\nx,z\n"),
    "quotes where the text needs them": (b"a,b\nx,y\n", {2: {"b": 'z, "1"'}}, b'a,b\nx,"z, ""1"""\n'),
    "a field that had quotes keeps them": (b'a,b\n"x","y"\n', {2: {"a": "z"}}, b'a,b\n"z","y"\n'),
    "a cell is emptied": (b'a,b\n"x",y\n', {2: {"a": "", "b": ""}}, b'a,b\n"",\n'),
    "Windows line ends": (b"a;b\r\nx;y\r\nu;v\r\n", {3: {"a": "w;"}}, b'a;b\r\nx;y\r\n"w;";v\r\n'),
    "line ends of old Macintoshes": (b"a\tb\rx\ty\ru\tv\r", {3: {"b": "w"}}, b"a\tb\rx\ty\ru\tw\r"),
    "a last line without an end": (b"a,b\nx,y", {2: {"b": "z"}}, b"a,b\nx,z"),
    "a record of several lines": (b'a,b\n"x\ny",z\nu,v\n', {2: {"b": "1"}, 4: {"a": "2"}}, b'a,b\n"x\ny",1\n2,v\n'),
    "blank lines, and rows without a value": (b"a,b\n\n,\nx,y\n", {4: {"a": "z"}}, b"a,b\n\n,\nz,y\n"),
    "a mark at the beginning": (b"\xef\xbb\xbfa,b\nx,y\n", {2: {"a": "ñ"}}, b"\xef\xbb\xbfa,b\n\xc3\xb1,y\n"),
    "Excel's line of the separator": (b"sep=;\r\na;b\r\nx;y\r\n", {3: {"a": ","}}, b"sep=;\r\na;b\r\n,;y\r\n"),
    "a DOS end mark": (b"a,b\nx,y\x1a\x1a\n", {2: {"b": "z"}}, b"a,b\nx,z\x1a\x1a\n"),
    "a row that ends early is filled up": (b"a,b,c,d\nx,y\n", {2: {"c": "z"}}, b"a,b,c,d\nx,y,z,\n"),
    "a row that ends early, before its end": (b"a,b,c\nx,y\n", {2: {"a": "z"}}, b"a,b,c\nz,y\n"),
    "empty cells beyond the last heading": (b"a,b\nx,y,,\n", {2: {"b": "z"}}, b"a,b\nx,z,,\n"),
    "a line that is quoted as a whole": (
        b'a,b\n"x,""y, z"""\n"u,v"\n', {3: {"b": 'w, "1"'}}, b'a,b\n"x,""y, z"""\n"u,""w, """"1"""""""\n',
    ),
    "blanks before quotes": (
        b'a, "b"\n"x", "y"\n1, 2\n', {2: {"b": "z"}, 3: {"b": " w"}}, b'a, "b"\n"x", "z"\n1, " w"\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_only_the_field_is_new(case: str, tmp_path: Path) -> None:
    before, lines, after = CASES[case]
    path = tmp_path / "a.csv"
    path.write_bytes(before)
    assert correct(path, lines) == after


def test_titles_above_the_headings_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"Clientes\n\nnombre,rfc\nAna,X\n")
    assert correct(path, {4: {"rfc": "Y"}}, KNOWN) == b"Clientes\n\nnombre,rfc\nAna,Y\n"


@pytest.mark.parametrize(
    "codec", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "mac-roman", "cp850"]
)
def test_the_encoding_is_the_files_own(codec: str, tmp_path: Path) -> None:
    text = "nombre,ciudad\nMuñoz García,Querétaro\nÁlvarez Núñez,México\nPeña,Mérida\n"
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(codec))
    assert correct(path, {3: {"ciudad": "León"}}) == text.replace("México", "León").encode(codec)
    swapped = text.encode("utf-16-be" if codec == "utf-16" else codec)
    if codec == "utf-16":
        path.write_bytes(b"\xfe\xff" + swapped)
        assert correct(path, {3: {"ciudad": "León"}}) == b"\xfe\xff" + text.replace("México", "León").encode(
            "utf-16-be"
        )


@pytest.mark.parametrize("suffix", CODECS)
def test_what_was_compressed_is_compressed_again(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(CODECS[suffix](b"a,b\nx,y\n"))
    correct(path, {2: {"b": "z"}})
    target = tmp_path / CSV.returned_name(f"corrected.a.csv{suffix}")
    assert target.read_bytes()[:2] == path.read_bytes()[:2]
    assert read(target).rows() == [(2, "x", "z")]


@pytest.mark.parametrize(
    ("value", "words"),
    [("日本", "cannot hold '\\u65e5'"), ("a\0b", "cannot hold '\\x00'"), ("x" * (1 << 20) + "y", "so long a text")],
    ids=["letters", "a control character", "length"],
)
def test_a_text_the_file_cannot_hold_is_refused_with_its_place(value: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("nombre,ciudad\nMuñoz,Querétaro\n".encode("cp1252"))
    with pytest.raises(InputError) as caught:
        correct(path, {2: {"ciudad": value}})
    assert words in caught.value.message
    assert "a.csv, line 2, ciudad" in caught.value.message
    assert caught.value.hint


def test_a_correction_by_which_the_encoding_could_no_longer_be_told_is_refused(tmp_path: Path) -> None:
    """Without a mark the words tell it: the only one that did is gone, and what is put there is read in two ways."""
    path = tmp_path / "a.csv"
    path.write_bytes("nombre,ciudad\nMuñoz,Leon\n".encode("cp1252"))
    with pytest.raises(InputError, match="nobody could tell its encoding"):
        correct(path, {2: {"nombre": "¤¤"}})
    assert correct(path, {2: {"nombre": "Munoz"}}) == b"nombre,ciudad\nMunoz,Leon\n", (
        "where all is ASCII none is needed"
    )


field = st.text(st.sampled_from("ab1 ñ€\n\r\";,\t|'=\u2028"), max_size=5)
table = st.lists(st.lists(st.tuples(field, st.booleans()), min_size=3, max_size=3), min_size=1, max_size=12)


@given(
    cells=table, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n", "\r"]), ended=st.booleans(),
    chunk=st.sampled_from([1, 7, 64, 1 << 22]), data=st.data(),
)  # fmt: skip
def test_every_byte_but_those_of_the_corrected_fields_is_the_same(
    cells: list[list[tuple[str, bool]]], delimiter: str, end: str, ended: bool, chunk: int, data: st.DataObject,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Whatever the file is read in pieces of."""

    def spelled(value: str, quoted: bool) -> str:
        needs = quoted or value.startswith(" ") or value.splitlines() not in ([], [value])
        return '"' + value.replace('"', '""') + '"' if needs or {*value} & {'"', delimiter} else value

    def text(rows: list[list[str]]) -> bytes:
        lines = end.join(delimiter.join(row) for row in [["uno", "dos", "tres"], *rows])
        return b"\xef\xbb\xbf" + (lines + end * ended).encode()

    path = tmp_path / "a.csv"
    rows = [[spelled(value, quoted) for value, quoted in row] for row in cells]
    path.write_bytes(text(rows))
    held = read(path) if any(c.strip('" \n\r\u2028') for row in rows for c in row) else pl.DataFrame()
    if held.is_empty():
        return
    readable = {line: row for line, *row in held.rows()}
    chosen = data.draw(st.sets(st.sampled_from(sorted(readable)), min_size=1))
    starts, number = {}, 2
    for place, row in enumerate(rows):
        starts[number] = place
        number += sum(c.count("\n") + c.count("\r") - c.count("\r\n") for c in row) + 1
    lines: dict[int, dict[str, str]] = {}
    for line in chosen:
        heading, value = data.draw(st.tuples(st.sampled_from(["uno", "dos", "tres"]), field))
        lines[line] = {heading: value}
        place = ["uno", "dos", "tres"].index(heading)
        rows[starts[line]][place] = spelled(value, rows[starts[line]][place].startswith('"'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewriting_module, "_CHUNK", chunk)
        assert correct(path, lines) == text(rows)


def test_corrections_are_found_all_over_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    row = b"Ana Maria Lopez,XAXX010101000,ana@example.com\n"
    path.write_bytes(b"name,rfc,email\n" + row * 200_000)
    lines = {n: {"rfc": "CACX7605101P8"} for n in range(2, 200_002, 997)}
    made = correct(path, lines).split(b"\n")
    assert [n for n, line in enumerate(made, 1) if b"CACX7605101P8" in line] == sorted(lines)
    assert len(made) == 200_002
