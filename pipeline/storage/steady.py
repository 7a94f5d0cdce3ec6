"""Whether a file is still what it was: people save a table again while it is being read, and programs still write it.

A row that was judged must be the row that is sent. So a file is looked at again after each part of it that was read,
by size and times, which costs nothing, and once more by its hash when all of it was read.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.errors import InputError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["UNKNOWN_STAMP", "FileStamp", "SteadyFile", "hash_file", "stamp_file"]


class FileStamp(NamedTuple):
    """What the system says of a file that nobody has touched."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


UNKNOWN_STAMP = FileStamp(0, 0, 0, 0, 0)
"""That of no file: who holds it compares the bytes."""


def stamp_file(path: Path) -> FileStamp:
    """The file's stamp of this moment. Errors are those of the system."""
    told = path.stat()
    return FileStamp(told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def hash_file(path: Path) -> str:
    """The hash of the file's bytes as they stand on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(slots=True)
class SteadyFile:
    """A file that must not change while it is read; `name` is what the user calls it.

    Without `sha256` nothing is known but its stamp: then whoever only touches the file has changed it.
    """

    path: Path
    name: str
    stamp: FileStamp
    sha256: str | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around whatever reads it: what goes wrong because the file changed is told as that, never as a mistake.

        A file that shrinks or is replaced shows itself as a broken row, as bytes that are no text, as a reader that
        finds nothing where something was. What goes wrong for another reason is told as it was.
        """
        try:
            yield
        except (InputError, OSError, UnicodeError, RuntimeError, pl.exceptions.PolarsError) as error:
            self.refuse_changed()
            if isinstance(error, OSError):
                raise self._unreadable(error) from error
            raise

    def refuse_changed(self, *, whole: bool = False) -> None:
        """InputError when the file is not what it was. `whole` compares its bytes, however untouched it looks."""
        try:
            now = stamp_file(self.path)
            if now == self.stamp and not whole:
                return
            same = self.sha256 is not None and hash_file(self.path) == self.sha256
        except FileNotFoundError as error:
            raise InputError(say("{name} was moved or deleted while it was read.", name=self.name), _AGAIN) from error
        except OSError as error:
            raise self._unreadable(error) from error
        if not same:
            raise self.changed()
        self.stamp = now

    def changed(self) -> InputError:
        return InputError(say("{name} changed while it was read.", name=self.name), _AGAIN)

    def _unreadable(self, error: OSError) -> InputError:
        return InputError(
            say("{name} cannot be read: {cause}.", name=self.name, cause=os_cause(error)),
            say("Check its disk or network drive."),
        )


_AGAIN = say("Wait until whatever writes it is done, or close it there; then run again: nothing of it was sent.")
