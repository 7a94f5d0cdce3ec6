"""Which generation of the API an answer comes from, by the names of its envelope."""

import pytest

from pipeline.ops.doctor import tell_generation


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
