"""What doctor asks of the network, and which generation of the API an answer comes from."""

import asyncio
from pathlib import Path

import pytest
from wire import an_answer, answering, serving

from pipeline.ops.doctor import CheckLine, run_checks, tell_generation
from pipeline.settings import Settings


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


PONG = an_answer({"data": {"message": "pong"}, "message": "pong"})
LISTED = an_answer({"data": [], "hasMore": False, "totalResults": 0})
NO_SUCH = an_answer({"error": "resource_not_found", "message": "no"}, 404)
NO_KEY = an_answer({"error": "unauthorized", "message": "no"}, 401)


@pytest.mark.parametrize(
    ("answers", "told", "asked"),
    [
        ((PONG, LISTED), [("API", True, "answers and takes the key"), ("dialect", True, "2025-06, as")], 2),
        ((NO_SUCH, LISTED), [("API", True, "it has no ping, so its payments"), ("dialect", True, "2025-06, as")], 2),
        ((NO_SUCH, NO_SUCH), [("API", False, "(404 resource_not_found)")], 2),
        ((PONG, NO_KEY), [("API", False, "401")], 2),
        ((NO_KEY,), [("API", False, "401")], 1),
    ],
    ids=["ping", "no ping", "nothing there", "only the ping", "no key"],
)
def test_the_api_is_asked_by_its_ping_and_by_a_list_where_it_has_none(
    answers: tuple[bytes, ...], told: list[tuple[str, bool, str]], asked: int, tmp_path: Path
) -> None:
    async def main() -> tuple[list[CheckLine], list[bytes]]:
        talk, requests = answering(*answers)
        async with serving(talk) as base_url:
            settings = Settings(api_key="an-opaque-key", base_url=base_url, state_dir=tmp_path)
            return await asyncio.to_thread(run_checks, settings), requests

    lines, requests = asyncio.run(main())
    network = [line for line in lines if line.name in ("API", "dialect")]
    assert [(line.name, line.ok) for line in network] == [(name, ok) for name, ok, _ in told]
    assert all(text in line.text for line, (_, _, text) in zip(network, told, strict=True))
    assert len(requests) == asked
    assert requests[0].startswith(b"GET /v2/ping ")
