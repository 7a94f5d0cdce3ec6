"""Payments in doubt in dialect 2026: asked for one by one by internalId, and the answer compared, never trusted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from wire import a_client, an_answer, answering, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.remote.answer import Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.list_lookup import open_list_lookup
from schemas.dialects import dialect

SPOKEN = dialect("2026")


def row(name: str, n: int = 0) -> dict[str, Any]:
    return {"id": f"payment_{name}{n or ''}", "metadata": {"internalId": name}, "total": 1, "currency": "MXN"}


def listed(*rows: dict[str, Any], more: bool = False) -> dict[str, Any]:
    told = {"data": [*rows], "has_more": more, "total_results": 900}
    return told | ({"next": "cur_1"} if more else {})


FIRST = listed(*(row(f"x{n}") for n in range(100)), more=True)
CONTROL = listed(row("x0"))
ASKED = Identity("P-1", None)


def looked_up(
    folder: Path, *pages: dict[str, Any], resource: str = "payments", asked: Identity = ASKED
) -> tuple[Lookup, list[bytes]]:
    async def run() -> tuple[Lookup, list[bytes]]:
        talk, requests = answering(*(an_answer(page) for page in pages))
        async with serving(talk) as base_url, a_client(base_url, dialect=SPOKEN) as client:
            session = ApiSession(client, Throttle(concurrency=1), sleep=lambda seconds: asyncio.sleep(0))
            lookup = await open_list_lookup(resource, 1, session, folder)
            (answer,) = await lookup.find([asked])
            return answer, requests

    return asyncio.run(run())


def test_one_that_is_there_is_found_by_one_question(tmp_path: Path) -> None:
    answer, requests = looked_up(tmp_path, FIRST, listed(row("P-1")))
    assert answer == Lookup(("payment_P-1",))
    assert len(requests) == 2
    assert b"metadata.internalId=P-1" in requests[1]


def test_none_proves_absence_once_the_server_was_seen_to_find_another_by_the_same_parameter(tmp_path: Path) -> None:
    answer, requests = looked_up(tmp_path, FIRST, listed(), CONTROL)
    assert answer.absent
    assert b"metadata.internalId=x0" in requests[2]


WHOLE = [listed(*(row(f"y{n}") for n in range(100)), more=True)]


@pytest.mark.parametrize(
    "pages",
    [
        [listed(row("x1"))],  # other rows: the parameter is ignored
        [listed(row("P-1"), row("x1"))],
        [FIRST],
        [listed(), listed()],  # finds nobody, not even one that is there
        [listed(), listed(row("x1"))],
    ],
    ids=["another", "one of several", "everything", "nothing at all", "another for the control"],
)
def test_a_server_that_does_not_filter_has_its_list_read(pages: list[dict[str, Any]], tmp_path: Path) -> None:
    end = listed(row("P-1")) | {"total_results": 1}
    answer, requests = looked_up(tmp_path, FIRST, *pages, end)
    assert answer == Lookup(("payment_P-1",))
    assert b"metadata.internalId" not in requests[-1]


def test_a_page_that_says_it_failed_proves_no_absence_whatever_rows_it_holds(tmp_path: Path) -> None:
    answer, _ = looked_up(tmp_path, listed(row("x1")) | {"success": False, "total_results": 1})
    assert not answer.absent
    assert "failed" in answer.reason


# --- clients ----------------------------------------------------------------------------------------------------------

JUANA = Identity("P-1", ("rfc", "EKU9003173C9"))


def test_a_client_of_that_internal_id_is_found_by_one_question(tmp_path: Path) -> None:
    answer, requests = looked_up(tmp_path, FIRST, listed(row("P-1")), resource="clients", asked=JUANA)
    assert (answer, len(requests)) == (Lookup(("payment_P-1",)), 2)


def test_one_without_it_may_be_known_by_its_rfc_so_the_list_is_read(tmp_path: Path) -> None:
    known = {"id": "client_7", "tax_id": "EKU9003173C9"}
    pages = (FIRST, listed(), CONTROL, listed(row("x1"), known) | {"total_results": 2})
    answer, _ = looked_up(tmp_path, *pages, resource="clients", asked=JUANA)
    assert answer == Lookup(("client_7",))


def test_one_who_is_known_by_nothing_else_is_absent_once_the_server_was_seen_to_find_another(tmp_path: Path) -> None:
    answer, requests = looked_up(tmp_path, FIRST, listed(), CONTROL, resource="clients")
    assert (answer.absent, len(requests)) == (True, 3)
