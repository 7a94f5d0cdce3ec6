"""The rejects file: the user's own columns untouched, in the input's own format, ready to correct and import again."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from builders import CODECS, Files, a_client, csv_text, inspect_table, python, read_rows, table

from pipeline.errors import OutputError
from pipeline.findings.rejects import Rejects, rejects_path, write_rejects
from pipeline.formats import LINE
from pipeline.model import RECORD, Source
from pipeline.source.read import read_batches

CLIENTS = [
    a_client(internalId="001", name="Peña; S.A.", Notas=" as written "),
    a_client(internalId="002", name='La "Ñ"', Notas=""),
    a_client(internalId="003", name="two\nlines", Notas="0.10"),
]


def rejected(source: Source, *lines: int) -> pl.DataFrame:
    """Those lines as validation gives them back, with reasons."""
    rows = pl.concat(read_batches(source)).filter(pl.col(LINE).is_in(lines))
    reasons = pl.format('because of {}, "x"', LINE)
    return rows.with_columns(pl.lit(0, pl.UInt32).alias(RECORD), _errors=reasons, _codes=pl.lit("A-1, B-2"))


def written(path: Path, *lines: int, folder: Path) -> Path:
    source = inspect_table(path, str(path), "clients")
    rejects = Rejects(source, folder)
    for line in reversed(lines):  # whatever order they are found in
        rejects.add(rejected(source, line))
    assert rejects.lines == len(lines)
    out = rejects_path(source, None)
    write_rejects([rejects], out)
    return out


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv_rejects_have_the_users_columns_and_cells_and_three_of_ours(
    delimiter: str, encoding: str, suffix: str, files: Files, tmp_path: Path
) -> None:
    content = csv_text(table(CLIENTS), delimiter=delimiter).encode(encoding)
    out = written(files(f"clients.csv{suffix}", CODECS[suffix](content)), 3, 2, folder=tmp_path)
    assert out == files.folder / "clients.rejects.csv"
    assert out.read_bytes().startswith(b"\xef\xbb\xbf"), "the mark that Excel needs for accents"
    head = out.read_text(encoding="utf-8-sig").splitlines()[0]
    assert head.split(delimiter) == [*CLIENTS[0], "_line", "_errors", "_codes"]
    again = read_rows(out)
    assert again.drop(LINE).rows() == [
        (*CLIENTS[n].values(), str(n + 2), f'because of {n + 2}, "x"', "A-1, B-2") for n in (0, 1)
    ]


def test_the_columns_of_ours_are_ignored_and_made_anew_when_a_rejects_file_is_imported(
    files: Files, tmp_path: Path
) -> None:
    first = written(files.csv(CLIENTS), 3, 4, folder=tmp_path)
    source = inspect_table(first, str(first))
    assert (source.resource, source.rows, source.unknown) == ("clients", 2, ("Notas",))
    second = written(first, 3, folder=tmp_path)
    assert second.name == "clients.rejects.rejects.csv"
    frame = read_rows(second)
    assert frame.columns == [LINE, *CLIENTS[0], "_line", "_errors", "_codes"]
    assert frame["_line"].to_list() == ["3"]


def test_jsonl_rejects_are_the_users_objects_with_nothing_rounded_or_flattened(files: Files, tmp_path: Path) -> None:
    lines = [
        '{"internalId":"001","name":"Ana","rfc":"X","email":"e","n":100.50,"big":12345678901234567890,"deep":{"l":[1.0]}}',
        '{"name":"Eva","rfc":"X","email":"e","none":null,"empty":"","deep":{}}',
    ]
    path = files("clients.jsonl", "\n\n".join(lines))
    out = written(path, 1, 3, folder=tmp_path)
    assert out.name == "clients.rejects.jsonl"
    rejects = out.read_text().splitlines()
    assert [json.loads(r)["_line"] for r in rejects] == [1, 3]
    for mine, line in zip(rejects, lines, strict=True):
        own = json.loads(mine, parse_float=Decimal)
        assert [own.pop(name) for name in ("_line", "_errors", "_codes")][2] == "A-1, B-2"
        assert own == json.loads(line, parse_float=Decimal)
    assert '"n":100.50' in rejects[0]
    again = written(out, 2, folder=tmp_path)
    assert list(json.loads(again.read_text())) == [
        "name",
        "rfc",
        "email",
        "none",
        "empty",
        "deep",
        "_line",
        "_errors",
        "_codes",
    ]


def test_parquet_rejects_keep_the_stored_types(files: Files, tmp_path: Path) -> None:
    rows = pl.DataFrame(CLIENTS).with_columns(
        total=pl.Series([Decimal("1.50"), None, Decimal("2.00")]),
        address=pl.Series([{"zip": "06600"}, None, {"zip": "1"}]),
        tags=pl.Series([[{"a": 1.5}], [], None]),
        day=pl.date(2026, 5, 31),
        nothing=pl.lit(None),
    )
    out = written(files.parquet(rows), 1, 3, folder=tmp_path)
    assert out.name == "clients.rejects.parquet"
    again = pl.read_parquet(out)
    own = again.drop("_line", "_errors", "_codes")
    assert own.schema == rows.schema
    assert own.equals(rows[[0, 2]])
    assert again["_line"].to_list() == [1, 3]
    second = written(out, 2, folder=tmp_path)
    assert pl.read_parquet(second).columns == again.columns


def test_a_users_column_that_begins_with_an_underscore_stays_unless_it_is_one_of_ours(
    files: Files, tmp_path: Path
) -> None:
    out = written(files.csv([a_client(_mine="kept", _line="99")]), 2, folder=tmp_path)
    (row,) = read_rows(out).to_dicts()
    assert (row["_mine"], row["_line"]) == ("kept", "2")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("folder/clients.csv", "folder/clients.rejects.csv"),
        ("clients.v2.csv.gz", "clients.v2.rejects.csv"),
        ("banco.xls", "banco.rejects.csv"),
        ("clients.csv.ZST", "clients.rejects.csv"),
        ("clients.TSV", "clients.rejects.TSV"),
        ("-", "stdin.rejects.csv"),
    ],
)
def test_the_rejects_file_stands_beside_the_input_unless_named(name: str, expected: str, files: Files) -> None:
    found = inspect_table(files.csv(CLIENTS), "clients.csv", "clients")
    from dataclasses import replace

    source = replace(found, name=name)
    assert rejects_path(source, None) == Path(expected)
    assert rejects_path(source, Path("mine.csv")) == Path("mine.csv")


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests/findings")
sys.path.insert(0, "tests/support")
from test_rejects import rejected
from pipeline.errors import OutputError
from pipeline.source import read
from pipeline.findings.rejects import Rejects, write_rejects

(source,) = read.inspect_file(Path(sys.argv[1]), sys.argv[1], "clients")
rejects = Rejects(source, Path(sys.argv[2]))
rejects.add(rejected(source, *range(2, 20_000)))
resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 1024, resource.RLIM_INFINITY))
try:
    write_rejects([rejects], Path(sys.argv[3]))
except OutputError as error:
    print(error.exit_code, error.message)
"""


def test_a_disk_that_is_full_leaves_the_rejects_of_the_run_before(files: Files, tmp_path: Path) -> None:
    path = files.csv([a_client(internalId=str(n)) for n in range(20_000)])
    out = tmp_path / "out" / "clients.rejects.csv"
    out.parent.mkdir()
    out.write_text("of the run before")
    done = python(FULL, path, tmp_path, out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"5 {out} cannot be written")
    assert out.read_text() == "of the run before"
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_that_is_not_there_is_an_output_error(files: Files, tmp_path: Path) -> None:
    source = inspect_table(files.csv(CLIENTS), "clients.csv", "clients")
    rejects = Rejects(source, tmp_path)
    rejects.add(rejected(source, 2))
    with pytest.raises(OutputError, match="cannot be written"):
        write_rejects([rejects], tmp_path / "missing" / "x.csv")
