"""Frames to files: what is read back is what was written, and files appear whole, together, or not at all."""

import csv
import hashlib
import io
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import python
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import OutputError
from pipeline.exporter.flatten import flatten, schema_of
from pipeline.formats import FORMATS, LINE, RAW
from pipeline.sink.destination import Destination
from pipeline.sink.spill import SpillBuffer
from pipeline.sink.write import write_rows, write_stream, write_tables
from schemas.tables import TABLES

PAYMENTS = TABLES["payments"]
ROWS = [
    {"id": "p_1", "amount": 150000, "timestamp": 1748779200123, "livemode": False, "currency": "",
     "discount": Decimal("1.50"), "client": {"address": {"zip": "06600"}}, "items": [{"name": 'a,\n"b"', "total": 5}]},
    {"id": "p_2"},
]  # fmt: skip


def gathered(folder: Path, rows: list[dict[str, Any]] = ROWS) -> dict[str, SpillBuffer]:
    tables = {}
    for name, frame in flatten(rows, PAYMENTS).items():
        tables[name] = SpillBuffer(folder, name, frame.schema)
        tables[name].add(frame)
    return tables


def text_of_file(path: Path) -> pl.DataFrame:
    """A file as our own importer reads it."""
    kind = FORMATS[path.suffix[1:]]
    (shape,) = kind.look(path)
    return pl.concat(kind.read(path, shape, 1000)).drop(LINE, RAW, strict=False)


def test_csv_tells_empty_from_missing_and_keeps_zeros_decimals_and_offsets(tmp_path: Path) -> None:
    write_tables(gathered(tmp_path), Destination(tmp_path), "csv")
    heading, first, second = (tmp_path / "payments.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(heading.split(","), next(csv.reader([first])), strict=True))
    assert ',"",' in first, "an empty currency is quoted, a missing cell is not"
    assert cells["metadata.internalId"] == ""
    assert cells["client.address.zip"] == "06600"
    assert (cells["amount"], cells["amount_decimal"], cells["discount"]) == ("150000", "1500.00", "1.5")
    assert cells["livemode"] == "false"
    assert cells["timestamp"] == "1748779200123"
    assert cells["timestamp_utc"] == "2025-06-01T12:00:00.123+00:00"
    assert cells["timestamp_mx"] == "2025-06-01T06:00:00.123-06:00"
    assert second == "p_2" + "," * heading.count(",")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n",;='),
    max_size=6,
)
CLIENT_ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": TEXT.filter(str.strip)},
        optional={"name": TEXT, "rfc": TEXT, "timestamp": st.integers(10**12, 4 * 10**12), "livemode": st.booleans(),
                  "address": st.fixed_dictionaries({"zip": TEXT}), "novel": st.integers() | TEXT},
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(CLIENT_ROWS)
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_what_is_written_is_what_is_read(format: str, rows: list[dict[str, Any]]) -> None:
    frame = flatten(rows, TABLES["clients"])["clients"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clients.{format}"
        write_rows(frame.lazy(), path, format)
        if format == "parquet":
            assert pl.read_parquet(path).equals(frame)
        back = text_of_file(path)
    nothing = "" if format == "csv" else None
    spoken = [name for name in frame.columns if name in back.columns]
    assert back.columns == spoken
    nowhere = {"metadata"} if format == "jsonl" else set()  # null beside `metadata.internalId` is nothing there
    assert set(frame.columns) - set(spoken) <= nowhere
    for name in ("id", "name", "rfc", "address.zip", "_extra"):
        assert back[name].to_list() == [nothing if cell is None else cell for cell in frame[name]]
    moments = back["timestamp_mx"].replace("", None).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_zone="UTC")
    assert moments.to_list() == frame["timestamp_utc"].to_list()


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_an_export_without_rows_has_all_columns(format: str, tmp_path: Path) -> None:
    written = write_tables(gathered(tmp_path, []), Destination(tmp_path), format)
    assert {name: w.rows for name, w in written.items()} == dict.fromkeys(written, 0)
    if format == "csv":
        assert (tmp_path / "payments.csv").read_text(encoding="utf-8") == ",".join(schema_of(PAYMENTS)) + "\n"
    if format == "parquet":
        assert pl.read_parquet_schema(tmp_path / "payments.parquet") == dict(schema_of(PAYMENTS))


