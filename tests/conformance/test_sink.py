"""What every sink does. One that is new says its facts in CASES and is held to all of this."""

from __future__ import annotations

import errno
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from bucket import Moto, moto
from sheets_format import SHEETS
from sinks import NOON, PAYMENTS, export, killed, table_set

from pipeline.errors import ConfigError, OutputError
from pipeline.failpoints import ExportPoint
from pipeline.formats import FORMATS, WRITERS
from pipeline.sink.open import PATH, SINKS, STDOUT, open_sink
from pipeline.sink.spec import Placed, Sink, Target
from pipeline.sink.spill import SpillBuffer

TABLES = [table.name for table in PAYMENTS.family]
ROWS = dict(zip(TABLES, (1, 2, 2), strict=True))
"""Rows of each table for one payment."""


@dataclass(frozen=True)
class Case:
    """What a sink is opened with. `{}` in the folder is a folder of the test."""

    scheme: str
    folder: str
    file: str | None = None
    format: str = "csv"
    append: bool = False
    points: tuple[ExportPoint, ...] = (ExportPoint.FILES_PLACED,)


CASES = {
    "folder": Case(PATH, "{}/out"),
    "file": Case(PATH, "{}/out", "june.jsonl", "jsonl"),
    "parquet": Case(PATH, "{}/out", format="parquet"),
    "sheets": Case(PATH, "{}/out", format="sheets"),
    "workbook": Case(PATH, "{}/out", format="xlsx"),
    "excel": Case(PATH, "{}/out", format="excel"),
    "one file of sheets": Case(PATH, "{}/out", "june.sheets", "sheets"),
    "dataset": Case(
        PATH, "{}/out", format="parquet", append=True, points=(ExportPoint.PLACED, ExportPoint.FILES_PLACED)
    ),
    "s3": Case("s3", "s3://lake/out"),
    "s3 parquet": Case("s3", "s3://lake/out", "june.parquet", "parquet"),
}
STREAMS = {
    format_: Case(STDOUT, STDOUT, format=format_) for format_ in ("csv", "jsonl", "parquet", "xlsx", "excel", "sheets")
}
every_keeper = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@dataclass
class World:
    """A sink of a case, and what a reader finds where it writes."""

    case: Case
    tmp: Path
    s3: Moto | None
    stream: io.BytesIO = field(default_factory=io.BytesIO)
    exports: int = 0

    @property
    def target(self) -> Target:
        """Each with a staging folder of its own, as each export has."""
        case, staging = self.case, self.tmp / f"staging-{self.exports}"
        folder = case.folder.format(self.tmp)
        return Target(case.scheme, folder, case.file, case.format, staging, lambda: self.stream, case.append)

    @property
    def environment(self) -> dict[str, str]:
        return self.s3.environment if self.s3 else {}

    def scratch(self) -> Path:
        self.exports += 1
        return self.tmp / f"scratch-{self.exports}"

    def sink(self) -> Sink:
        return open_sink(self.target)

    def take(self, *ids: str, complete: bool = True) -> Placed:
        return export(self.sink(), table_set(ids, self.scratch(), complete=complete))

    def files(self) -> dict[str, bytes]:
        """Everything that stands there, by its path below the folder; what is written to on the way apart."""
        if self.s3 is not None:
            return {key.removeprefix("out/"): content for key, content in self.s3.objects.items()}
        out = self.tmp / "out"
        found = (path for path in sorted(out.rglob("*")) if path.is_file() and ".gigbulk-staging" not in str(path))
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in found if path.name[0] != "."}

    def manifest(self) -> dict[str, Any]:
        files = self.files()
        [name] = [name for name in files if name.endswith("manifest.json")] or [""]
        found: dict[str, Any] = msgspec.json.decode(files[name]) if name else {}
        return {"exports": {}, "incomplete": {}, "attempts": {}} | found

    def told(self, section: str = "exports") -> dict[str, Any]:
        """What the manifest says of each file."""
        files: dict[str, Any] = self.manifest()[section]["payments"]["files"]
        return files

    def rows(self, section: str = "exports") -> dict[str, list[str]]:
        """The payments each table speaks of, read from the files that the manifest names, which must be as it says."""
        files = self.files()
        found: dict[str, list[str]] = {table: [] for table in TABLES}
        for name, file in self.told(section).items():
            content, table = files[file["file"]], name.partition("/")[0]
            assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
            read = rows_of(content, self.case.format, table, self.tmp)
            assert len(read) == file["rows"]
            found[table] += read
        return {table: sorted(ids) for table, ids in found.items()}


