"""What every way of knowing an account's records promises: the list read whole, one question a record, the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from wire import a_client, an_answer, answering, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.journal import Journal
from pipeline.model import Account
from pipeline.remote.answer import Lookup
from pipeline.remote.identity import Identity
from pipeline.remote.list_lookup import open_list_lookup
from pipeline.remote.lookup import RemoteLookup, open_lookup
from pipeline.remote.members import Money
from pipeline.remote.snapshot import SnapshotLookup

ROWS: list[dict[str, Any]] = [
    {"id": "r_1", "email": "ana@empresa.example", "metadata": {"internalId": "a"}, "amount": 100, "currency": "MXN"},
    {"id": "r_2", "email": "eva@empresa.example", "metadata": {"internalId": "e"}, "amount": 5, "livemode": True},
]
FIRST = {"data": [{"id": f"x_{n}"} for n in range(100)], "hasMore": True, "totalResults": 900}
PAGE = {"data": ROWS, "hasMore": False, "totalResults": 2}
NOBODY = {"data": [], "hasMore": False, "totalResults": 0}
ANA = Identity("a", ("email", "ana@empresa.example"), "ana@empresa.example")
EVA = Identity("e", ("email", "eva@empresa.example"), "eva@empresa.example")
ZOE = Identity("z", ("email", "zoe@empresa.example"), "zoe@empresa.example")

Opened = Callable[[Journal, Account, Path], AbstractAsyncContextManager[RemoteLookup]]


async def at_once(seconds: float) -> None:
    """For a session that waits for nothing."""


@asynccontextmanager
async def a_session(*pages: dict[str, Any] | bytes, timeout_s: float = 5.0) -> AsyncIterator[ApiSession]:
    """A session with a server that gives these pages (or whole answers) in turn, the last one for ever."""
    talk, _ = answering(*(page if isinstance(page, bytes) else an_answer(page) for page in pages))
    async with serving(talk) as base_url, a_client(base_url, timeout_s=timeout_s) as client:
        yield ApiSession(client, Throttle(concurrency=1), sleep=at_once)


@asynccontextmanager
async def by_list(journal: Journal, account: Account, folder: Path) -> AsyncIterator[RemoteLookup]:
    async with a_session(PAGE) as session:
        yield await open_lookup("clients", 3, session, journal, account, folder)


@asynccontextmanager
async def payments_by_list(journal: Journal, account: Account, folder: Path) -> AsyncIterator[RemoteLookup]:
    """As for payments in doubt."""
    async with a_session(PAGE) as session:
        yield await open_list_lookup("payments", 3, session, folder)


@asynccontextmanager
async def by_asking(journal: Journal, account: Account, folder: Path) -> AsyncIterator[RemoteLookup]:
    """The account has so many that three are asked for one by one; those who are asked for are on the pages in turn."""
    one = [{"data": [row], "hasMore": False, "totalResults": 1} for row in ROWS]
    async with a_session(FIRST, *one, NOBODY) as session:
        yield await open_lookup("clients", 3, session, journal, account, folder)


@asynccontextmanager
async def by_journal(journal: Journal, account: Account, folder: Path) -> AsyncIterator[RemoteLookup]:
    """The list of payments is learnt once; from then on no server is needed."""
    async with a_session(PAGE) as session:
        await open_lookup("payments", 3, session, journal, account, folder)
        lookup = await open_lookup("payments", 3, session, journal, account, folder)
    assert isinstance(lookup, SnapshotLookup)
    yield lookup


WAYS: dict[str, Opened] = {"list": by_list, "asking": by_asking, "journal": by_journal}


@pytest.fixture(params=WAYS)
def opened(request: pytest.FixtureRequest) -> Opened:
    return WAYS[request.param]


def test_each_record_has_an_answer_in_order_and_what_is_not_there_is_proven_absent(
    opened: Opened, empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    async def main() -> list[Lookup]:
        async with opened(empty_journal, account, tmp_path) as lookup:
            return await lookup.find([ANA, EVA, ZOE])

    assert asyncio.run(main()) == [Lookup(("r_1",)), Lookup(("r_2",)), Lookup()]


@pytest.mark.parametrize(("livemode", "found"), [(None, True), (True, True), (False, False)])
def test_a_record_of_the_other_mode_is_never_the_one_asked_for(
    livemode: bool | None, found: bool, opened: Opened, empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    """The row of Ana does not say its mode, that of Eva is live."""
    asked = [ANA._replace(livemode=livemode), EVA._replace(livemode=livemode)]

    async def main() -> list[Lookup]:
        async with opened(empty_journal, account, tmp_path) as lookup:
            return await lookup.find(asked)

    assert asyncio.run(main()) == [Lookup(("r_1",)), Lookup(("r_2",)) if found else Lookup()]


def test_behind_a_record_of_the_other_mode_with_the_same_id_one_of_this_mode_is_found_by_its_natural_key(
    tmp_path: Path,
) -> None:
    rows = [
        {"id": "r_1", "email": "ana@empresa.example", "metadata": {"internalId": "a"}, "livemode": False},
        {"id": "r_2", "email": "ana@empresa.example", "livemode": True},
    ]

    async def main() -> list[Lookup]:
        async with a_session({"data": rows, "hasMore": False, "totalResults": 2}) as session:
            lookup = await open_list_lookup("clients", 3, session, tmp_path)
            return await lookup.find([ANA._replace(livemode=mode) for mode in (False, True)])

    assert asyncio.run(main()) == [Lookup(("r_1",)), Lookup(("r_2",))]


def test_a_row_is_known_by_any_spelling_of_its_id_that_a_tool_makes(
    opened: Opened, empty_journal: Journal, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row, held in zip(ROWS, ("1001.0", "007"), strict=True):
        monkeypatch.setitem(row["metadata"], "internalId", held)

    async def main() -> list[Any]:
        async with opened(empty_journal, account, tmp_path) as lookup:
            named = [Identity("1001", ANA.natural, ANA.spelling), Identity("7", EVA.natural, EVA.spelling)]
            absent = await lookup.find([*named, Identity("z", ZOE.natural, ZOE.spelling)])
            return [
                [answer.found for answer in absent],
                await lookup.find_changed(["1001", "7", "z"]),
                lookup.mode("r_2"),
            ]

    absent, changed, mode = asyncio.run(main())
    assert absent == [(), (), ()]
    assert sorted(changed) == [("1001", "1001.0", "r_1"), ("7", "007", "r_2")]
    assert mode is True


@pytest.mark.parametrize("opened", [payments_by_list, by_journal])
def test_what_is_shown_of_a_payment_is_its_amount_currency_and_mode(
    opened: Opened, empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    async def main() -> list[Any]:
        async with opened(empty_journal, account, tmp_path) as lookup:
            await lookup.find([ANA, EVA])
            return [lookup.shown("r_1"), lookup.shown("r_2"), lookup.shown("r_9")]

    assert asyncio.run(main()) == [
        Money(100, "MXN"),
        Money(5, livemode=True),
        None,
    ]


# --- what a server can do to it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([{"data": ROWS, "hasMore": False, "totalResults": 3}], "the list gave 2 of 3 rows"),
        ([{"data": [*ROWS, None], "hasMore": False, "totalResults": 3}], "the list has 1 empty rows"),
        ([{"data": [*ROWS, {"amount": 7}], "hasMore": False, "totalResults": 3}], "the list has 1 rows without an id"),
    ],
    ids=["short", "empty rows", "a row without an id"],
)
def test_a_list_that_proves_nothing_says_why_in_every_answer_and_keeps_what_it_found(
    pages: list[dict[str, Any]], reason: str, tmp_path: Path
) -> None:
    async def main() -> list[Lookup]:
        async with a_session(*pages) as session:
            return await (await open_list_lookup("payments", 2, session, tmp_path)).find([ANA, ZOE])

    ana, zoe = asyncio.run(main())
    assert (ana.found, ana.proven, zoe.unknown) == (("r_1",), False, True)
    assert ana.reason == zoe.reason
    assert ana.reason.startswith(reason)


BARE = {"data": [{"id": "r_1"}], "hasMore": False, "totalResults": 1}
"""A list that shows no internalId, of one record."""

SILENCE = b""


def learnt(
    folder: Path, journal: Journal, account: Account, *answers: dict[str, Any] | bytes, timeout_s: float = 5.0
) -> Lookup:
    """What is known of a payment of internalId `a` where the account's payments are asked for for the first time."""

    async def main() -> Lookup:
        async with a_session(*answers, timeout_s=timeout_s) as session:
            lookup = await open_lookup("payments", 1, session, journal, account, folder)
            return (await lookup.find([Identity("a", None)]))[0]

    return asyncio.run(main())


