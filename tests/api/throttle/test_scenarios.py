"""Every scenario file, case by case, stays within its bands on a simulated clock."""

from __future__ import annotations

import tomllib
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from simulation import play

from pipeline.api.throttle.shared_rate import SharedRate

SCENARIOS = Path(__file__).parent / "scenarios"


def cases() -> list[Any]:
    """A file's own entries, overlaid by each of its cases; a case's bands are added to the file's."""
    found = []
    for path in sorted(SCENARIOS.glob("*.toml")):
        common = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in common.pop("case", [{}]):
            bands = common.get("bands", {}) | case.get("bands", {})
            scenario = common | case | {"bands": bands}
            found.append(pytest.param(scenario, id=": ".join(filter(None, [path.stem, case.get("name")]))))
    return found


@pytest.mark.parametrize("kept", ["in memory", "in a file"])
@pytest.mark.parametrize("scenario", cases())
def test_scenario_stays_within_its_bands(scenario: dict[str, Any], kept: str, tmp_path: Path) -> None:
    """In a file, shared with other processes, is how the product keeps what it learns."""
    stats = play(scenario, SharedRate(tmp_path / "rate") if kept == "in a file" else None)
    assert scenario["bands"], "a scenario without bands proves nothing"
    outside = {
        name: f"{stats[name]:.4f} is not within {low} and {high}"
        for name, (low, high) in scenario["bands"].items()
        if not low <= stats[name] <= high
    }
    assert not outside


def test_nine_tenths_of_a_limit_are_used_from_the_first_of_3000_requests_on() -> None:
    """On average of six servers, whose latencies differ: what the first 429 tells is counted in single requests."""
    limiter = {"limit": 100, "burst": 10}
    server = {"kind": "token_bucket", "limiter": limiter, "latency_s": 0.02, "retry_after": "whole seconds"}
    played = [play({"seconds": 30.5, "server": server | {"seed": seed}}) for seed in range(1, 7)]
    assert fmean(stats["all.used"] for stats in played) > 0.9
    assert max(stats["all.pushed_back"] for stats in played) < 0.02


def test_the_same_scenario_twice_gives_the_same_numbers() -> None:
    scenario = {"seconds": 10, "server": {"kind": "token_bucket", "limiter": {"limit": 50, "burst": 10}}}
    assert play(scenario) == play(scenario)
