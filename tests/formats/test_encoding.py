"""The encoding of a text file is decided from all of it by the letters Spanish has: what is read is what was written,
or the file is refused with both readings; never other letters."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path

import pytest
from builders import CODECS, Files, csv_text, inspect_table, read_rows, table
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError
from pipeline.formats import FORMATS, LINE, RAW, ReadOptions, find_codec
from pipeline.formats.letters import Words
from pipeline.source.read import inspect_file, read_batches, spill_stdin
from schemas.cleaning.cell_formats import SaidFormats

PEOPLE = [
    {"internalId": "1", "name": "Muñoz y Cía", "rfc": "MUÑ850101AB1", "email": "a@x.example", "address.city": "León"},
    {"internalId": "2", "name": "PEÑA GÓMEZ", "rfc": "PEN010101AB1", "email": "b@x.example", "address.city": "MÉRIDA"},
    {
        "internalId": "3",
        "name": "Agüero, Núñez",
        "rfc": "AGU010101AB1",
        "email": "c@x.example",
        "address.city": "Cádiz",
    },
]
DOS_437 = str.maketrans("ÁÍÓÚ", "AIOU")
"""CP437 has no large Á, Í, Ó, Ú: who wrote in it left the accent out."""
TITLES = {"cp1252": "Windows-1252", "mac-roman": "MacRoman", "cp850": "CP850"}


def write(files: Files, text: str, codec: str, name: str = "clients.csv") -> Path:
    return files(name, text.encode(codec))


@pytest.mark.parametrize("codec", TITLES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_names_in_any_encoding_of_one_byte_are_read_and_the_encoding_is_said(
    files: Files, codec: str, end: str, delimiter: str
) -> None:
    path = write(files, csv_text(table(PEOPLE), delimiter=delimiter, end=end), codec)
    assert read_rows(path).drop(LINE).rows() == [tuple(row.values()) for row in PEOPLE]
    notes = inspect_table(path, path.name).shape.notes
    assert f"read as {TITLES[codec]} (it is not UTF-8)" in notes


def test_cp437_is_read_as_cp850_where_both_give_the_same_letters(files: Files) -> None:
    rows = [{k: v.translate(DOS_437) for k, v in row.items()} for row in PEOPLE]
    path = write(files, csv_text(table(rows)), "cp437")
    assert read_rows(path).drop(LINE).rows() == [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_unicode_is_read_with_a_mark_and_without(files: Files, codec: str, suffix: str, kind: str) -> None:
    path = files.csv(PEOPLE) if kind == "csv" else files.jsonl(PEOPLE)
    packed = files(f"a.{kind}{suffix}", CODECS[suffix](path.read_text("utf-8").encode(codec)))
    assert read_rows(packed).drop(LINE, RAW, strict=False).rows() == [tuple(row.values()) for row in PEOPLE]


def test_utf_16_without_a_mark_is_said_and_known_on_standard_input(files: Files) -> None:
    notes = inspect_table(write(files, csv_text(table(PEOPLE)), "utf-16-le"), "clients.csv").shape.notes
    assert notes == ("read as UTF-16 (low byte first, without a mark)",)
    lines = files.jsonl(PEOPLE).read_text("utf-8")
    for codec in ("utf-16-le", "utf-16-be", "utf-16"):
        source = inspect_table(spill_stdin(io.BytesIO(lines.encode(codec)), files.folder), "-")
        assert (source.format, source.rows) == ("jsonl", 3)


def test_letters_near_the_end_decide_a_long_file_and_those_at_the_start_do_not_alone(files: Files) -> None:
    """JOSÉ is JOS… on a Macintosh: 5 MB of it prove nothing, one Muñoz at the end does."""
    rows = [f"c{i},JOSÉ,XAXX010101000,a@x.example\n" for i in range(150_000)]
    head = "internalId,name,rfc,email\n"
    doubtful = write(files, head + "".join(rows), "cp1252", "a.csv")
    with pytest.raises(InputError, match="two ways"):
        inspect_table(doubtful, "a.csv")
    path = write(files, head + "".join(rows) + "z,Muñoz,XAXX010101000,a@x.example\n", "cp1252", "b.csv")
    assert read_rows(path)["name"].to_list()[-2:] == ["JOSÉ", "Muñoz"]


@pytest.mark.parametrize(
    ("word", "codec", "ways"),
    [
        ("JOSÉ", "cp1252", ("'JOSÉ' in Windows-1252", "'JOS…' in MacRoman")),
        ("Muñoz", "mac-roman", ("'Muñoz' in MacRoman", "'Mu–oz' in Windows-1252")),
        ("GARCÍA", "cp850", ("'GARCÍA' in CP850", "'GARCÖA' in Windows-1252")),
        ("Domino’s", "cp1252", ("'Domino’s' in Windows-1252", "'Dominoís' in MacRoman")),
    ],
)
def test_a_file_that_two_encodings_make_words_of_is_refused_with_both_and_read_as_told(
    files: Files, word: str, codec: str, ways: tuple[str, ...]
) -> None:
    path = write(files, f"internalId,name,rfc,email\n1,{word},XAXX010101000,a@x.example\n", codec)
    with pytest.raises(InputError) as caught:
        inspect_table(path, path.name)
    for way in ways:
        assert way in caught.value.message
    assert f"--encoding {codec}" in caught.value.hint
    (source,) = inspect_file(path, path.name, None, SaidFormats(encoding=codec))
    (frame,) = read_batches(source)
    assert frame["name"].to_list() == [word]
    assert source.shape.notes[0].endswith("as told")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_bytes_that_prove_their_encoding_are_not_read_as_another_that_was_told_and_it_is_said(
    files: Files, codec: str
) -> None:
    """Several files of one call may be written differently, and corrected rejects are UTF-8."""
    path = write(files, csv_text(table(PEOPLE)), codec)
    (source,) = inspect_file(path, path.name, None, SaidFormats(encoding="macintosh"))
    (frame,) = read_batches(source)
    assert frame["name"].to_list() == [row["name"] for row in PEOPLE]
    assert source.shape.notes[0].endswith("which its bytes prove, not as MacRoman")


def test_what_was_told_must_fit_the_bytes_and_be_an_encoding(files: Files) -> None:
    path = write(files, csv_text(table(PEOPLE)), "mac-roman")
    with pytest.raises(InputError, match="line 3 holds bytes that are not Windows-1252"):
        files(path.name, b"name,rfc,email\na,b,c\n\x81,b,c\n")
        inspect_file(path, path.name, None, SaidFormats(encoding="latin-1"))
    for name in ("none", "base64", "zip", "rot13", "\0"):
        with pytest.raises(ConfigError) as caught:
            find_codec(name)
        assert "cp850" in caught.value.hint
    assert [find_codec(name) for name in ("Latin1", "MacRoman", "IBM850", "windows-1252")] == [
        "cp1252",
        "mac-roman",
        "cp850",
        "cp1252",
    ]


def test_a_file_of_utf_8_with_one_line_that_is_not_names_the_line(files: Files) -> None:
    text = csv_text(table(PEOPLE)).encode() + b"4,Pe\xf1a,PEN010101AB1,d@x.example,x\n"
    with pytest.raises(InputError, match="line 5 holds bytes that are not UTF-8, as other lines are"):
        inspect_table(files("clients.csv", text), "clients.csv")


def test_lines_of_two_encodings_are_not_read_in_either(files: Files) -> None:
    text = csv_text(table(PEOPLE))
    with pytest.raises(InputError, match="can be read in four ways"):
        inspect_table(files("clients.csv", text.encode("cp1252") + text.encode("mac-roman")), "clients.csv")


def test_a_dos_end_mark_after_the_last_line_is_passed_over_and_anywhere_else_refused(files: Files) -> None:
    for codec in ("utf-8", "cp850", "utf-16", "utf-16-le"):
        for mark in ("\x1a", "\x1a\x1a\x1a", "\x1a\r\n", "\r\n\x1a", "\x1a\0\0"):
            path = write(files, csv_text(table(PEOPLE)) + mark, codec)
            assert read_rows(path).height == 3
            lines = write(files, files.jsonl(PEOPLE).read_text("utf-8") + mark, codec, "b.jsonl")
            assert read_rows(lines).height == 3
    packed = files("c.csv.gz", gzip.compress(csv_text(table(PEOPLE)).encode() + b"\x1a"))
    assert read_rows(packed).height == 3
    twice = csv_text(table(PEOPLE)) + "\x1a" + csv_text(table(PEOPLE))
    with pytest.raises(InputError, match=r"line 5 holds a DOS end mark \(0x1A\) with more text after it"):
        inspect_table(files("d.csv", twice), "d.csv")


def test_a_mark_at_the_border_of_what_is_read_at_once_is_an_end_mark_all_the_same(files: Files) -> None:
    for length in range((1 << 20) - 3, (1 << 20) + 3):
        head = "name,rfc,email\n"
        rows = "a,XAXX010101000,a@x.example\n" * ((length - len(head)) // 28)
        text = (head + rows).ljust(length - 1, "\n") + "\n"
        assert len(text) == length
        assert read_rows(files("a.csv", text + "\x1a\r\n")).height == rows.count("\n")


def test_words_are_weighed_alike_wherever_the_bytes_are_cut() -> None:
    text = " ".join(row["name"] for row in PEOPLE).encode("mac-roman")
    for at in range(len(text)):
        words = Words()
        for piece in (text[:at], text[at:], b""):
            words.add(piece)
        assert [reading.candidate.title for reading in words.readings()] == ["MacRoman"]


ONSETS = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "ch", "br", "tr", "pl", "ñ", "gü"]
NUCLEI = ["a", "e", "i", "o", "u", "á", "é", "í", "ó", "ú", "ie", "ue", "io", "ía"]
CODAS = ["", "", "", "n", "s", "r", "l", "z"]
syllable = st.builds("".join, st.tuples(*map(st.sampled_from, (ONSETS, NUCLEI, CODAS))))
spanish_word = st.lists(syllable, min_size=1, max_size=4).map("".join)
KNOWN = (
    *("Ángel", "Óscar", "Úrsula", "Íñigo", "ÍÑIGO", "Éxito", "Muñoz", "PEÑA", "ÑANDÚ", "García", "GARCÍA", "León"),
    *("LEÓN", "México", "MÉXICO", "Querétaro", "José", "JOSÉ", "Raúl", "JESÚS", "Agüero", "GÜEMES", "pingüino", "año"),
    *("AÑO", "camión", "CAMIÓN", "CORPORACIÓN", "Díaz", "Cía", "S.A.", "¿Cuánto?", "¡Oferta!", "¡OFERTA!", "3º", "2ª"),
    *("25°C", "N°", "€", "Citroën", "D’Alessio", "O’Farrill", "Domino’s", "«hola»", "“Peña”", "CAFÉ”", "–", "—", "…"),
    *("a\u00a0b", "½", "m²", "®", "™", "Saúl", "María-José", "Nestlé"),
)
cased = st.one_of(spanish_word, spanish_word.map(str.upper), spanish_word.map(str.capitalize), st.sampled_from(KNOWN))
spanish_text = st.lists(cased, min_size=1, max_size=12).map(" ".join)


@settings(max_examples=400)
@given(text=spanish_text)
@pytest.mark.parametrize("codec", ["cp1252", "mac-roman", "cp850", "cp437", "utf-8", "utf-16", "utf-16-le"])
def test_any_spanish_text_is_read_as_it_was_written_or_refused_never_otherwise(
    codec: str, text: str, files: Files
) -> None:
    try:
        content = f"name,rfc,email\n{text},b,c\n".encode(codec)
    except UnicodeEncodeError:
        return
    path = files("a.csv", content)
    try:
        (shape,) = FORMATS["csv"].look(path)
    except InputError as error:
        assert "--encoding" in error.hint
        (shape,) = FORMATS["csv"].look(path, ReadOptions(codec))
    (frame,) = FORMATS["csv"].read(path, shape, 5)
    assert frame["name"].to_list() == [text]


def test_the_marks_are_those_of_the_standard_library() -> None:
    assert codecs.BOM_UTF32_LE.startswith(codecs.BOM_UTF16_LE), "so the longer one is looked for first"


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "mac-roman", "utf-16", "cp037"])
def test_a_control_character_is_found_in_every_encoding_whatever_its_bytes(files: Files, codec: str) -> None:
    """In EBCDIC the bell is the byte 0x2F, which is a slash elsewhere."""
    path = write(
        files, "name,rfc,email\nAna/\tLuz,XAXX010101000,a@x.example\nPeña\x07,XAXX010101000,b@x.example\n", codec
    )
    with pytest.raises(InputError) as caught:
        inspect_file(path, "clients.csv", "clients", SaidFormats(encoding=codec))
    assert "line 3 holds a control character" in caught.value.message
