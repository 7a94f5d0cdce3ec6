"""The command line as a user runs it: through its entry point, with exit code and both streams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import pytest

from pipeline.cli import main


class Ran(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The one JSON line of a command that was asked for it."""
        [line] = self.out.splitlines()
        return msgspec.json.decode(line, type=dict[str, Any])


class Gigbulk(Protocol):
    def __call__(self, *arguments: object) -> Ran: ...


def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gigbulk:
    """Runs `gigbulk` with some arguments in this process, for a user who has nothing of it, in an empty folder."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("GIGSTACK_API_KEY", "GIGSTACK_BASE_URL", "GIGSTACK_DIALECT", "GIGBULK_STATE_DIR", "GIGBULK_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGUAGE", "en")  # which a command sets, and gets back after the test
    workplace = tmp_path / "work"
    workplace.mkdir()
    monkeypatch.chdir(workplace)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gigbulk", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, *capsys.readouterr())

    return run
