"""The server's side of jobs: begun as processes of their own, followed by what they write, stopped by a signal.

A server that has begun none of them knows as much of a job as the one that has: all of it is in the job's folder.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.errors import OutputError
from pipeline.settings import Settings
from pipeline.storage.atomic import replace_atomically
from pipeline.web.handed_over import build_environment, encode_settings
from pipeline.web.job.asked import Asked
from pipeline.web.kept.disk import require_room

__all__ = ["JobFolder", "begin_job", "find_job", "find_no_room", "list_jobs", "write_process"]

_PID, _RESULT, _PROGRESS, _REQUEST = "pid", "result.json", "progress.jsonl", "request.json"


class JobFolder(NamedTuple):
    """One job by its folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def asked(self) -> Asked:
        return msgspec.json.decode((self.folder / _REQUEST).read_bytes(), type=Asked)

    @property
    def result(self) -> dict[str, Any] | None:
        """What it came to; None while it runs, and of one that was killed."""
        path = self.folder / _RESULT
        known: dict[str, Any] | None = msgspec.json.decode(path.read_bytes()) if path.exists() else None
        return known

    @property
    def runs(self) -> bool:
        """Whether its process is there. A number that another process has by now is not taken for it."""
        number = self._pid()
        if number is None or self.result is not None:
            return False
        with suppress(ChildProcessError):  # of another server
            os.waitpid(number, os.WNOHANG)
        try:
            os.kill(number, 0)
        except OSError:
            return False
        return _is_job(number, self.folder)

    def told(self, after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """What it has told, each line with its number from 1, behind the one of that number."""
        path = self.folder / _PROGRESS
        if not path.exists():
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number > after and line.endswith(b"\n"):
                    yield number, msgspec.json.decode(line)

    def latest(self) -> dict[str, Any]:
        """The last line of each kind it has told."""
        known: dict[str, Any] = {}
        for _, line in self.told():
            known |= line
        return known

    def stop(self) -> None:
        """Wish that it end: no new request leaves, those in flight are settled; it can be resumed."""
        number = self._pid()
        if number is not None and self.runs:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGTERM)

    def _pid(self) -> int | None:
        try:
            return int((self.folder / _PID).read_text())
        except (OSError, ValueError):
            return None


def _is_job(number: int, folder: Path) -> bool:
    """Whether the process of that number is the job of this folder, where the system can tell; else it is."""
    process = Path("/proc") / str(number)
    try:
        words = (process / "cmdline").read_bytes()
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not Path("/proc/self").exists()
    return state != "Z" and (not words or os.fsencode(folder) in words)  # it has no words yet while it begins


def begin_job(jobs: Path, asked: Asked, settings: Settings, basket: Path | None = None) -> JobFolder:
    """A new job in a folder of its own, begun in a session of its own: the end of this server is not its end."""
    jobs.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = [int(path.name) for path in jobs.iterdir() if path.name.isdecimal()]
    folder = jobs / f"{max(numbers, default=0) + 1}"
    folder.mkdir(mode=0o700)
    with replace_atomically(folder / _REQUEST) as temporary:
        temporary.write_bytes(msgspec.json.encode(asked))
    words = [sys.executable, "-m", "pipeline.web.job", str(folder), *([str(basket)] if basket else [])]
    with (folder / "stderr").open("wb") as errors, tempfile.TemporaryFile() as known:
        known.write(encode_settings(settings))  # a file without a name: a pipe could break with the server
        known.seek(0)
        process = subprocess.Popen(
            words, stdin=known, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            env=build_environment(),
        )  # fmt: skip
    with suppress(OutputError):  # the job writes it too, and does nothing where it cannot
        write_process(folder, process.pid)
    return JobFolder(folder)


def write_process(folder: Path, number: int) -> None:
    """Leave the number of a job's process in its folder. The job does so before all else: whoever began it may have
    been killed before it could, and a send that nobody sees could not be stopped."""
    with replace_atomically(folder / _PID) as temporary:
        temporary.write_text(str(number))


def find_no_room(job: JobFolder) -> OutputError | None:
    """Why a job has ended without a result, where that can be known: its disk takes no more."""
    try:
        require_room(job.folder)
    except OutputError as error:
        return error
    return None


def list_jobs(jobs: Path) -> list[JobFolder]:
    """The jobs of a folder, newest first. A folder without a request is of one that a full disk let nobody begin."""
    if not jobs.exists():
        return []
    numbers = sorted((int(path.name) for path in jobs.iterdir() if path.name.isdecimal()), reverse=True)
    return [JobFolder(jobs / str(number)) for number in numbers if (jobs / str(number) / _REQUEST).exists()]


def find_job(jobs: Path, name: str) -> JobFolder | None:
    """The job of that number; None where there is none, whatever the name may be."""
    return next((job for job in list_jobs(jobs) if job.name == name), None)
