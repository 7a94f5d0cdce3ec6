"""CSV as programs write it: read where one reading is possible, and said; else refused by its cause, line and cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import CODECS, Files, csv_text, inspect_table, read_rows, table

from pipeline.errors import InputError
from pipeline.formats import FORMATS, LINE
from pipeline.source.read import inspect_file

HEAD = "internalId,name,rfc,email,phone\n"
WHOLE = "c1,Ana,XAXX010101000,a@x.example,55\n"
DELIMITERS = pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
ENDS = pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])


def notes_of(path: Path) -> tuple[str, ...]:
    return inspect_table(path, path.name).shape.notes


def names(files: Files, text: str, name: str = "clients.csv") -> list[str]:
    return read_rows(files(name, text))["name"].to_list()


def refused(files: Files, text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        inspect_file(files("clients.csv", text), "clients.csv")
    assert caught.value.message.startswith("clients.csv")
    assert caught.value.hint
    return caught.value


# --- rows that end early ----------------------------------------------------------------------------------------------


@DELIMITERS
@ENDS
def test_cells_left_out_at_the_end_of_a_row_are_empty_and_told_once(files: Files, delimiter: str, end: str) -> None:
    text = (HEAD + WHOLE + "c2,Beto,XAXX010101000,b@x.example\nc3,Caro,XAXX010101000\n" + WHOLE).replace(",", delimiter)
    path = files("clients.csv", text.replace("\n", end))
    frame = read_rows(path)
    assert frame["phone"].to_list() == ["55", "", "", "55"]
    assert frame["email"].to_list() == ["a@x.example", "b@x.example", "", "a@x.example"]
    assert frame[LINE].to_list() == [2, 3, 4, 5]
    assert notes_of(path)[-1] == "lines 3, 4: fewer cells than headings, read as empty at the end of the row"


def test_of_many_rows_that_end_early_the_first_lines_and_the_count_are_told(files: Files) -> None:
    rows = "".join(f"c{i},Ana,XAXX010101000,a@x.example\n" for i in range(1200))
    path = files("clients.csv.gz", CODECS[".gz"]((HEAD + rows).encode()))
    (note,) = notes_of(path)
    assert note.startswith("lines 2, 3, 4, 5, 6 … (1,200 in all): fewer cells than headings")
    assert read_rows(path).height == 1200


def test_one_row_that_ends_early_is_told_in_the_singular(files: Files) -> None:
    (note,) = notes_of(files("clients.csv", HEAD + "c1,Ana,XAXX010101000,a@x.example\n"))
    assert note.startswith("line 2: ")


def test_a_row_of_one_cell_is_a_line_break_without_quotes_or_no_row(files: Files) -> None:
    """Filled up, the text after the break would be a record, and the cell before it would have lost its end."""
    error = refused(files, HEAD + WHOLE + "c2,Ana,XAXX010101000,a@x.example,call\nafter six\n")
    assert "line 4 has 1 cell where the headings are 5" in error.message
    assert "line break" in error.hint


@pytest.mark.parametrize("at", ["Beto Pé|rez", "b@x|.example"])
def test_two_rows_that_make_one_are_a_line_break_without_quotes(files: Files, at: str) -> None:
    row = "c2,Beto Pérez,XAXX010101000,b@x.example,55\n".replace(at.replace("|", ""), at.replace("|", "\n"))
    error = refused(files, HEAD + WHOLE + row)
    assert "lines 3 and 4 have" in error.message
    assert "as if a line break had cut one row of 5 in two" in error.message


def test_a_last_row_that_ends_early_without_a_line_end_is_a_file_that_was_cut_off(files: Files) -> None:
    """Its last cell may have been cut, too: 4800.10 is 480 then."""
    error = refused(files, HEAD + WHOLE + "c2,Beto,XAXX010101000")
    assert "line 3 has 3 cells where the headings are 5, and no line end: the file was cut off" in error.message
    assert names(files, HEAD + WHOLE + WHOLE.rstrip("\n")) == ["Ana", "Ana"]
    utf_16 = (HEAD + WHOLE + "c2,Beto,XAXX010101000\n").encode("utf-16")
    assert read_rows(files("b.csv", utf_16)).height == 2


def test_a_short_row_before_a_dos_end_mark_is_whole(files: Files) -> None:
    assert names(files, HEAD + "c2,Beto,XAXX010101000\x1a") == ["Beto"]


def test_more_cells_than_headings_are_refused_for_their_cause(files: Files) -> None:
    error = refused(files, HEAD + "c2,Molinos, S.A.,XAXX010101000,b@x.example,55\n")
    assert "line 2 has 6 cells where the headings are 5" in error.message
    assert "separator" in error.hint


# --- quotes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [r'"Molinos \"El Bajío\", Sucursal"', r'"Molinos \"El Bajío\""', r'"\"El Bajío\" Molinos"', r'"24\" de ancho"'],
)
@pytest.mark.parametrize("before", ["", WHOLE, 'c1,"a\nb",XAXX010101000,a@x.example,55\n'])
def test_quotes_written_with_a_backslash_are_named_with_their_line_and_cure(
    files: Files, cell: str, before: str
) -> None:
    error = refused(files, HEAD + before + f"c2,{cell},XAXX010101000,b@x.example,55\n" + WHOLE)
    line = 2 + before.count("\n")
    assert f"line {line}" in error.message
    assert 'with a backslash, \\"' in error.message
    assert '""' in error.hint


def test_a_backslash_at_the_end_of_a_quoted_cell_is_a_backslash(files: Files) -> None:
    assert names(files, HEAD + 'c1,"C:\\",XAXX010101000,a@x.example,55\n') == ["C:\\"]


@DELIMITERS
@ENDS
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ['"sep={}"', "sep={}", '"SEP={}" '])
def test_a_separator_line_is_obeyed_in_quotes_and_without(
    files: Files, delimiter: str, end: str, mark: str, line: str
) -> None:
    text = mark + line.format(delimiter) + "\n" + (HEAD + WHOLE).replace(",", delimiter)
    frame = read_rows(files("clients.csv", text.replace("\n", end)))
    assert (frame["name"].to_list(), frame[LINE].to_list()) == (["Ana"], [3])


ROWS = [
    {"internalId": "1", "name": "Molinos, S.A.", "rfc": "XAXX010101000", "email": "a@x.example"},
    {"internalId": "2", "name": 'El "Bajío"; 5 | 3', "rfc": "XAXX010101000", "email": "b@x.example"},
    {"internalId": "3", "name": "dos\nlíneas", "rfc": "XAXX010101000", "email": "c@x.example"},
]
CELLS = [tuple(row.values()) for row in ROWS]


def wrapped(record: str) -> str:
    doubled = record.replace('"', '""')
    return f'"{doubled}"\n'


@DELIMITERS
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_quoted_as_a_whole_are_read_without_those_quotes(files: Files, delimiter: str, mark: str) -> None:
    records = [csv_text([row], delimiter=delimiter).removesuffix("\n") for row in table(ROWS)]
    path = files("clients.csv", mark + "".join(map(wrapped, records)))
    assert read_rows(path).drop(LINE).rows() == CELLS
    assert notes_of(path)[-1] == "lines 2, 3, 4: quoted as a whole, read without those quotes"


def test_some_lines_quoted_as_a_whole_are_read_among_others(files: Files) -> None:
    """What Excel makes of a file whose separator it did not know: only lines with a comma in them are quoted."""
    head, first, *rest = [csv_text([row], delimiter=";").removesuffix("\n") for row in table(ROWS)]
    path = files("clients.csv", head + "\n" + wrapped(first) + "\n".join(rest) + "\n")
    assert read_rows(path).drop(LINE).rows() == CELLS
    assert "line 2: quoted as a whole, read without those quotes" in notes_of(path)


@DELIMITERS
@ENDS
def test_blanks_before_quotes_are_passed_over_and_said(files: Files, delimiter: str, end: str) -> None:
    head, *rows = [[f'"{cell}"' for cell in row] for row in [list(ROWS[0]), *CELLS[:1]]]
    text = end.join(f"{delimiter} ".join(row) for row in [head, *rows, [*rows[0]]]) + end
    path = files("clients.csv", text)
    assert read_rows(path).drop(LINE).rows() == [CELLS[0]] * 2
    assert notes_of(path)[-1] == "blanks before quotes are passed over"


def test_blanks_before_quotes_that_begin_late_in_a_file_are_refused_and_never_part_of_a_cell(files: Files) -> None:
    many = WHOLE * 40_000
    for row in ('c2, "Ana", XAXX010101000,a@x.example,55\n', 'c2, "Ana, María",XAXX010101000,a@x.example,55\n'):
        error = refused(files, HEAD + many + row)
        assert "line 40002" in error.message
        assert "a blank stands before the quote of a cell" in error.message


def test_a_blank_before_a_quote_that_is_text_stays(files: Files) -> None:
    assert names(files, HEAD + 'c1," ""Ana""",XAXX010101000,a@x.example,55\n') == [' "Ana"']
    assert names(files, HEAD + 'c1,"a, ""b"", c\n, ""d""",XAXX010101000,a@x.example,55\n') == ['a, "b", c\n, "d"']
    assert names(files, HEAD + "c1,  Ana,XAXX010101000,a@x.example,55\n") == ["  Ana"]


def test_a_blank_after_a_closing_quote_is_named(files: Files) -> None:
    error = refused(files, HEAD + WHOLE + 'c2,"Ana" ,XAXX010101000,a@x.example,55\n')
    assert "line 3: a blank follows a closing quote" in error.message


def test_rejects_of_such_files_are_plain_csv_with_the_same_separator(files: Files, tmp_path: Path) -> None:
    form = FORMATS["csv"]
    text = "".join(wrapped(csv_text([row], delimiter=";").removesuffix("\n")) for row in table(ROWS))
    path = files("clients.csv", text)
    (shape,) = form.look(path)
    (frame,) = form.read(path, shape, 9)
    form.write({None: form.restore(frame).lazy()}, tmp_path / "r.csv", [shape])
    assert (tmp_path / "r.csv").read_text("utf-8-sig").startswith("internalId;name;rfc;email\n1;Molinos, S.A.;")
