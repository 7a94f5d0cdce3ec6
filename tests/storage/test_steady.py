"""A file that is written, cut short, replaced or taken away while it is read is refused by name, never half read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from builders import Files, a_client, csv_text, inspect_table, python, table

from pipeline.errors import InputError
from pipeline.source import read as reading
from pipeline.source.read import inspect_file, read_batches
from pipeline.storage.steady import SteadyFile, hash_file, stamp_file

ROWS = [a_client(internalId=f"c{i:05d}", name=f"Ana {i:05d}") for i in range(400)]


def make(files: Files, kind: str) -> Path:
    if kind == "csv":
        return files("clients.csv", csv_text(table(ROWS)))
    if kind == "jsonl":
        return files.jsonl(ROWS)
    path = files.folder / "clients.parquet"
    pl.DataFrame(ROWS).write_parquet(path, row_group_size=20)
    return path


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(path.read_bytes()[-2000:])


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"00399", b"00400"))
    other.replace(path)


def rewrite(path: Path) -> None:
    """In place, as long as before, and with the time it had: only its bytes tell."""
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Ana 00399", b"Eva 00399"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def remove(path: Path) -> None:
    path.unlink()


CHANGES: dict[str, Callable[[Path], None]] = {f.__name__: f for f in (grow, shrink, empty, replace, rewrite, remove)}
every_kind = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
every_change = pytest.mark.parametrize("change", CHANGES)
TOLD = r"clients\.\w+ (changed while it was read|was moved or deleted while it was read)\."


@every_kind
@every_change
def test_a_file_that_changed_between_looking_and_reading_is_refused(kind: str, change: str, files: Files) -> None:
    path = make(files, kind)
    source = inspect_table(path, path.name)
    CHANGES[change](path)
    with pytest.raises(InputError, match=TOLD) as caught:
        list(read_batches(source))
    assert "run again" in caught.value.hint


@every_kind
@every_change
@pytest.mark.parametrize("after", [0, 1, 9])
def test_a_file_that_changes_while_it_is_read_is_refused_before_its_last_row_is_given(
    kind: str, change: str, after: int, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 40)
    path = make(files, kind)
    source = inspect_table(path, path.name)
    frames = read_batches(source)
    given = [next(frames) for _ in range(after)]
    CHANGES[change](path)
    with pytest.raises(InputError, match=TOLD):
        given += list(frames)
    assert pl.concat(given).height <= source.rows if given else True


@every_kind
@every_change
@pytest.mark.parametrize("at", [1, 3, 9])
def test_a_file_that_changes_while_it_is_looked_at_is_refused(
    kind: str, change: str, at: int, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 40)
    path = make(files, kind)
    told: list[int] = []

    def on_rows(read: int, expected: int | None) -> None:
        told.append(read)
        if len(told) == at:
            CHANGES[change](path)

    with pytest.raises(InputError, match=TOLD):
        inspect_file(path, path.name, on_rows=on_rows)


@every_kind
def test_a_file_that_is_touched_or_copied_over_with_the_same_bytes_has_not_changed(kind: str, files: Files) -> None:
    path = make(files, kind)
    source = inspect_table(path, path.name)
    os.utime(path)
    assert sum(frame.height for frame in read_batches(source)) == 400
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    assert sum(frame.height for frame in read_batches(source)) == 400
    path.chmod(0o600)
    assert sum(frame.height for frame in read_batches(source)) == 400


def test_what_goes_wrong_for_another_reason_is_told_as_it_was(files: Files) -> None:
    path = make(files, "csv")
    steady = SteadyFile(path, "clients.csv", stamp_file(path), hash_file(path))
    with pytest.raises(InputError, match="of its own"), steady.reading():
        raise InputError("A fault of its own.")
    with pytest.raises(InputError, match=r"clients\.csv cannot be read: Stale file handle\."), steady.reading():
        raise OSError(116, "Stale file handle")


@every_kind
def test_a_file_that_another_program_keeps_writing_gives_its_rows_or_our_own_error(kind: str, files: Files) -> None:
    """In a process of its own: were the file mapped into memory, one cut short under the map would end the process."""
    path = make(files, kind)
    (copy := path.with_name("whole")).write_bytes(path.read_bytes())
    done = python(_READ_WHILE_WRITTEN, path, copy)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["tried", "60"]


_READ_WHILE_WRITTEN = """
import sys, threading
from pathlib import Path
from pipeline.errors import InputError
from pipeline.source.read import read_batches, inspect_file
path, whole, done = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), threading.Event()
def write():
    while not done.is_set():
        for size in (len(whole) // 3, len(whole), len(whole) // 2, len(whole)):
            path.write_bytes(whole[:size])
            done.wait(0.001)
writer = threading.Thread(target=write)
writer.start()
tried = 0
try:
    for tried in range(1, 61):
        try:
            (source,) = inspect_file(path, path.name)
            assert sum(frame.height for frame in read_batches(source)) == source.rows
        except InputError as error:
            assert "clients." in error.message, error.message
finally:
    done.set()
    writer.join()
print("tried", tried)
"""
