"""Which generation of the API an answer comes from."""

from typing import Any

import pytest

from pipeline.ops.generation import tell_generation, tell_generation_of_rows


@pytest.mark.parametrize(
    ("names", "generation"),
    [
        (("data", "hasMore"), "2025-06"),
        (("data", "totalResults", "next"), "2025-06"),
        (("data", "has_more"), "2026"),
        (("success", "total_results"), "2026"),
        (("hasMore", "total_results"), None),
        (("hasMore", "has_more", "totalResults", "total_results"), None),
        (("data", "message", "next"), None),
        ((), None),
    ],
)
def test_an_answer_tells_its_generation_only_by_marks_of_one(names: tuple[str, ...], generation: str | None) -> None:
    assert tell_generation(names) == generation


@pytest.mark.parametrize(
    ("row", "generation"),
    [({"amount": 1}, "2025-06"), ({"total": 1}, "2026"), ({"amount": 1, "total": 1}, None), ({"id": "p"}, None)],
)
def test_a_row_tells_its_generation_by_where_its_amount_stands(row: dict[str, Any], generation: str | None) -> None:
    assert tell_generation_of_rows({"data": [None, row]}, "payments") == generation
