"""The command as a user runs it: a process of its own, a state folder of its own, a pretend API on a free port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from pipeline.sandbox import EmbeddedSandbox

KEY = "key-that-nobody-may-see-4f1c"


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The one JSON line of `--json`."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self.out + self.err
        found: dict[str, Any] = json.loads(lines[0])
        return found


class Server:
    """The pretend API as a witness: what it received and what it holds."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self._origin}/_sandbox/received").json()
        return found

    def records(self, resource: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(
            f"{self._origin}/_sandbox/records", params={"resource": resource}
        ).json()
        return found

    def misbehave(self, **faults: float) -> None:
        httpx.post(f"{self._origin}/_sandbox/faults", json=faults).raise_for_status()


@pytest.fixture
def server(sandbox: EmbeddedSandbox) -> Server:
    return Server(sandbox.origin)


Gigbulk = Callable[..., Ran]


@pytest.fixture
def gigbulk(sandbox: EmbeddedSandbox, state_dir: Path, tmp_path: Path) -> Gigbulk:
    """Run the command in `tmp_path`; keyword arguments are environment variables."""

    def run(*arguments: object, **environment: str) -> Ran:
        own = {
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "GIGSTACK_API_KEY": KEY,
            "GIGSTACK_BASE_URL": sandbox.base_url,
            "GIGBULK_STATE_DIR": str(state_dir),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **own, **environment},
            timeout=100,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
