"""Files that are whole or not there: results renamed into their place, and what does not fit in memory set aside.

What is to stand in a place is written beside it, on the same disk, and renamed: one file (`replace_file`, and
`replace_atomically` for results, with the user's words for what goes wrong), a folder, or a batch of files in order.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.errors import OutputError
from pipeline.language.causes import os_cause
from pipeline.language.say import Said, say, say_known

__all__ = [
    "Replacement", "disk_errors", "may_hold_file", "replace_atomically", "replace_batch", "replace_file",
    "replace_folder", "spill", "sync_folders",
]  # fmt: skip

_NO_ROOM = {
    "No space left on device": say("Free disk space and run again; nothing was changed."),
    "File too large": say("Raise the limit of a file's size (ulimit -f) and run again; nothing was changed."),
}
"""What the system says when there is no room, whoever repeats it, and what to do."""


@contextmanager
def replace_file(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """A temporary path to write to; at the end it is renamed to `path`. Errors are those of the system.

    Whatever goes wrong, what stood at `path` before stands there still. Without `sync` a power cut may leave the file
    cut short: for what is cheap to make again and not believed when it is damaged.
    """
    _refuse_special(path)
    temporary = _name_temporary(path)
    try:
        yield temporary
        if sync:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):  # the name itself may be what is wrong
            temporary.unlink(missing_ok=True)


def may_hold_file(path: Path) -> bool:
    """Whether `replace_file` could put a file there now: what it would write to is made, and taken away."""
    temporary = _name_temporary(path)
    try:
        if path.exists() and not path.is_file():
            return False
        temporary.touch()
        temporary.unlink()
    except OSError:
        return False
    return True


def _name_temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _refuse_special(path: Path) -> None:
    """A device or a pipe: root may rename a file over /dev/null, and whatever writes there fills a disk from then."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "Not a regular file", str(path))


@contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """`replace_file` for a result: OutputError when the disk is full, the folder is missing or may not be written."""
    try:
        with replace_file(path) as temporary:
            yield temporary
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            say("{path} cannot be written: {error}.", path=path, error=_reason(error)), _advice(error)
        ) from error


@contextmanager
def replace_folder(path: Path) -> Iterator[Path]:
    """A new folder to fill; at the end it stands at `path` in place of the one before. Errors are those of the system.

    Killed between the two, the old one is gone and the new one not there: a folder cannot be renamed over another.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class Replacement(NamedTuple):
    """What is to stand at `path`: the file `staged`, whole, synced, on the same disk; None takes away what is there."""

    path: Path
    staged: Path | None


def replace_batch(batch: Sequence[Replacement], *, after_each: Callable[[], None] = lambda: None) -> None:
    """Put every file in its place, in order, and sync their folders. Each is whole at any time, the batch is not.

    Folders are made where they are missing, and removed when they are left empty. Errors are those of the system, and
    OutputError when a folder cannot be synced.
    """
    for path, staged in batch:
        _refuse_special(path)
        if staged is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(path)
        else:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty: what else lies there is not ours
                path.parent.rmdir()
        after_each()
    sync_folders(path.parent for path, staged in batch if staged is not None)


def sync_folders(folders: Iterable[Path]) -> None:
    """Make renames survive a power cut: what follows (the watermark) must not be remembered longer than they are."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    for folder in set(folders):
        try:
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise OutputError(
                say("{folder} cannot be synced: {cause}.", folder=folder, cause=os_cause(error)),
                say("Check the disk, and run again."),
            ) from error


def spill(frame: pl.DataFrame, path: Path) -> None:
    """Keep a frame in the run's own temporary folder. OutputError when there is no room."""
    with disk_errors(path.parent):
        frame.write_parquet(path, compression="lz4")


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Around whatever is written to the run's own temporary folder. OutputError naming it when there is no room."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OutputError(
            say("Temporary files cannot be written to {folder}: {error}.", folder=folder, error=_reason(error)),
            say("Free disk space there (or raise the limit that ulimit -f shows), or name another folder with TMPDIR."),
        ) from error


def _reason(error: Exception) -> Said:
    known = next((words for words in _NO_ROOM if words in str(error)), None)
    if known is None and isinstance(error, OSError):
        return os_cause(error)
    return say_known(known or str(error).splitlines()[0])


def _advice(error: Exception) -> str:
    return _NO_ROOM.get(_reason(error), say("Name another place, or give permission to write there."))