def test_the_manifest_facts_are_those_of_the_file(tmp_path: Path) -> None:
    written = write_tables(gathered(tmp_path), Destination(tmp_path), "jsonl")["payments"]
    content = written.path.read_bytes()
    assert (written.sha256, written.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert written.rows == 2


def test_rows_beyond_what_memory_holds_come_out_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sink.spill.PART_ROWS", 3)
    many = SpillBuffer(tmp_path, "clients", schema_of(TABLES["clients"]))
    ids = [f"c_{n}" for n in range(10)]
    for one in ids:
        many.add(flatten([{"id": one}], TABLES["clients"])["clients"])
    assert len(list(tmp_path.glob("*.arrow"))) == 3
    assert many.lazy().collect()["id"].to_list() == ids


def test_incomplete_rows_never_stand_where_complete_ones_do(tmp_path: Path) -> None:
    place = Destination(tmp_path)
    write_tables(gathered(tmp_path), place, "csv")
    before = (tmp_path / "payments.csv").read_bytes()
    write_tables(gathered(tmp_path, []), place, "csv", complete=False)
    assert (tmp_path / "payments.csv").read_bytes() == before
    assert (tmp_path / "payments.items.incomplete.csv").exists()
    write_tables(gathered(tmp_path), place, "csv")
    assert not list(tmp_path.glob("*.incomplete.csv"))


@pytest.mark.parametrize(
    ("file", "table", "name"),
    [(None, "payments", "payments.csv"), (None, "payments.items", "payments.items.csv"),
     ("june.csv", "payments", "june.csv"), ("june.csv", "payments.items.taxes", "june.items.taxes.csv"),
     ("2025.06.csv", "payments", "2025.06.csv")],
)  # fmt: skip
def test_nested_tables_stand_beside_their_parent(file: str | None, table: str, name: str) -> None:
    assert Destination(Path("out"), file).path(table, "csv") == Path("out") / name


@contextmanager
def little_room(size_bytes: int) -> Iterator[None]:
    """No file may grow beyond this: what a full disk does, without filling one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_when_there_is_no_room_for_one_table_none_is_changed(tmp_path: Path) -> None:
    place = Destination(tmp_path)
    write_tables(gathered(tmp_path), place, "csv")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    large = gathered(tmp_path, [{"id": "p_9", "items": [{"name": "x" * 100}] * 3000}])
    with little_room(50_000), pytest.raises(OutputError, match="cannot be written"):
        write_tables(large, place, "csv")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_when_a_folder_stands_where_a_file_goes_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "payments.items.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_tables(gathered(tmp_path), Destination(tmp_path), "csv")
    assert [p.name for p in tmp_path.iterdir()] == ["payments.items.csv"]


def test_a_stream_gets_the_first_table(tmp_path: Path) -> None:
    stream = io.BytesIO()
    write_stream(gathered(tmp_path), stream, tmp_path, "csv")
    assert stream.getvalue().startswith(b"id,fid,")
    assert stream.getvalue().count(b"\n") == 3


PEAK = """
import resource, sys
from pathlib import Path
from pipeline.sink.dataset import upsert
from pipeline.exporter.flatten import flatten, schema_of
from pipeline.sink.write import write_file
from pipeline.sink.spill import SpillBuffer
from schemas.tables import TABLES
clients = TABLES["clients"]
folder, rows, way = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
many = SpillBuffer(folder, "clients", schema_of(clients))
for first in range(0, rows, 2000):
    made = [{"id": f"c{first + n}", "name": f"{n:0400}", "metadata": {"own": f"{n:0400}"}} for n in range(2000)]
    many.add(flatten(made, clients)["clients"])
if way == "append":
    upsert({"clients": many}, clients, folder / "lake", folder)
else:
    write_file({"clients": many}, folder / f"clients.{way}", way)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["jsonl", "csv", "parquet", "append"])
def test_files_are_written_in_the_same_memory_however_many_rows_there_are(way: str, tmp_path: Path) -> None:
    peaks = []
    for rows in (16_000, 160_000):
        folder = tmp_path / str(rows)
        folder.mkdir()
        peaks.append(int(python(PEAK, folder, rows, way).stdout))
    assert peaks[1] < peaks[0] + 60, f"{peaks} MB for 15 and for 150 MB of rows"
