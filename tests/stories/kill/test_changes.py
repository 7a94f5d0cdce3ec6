"""An import that changes the account, killed on its way: the next finds what is left, and old values are kept."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
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


def puts(server: EmbeddedSandbox) -> Counter[str]:
    """How often each record was told of a change."""
    received = httpx.get(f"{server.origin}/_sandbox/received").json()
    return Counter(request["path"] for request in received if request["method"] == "PUT")


def old_values(folder: Path) -> list[str]:
    (kept,) = (folder / "state" / "changes").iterdir()
    return [json.loads(line)["old"] for line in kept.read_text("utf-8").splitlines()]


def states(folder: Path) -> Counter[str]:
    """How many changes are in which state, by the journal."""
    with closing(sqlite3.connect(folder / "state" / "journal.sqlite")) as db:
        return Counter(state for (state,) in db.execute("SELECT state FROM changes"))


OLD = sorted(f"old{n}@empresa.example" for n in range(CLIENTS))
NEW = {f"new{n}@empresa.example" for n in range(CLIENTS)}
UPDATE = ("--update", "--yes", "--concurrency", "1", "--json")
ONCE = ("intent_waiting:1", "intent_waiting:4", "intent_durable:1", "intent_durable:3", "answered:2", "answered:6")
DEATHS = (*ONCE, "outcome_durable:1", "outcome_durable:3", "pushed", "written")


@contextmanager
def held(folder: Path) -> Iterator[EmbeddedSandbox]:
    """An account with the clients, created by us."""
    with EmbeddedSandbox(Options(dialect="2026", latency_ms=2)) as server:
        made = run(folder, server, "import", str(written(folder, email="old")), "--json")
        assert result_of(made)["resources"]["clients"]["created"] == CLIENTS
        written(folder, email="new")
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_a_killed_update_is_finished_by_its_resume_and_loses_no_old_value(death: str, tmp_path: Path) -> None:
    with held(tmp_path) as server:
        words = ("import", str(tmp_path / "clients.csv"), *UPDATE)
        killed = run(tmp_path, server, *words, death=death)
        assert killed.returncode == -9, killed.stderr
        assert sorted(old_values(tmp_path)) == OLD
        finished = run(tmp_path, server, "runs", "resume", "--yes", "--json")
        assert finished.returncode == 0, finished.stderr
        assert emails(server) == NEW
        assert set(puts(server).values()) == {1}, "what was carried out is not said again"
        assert sorted(old_values(tmp_path)) == OLD
        assert states(tmp_path) == {"done": CLIENTS}
        assert result_of(finished)["changes"] == {"clients": {"changed": CLIENTS}}
        again = result_of(run(tmp_path, server, *words))
    assert again["changes"] == {"clients": {"same": CLIENTS}}
    assert again["resources"]["clients"] == result_of(finished)["resources"]["clients"]


@pytest.mark.slow
@pytest.mark.parametrize("second", ["intent_durable:1", "answered:1", "outcome_durable:1", "written"])
def test_an_update_whose_resume_is_killed_too_is_finished_by_the_next(second: str, tmp_path: Path) -> None:
    with held(tmp_path) as server:
        run(tmp_path, server, "import", str(tmp_path / "clients.csv"), *UPDATE, death="answered:3")
        killed = run(tmp_path, server, "runs", "resume", "--yes", "--json", death=second)
        assert killed.returncode == -9, killed.stderr
        finished = run(tmp_path, server, "runs", "resume", "--yes", "--json")
        assert finished.returncode == 0, finished.stderr
        assert (emails(server), sorted(old_values(tmp_path))) == (NEW, OLD)
        assert result_of(finished)["changes"] == {"clients": {"changed": CLIENTS}}
        assert set(puts(server).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit", "error_500_after_commit", "bad_json"])
def test_a_change_whose_answer_is_lost_is_looked_up_before_it_is_repeated(fault: str, tmp_path: Path) -> None:
    with held(tmp_path) as server:
        httpx.post(f"{server.origin}/_sandbox/faults", json={fault: 0.4})
        killed = run(tmp_path, server, "import", str(tmp_path / "clients.csv"), *UPDATE, death="outcome_durable:4")
        assert killed.returncode == -9, killed.stderr
        httpx.post(f"{server.origin}/_sandbox/faults", json={})
        finished = run(tmp_path, server, "runs", "resume", "--yes", "--json")
        assert finished.returncode == 0, finished.stderr
        assert (emails(server), sorted(old_values(tmp_path))) == (NEW, OLD)
        if fault.endswith("after_commit"):
            assert set(puts(server).values()) == {1}


@pytest.mark.slow
def test_what_somebody_else_changed_after_us_is_left_alone_by_the_resume(tmp_path: Path) -> None:
    with held(tmp_path) as server:
        run(tmp_path, server, "import", str(tmp_path / "clients.csv"), *UPDATE, death="outcome_durable:2")
        rows = httpx.get(f"{server.origin}/_sandbox/records?resource=clients").json()
        ours = next(row for row in rows if row["email"] in NEW)
        theirs = {"email": "theirs@empresa.example"}
        who = {"Authorization": "Bearer any-key"}
        httpx.put(f"{server.base_url}/clients/{ours['id']}", json=theirs, headers=who).raise_for_status()
        finished = run(tmp_path, server, "runs", "resume", "--yes", "--json")
        assert finished.returncode == 0, finished.stderr
        assert emails(server) == (NEW - {ours["email"]}) | {"theirs@empresa.example"}
