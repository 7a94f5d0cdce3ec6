"""A result is whole or not there, and what stood in its place before stands there until the new one is whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import polars as pl
import pytest
from builders import python

from pipeline.errors import OutputError
from pipeline.storage.atomic import (
    Replacement,
    replace_atomically,
    replace_batch,
    replace_file,
    replace_folder,
    spill,
)  # fmt: skip


def test_a_file_appears_when_it_is_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with replace_atomically(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == path.parent, "the same disk, or it could not be renamed"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_what_stood_there_stays_when_writing_fails(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(type(error)) as caught, replace_atomically(path) as temporary:
        temporary.write_text("half")
        raise error
    assert caught.value is error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sync", [True, False])
def test_a_file_replaced_without_words_of_ours_fails_with_the_systems(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "page.json"
    with replace_file(path, sync=sync) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    with pytest.raises(FileNotFoundError), replace_file(path, sync=sync):
        pass
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_no_file_takes_the_place_of_a_device_or_a_pipe(tmp_path: Path) -> None:
    """`--rejects /dev/null` of a root in a container would leave a file there for every other program."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    staged = tmp_path / "staged"
    staged.write_text("x")
    with pytest.raises(OutputError, match="Not a regular file"), replace_atomically(pipe) as temporary:
        temporary.write_text("x")
    with pytest.raises(OSError, match="Not a regular file"):
        replace_batch([Replacement(pipe, staged)])
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipe", "staged"]


def test_a_folder_stands_in_place_of_the_one_before_when_it_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "clients.raw"
    for name in ("one", "two"):
        with replace_folder(folder) as making:
            (making / name).write_text(name)
            assert not (folder / name).exists()
        assert [path.name for path in folder.iterdir()] == [name]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_be_filled_leaves_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "clients.raw"
    folder.mkdir()
    (folder / "old").write_text("old")
    with pytest.raises(ValueError, match="half"), replace_folder(folder) as making:
        (making / "new").write_text("new")
        raise ValueError("half")
    assert [path.name for path in folder.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_kill_left_of_a_folder_is_not_in_the_next_one(tmp_path: Path) -> None:
    (tmp_path / ".clients.raw.tmp").mkdir()
    (tmp_path / ".clients.raw.tmp" / "page").write_text("of the killed run")
    with replace_folder(tmp_path / "clients.raw") as making:
        (making / "new").write_text("new")
    assert [path.name for path in (tmp_path / "clients.raw").iterdir()] == ["new"]


def test_a_batch_is_put_in_place_in_order_and_what_stays_empty_goes(tmp_path: Path) -> None:
    old, kept, new = tmp_path / "a" / "old", tmp_path / "b" / "old", tmp_path / "c" / "new"
    for path in (old, kept, kept.with_name("other")):
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    staged = tmp_path / "staged"
    staged.write_text("new")
    seen: list[list[bool]] = []
    batch = [Replacement(new, staged), Replacement(old, None), Replacement(kept, None)]
    replace_batch(batch, after_each=lambda: seen.append([path.exists() for path, _ in batch]))
    assert seen == [[True, True, True], [True, False, True], [True, False, False]]
    assert new.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"], "b is not ours alone"


def refused(path: Path) -> OutputError:
    with pytest.raises(OutputError) as caught, replace_atomically(path) as temporary:
        temporary.write_text("new")
    assert caught.value.exit_code == 5
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, open_folder: Path, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    assert "No such file or directory" in refused(tmp_path / "missing" / "out.csv").message
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refused(tmp_path / "file" / "out.csv").message
    (tmp_path / "folder").mkdir()
    assert "Is a directory" in refused(tmp_path / "folder").message
    assert "File name too long" in refused(tmp_path / ("x" * 250 + ".csv")).message
    open_folder.chmod(0o555)
    with ordinary_user():
        assert "Permission denied" in refused(open_folder / "out.csv").message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


FULL = """
import resource, sys
from pathlib import Path
import polars as pl
from pipeline.errors import OutputError
from pipeline.formats import FORMATS
from pipeline.storage.atomic import replace_atomically, spill

resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
folder = Path(sys.argv[1])
rows = pl.DataFrame({"a": [f"{n * 2654435761 % 2**32:x}" for n in range(50_000)]})
for kind, form in FORMATS.items():
    path = folder / f"out.{kind}"
    path.write_text("old")
    try:
        with replace_atomically(path) as temporary:
            form.write({None: rows.lazy()}, temporary, ())
    except OutputError as error:
        assert error.exit_code == 5
        print(kind, error.message)
    assert path.read_text() == "old"
try:
    spill(rows, folder / "part.parquet")
except OutputError as error:
    print("aside", error.message)
"""


def test_when_the_disk_takes_no_more_every_format_says_so_and_leaves_no_half_file(tmp_path: Path) -> None:
    """The kernel refuses to let a file grow (RLIMIT_FSIZE), as it does on a full disk."""
    done = python(FULL, tmp_path)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert set(told) == {"csv", "jsonl", "parquet", "xlsx", "aside"}
    assert all("cannot be written" in sentence for sentence in told.values()), told
    left = {path.name for path in tmp_path.iterdir()} - {"part.parquet"}
    assert left == {"out.csv", "out.jsonl", "out.parquet", "out.xlsx"}


def test_what_is_set_aside_comes_back_as_it_was(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": ["x", None], "b": [{"c": [1]}, {"c": []}]})
    spill(rows, tmp_path / "part.parquet")
    assert pl.read_parquet(tmp_path / "part.parquet").equals(rows)
