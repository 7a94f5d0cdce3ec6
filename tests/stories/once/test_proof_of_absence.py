"""Absence is proven by a list that was read whole, and by nothing less."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from typing import Any

from wire import DIALECT, a_client, an_answer, answering, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.remote.answer import Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.index import AccountIndex
from pipeline.remote.list_lookup import ListLookup, open_list_lookup


def clients(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"c_{n}", "email": f"C{n}@Empresa.example"} for n in numbers]


def payments(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": f"p_{n}", "metadata": {"internalId": f"id-{n}"}} for n in numbers]


def surveyed(folder: Path, *pages: dict[str, Any]) -> ListLookup:
    """What is known after a server has given these pages of payments."""

    async def main() -> ListLookup:
        talk, _ = answering(*map(an_answer, pages))
        async with serving(talk) as base_url, a_client(base_url) as client:
            return await open_list_lookup("payments", 1, ApiSession(client, Throttle()), folder)

    return asyncio.run(main())


def looked_up(folder: Path, identity: Identity, *pages: dict[str, Any]) -> tuple[Lookup, list[bytes]]:
    """What is found of a client when a server gives these pages in turn, and what it was asked."""

    async def main() -> tuple[Lookup, list[bytes]]:
        talk, received = answering(*map(an_answer, pages))
        async with serving(talk) as base_url, a_client(base_url) as client:
            lookup = await open_list_lookup("clients", 1, ApiSession(client, Throttle()), folder)
            return (await lookup.find([identity]))[0], received

    return asyncio.run(main())


def found(lookup: ListLookup, internal_id: str) -> Lookup:
    return asyncio.run(lookup.find([Identity(internal_id, None)]))[0]


LARGE = {"data": clients(*range(1, 101)), "hasMore": True, "totalResults": 350}
REST = (
    {"data": clients(*range(100, 200)), "hasMore": True, "totalResults": 350},
    {"data": clients(*range(199, 299)), "hasMore": True, "totalResults": 350},
    {"data": clients(*range(298, 351)), "hasMore": False, "totalResults": 350},
)


def test_a_server_that_does_not_filter_has_its_whole_list_read_instead(tmp_path: Path) -> None:
    identity = Identity(None, ("email", "c300@empresa.example"), "c300@empresa.example")
    assert looked_up(tmp_path, identity, LARGE, LARGE, LARGE, *REST)[0].found == ("c_300",)
    identity = Identity(None, ("email", "c777@empresa.example"), "c777@empresa.example")
    assert looked_up(tmp_path, identity, LARGE, LARGE, LARGE, *REST)[0].absent


def test_an_e_mail_is_asked_for_as_it_is_compared_and_as_it_was_written(tmp_path: Path) -> None:
    """A server may tell capital letters apart, and holds what we sent."""
    identity = Identity(None, ("email", "ana@empresa.example"), "Ana@Empresa.example")
    nobody = {"data": [], "hasMore": False, "totalResults": 0}
    ana = {"data": [{"id": "c_ana", "email": "Ana@Empresa.example"}], "hasMore": False, "totalResults": 1}
    answer, received = looked_up(tmp_path, identity, LARGE, nobody, ana)
    assert answer == Lookup(("c_ana",))
    assert [b"email=ana%40" in received[1], b"email=Ana%40" in received[2]] == [True, True]


def test_a_list_that_shows_no_internal_id_proves_nothing_of_one(tmp_path: Path) -> None:
    bare = {"data": [{"id": f"p_{n}"} for n in range(3)], "hasMore": False, "totalResults": 3}
    assert not surveyed(tmp_path, bare).shows_internal_ids()
    assert surveyed(tmp_path, {"data": [], "hasMore": False, "totalResults": 0}).shows_internal_ids()
    one = {"data": [{"id": "p_0"}, *payments(1)], "hasMore": False, "totalResults": 2}
    assert surveyed(tmp_path, one).shows_internal_ids()


def test_a_list_of_clients_that_shows_nothing_they_are_known_by_proves_no_absence(tmp_path: Path) -> None:
    """A generic RFC identifies nobody, and shows all the same that the list has RFCs."""
    ana = Identity(None, ("email", "ana@empresa.example"), "ana@empresa.example")
    bare = [{"id": f"c_{n}", "name": "Ana", "email": None} for n in range(3)]
    for rows, absent in ((bare, False), ([*bare, {"id": "c_9", "rfc": "XAXX010101000"}], True), ([], True)):
        answer, _ = looked_up(tmp_path, ana, {"data": rows, "hasMore": False, "totalResults": len(rows)})
        assert answer.absent is absent
        assert absent or "nothing by which a record is known" in answer.reason


def test_a_list_read_whole_proves_absence(tmp_path: Path) -> None:
    lookup = surveyed(
        tmp_path,
        {"data": payments(*range(1, 101)), "hasMore": True, "totalResults": 150},
        {"data": payments(*range(100, 151)), "hasMore": False, "totalResults": 150},
    )
    assert (found(lookup, "id-100"), found(lookup, "id-777")) == (Lookup(("p_100",)), Lookup())


def test_rows_deleted_and_added_meanwhile_prove_nothing_though_the_counts_agree(tmp_path: Path) -> None:
    """Two rows read already went away and two came at the end: row 101 moved up, and was never given."""
    lookup = surveyed(
        tmp_path,
        {"data": payments(*range(1, 101)), "hasMore": True, "totalResults": 150},
        {"data": payments(*range(102, 153)), "hasMore": False, "totalResults": 150},
    )
    seen, missing = found(lookup, "id-102"), found(lookup, "id-101")
    assert (seen.found, seen.proven) == (("p_102",), False)
    assert missing.unknown and "moved up" in missing.reason
    assert lookup.identified() is None


def test_any_thread_may_let_go_of_the_index_of_an_account(tmp_path: Path) -> None:
    """The collector of garbage runs in whichever thread is at work, such as that of an embedded server."""
    held = [AccountIndex(tmp_path, "payments", DIALECT)]

    def let_go() -> None:
        held.clear()
        gc.collect()

    thread = threading.Thread(target=let_go)
    thread.start()
    thread.join()
