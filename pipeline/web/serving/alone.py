"""One page a state folder: two would each hold the corrections they know of, and write over the other's."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import ConfigError
from pipeline.language.say import say
from pipeline.web.kept.disk import keep_on_disk

__all__ = ["hold_alone"]


@contextmanager
def hold_alone(folder: Path) -> Iterator[None]:
    """Be the only page of this folder for a block. ConfigError where there is another.

    The lock is the kernel's, on an open file: a page that was killed leaves none behind.
    """
    lock = FileLock(folder / "page.lock", timeout=0, mode=0o600, fallback_to_soft=False)
    with keep_on_disk(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as error:
            raise ConfigError(
                say("A page is open already for the files in {folder}.", folder=folder),
                say("Go on in its window; or end it (Ctrl+C where it was started), and start it again."),
            ) from error
    try:
        yield
    finally:
        lock.release()