def test_a_list_that_hides_the_internal_ids_of_its_records_proves_nothing_and_is_not_learnt(
    empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    detail = {"data": {"id": "r_1", "metadata": {"internalId": "a"}}}
    answer = learnt(tmp_path, empty_journal, account, BARE, detail)
    assert answer == Lookup((), False, "the list shows no internalId, though its records have them")
    assert not empty_journal.has_snapshot(account, "payments")


def test_a_list_without_internal_ids_whose_records_have_none_either_proves_absence_and_is_learnt(
    empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    assert learnt(tmp_path, empty_journal, account, BARE, {"data": {"id": "r_1"}}) == Lookup()
    assert empty_journal.has_snapshot(account, "payments")


@pytest.mark.parametrize(
    ("detail", "why"),
    [
        (an_answer({"message": "no such route"}, 404), "The API refused it (404): no such route"),
        (an_answer({"message": "no"}, 403), "The key may not do this, check its permissions (403): no"),
        (an_answer({"message": "oh"}, 500), "The server asks to try again later (500): oh"),
        (SILENCE, "No whole answer came, try again"),
        (an_answer({"data": None}), "the API answered something else"),
        (an_answer({"data": [{"id": "r_1"}]}), "the API answered something else"),
        (an_answer({"data": {"id": "r_2"}}), "the API answered something else"),
        (an_answer(b"<html></html>", content_type="text/html"), "Not the API answered but a web page"),
    ],
    ids=["404", "403", "500", "no answer in time", "null", "a list", "another record", "a web page"],
)
def test_records_that_could_not_be_asked_for_prove_no_absence_and_nothing_is_learnt(
    detail: bytes, why: str, empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    answer = learnt(tmp_path, empty_journal, account, BARE, detail, timeout_s=0.4)
    assert answer.unknown
    assert answer.reason.startswith("the list shows no internalId, and a record of it could not be asked for: " + why)
    assert not empty_journal.has_snapshot(account, "payments")


@pytest.mark.parametrize("nothing", [{"message": "try again"}, {"data": None}], ids=["a message", "null"])
def test_an_answer_without_a_list_is_no_empty_list_unless_the_server_counts_none(
    nothing: dict[str, Any], empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    answer = learnt(tmp_path, empty_journal, account, nothing)
    assert answer == Lookup((), False, "the server answered without a list, and does not say that it is empty")
    assert not empty_journal.has_snapshot(account, "payments")
    assert learnt(tmp_path, empty_journal, account, nothing | {"totalResults": 0}) == Lookup()
    assert empty_journal.has_snapshot(account, "payments")


def test_one_record_of_several_that_could_not_be_asked_for_is_enough_to_prove_nothing(
    empty_journal: Journal, account: Account, tmp_path: Path
) -> None:
    two = {"data": [{"id": "r_1"}, {"id": "r_2"}], "hasMore": False, "totalResults": 2}
    refused = an_answer({"message": "gone"}, 404)
    assert learnt(tmp_path, empty_journal, account, two, {"data": {"id": "r_1"}}, refused).unknown
    assert not empty_journal.has_snapshot(account, "payments")


def test_a_filtered_list_with_a_row_without_an_id_has_the_whole_list_read_instead(tmp_path: Path) -> None:
    nameless = {"data": [{"email": "ana@empresa.example"}], "hasMore": False, "totalResults": 1}

    async def main() -> list[Lookup]:
        async with a_session(FIRST, nameless, PAGE) as session:
            return await (await open_list_lookup("clients", 1, session, tmp_path)).find([ANA])

    assert asyncio.run(main()) == [Lookup(("r_1",))]
