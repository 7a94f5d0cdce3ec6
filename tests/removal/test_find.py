"""What a person is shown of a record before it goes, and when a record counts as taken away."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.removal.find import describe_record, is_taken_away
from schemas.dialects.spec import Removal

CANCELED = Removal("/payments/{id}", leaves=("canceled", "cancelled"))


@pytest.mark.parametrize(
    ("row", "removal", "away"),
    [
        ({"status": "canceled"}, CANCELED, True),
        ({"status": "Cancelled"}, CANCELED, True),
        ({"status": "succeeded"}, CANCELED, False),
        ({}, CANCELED, False),
        ({"status": "canceled"}, Removal("/clients/{id}"), False),
    ],
)
def test_a_record_that_shows_itself_canceled_counts_as_taken_away(
    row: dict[str, Any], removal: Removal, away: bool
) -> None:
    assert is_taken_away(removal, row) is away


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"metadata": {"internalId": "P-1"}, "total": 116, "currency": "MXN"}, "id_1 · P-1 · 116 · MXN"),
        ({"name": "Ana", "metadata": None, "status": ""}, "id_1 · Ana"),
        ({}, "id_1"),
    ],
)
def test_a_record_is_shown_in_one_line(row: dict[str, Any], line: str) -> None:
    assert describe_record("id_1", row) == line