def rows_of(content: bytes, format_: str, table: str, folder: Path) -> list[str]:
    """The id of the payment of each row of a table, as a reader of the format finds it."""
    key = "id" if table == "payments" else "payment_id"
    path = folder / f"read.{format_}"
    path.write_bytes(content)
    if not content:  # JSONL without rows
        return []
    if format_ == "parquet":
        return pl.read_parquet(path, hive_partitioning=False)[key].to_list()
    chosen = WRITERS[format_]
    shapes = [shape for shape in chosen.look(path) if shape.sheet in (None, table)]
    return [id_ for shape in shapes for part in chosen.read(path, shape, 100) for id_ in part[key]]


def rows_for(*ids: str) -> dict[str, list[str]]:
    return {table: sorted(id_ for id_ in ids for _ in range(count)) for table, count in ROWS.items()}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own format of several tables stands in its line of FORMATS, as a workbook's would."""
    monkeypatch.setitem(FORMATS, SHEETS.name, SHEETS)


@pytest.fixture(scope="module")
def store() -> Iterator[Moto]:
    with moto() as running:
        yield running


@pytest.fixture
def world(case: Case, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    s3: Moto | None = None
    if case.scheme not in (PATH, STDOUT):
        s3 = request.getfixturevalue("store")
        assert s3 is not None
        s3.clear()
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
    return World(case, tmp_path, s3)


class Torn(SpillBuffer):
    """Rows that cannot be read back: the disk has failed."""

    def parts(self) -> Iterator[pl.DataFrame]:
        raise OSError(errno.EIO, "Input/output error")


def torn(world: World, table: str) -> Any:
    """Tables of which one fails when it is written."""
    tables = table_set(("new",), world.scratch())
    broken = Torn(tables.scratch, table, tables.buffers[table].schema)
    return replace(tables, buffers={**tables.buffers, table: broken})


def test_every_sink_has_its_facts() -> None:
    told = {case.scheme for case in (*CASES.values(), *STREAMS.values())}
    same = {"gs", "az"}  # the code of s3, by another scheme: tests/sink/test_object_store.py
    assert told | same == SINKS.keys()


@every_keeper
def test_all_tables_arrive_and_the_manifest_says_of_each_what_its_file_is(world: World) -> None:
    placed = world.take("a", "b")
    assert world.rows() == rows_for("a", "b")
    assert placed.files.keys() == world.told().keys()
    assert placed.manifest is not None
    addresses = {world.sink().address(path).rpartition("/")[2] for path in placed.files.values()}
    assert addresses == {file["file"].rpartition("/")[2] for file in world.told().values()}
    assert world.manifest()["attempts"] == world.manifest()["incomplete"] == {}


@every_keeper
def test_a_resource_without_rows_has_an_entry_and_can_be_read(world: World) -> None:
    world.take()
    assert world.manifest()["exports"]["payments"]["rows"] == 0
    assert world.rows() == rows_for()


@every_keeper
def test_incomplete_tables_stand_beside_complete_ones(world: World) -> None:
    world.take("a", "b")
    before = {name: content for name, content in world.files().items() if not name.endswith("manifest.json")}
    world.take("c", complete=False)
    after = world.files()
    assert {name: after[name] for name in before} == before
    assert world.rows() == rows_for("a", "b")
    assert world.rows("incomplete") == rows_for("c")


@every_keeper
def test_a_complete_set_replaces_the_one_before_and_ends_what_an_incomplete_one_left(world: World) -> None:
    """A dataset keeps the rows that are not among the new ones."""
    world.take("a")
    world.take("lost", complete=False)
    world.take("a", "b")
    assert world.rows() == rows_for("a", "b")
    assert world.manifest()["incomplete"] == {}
    if world.s3 is None:  # objects are not removed: the manifest no longer speaks of them
        assert not [name for name in world.files() if "incomplete" in name]


@every_keeper
@pytest.mark.parametrize("table", TABLES)
def test_when_one_table_cannot_be_written_none_is_and_what_stood_there_stands_there_still(
    world: World, table: str
) -> None:
    world.take("a")
    before = world.files()
    with pytest.raises(OutputError) as caught:
        world.sink().write(torn(world, table))
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    assert world.files() == before


@every_keeper
def test_what_was_begun_and_not_read_is_said_and_the_rows_of_before_stay(world: World) -> None:
    world.take("a")
    sink = world.sink()
    sink.prepare()
    sink.begin("payments", NOON)
    sink.fail("payments", NOON, NOON, "The key was refused.")
    assert world.manifest()["attempts"]["payments"]["why"] == "The key was refused."
    assert world.rows() == rows_for("a")


@pytest.mark.parametrize(
    ("case", "point"),
    [pytest.param(case, point, id=f"{name}-{point}") for name, case in CASES.items() for point in case.points],
)
def test_a_process_killed_in_between_is_not_taken_for_whole_and_the_next_one_mends_it(
    world: World, point: ExportPoint
) -> None:
    """Its first files may be in place: then the manifest still describes the set of before."""
    world.take("a")
    known = world.told()
    killed(world.target, ("a", "b"), world.scratch(), point, **world.environment)
    assert world.told() == known
    if world.s3 is None:
        assert world.manifest()["attempts"]["payments"]["ended"] is None
    for name in {file["file"] for file in known.values()}:
        rows_of(world.files()[name], world.case.format, "payments" if "items" not in name else "x", world.tmp)
    world.take("a", "b")
    assert world.rows() == rows_for("a", "b")
    assert world.manifest()["attempts"] == {}


@pytest.mark.parametrize("case", [CASES["sheets"], CASES["one file of sheets"]], ids=["folder", "file"])
@pytest.mark.parametrize("complete", [True, False], ids=["complete", "incomplete"])
def test_a_format_of_several_tables_makes_one_file_that_the_manifest_names_for_each(
    world: World, complete: bool
) -> None:
    placed = world.take("a", complete=complete)
    files = world.told("exports" if complete else "incomplete")
    assert files.keys() == placed.files.keys() == set(TABLES)
    [name] = {file["file"] for file in files.values()}
    stem = world.case.file.partition(".")[0] if world.case.file else "payments"
    assert name == f"{stem}{'' if complete else '.incomplete'}.sheets"
    assert len(world.files()) == 2, "the file and the manifest"
    assert {table: file["rows"] for table, file in files.items()} == ROWS


# --- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", STREAMS.values(), ids=STREAMS.keys())
@pytest.mark.parametrize("complete", [True, False], ids=["complete", "incomplete"])
def test_a_stream_takes_the_first_table_or_all_that_one_file_holds(world: World, complete: bool) -> None:
    placed = world.take("a", "b", complete=complete)
    assert placed == Placed({})
    held = TABLES if WRITERS[world.case.format].several_tables else TABLES[:1]
    for table in held:
        read = rows_of(world.stream.getvalue(), world.case.format, table, world.tmp)
        assert sorted(read) == rows_for("a", "b")[table]
    assert not (world.tmp / "out").exists()


@pytest.mark.parametrize("case", STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_gets_nothing_of_a_table_that_cannot_be_written(world: World) -> None:
    with pytest.raises(OutputError):
        world.sink().write(torn(world, "payments"))
    assert world.stream.getvalue() == b""


def test_a_format_that_a_store_cannot_take_as_it_is_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    target = Target("s3", "s3://lake/out", None, SHEETS.name, tmp_path, io.BytesIO)
    with pytest.raises(ConfigError, match="sheets files cannot be sent to an object store") as caught:
        open_sink(target)
    assert "csv, jsonl, parquet" in caught.value.hint
