"""An import that changes the account, killed on its way: the next finds what is left, and old values are kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from builders import csv_text

from pipeline.sandbox import EmbeddedSandbox, Options

MORTAL = Path(__file__).with_name("mortal.py")
CLIENTS = 6


def run(folder: Path, server: EmbeddedSandbox, *words: str, death: str = "") -> subprocess.CompletedProcess[str]:
    environ = os.environ | {
        "GIGSTACK_API_KEY": "any-key", "GIGSTACK_BASE_URL": server.base_url, "GIGSTACK_DIALECT": "2026",
        "GIGBULK_STATE_DIR": str(folder / "state"), "MORTAL": death, "LANG": "C.UTF-8",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, str(MORTAL), *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def written(folder: Path, *, email: str) -> Path:
    rows = [[f"N-{n}", f"Cliente {n}", "XAXX010101000", f"{email}{n}@empresa.example"] for n in range(CLIENTS)]
    path = folder / "clients.csv"
    path.write_text(csv_text([["internalId", "name", "rfc", "email"], *rows]), "utf-8")
    return path


def emails(server: EmbeddedSandbox) -> set[str]:
    return {row["email"] for row in httpx.get(f"{server.origin}/_sandbox/records?resource=clients").json()}


def result_of(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return dict(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize("death", ["intent_durable:3", "answered:2", "outcome_durable:3", "pushed", "written"])
def test_a_killed_update_is_finished_by_the_next_and_loses_no_old_value(death: str, tmp_path: Path) -> None:
    with EmbeddedSandbox(Options(dialect="2026", latency_ms=5)) as server:
        made = run(tmp_path, server, "import", str(written(tmp_path, email="old")), "--json")
        assert result_of(made)["resources"]["clients"]["created"] == CLIENTS
        words = ("import", str(written(tmp_path, email="new")), "--update", "--yes", "--concurrency", "1", "--json")
        killed = run(tmp_path, server, *words, death=death)
        assert killed.returncode == -9, killed.stderr
        (kept,) = (tmp_path / "state" / "changes").iterdir()
        old = {json.loads(line)["old"] for line in kept.read_text("utf-8").splitlines()}
        assert old == {f"old{n}@empresa.example" for n in range(CLIENTS)}
        finished = run(tmp_path, server, "runs", "resume", "--yes", "--json")
        assert finished.returncode == 0, finished.stderr
        assert emails(server) == {f"new{n}@empresa.example" for n in range(CLIENTS)}
        again = result_of(run(tmp_path, server, *words))
    assert again["changes"] == {"clients": {"same": CLIENTS}}
    assert again["resources"]["clients"] == result_of(finished)["resources"]["clients"]
