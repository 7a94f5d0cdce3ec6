"""What every file format does. One that is new says its facts in FACTS and is held to all of this."""

from __future__ import annotations

import gzip
import io
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from builders import CODECS
from hypothesis import given
from hypothesis import strategies as st
from sheets_format import SHEETS

from pipeline.errors import InputError
from pipeline.formats import FORMATS, LINE, OURS, RAW, Corrections, Format, Shape, detect_format, sniff_format
from pipeline.source.read import inspect_file
from schemas.cleaning.repair.steps import SAYS

ROOT = Path(__file__).parents[2]
HEADINGS = ("name", 'Código; "postal"', "rfc")


@dataclass(frozen=True)
class Facts:
    """What differs from format to format: its sheets, the line of its first row, and what it refuses at which place.

    `tells_null` says that it knows an empty cell from none; `headed` that headings stand in a file without rows.
    """

    form: Format
    first: int
    sheets: tuple[str | None, ...] = (None,)
    tells_null: bool = True
    headed: bool = True
    bad: dict[bytes, str] = field(default_factory=dict)


FACTS = {
    facts.form.name: facts
    for facts in (
        Facts(
            FORMATS["csv"],
            2,
            tells_null=False,
            bad={
                b"name,rfc\na,b\nc\n": "line 3 has 1 cell ",
                b'name,rfc\na,"b\n': "line 2: a quote is opened here",
                b"name,rfc\na,\x00\n": "line 2 holds a NUL byte",
                b"name,name\n": "two columns headed 'name'",
            },
        ),
        Facts(
            FORMATS["jsonl"],
            1,
            headed=False,
            bad={
                b'{"name":"a"}\n{"name":\n': "line 2 is not JSON",
                b"[1]\n": "line 1 holds an array",
                b'{"name":"a"}\n{"name":"a","b":[{"c":1,"c":2}]}': "line 2 gives the key 'c' twice",
                b'\n{"a.b":1,"a":{"b":2}}': "line 2 gives one field twice",
            },
        ),
        Facts(FORMATS["parquet"], 1, bad={b"PAR1PAR1": "not a readable Parquet file"}),
        Facts(
            FORMATS["xlsx"],
            2,
            ("Pagos", "Clientes 2026"),
            bad={b"PK\x03\x04": "cannot be read as an Excel workbook"},
        ),
        Facts(SHEETS, 4, ("Pagos", "Clientes 2026"), bad={b'SHEETS\n["Pagos", 1, ["name"]]\n[': "line 3 is not a row"}),
    )
}
every = pytest.mark.parametrize("facts", FACTS.values(), ids=FACTS.keys())

