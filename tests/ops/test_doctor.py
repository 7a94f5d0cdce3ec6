"""What doctor asks of the network."""

import asyncio
from pathlib import Path

import pytest
from wire import an_answer, answering, serving

from pipeline.ops.doctor import CheckLine, run_checks
from pipeline.settings import Settings

PONG = an_answer({"data": {"message": "pong"}, "message": "pong"})
LISTED = an_answer({"data": [], "hasMore": False, "totalResults": 0})
NO_SUCH = an_answer({"error": "resource_not_found", "message": "no"}, 404)
NO_KEY = an_answer({"error": "unauthorized", "message": "no"}, 401)


@pytest.mark.parametrize(
    ("answers", "told", "asked"),
    [
        ((PONG, LISTED), [("API", True, "answers and takes the key"), ("dialect", True, "2025-06, as")], 2),
        ((NO_SUCH, LISTED), [("API", True, "it has no ping, so its payments"), ("dialect", True, "2025-06, as")], 2),
        ((NO_SUCH,) * 4, [("API", False, "(404 resource_not_found)")], 4),
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


UNTOLD = an_answer({"data": [], "message": "ok"})
OF_2026 = an_answer({"data": [], "has_more": False, "total_results": 0})


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((PONG, OF_2026), (False, "2025-06 is set, the answers look like 2026")),
        ((PONG, UNTOLD, NO_SUCH, UNTOLD), (False, "2025-06 is set, the answers look like 2026")),
        ((PONG, UNTOLD, UNTOLD, NO_SUCH), (True, "2025-06, as the server's answers look")),
        ((PONG, UNTOLD, UNTOLD, UNTOLD), (True, "2025-06 is set; the server does not tell")),
        ((NO_SUCH, NO_SUCH, NO_SUCH, UNTOLD), (False, "2025-06 is set, the answers look like 2026")),
    ],
    ids=["by its marks", "by the other's path", "by its own path", "by nothing", "where the list is not there"],
)
def test_doctor_says_which_generation_answers_and_switches_nothing(
    answers: tuple[bytes, ...], told: tuple[bool, str], tmp_path: Path
) -> None:
    async def main() -> tuple[list[CheckLine], list[bytes]]:
        talk, requests = answering(*answers)
        async with serving(talk) as base_url:
            settings = Settings(api_key="an-opaque-key", base_url=base_url, state_dir=tmp_path)
            return await asyncio.to_thread(run_checks, settings), requests

    lines, requests = asyncio.run(main())
    (line,) = (line for line in lines if line.name == "dialect")
    assert (line.ok, line.text) == told
    assert line.ok or line.advice == "Set GIGSTACK_DIALECT=2026; nothing is switched by itself."
    assert len(requests) == len(answers)
    assert all(request.startswith(b"GET ") for request in requests)
