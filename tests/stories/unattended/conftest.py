"""The command as cron runs it: a process of its own without a terminal, and a monitoring service as a witness."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from witness import Witness, witness

from pipeline.sandbox import EmbeddedSandbox, Options

KEY = "key-that-nobody-may-see-4f1c"

Environment = Mapping[str, str]
Gigbulk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def monitor() -> Iterator[Witness]:
    with witness() as server:
        yield server


@pytest.fixture
def account_with_rows() -> Iterator[EmbeddedSandbox]:
    """An account that holds some clients and payments."""
    with EmbeddedSandbox(Options(rows={"clients": 30, "payments": 20})) as sandbox:
        yield sandbox


@pytest.fixture
def environment(account_with_rows: EmbeddedSandbox, state_dir: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "GIGSTACK_API_KEY": KEY,
        "GIGSTACK_BASE_URL": account_with_rows.base_url,
        "GIGBULK_STATE_DIR": str(state_dir),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def gigbulk(environment: dict[str, str], tmp_path: Path) -> Gigbulk:
    """Run the command in `tmp_path`; keyword arguments are environment variables."""

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            capture_output=True, text=True, cwd=tmp_path, env={**environment, **more}, timeout=100,
        )  # fmt: skip

    return run
