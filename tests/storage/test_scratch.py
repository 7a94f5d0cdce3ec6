"""Scratch folders hold personal data: none outlives its process, none goes while its process lives."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from builders import Files, a_client
from stage import until

from pipeline.errors import OutputError
from pipeline.storage.scratch import scratch

ROOT = Path(__file__).parent.parent.parent

OWNER = """
import sys, time
from pipeline.storage.scratch import scratch
from tests.support.stage import until
with scratch() as folder:
    (folder / "stdin").write_text("LOAA800101AB1")
    print(folder, flush=True)
    time.sleep(60)
"""
RESTLESS = """
from pipeline.storage.scratch import scratch
from tests.support.stage import until
for _ in range(150):
    with scratch() as folder:
        (folder / "kept").write_text("here")
        with scratch():
            assert (folder / "kept").read_text() == "here"
"""


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temp folder, empty (`tmp_path` is made elsewhere, before); every process of a test has it."""
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    monkeypatch.setenv("TMPDIR", str(open_folder))
    return open_folder


@contextmanager
def living() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process and its scratch folder; the process is dead at the end."""
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT) as owner:
        assert owner.stdout is not None
        try:
            yield owner, Path(owner.stdout.readline().strip())
        finally:
            owner.kill()


def test_a_folder_is_private_and_gone_at_the_end(temp: Path) -> None:
    with scratch() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
    assert list(temp.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_run(temp: Path) -> None:
    with living() as (owner, left):
        owner.kill()
        owner.wait()
    assert (left / "stdin").exists()
    with scratch() as folder:
        assert list(temp.iterdir()) == [folder]


def test_a_living_process_keeps_its_folder() -> None:
    with living() as (_, theirs):
        with scratch(), scratch():
            assert (theirs / "stdin").exists()
        assert (theirs / "stdin").exists()


def test_a_folder_that_was_never_locked_goes_too(temp: Path) -> None:
    """Its process died between making and locking it; one that lives makes another."""
    (temp / "gigbulk-scratch-unlocked").mkdir()
    with scratch() as folder:
        assert list(temp.iterdir()) == [folder]


def test_processes_that_come_and_go_never_take_each_others_folder(temp: Path) -> None:
    restless = [subprocess.Popen([sys.executable, "-c", RESTLESS], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in restless] == [0, 0, 0]
    assert list(temp.iterdir()) == []


def test_links_and_other_peoples_things_are_left_alone(
    temp: Path, tmp_path: Path, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (temp / "gigbulk-scratch-link").symlink_to(tmp_path / "precious")
    (temp / "gigbulk-scratch-file").touch()
    (temp / "gigbulk-test-else").mkdir()
    with ordinary_user():
        theirs = temp / "gigbulk-scratch-theirs"
        theirs.mkdir(mode=0o777)
    with scratch():
        pass
    kept = {path.name for path in temp.iterdir()} - {theirs.name}
    assert kept == {"gigbulk-scratch-link", "gigbulk-scratch-file", "gigbulk-test-else"}
    assert theirs.exists() is (os.geteuid() == 0), "only root can make another user's folder here"
    assert (tmp_path / "precious" / "file").exists()


def test_cleaning_that_fails_does_not_fail_the_run(
    temp: Path, ordinary_user: Callable[[], AbstractContextManager[None]]
) -> None:
    with ordinary_user():
        left = temp / "gigbulk-scratch-stubborn"
        left.mkdir()
        left.chmod(0o000)
        with scratch() as folder:
            assert folder.is_dir()
        left.chmod(0o700)


def test_no_room_for_temporary_files_is_said_with_the_place_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere"
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere))
    with pytest.raises(OutputError, match=f"cannot be written in {nowhere}") as said, scratch():
        pass
    assert "set TMPDIR" in said.value.hint


def test_a_killed_check_leaves_its_copy_of_standard_input_only_until_the_next_run(temp: Path, files: Files) -> None:
    command = [sys.executable, "-m", "pipeline", "check"]
    reading = subprocess.Popen([*command, "-"], stdin=subprocess.PIPE, cwd=ROOT)
    until(lambda: list(temp.glob("*/stdin")))
    reading.kill()
    reading.communicate()
    assert list(temp.glob("*/stdin"))
    subprocess.run([*command, files.csv([a_client()])], cwd=ROOT, check=True, capture_output=True)
    assert list(temp.iterdir()) == []
