"""One at a time: a kernel lock by name in the state folder, which dies with its process.

A journal in a file claims by it and adds a fence (`pipeline.journal.protocol`, Records.claim); an export, which may
have no journal, holds its place by it alone (Engine.hold).
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import JournalError
from pipeline.language.causes import os_cause
from pipeline.language.say import say

__all__ = ["locked"]


@contextmanager
def locked(state_dir: Path, name: str, run: str, what: str) -> Iterator[None]:
    """Hold the lock called `name`, for `run`. JournalError naming the holder when another run has it.

    An import holds its account's name, an export its account's and destination's; `what` says so in the message. The
    lock is the kernel's, on an open file: a killed holder leaves none behind. The holder's name beside it is only for
    the message.
    """
    file = hashlib.sha256(name.encode()).hexdigest()[:16]
    holder = state_dir / f"{file}.holder"
    lock = FileLock(state_dir / f"{file}.lock", timeout=0, mode=0o600, fallback_to_soft=False)
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
        holder.write_text(json.dumps({"run": run, "pid": os.getpid()}))
    except Timeout as error:
        raise JournalError(
            say("Another {what} is under way ({holder}).", what=what, holder=_named(holder)),
            say("Wait until it ends, or stop it."),
        ) from error
    except OSError as error:
        lock.release()
        raise JournalError(
            say("The state folder {state_dir} cannot be written: {cause}.", state_dir=state_dir, cause=os_cause(error)),
            say(
                "Give write permission and disk space, or name another with GIGBULK_STATE_DIR "
                "(GIGBULK_JOURNAL, where it is set)."
            ),
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):  # a name left behind is written over by the next holder
            holder.unlink(missing_ok=True)
        lock.release()


def _named(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text())
    except (OSError, ValueError):
        return say("its holder did not leave a name")
    return say("run {run}, process {pid}", run=known.get("run"), pid=known.get("pid"))
