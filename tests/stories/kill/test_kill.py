"""The short form of the kill harness: every server and every death once. `make kill-tests` plays the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.kill.harness import DEATHS, WEATHERS, Life, foretold, play_all

pytestmark = pytest.mark.slow

PARTS = 4
LIVES = [
    Life(number, weather, (foretold(DEATHS[1 + number % (len(DEATHS) - 1)], number),))
    for number, weather in enumerate(weather for weather in WEATHERS if not weather.startswith("rate_429"))
]
"""One under each weather, dying at one point after the other. Not under 429, which takes its time by design."""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_import_resumes_to_the_end_state_of_one_that_was_not(part: int, tmp_path: Path) -> None:
    judged = play_all(LIVES[part::PARTS], tmp_path)
    assert len(judged) == len(LIVES[part::PARTS])
    assert [str(one) for one in judged if not one.good] == []


def test_a_killed_import_resumes_in_dialect_2026_too(tmp_path: Path) -> None:
    weathers = ("drop_after_commit", "duplicate_reject", "duplicate_return_first", "error_500_after_commit", "fair")
    deaths = ("intent_durable:2", "answered:3", "outcome_durable:4", "planned:1", "instant")
    chosen = [Life(n, weather, (death,)) for n, (weather, death) in enumerate(zip(weathers, deaths, strict=True))]
    assert [str(one) for one in play_all(chosen, tmp_path, dialect="2026") if not one.good] == []


def test_a_killed_import_resumes_with_a_journal_in_postgresql_too(tmp_path: Path) -> None:
    weathers = ("drop_after_commit", "duplicate_ignore", "storm", "error_500_after_commit", "fair")
    deaths = ("intent_durable:2", "answered:3", "outcome_durable:4", "looked_up:1", "instant")
    chosen = [Life(n, weather, (death,)) for n, (weather, death) in enumerate(zip(weathers, deaths, strict=True))]
    assert [str(one) for one in play_all(chosen, tmp_path, kept_by="postgresql") if not one.good] == []


def test_the_short_form_dies_every_death_and_knows_every_weather() -> None:
    assert len(LIVES) >= 20
    assert {life.deaths[0].partition(":")[0] for life in LIVES} == set(DEATHS) - {"none"}
    assert {life.weather for life in LIVES} | {"rate_429_seconds", "rate_429_date"} == set(WEATHERS)
