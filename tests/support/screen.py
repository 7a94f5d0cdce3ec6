"""A command on a terminal of its own, and what a person sees there: the few controls that gigbulk uses, played."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN, HIDDEN = b"\x1b[?25h", b"\x1b[?25l"
_CONTROL = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


def on_a_terminal(
    *arguments: object,
    columns: int = 100,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    on_output: Callable[[bytes, subprocess.Popen[bytes]], None] = lambda written, process: None,
) -> tuple[int, bytes]:
    """Exit code and all that `gigbulk` writes when its three streams are a terminal. `on_output` sees it grow."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environ = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    environ |= {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=environ,
        preexec_fn=lambda: (os.setsid(), ioctl(0, termios.TIOCSCTTY, 0)),
    )  # fmt: skip
    os.close(theirs)
    written = b""
    while piece := _read(ours):
        written += piece
        on_output(written, process)
    code = process.wait(timeout=60)
    os.close(ours)
    return code, written


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""


def seen(written: bytes) -> list[str]:
    """The lines that stand on the screen at the end, without those that are blank."""
    lines, row, column = [""], 0, 0
    text = written.decode()
    at = 0
    while at < len(text):
        control = _CONTROL.match(text, at)
        if control:
            at = control.end()
            number = int(control[2] or 1) if control[2].isdigit() or not control[2] else 1
            match control[3]:
                case "A":
                    row = max(0, row - number)
                case "K":
                    lines[row] = "" if control[2] == "2" else lines[row][:column]
            continue
        character = text[at]
        at += 1
        if character == "\n":
            row, column = row + 1, column
            while len(lines) <= row:
                lines.append("")
        elif character == "\r":
            column = 0
        else:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + character + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.strip()]
