"""What an answer says of absence, and who may doubt it."""

from __future__ import annotations

import pytest

from pipeline.remote.answer import Lookup


@pytest.mark.parametrize(
    ("answer", "absent", "unknown"),
    [
        (Lookup(), True, False),
        (Lookup(("a",)), False, False),
        (Lookup((), False, "short"), False, True),
        (Lookup(("a",), False, "short"), False, False),
    ],
)
def test_only_a_proven_answer_says_that_a_record_is_absent(answer: Lookup, absent: bool, unknown: bool) -> None:
    assert (answer.absent, answer.unknown) == (absent, unknown)


def test_a_doubted_answer_keeps_what_it_found_and_the_first_reason() -> None:
    unproven = Lookup(("a",)).unproven_because("short")
    assert unproven == Lookup(("a",), False, "short")
    assert unproven.unproven_because("blind") == unproven
