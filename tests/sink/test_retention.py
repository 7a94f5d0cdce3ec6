"""Retention: the newest good exports stay, older ones go, and nothing that no export made is ever touched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from builders import RecordingEvents
from listing import a_session

from pipeline.edge import utc_now
from pipeline.errors import ConfigError
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.query import ListQuery
from pipeline.exporter.resource import run_export_resource
from pipeline.exporter.window import Window
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.sink.destination import Destination
from pipeline.sink.folder import FolderSink
from pipeline.sink.manifest import record_files
from pipeline.sink.retention import MadeSet, find_outdated, keep_newest, remove_set, require_sets
from pipeline.storage.naming import OutputName
from schemas.tables import TABLES

DAYS = [f"2026-05-{day:02d}" for day in range(1, 7)]


def made(folder: Path, *tables: str, complete: bool = True, raw: bool = False, resource: str = "payments") -> None:
    """What an export leaves in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        (folder / f"{table}.csv").write_text("id\n")
    if raw:
        (folder / f"{resource}.raw").mkdir()
        (folder / f"{resource}.raw" / "page-000000000000.json").write_text("{}")
    files = {table: {"file": f"{table}.csv"} for table in tables}
    entry = {"complete": complete, "files": files, "raw": f"{resource}.raw" if raw else None}
    record_files(folder / "manifest.json", resource, entry)


def made_days(root: Path, *days: str, complete: bool = True) -> None:
    for day in days:
        made(root / day, "payments", "payments.items", complete=complete)


def below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def old(root: Path, keep: int, name: str = "{date}", written: str = DAYS[-1]) -> list[MadeSet]:
    return find_outdated(OutputName.parsed(f"{root}/{name}"), as_file=False, keep=keep, written=root / written)


def pruned(root: Path, keep: int, **options: str) -> None:
    for each in old(root, keep, **options):
        assert remove_set(each) is None


def test_the_newest_sets_stay_and_older_ones_go_with_their_folders(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS)
    pruned(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == DAYS[-2:]
    assert {path.name for path in (tmp_path / DAYS[-1]).iterdir()} == {
        "payments.csv", "payments.items.csv", "manifest.json",
    }  # fmt: skip


def test_what_would_go_can_be_explained_before_anything_is_removed(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS)
    made(tmp_path / "2026-04-30", "payments", complete=False)
    before = below(tmp_path)
    assert [each.describe() for each in old(tmp_path, 5)] == [
        f"{tmp_path / '2026-04-30'} (2 files, incomplete)",
        f"{tmp_path / DAYS[0]} (3 files)",
    ]
    assert below(tmp_path) == before


def test_fewer_sets_than_kept_lose_nothing(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS)
    assert old(tmp_path, len(DAYS)) == []
    assert old(tmp_path, 14) == []
    assert old(tmp_path / "missing", 1) == []


def test_incomplete_sets_count_for_nothing_so_that_the_last_good_ones_stay(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS[:2])
    made_days(tmp_path, *DAYS[2:], complete=False)
    assert old(tmp_path, 2) == []
    pruned(tmp_path, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == DAYS[1:]


def test_the_set_just_written_stays_even_when_the_clock_went_back(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS)
    assert [each.target.name for each in old(tmp_path, 1, written=DAYS[0])] == DAYS[1:-1]


def test_nothing_the_name_could_not_have_made_and_no_manifest_names_is_touched(tmp_path: Path) -> None:
    made_days(tmp_path, *DAYS)
    made_days(tmp_path, "2026-05-01-copy", "2026-13-01", "backup")
    (tmp_path / "2026-04-01").mkdir()
    (tmp_path / "2026-04-01" / "payments.csv").write_text("mine")
    (tmp_path / DAYS[0] / "notes.txt").write_text("mine")
    (tmp_path / DAYS[1] / "manifest.json").write_text('{"version": 99}')
    pruned(tmp_path, 1)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"2026-05-01-copy", "2026-13-01", "backup", "2026-04-01", DAYS[0], DAYS[1], DAYS[-1]}
    assert below(tmp_path / DAYS[0]) == {"notes.txt"}
    assert below(tmp_path / DAYS[1]) == {"payments.csv", "payments.items.csv", "manifest.json"}


def test_links_are_neither_followed_nor_removed(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "exports", tmp_path / "elsewhere"
    made_days(root, *DAYS[1:])
    made(elsewhere, "payments")
    (root / DAYS[0]).symlink_to(elsewhere)
    (root / DAYS[1] / "payments.csv").unlink()
    (root / DAYS[1] / "payments.csv").symlink_to(elsewhere / "payments.csv")
    (root / DAYS[2] / "manifest.json").rename(tmp_path / "kept.json")
    (root / DAYS[2] / "manifest.json").symlink_to(tmp_path / "kept.json")
    pruned(root, 1)
    assert below(elsewhere) == {"payments.csv", "manifest.json"}
    assert (root / DAYS[0]).is_symlink()
    assert below(root / DAYS[1]) == {"payments.csv"}
    assert len(below(root / DAYS[2])) == 3


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "..", ".", "", None, 7, "sub/file.csv"])
def test_a_manifest_cannot_point_beyond_its_own_folder(tmp_path: Path, name: object) -> None:
    root = tmp_path / "exports"
    made_days(root, *DAYS)
    (tmp_path / "exports" / "secret.txt").write_text("mine")
    (root / DAYS[0] / "sub").mkdir()
    (root / DAYS[0] / "sub" / "file.csv").write_text("mine")
    entry = {"complete": True, "files": {"payments": {"file": name}, "x": name}, "raw": name}
    record_files(root / DAYS[0] / "manifest.json", "payments", entry)
    pruned(root, 1)
    assert (root / "secret.txt").read_text() == "mine"
    assert below(root / DAYS[0]) == {"payments.csv", "payments.items.csv", "sub", "sub/file.csv"}


