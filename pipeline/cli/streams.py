"""Standard streams that may be closed, full, or have lost their reader: what a command does is never lost with them.

What a person or a script would have read is dropped then, and the exit code is still that of the work. Rows of an
export to standard output are the work itself: they go to its `buffer`, whose errors are told.
"""

import io
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import click

from pipeline.errors import OutputError
from pipeline.language.say import say

__all__ = ["build_empty_result", "replace_streams", "write_json"]


class _Forgiving(io.TextIOWrapper):
    """Text that is dropped from the first write on that fails."""

    def __init__(self, buffer: BinaryIO, *, lost: bool = False, **how: Any) -> None:
        super().__init__(buffer, **how)
        self._lost = lost

    def write(self, text: str) -> int:
        if not self._lost:
            try:
                return super().write(text)
            except OSError:
                self._lose()
        return len(text)

    def flush(self) -> None:
        if not self._lost:
            try:
                super().flush()
            except OSError:
                self._lose()

    def _lose(self) -> None:
        """What is left in the buffer goes nowhere: at the end of the process it would fail once more."""
        self._lost = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


class _Closed(io.RawIOBase):
    """Standard output where there is none: for rows an error, since they would be lost."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raise OutputError(say("Standard output is closed."), say("Name a file or a folder with -o."))


def replace_streams() -> None:
    """Make this process's standard streams forgiving, and fill those it was started without.

    A file that took the place of a closed one would get what is meant for a person. Streams of others stay as they are.
    """
    missing = [number for number in (0, 1, 2) if not _is_open(number)]
    for number in missing:  # from the lowest on: the system gives the lowest that is free
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if number == 0:
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (open as long as the process)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if number in missing:
            setattr(sys, name, _Forgiving(cast("BinaryIO", _Closed()), lost=True))
        elif getattr(sys, name) is getattr(sys, f"__{name}__") is not None:
            setattr(sys, name, _forgiving(number, getattr(sys, name)))


def _forgiving(number: int, stream: io.TextIOWrapper) -> _Forgiving:
    """The same stream over again. What its encoding lacks, or what is no text (a file's name), it writes in escapes."""
    return _Forgiving(
        open(number, "wb", closefd=False),
        encoding=stream.encoding,
        errors="backslashreplace" if stream.errors == "strict" else stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def build_empty_result(command: str, status: str = "failed", **members: object) -> dict[str, Any]:
    """The result object of a command that ended before it did anything."""
    begun = {"event": "result", "command": command, "run": None, "status": status}
    return {**begun, "resources": {}, "outputs": {}, "seconds": 0.0, **members}


def write_json(fields: Mapping[str, Any]) -> None:
    """A line of JSON on standard output, which is JSON in any encoding and with any name of a file in it."""
    text = json.dumps(fields, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(fields)
    click.echo(text)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
