"""Every scenario file, case by case, stays within its bands on a simulated clock."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from simulation import play

from pipeline.api.throttle.admission import SharedRate

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


def test_the_same_scenario_twice_gives_the_same_numbers() -> None:
    scenario = {"seconds": 10, "server": {"kind": "token_bucket", "limiter": {"limit": 50, "burst": 10}}}
    assert play(scenario) == play(scenario)