seen = re.compile(SAYS).search
letters = st.characters(codec="utf-8", exclude_characters=[chr(c) for c in (*range(9), *range(14, 32))])
cell = (
    st.sampled_from(
        ['"', '""', "a,b", "a;b", "a\tb", "a|b", "a\nb", "a\r\nb", "a\rb", "007", "1E5", "0.10", "😀", " a "]
    )
    | st.sampled_from([" ", "-", "=1+1", "null", "NaN", "None", "ñandú", "\u2028", "\ufeff", "sep=;", "{}", "[1]"])
    | st.text(letters, min_size=1, max_size=20)
)
row = st.tuples(cell, st.none() | cell, st.none() | cell).filter(lambda row: any(c and seen(c) for c in row))
rows = st.lists(row, min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own format stands in its line of FORMATS, as another would."""
    monkeypatch.setitem(FORMATS, SHEETS.name, SHEETS)


def frame_of(cells: list[tuple[str | None, ...]]) -> pl.DataFrame:
    return pl.DataFrame(cells, schema=dict.fromkeys(HEADINGS, pl.String), orient="row")


def written(facts: Facts, frame: pl.DataFrame, folder: Path) -> Path:
    """A file whose every table holds these rows."""
    path = folder / f"a.{facts.form.suffixes[0]}"
    facts.form.write({sheet: frame.lazy() for sheet in facts.sheets}, path, ())
    return path


def tables(facts: Facts, path: Path, batch: int = 2) -> list[pl.DataFrame]:
    """Every table of the file, as its reader gives it."""
    return [pl.concat(facts.form.read(path, shape, batch)) for shape in facts.form.look(path)]


def own(frame: pl.DataFrame) -> list[tuple[str | None, ...]]:
    return frame.drop(LINE, RAW, strict=False).rows()


def numbered(count: int) -> pl.DataFrame:
    return frame_of([(str(n), f"0{n}", "x") for n in range(count)])


def refusal(facts: Facts, path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        tables(facts, path)
    assert path.name in caught.value.message, "the sentence names the file"
    assert caught.value.message.endswith(".")
    assert caught.value.hint, "and another says what to do"
    return caught.value


def test_every_format_there_is_is_held_to_this() -> None:
    assert FACTS.keys() == FORMATS.keys()


# --- looking ----------------------------------------------------------------------------------------------------------


@every
def test_looking_gives_every_table_with_its_headings_as_they_are_written(facts: Facts, tmp_path: Path) -> None:
    shapes = facts.form.look(written(facts, numbered(3), tmp_path))
    assert [shape.sheet for shape in shapes] == list(facts.sheets)
    for shape in shapes:
        assert shape.headings == HEADINGS
        assert len(shape.columns) in (0, len(HEADINGS)), "a letter for every column, or none"
        assert 1 <= shape.first_line <= facts.first


@every
def test_a_file_is_known_by_its_suffix_and_without_a_name_by_its_contents(facts: Facts, tmp_path: Path) -> None:
    content = written(facts, numbered(1), tmp_path).read_bytes()
    for suffix in facts.form.suffixes:
        path = tmp_path / f"b.{suffix.upper()}"
        path.write_bytes(content)
        assert detect_format(path) is facts.form
    nameless = tmp_path / "stdin"
    nameless.write_bytes(content)
    assert sniff_format(nameless) is facts.form


@every
def test_contents_that_are_plainly_of_another_format_are_refused(facts: Facts, tmp_path: Path) -> None:
    """But for a workbook and a CSV under one another's names, as banks send them: they are what they hold."""
    others = [other for other in FACTS.values() if other is not facts and not other.form.plain_text]
    for other in others:
        if {facts.form.name, other.form.name} == {"csv", "xlsx"}:
            continue
        path = tmp_path / f"b.{facts.form.suffixes[0]}"
        path.write_bytes(written(other, numbered(1), tmp_path).read_bytes())
        with pytest.raises(InputError, match=f"is named .{facts.form.suffixes[0]} but holds"):
            detect_format(path)


@every
def test_text_may_be_compressed_and_what_is_written_has_a_suffix_it_is_read_under(facts: Facts, tmp_path: Path) -> None:
    assert facts.form.written_suffixes
    assert set(facts.form.written_suffixes) <= set(facts.form.suffixes)
    plain = written(facts, numbered(3), tmp_path)
    for suffix, pack in CODECS.items() if facts.form.plain_text else ():
        packed = tmp_path / f"b.{facts.form.suffixes[0]}{suffix}"
        packed.write_bytes(pack(plain.read_bytes()))
        assert detect_format(packed) is facts.form
        assert [own(table) for table in tables(facts, packed)] == [own(table) for table in tables(facts, plain)]


# --- reading ----------------------------------------------------------------------------------------------------------


@every
@given(cells=rows)
def test_what_is_written_is_read_back_cell_by_cell(
    facts: Facts, cells: list[tuple[str | None, ...]], tmp_path: Path
) -> None:
    expected = cells if facts.tells_null else [tuple(c or "" for c in row) for row in cells]
    read = tables(facts, written(facts, frame_of(cells), tmp_path))
    assert [own(table) for table in read] == [expected] * len(facts.sheets)


@every
@given(count=st.integers(1, 12), batch=st.integers(1, 14))
def test_rows_come_in_batches_no_larger_than_asked_and_the_same_whatever_their_size(
    facts: Facts, count: int, batch: int, tmp_path: Path
) -> None:
    """Memory is that of a batch: whatever the file, a reader hands on what was asked for and no more."""
    path = written(facts, numbered(count), tmp_path)
    for shape, whole in zip(facts.form.look(path), tables(facts, path, 1000), strict=True):
        frames = facts.form.read(path, shape, batch)
        assert isinstance(frames, Iterator), "one frame after the other, never a list of all"
        parts = list(frames)
        assert [part.height for part in parts[:-1]] == [batch] * (len(parts) - 1)
        assert 0 < parts[-1].height <= batch
        assert pl.concat(parts).equals(whole)


@every
def test_every_cell_is_text_and_every_row_has_its_line_in_the_users_file(facts: Facts, tmp_path: Path) -> None:
    for table in tables(facts, written(facts, numbered(5), tmp_path)):
        assert set(table.columns) - {RAW} == {LINE, *HEADINGS}
        assert table.schema[LINE] == pl.UInt32
        assert {table.schema[heading] for heading in HEADINGS} == {pl.String()}
        assert table[LINE].to_list() == list(range(facts.first, facts.first + 5))


@every
def test_a_file_without_a_byte_is_empty_and_said_to_be(facts: Facts, tmp_path: Path) -> None:
    path = tmp_path / f"a.{facts.form.suffixes[0]}"
    path.write_bytes(b"")
    assert "is empty" in refusal(facts, path).message


@every
def test_headings_without_rows_give_no_row_and_no_source(facts: Facts, tmp_path: Path) -> None:
    path = written(facts, numbered(0), tmp_path)
    if facts.headed:
        for shape in facts.form.look(path):
            assert shape.headings == HEADINGS
            assert list(facts.form.read(path, shape, 2)) == []
    clients = written(facts, pl.DataFrame(schema=dict.fromkeys(("name", "rfc", "email"), pl.String)), tmp_path)
    with pytest.raises(InputError, match="headings but no rows" if facts.headed else "is empty") as caught:
        inspect_file(clients, clients.name, "clients")
    assert clients.name in caught.value.message


BAD = [(facts, content) for facts in FACTS.values() for content in facts.bad]


@pytest.mark.parametrize(("facts", "content"), BAD, ids=[f"{f.form.name}: {f.bad[c]}" for f, c in BAD])
def test_what_cannot_be_read_is_refused_with_the_file_and_the_place(
    facts: Facts, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{facts.form.suffixes[0]}"
    path.write_bytes(content)
    assert facts.bad[content] in refusal(facts, path).message


@every
@given(content=st.binary(max_size=200))
def test_any_bytes_give_rows_or_our_own_error(facts: Facts, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a.{facts.form.suffixes[0]}"
    path.write_bytes(content)
    try:
        for shape in facts.form.look(path):
            assert all(frame.height for frame in facts.form.read(path, shape, 2))
    except InputError as error:
        assert path.name in error.message


@every
def test_a_damaged_file_is_read_or_refused_with_our_own_error(facts: Facts, tmp_path: Path) -> None:
    """Cut off or overwritten anywhere, and also where a look does not notice it."""
    whole = written(facts, numbered(2_000), tmp_path).read_bytes()
    path = tmp_path / f"b.{facts.form.suffixes[0]}"
    for at in range(0, len(whole), max(1, len(whole) // 12)):
        for content in (whole[:at], whole[:at] + b"\x5a\x00\xff" * 40 + whole[at + 120 :]):
            path.write_bytes(content)
            try:
                tables(facts, path)
            except InputError as error:
                assert path.name in error.message


# --- writing ----------------------------------------------------------------------------------------------------------


@every
def test_the_same_rows_give_the_same_bytes(facts: Facts, tmp_path: Path) -> None:
    """Rejects are compared with those that stand there, so that nobody's corrections are overwritten."""
    first = written(facts, numbered(50), tmp_path).read_bytes()
    assert written(facts, numbered(50), tmp_path).read_bytes() == first


@every
@given(cells=rows)
def test_restored_rows_are_the_users_own_and_can_be_written_as_the_input_was(
    facts: Facts, cells: list[tuple[str | None, ...]], tmp_path: Path
) -> None:
    """The way of rejects: read, restored, written with the input's own shapes, and nothing of ours left behind."""
    ours = frame_of(cells).with_columns(_line=pl.lit(9), _errors=pl.lit("x"), _codes=pl.lit("y"))
    path = written(facts, ours, tmp_path)
    shapes, before = facts.form.look(path), tables(facts, path)
    restored = {s.sheet: facts.form.restore(table).lazy() for s, table in zip(shapes, before, strict=True)}
    facts.form.write(restored, path, shapes)
    for shape, table, old in zip(facts.form.look(path), tables(facts, path), before, strict=True):
        assert shape.headings == HEADINGS
        assert own(table) == own(old.drop(OURS))


# --- correcting -------------------------------------------------------------------------------------------------------


def corrected(facts: Facts, path: Path, corrections: Corrections) -> Path:
    target = path.with_name("corrected." + facts.form.returned_name(path.name))
    facts.form.correct(path, facts.form.look(path), corrections, target)
    return target


def expected_of(table: pl.DataFrame, put: Mapping[int, Mapping[str, str]]) -> list[tuple[str, ...]]:
    """The rows with the cells put in, as text; those that say nothing any more are passed over by every reader."""
    rows = (
        tuple(put.get(row[LINE], {}).get(heading, row[heading]) or "" for heading in HEADINGS)
        for row in table.iter_rows(named=True)
    )
    return [row for row in rows if any(map(seen, row))]


@every
@given(cells=rows, data=st.data())
def test_a_corrected_file_reads_as_before_but_for_the_corrected_cells(
    facts: Facts, cells: list[tuple[str | None, ...]], data: st.DataObject, tmp_path: Path
) -> None:
    path = written(facts, frame_of(cells), tmp_path)
    shapes, before = facts.form.look(path), tables(facts, path)
    corrections = {
        shape.sheet: data.draw(
            st.dictionaries(
                st.sampled_from(table[LINE].to_list()),
                st.dictionaries(st.sampled_from(HEADINGS), cell | st.just(""), min_size=1),
            )
        )
        for shape, table in zip(shapes, before, strict=True)
    }
    expected = [expected_of(t, corrections[s.sheet]) for s, t in zip(shapes, before, strict=True)]
    if not all(expected):
        return  # a file without rows is another matter
    after = tables(facts, corrected(facts, path, corrections))
    assert [[tuple(c or "" for c in row) for row in own(table)] for table in after] == expected


@every
def test_a_file_in_which_nothing_is_corrected_is_the_same_rows(facts: Facts, tmp_path: Path) -> None:
    path = written(facts, numbered(9), tmp_path)
    before = tables(facts, path)
    after = tables(facts, corrected(facts, path, {}))
    assert all(a.equals(b) for a, b in zip(after, before, strict=True))


@every
def test_a_corrected_file_has_a_name_it_is_read_under(facts: Facts, tmp_path: Path) -> None:
    for suffix in (*facts.form.suffixes, *facts.form.also_under):
        name = facts.form.returned_name(f"pagos junio.{suffix}")
        assert name.startswith("pagos junio.")
        assert name.rpartition(".")[2] in facts.form.written_suffixes or suffix in facts.form.suffixes
    if facts.form.plain_text:
        assert facts.form.returned_name(f"a.{facts.form.suffixes[0]}.GZ") == f"a.{facts.form.suffixes[0]}.GZ"


@every
def test_a_correction_of_a_line_that_is_not_there_is_refused(facts: Facts, tmp_path: Path) -> None:
    if facts.form is SHEETS:
        return
    path = written(facts, numbered(3), tmp_path)
    with pytest.raises(InputError, match=re.escape(path.name)):
        corrected(facts, path, {facts.sheets[0]: {99: {"name": "x"}}})


@every
def test_a_file_that_may_grow_grows_into_what_is_written_at_once(facts: Facts, tmp_path: Path) -> None:
    if facts.form.append is None:
        return
    grown = io.BytesIO()
    for part in (numbered(7)[:4], numbered(7)[4:]):
        facts.form.append(part, grown)
    assert grown.getvalue() == written(facts, numbered(7), tmp_path).read_bytes()


# --- what belongs to the format alone ---------------------------------------------------------------------------------


@every
def test_a_shape_goes_to_another_process_and_comes_back_as_good(facts: Facts, tmp_path: Path) -> None:
    path = written(facts, numbered(3), tmp_path)
    for shape in facts.form.look(path):
        copy: Shape = pickle.loads(pickle.dumps(shape))  # noqa: S301
        assert copy == shape
        assert pl.concat(facts.form.read(path, copy, 2)).height == 3


def elsewhere() -> list[Path]:
    """The modules of the pipeline that stand outside the room of the formats."""
    own = ROOT / "pipeline" / "formats"
    return [path for path in (ROOT / "pipeline").rglob("*.py") if not path.is_relative_to(own)]


def test_details_are_looked_at_by_their_format_alone() -> None:
    assert [p.name for p in elsewhere() if ".details" in p.read_text()] == []


def test_nothing_elsewhere_asks_for_a_format_by_its_name() -> None:
    """Whoever needs to know something of a format asks it (`typed`, `plain_text`, `written_suffixes`)."""
    asked = ('.name == "', '.name != "', '.format == "', '.format != "')
    words = [f'{question}{name}"' for question in asked for name in FORMATS]
    assert [(p.name, w) for p in elsewhere() for w in words if w in p.read_text()] == []


def test_a_compressed_file_of_another_format_is_known_by_what_is_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(written(FACTS["parquet"], numbered(1), tmp_path).read_bytes()))
    with pytest.raises(InputError, match="but holds Parquet"):
        detect_format(path)
