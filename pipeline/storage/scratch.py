"""Scratch folders: private, and gone when their process is, however it ends.

They hold what people keep to themselves (a copy of standard input, an index of the account, rows with their problems).
A run that ends by itself takes its folder along; one that is killed cannot, so the next run of the same user does.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR

from filelock import lock_descriptor

from pipeline.edge import is_utf8
from pipeline.errors import OutputError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["scratch"]

_PREFIX = "gigbulk-scratch-"
_LOCK = ".lock"
_TRIES = 20


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder that only this user may enter, removed at the end. OutputError when there is no room for it.

    Its owner holds a kernel lock on a file in it; a folder whose lock can be taken is nobody's any more.
    """
    if not is_utf8(tempfile.gettempdir()):
        raise OutputError(
            say(
                "The path of the folder for temporary files is not UTF-8: {tempfile!a}.", tempfile=tempfile.gettempdir()
            ),
            say("Name another with TMPDIR."),
        )
    _sweep(Path(tempfile.gettempdir()))
    try:
        folder, lock = _made()
    except OSError as error:
        raise OutputError(
            say(
                "Temporary files cannot be written in {tempfile}: {cause}.",
                tempfile=tempfile.gettempdir(),
                cause=os_cause(error),
            ),
            say("Free disk space, or set TMPDIR."),
        ) from error
    try:
        yield folder
    finally:
        _remove(folder, lock)


def _made() -> tuple[Path, int]:
    """A new folder and its lock. A sweep that comes upon a folder before it is locked takes it for left behind and
    removes it: then another one is made."""
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with suppress(FileNotFoundError):
            lock = _locked(folder)
            if lock is not None:
                return folder, lock
    raise OSError(0, "other processes remove what is made there")


def _locked(folder: Path) -> int | None:
    """The open file that holds the folder's lock; None when it is another's, or was removed by another meanwhile."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        ours = lock_descriptor(lock, blocking=False) and os.fstat(lock).st_nlink > 0
    except OSError:
        os.close(lock)
        raise
    if not ours:
        os.close(lock)
    return lock if ours else None


def _sweep(parent: Path) -> None:
    """Remove this user's folders whose owners are dead. What cannot be removed is left to another time."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = _locked(folder) if _ours(folder) else None
            if lock is not None:
                _remove(folder, lock)


def _ours(folder: Path) -> bool:
    """Whether it is a folder (no link to one) that belongs to this user."""
    info = folder.lstat()
    return S_ISDIR(info.st_mode) and (os.name != "posix" or info.st_uid == os.geteuid())


def _remove(folder: Path, lock: int) -> None:
    """Everything in it goes while its lock is held, so that nobody can be at home in it."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
    if os.name == "nt" and folder.exists():  # Windows removes no open file; whoever locks it meanwhile keeps it open
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()
