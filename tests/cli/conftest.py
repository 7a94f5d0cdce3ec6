"""A user who has nothing of gigbulk on disk, in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from running import Gigbulk, Ran

from pipeline.cli import main


@pytest.fixture
def gigbulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gigbulk:
    """Runs `gigbulk` with some arguments."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("GIGSTACK_API_KEY", "GIGSTACK_BASE_URL", "GIGSTACK_DIALECT", "GIGBULK_STATE_DIR"):
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
