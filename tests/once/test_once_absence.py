"""Absence is proven by a list that was read whole, and by nothing less."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pipeline.api.throttle import Throttle
from pipeline.holdings import Holdings, survey
from pipeline.identity import Identity
from tests.api.wire import DIALECT, a_client, an_answer, answering, serving


def payments(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"p_{n}", "metadata": {"internalId": f"id-{n}"}} for n in numbers]


def surveyed(folder: Path, *pages: dict[str, Any]) -> Holdings:
    """What is known after a server has given these pages."""

    async def main() -> Holdings:
        talk, _ = answering(*map(an_answer, pages))
        async with serving(talk) as base_url, a_client(base_url) as client:
            return await survey("payments", 1, client, Throttle(), DIALECT, folder)

    return asyncio.run(main())


def found(holdings: Holdings, internal_id: str) -> tuple[str, ...] | None:
    return asyncio.run(holdings.find([Identity(internal_id, None)]))[0]


def test_a_list_read_whole_proves_absence(tmp_path: Path) -> None:
    holdings = surveyed(
        tmp_path,
        {"data": payments(*range(1, 101)), "hasMore": True, "totalResults": 150},
        {"data": payments(*range(100, 151)), "hasMore": False, "totalResults": 150},
    )
    assert (found(holdings, "id-100"), found(holdings, "id-777")) == (("p_100",), ())


def test_rows_deleted_and_added_meanwhile_prove_nothing_though_the_counts_agree(tmp_path: Path) -> None:
    """Two rows read already went away and two came at the end: row 101 moved up, and was never given."""
    holdings = surveyed(
        tmp_path,
        {"data": payments(*range(1, 101)), "hasMore": True, "totalResults": 150},
        {"data": payments(*range(102, 153)), "hasMore": False, "totalResults": 150},
    )
    assert "moved up" in holdings.why
    assert (found(holdings, "id-102"), found(holdings, "id-101")) == (("p_102",), None)
    assert holdings.identified() is None
