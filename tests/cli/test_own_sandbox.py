"""The sandbox a command starts for itself speaks what the client is set to, or the command says that it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from running import Gigbulk

from pipeline.sandbox import options
from schemas import dialects

ROOT = Path(__file__).parents[2]
OTHER = "2031"
every_command = pytest.mark.parametrize(
    "words",
    [
        ("import", str(ROOT / "samples" / "clients.csv"), "--sandbox"),
        ("export", "clients", "-o", "out", "--sandbox"),
        ("doctor", "--sandbox"),
        ("runs", "resume", "--sandbox"),
        ("demo", "-o", "demo"),
    ],
    ids=lambda words: words[0],
)


@pytest.fixture
def other(gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch) -> Gigbulk:
    """Runs `gigbulk` where a generation is asked for that the client speaks."""
    spoken = replace(dialects.DIALECTS["2025-06"], name=OTHER)
    monkeypatch.setattr(dialects, "DIALECTS", {**dialects.DIALECTS, OTHER: spoken})
    monkeypatch.setenv("GIGSTACK_DIALECT", OTHER)
    return gigbulk


@every_command
def test_a_generation_that_the_sandbox_does_not_speak_is_refused_before_anything_is_done(
    other: Gigbulk, words: tuple[str, ...], tmp_path: Path
) -> None:
    ran = other(*words, "--json")
    assert (ran.code, ran.result["status"]) == (2, "failed")
    assert f"The sandbox speaks {', '.join(options.DIALECTS)}, and the dialect is set to {OTHER}." in ran.err
    assert "GIGSTACK_DIALECT" in ran.err
    assert [*tmp_path.rglob("manifest.json"), *tmp_path.rglob("*.sqlite")] == []


def test_a_generation_that_the_sandbox_speaks_is_played_with_rows_and_an_account_of_its_own(
    other: Gigbulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent to one generation's sandbox is not there already in that of another."""
    monkeypatch.setitem(options.DIALECTS, OTHER, options.DIALECTS["2025-06"])  # type: ignore[attr-defined]
    sample = ROOT / "samples" / "clients.csv"
    created = []
    for dialect in (OTHER, "2025-06"):
        monkeypatch.setenv("GIGSTACK_DIALECT", dialect)
        ran = other("import", sample, "--sandbox", "--json", "--quiet")
        assert ran.code == 0, ran.err
        created.append(ran.result["resources"]["clients"]["created"])
    assert created[0] == created[1] > 0
    exported = other("export", "clients", "-o", "out", "--sandbox", "--json")
    assert exported.result["resources"]["clients"]["rows"] == created[0]