def test_raw_pages_go_with_their_set(tmp_path: Path) -> None:
    for day in DAYS:
        made(tmp_path / day, "payments", raw=True)
    pruned(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == [DAYS[-1]]
    assert len(below(tmp_path)) == 5


def test_runs_of_one_day_are_told_apart_by_the_run(tmp_path: Path) -> None:
    runs = [f"20260531-0{hour}0000-{hour:04x}" for hour in range(4)]
    for run in runs:
        made(tmp_path / "2026-05-31" / run, "payments")
    pruned(tmp_path, 2, name="{date}/{run}", written=f"2026-05-31/{runs[-1]}")
    assert sorted(path.name for path in (tmp_path / "2026-05-31").iterdir()) == runs[2:]


def test_a_date_that_stands_twice_must_be_the_same_twice(tmp_path: Path) -> None:
    made(tmp_path / DAYS[0] / f"x-{DAYS[0]}", "payments")
    made(tmp_path / DAYS[0] / f"x-{DAYS[1]}", "payments")
    made(tmp_path / DAYS[5] / f"x-{DAYS[5]}", "payments")
    found = old(tmp_path, 1, name="{date}/x-{date}")
    assert [each.target.name for each in found] == [f"x-{DAYS[0]}"]


def test_files_of_a_real_export_with_the_date_in_their_name_go_resource_by_resource(
    tmp_path: Path, console: RecordingEvents
) -> None:
    name = OutputName.parsed(f"{tmp_path}/{{resource}}-{{date}}.csv")

    async def export(resource: str, day: str) -> None:
        place = Path(name.filled({"resource": resource, "date": day}))
        sink = FolderSink(Destination(place.parent, place.name), "csv")
        pages = PageCheckpoint(tmp_path / "spool" / resource / day, now=utc_now)
        async with a_session(sandbox.base_url) as session:
            sink.prepare()
            await run_export_resource(
                session,
                ListQuery(resource, Window(ceiling=utc_now())),
                TABLES[resource],
                sink,
                pages,
                now=utc_now,
                raw=True,
            )

    with EmbeddedSandbox(Options(rows={"payments": 3, "clients": 2})) as sandbox:
        for day in DAYS[:3]:
            asyncio.run(export("payments", day))
            asyncio.run(export("clients", day))
    written = {"payments": Destination(tmp_path, f"payments-{DAYS[2]}.csv")}
    keep_newest(name, 1, written, console)
    left = {path.name for path in tmp_path.iterdir() if path.name.startswith("payments")}
    assert left == {
        f"payments-{DAYS[2]}.{suffix}"
        for suffix in ("csv", "items.csv", "items.taxes.csv", "raw", "csv.manifest.json")
    }  # fmt: skip
    assert len([path for path in tmp_path.iterdir() if path.name.startswith("clients")]) == 9


def test_what_cannot_be_removed_is_a_sentence_and_its_manifest_stays(
    open_folder: Path, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    made_days(open_folder, *DAYS[:2])
    (open_folder / DAYS[0]).chmod(0o555)
    (found,) = old(open_folder, 1, written=DAYS[1])
    with ordinary_user():
        said = remove_set(found)
    assert said is not None and "could not be removed: Permission denied" in said
    assert (open_folder / DAYS[0] / "manifest.json").exists()


def test_keeping_needs_a_name_that_tells_runs_apart() -> None:
    for text in ("out", "out/{resource}.csv"):
        with pytest.raises(ConfigError, match="--keep needs"):
            require_sets(OutputName.parsed(text))
    for text in ("out/{date}", "{resource}-{run}.csv"):
        require_sets(OutputName.parsed(text))


def test_what_is_removed_is_said_once_a_dry_run_only_says_it_and_what_fails_is_a_warning(
    open_folder: Path, ordinary_user: Callable[[], AbstractContextManager[None]], console: RecordingEvents
) -> None:
    name = OutputName.parsed(f"{open_folder}/{{date}}")
    written = dict.fromkeys(("payments", "clients"), Destination(open_folder / DAYS[2]))
    made_days(open_folder, *DAYS[:3])
    keep_newest(name, 1, written, console, dry_run=True)
    assert console.notes == [
        f"Would be removed, older than the 1 newest: {open_folder / day} (3 files)" for day in DAYS[:2]
    ]
    assert len(list(open_folder.iterdir())) == 3
    console.notes.clear()
    (open_folder / DAYS[1]).chmod(0o555)
    (open_folder / DAYS[0]).chmod(0o777)
    with ordinary_user():
        keep_newest(name, 1, written, console)
    assert console.notes == [f"Removed, older than the 1 newest: {open_folder / DAYS[0]} (3 files)"]
    assert len(console.warnings) == 1 and DAYS[1] in console.warnings[0]
