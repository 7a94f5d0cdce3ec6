"""Title lines above the headings of a CSV file: passed over where the headings below are known, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.formats.csv.format import CSV
from pipeline.formats.csv.records import count_title_lines
from pipeline.formats.spec import LINE, ReadOptions

KNOWN = frozenset({"internalId", "name", "rfc", "email"})
HEADINGS = "internalId;name;rfc"
TITLES = ["Molinos del Bajío, S.A. de C.V.", "", "Clientes al 25/11/2026;;"]


def count(*lines: str) -> int:
    return count_title_lines(lines, ",;\t|", KNOWN.__contains__)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_below_titles_have_the_number_of_their_line(codec: str, end: str, tmp_path: Path) -> None:
    """More rows than the first chunk holds, so that the next are parsed by columns."""
    rows = [f"c{n};Ana María {n};XAXX010101000" for n in range(3_000)]
    path = tmp_path / "t.csv"
    path.write_bytes(end.join([*TITLES, HEADINGS, *rows, ""]).encode(codec))
    (shape,) = CSV.look(path, ReadOptions(is_heading=KNOWN.__contains__))
    assert (shape.headings, shape.first_line) == (("internalId", "name", "rfc"), 4)
    assert any("headings are in line 4" in note for note in shape.notes)
    found = [pair for frame in CSV.read(path, shape, 1_000) for pair in frame.select(LINE, "internalId").iter_rows()]
    assert found == [(5 + n, f"c{n}") for n in range(3_000)]


def test_a_first_line_with_a_known_heading_has_the_headings() -> None:
    assert count("rfc;otra cosa;mas", "name;rfc;email") == 0


def test_a_title_may_hold_a_word_that_heads_a_column() -> None:
    assert count("name;25/11/2026", HEADINGS) == 1


def test_headings_that_nobody_knows_are_not_passed_over_for_a_row_that_looks_like_some() -> None:
    assert count("Mi clave;Mi nombre;Mi registro", "name;rfc;email", "1;2;3") == 0


def test_a_title_has_fewer_cells_than_the_headings() -> None:
    assert count("Molinos;del;Bajío", "name;rfc;email") == 0
    assert count("Molinos, S.A. de C.V.", "name,rfc,email") == 1


def test_a_line_that_names_the_separator_is_no_title() -> None:
    assert count("sep=;", HEADINGS) == 0


def test_a_record_of_several_lines_is_no_title() -> None:
    assert count('"Clave', 'única";x', HEADINGS) == 0


def test_blank_lines_alone_are_no_title() -> None:
    assert count("", "", HEADINGS) == 0
