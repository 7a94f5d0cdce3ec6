"""What the page says when the disk takes no more: a sentence and what to do, wherever something was to be kept."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.language.causes import os_cause
from pipeline.language.say import say
from pipeline.storage.atomic import replace_file

__all__ = ["describe_disk_error", "is_of_disk", "keep_on_disk", "require_room"]

_OF_DISK = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE)
)
"""No room, read-only, beyond the limit of a file's size, not permitted, the disk itself, too many files open."""
_PROBE, _PROBED_BYTES = ".probe", 64 << 10


def is_of_disk(error: BaseException) -> bool:
    """Whether an error is the disk's, and none of ours."""
    return isinstance(error, OSError) and error.errno in _OF_DISK


def describe_disk_error(error: OSError, folder: Path) -> OutputError:
    """The error as the page says it."""
    return OutputError(
        say("The page cannot keep its files in {folder}: {cause}.", folder=folder, cause=os_cause(error)),
        say(
            "Free disk space there, or give permission to write, and press the button again: "
            "what was kept before is kept."
        ),
    )


@contextmanager
def keep_on_disk(folder: Path) -> Iterator[None]:
    """Around whatever is written to a folder of the page. OutputError when the disk takes it not."""
    try:
        yield
    except OSError as error:
        if not is_of_disk(error):
            raise
        raise describe_disk_error(error, folder) from error


def require_room(folder: Path) -> None:
    """OutputError while nothing more can be written to a folder: what ends there without a word has no other reason."""
    with keep_on_disk(folder):
        with replace_file(folder / _PROBE) as temporary:
            temporary.write_bytes(bytes(_PROBED_BYTES))
        (folder / _PROBE).unlink()
