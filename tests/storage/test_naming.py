"""Names with placeholders: what they become, and what they could have made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.errors import ConfigError
from pipeline.storage.naming import OutputName, run_day, run_name

VALUES = {"date": "2026-05-31", "resource": "payments", "run": "20260531-120000-0a1b"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("out", "out"),
        ("out/{date}", "out/2026-05-31"),
        ("{date}/{resource}-{date}.csv", "2026-05-31/payments-2026-05-31.csv"),
        ("s3://bucket/{run}/", "s3://bucket/20260531-120000-0a1b/"),
        ("{{braces}}/{date}", "{braces}/2026-05-31"),
        ("-", "-"),
    ],
)
def test_placeholders_are_filled_and_everything_else_stays(text: str, name: str) -> None:
    assert OutputName.parsed(text).filled(VALUES) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("out/{day}", r"\{day\} is no placeholder"),
        ("out/{}", r"\{\} is no placeholder"),
        ("out/{date:%Y}", r"\{date:%Y\} is no placeholder"),
        ("out/{date!r}", r"\{date!r\} is no placeholder"),
        ("out/{date.year}", r"\{date.year\} is no placeholder"),
        ("out/{date", "a brace stands alone"),
        ("out/date}", "a brace stands alone"),
    ],
)
def test_what_is_no_placeholder_is_a_usage_error_that_names_the_ones_there_are(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        OutputName.parsed(text)
    assert caught.value.exit_code == 2
    assert "{date}, {resource}, {run}" in caught.value.hint


def test_one_placeholder_can_be_filled_before_the_others_and_braces_stay_braces() -> None:
    bound = OutputName.parsed("{{x}}/{resource}/{date}.csv").bound("resource", "payments")
    assert bound.placeholders == {"date"}
    assert bound.filled(VALUES) == "{x}/payments/2026-05-31.csv"


def test_a_name_knows_what_it_could_have_made_and_nothing_else() -> None:
    pattern = OutputName.parsed("{resource}-{date}.{date}.csv").pattern()
    assert pattern.fullmatch("payments-2026-05-31.2026-05-31.csv")
    for other in (
        "payments-2026-05-31.2026-05-30.csv",
        "payments-2026-05-31.2026-05-31.csv.bak",
        "payments-2026-5-31.2026-5-31.csv",
        "payments-２０２６-05-31.２０２６-05-31.csv",
        "payments-2026-05-31x2026-05-31.csv",
    ):
        assert pattern.fullmatch(other) is None, other


def test_the_day_of_a_run_is_the_day_in_mexico_city() -> None:
    assert run_day(datetime(2026, 6, 1, 5, 59, tzinfo=UTC)) == "2026-05-31"
    assert run_day(datetime(2026, 6, 1, 6, 0, tzinfo=UTC)) == "2026-06-01"


def test_names_of_runs_sort_by_time_and_are_recognised() -> None:
    moments = [datetime(2026, 5, 31, 12, 0, second, tzinfo=UTC) for second in range(3)]
    names = [run_name(moment) for moment in moments]
    assert names == sorted(names)
    assert all(OutputName.parsed("{run}").pattern().fullmatch(name) for name in names)
    assert run_name(moments[0]) != names[0]
