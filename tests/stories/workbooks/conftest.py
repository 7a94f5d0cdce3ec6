"""An accountant at the command line, in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Gigbulk, run_here


@pytest.fixture
def gigbulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gigbulk:
    """Runs `gigbulk` with some arguments."""
    return run_here(tmp_path, monkeypatch, capsys)
