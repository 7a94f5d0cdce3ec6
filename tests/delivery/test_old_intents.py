"""An intent that grew old before its request could leave: of a journal that others share, only it can tell whose."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from builders import an_action
from journals import PRINT, now
from postgres import shared_postgres
from wire import a_client, a_request, an_answer, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.delivery.context import SendContext
from pipeline.delivery.push import Pushed, push
from pipeline.edge import count_awake_and_asleep, utc_now
from pipeline.errors import JournalError
from pipeline.events import SILENT, Meter, Stage
from pipeline.journal import Claim, Intent, Journal, Latencies, Outcome, Planned
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.postgres.journal import PostgresJournal
from pipeline.journal.terms import Terms
from pipeline.model import Account

TERMS = Terms(timeout_s=4.0)


class Watched(PostgresJournal):
    """A real journal that keeps the intents it was told of; `on_intent` is called when the first are on disk."""

    def begin(self) -> None:
        self.intents: list[Intent] = []
        self.asleep_s = 0.0
        self.taken_over = False

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        super().commit(events, claim)
        told = [event for event in events if isinstance(event, Intent)]
        if told and not self.intents:
            self.fall_asleep(claim)
        self.intents += told

    def fall_asleep(self, claim: Claim) -> None:
        """The machine sleeps right after its first intents, for longer than they are good."""
        self.asleep_s = TERMS.fresh_s + 1
        if self.taken_over:
            self.next_fence(claim.name, "r2")


@dataclass
class Shop:
    """Creates what it is sent."""

    stored: list[str] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            name = json.loads((await a_request(reader)).partition(b"\r\n\r\n")[2])["metadata"]["internalId"]
            self.stored.append(name)
            writer.write(an_answer({"data": {"id": f"id of {name}", "metadata": {"internalId": name}}}, 201))
            await writer.drain()


@pytest.fixture
def journal(tmp_path: Path) -> Watched:
    journal = Watched(shared_postgres().schema_for(tmp_path), now, TERMS)
    journal.begin()
    return journal


def pushed(journal: Watched, account: Account, shop: Shop) -> Pushed:
    names = [f"p{n}" for n in range(6)]
    records = [an_action(f"id:{name}", body=json.dumps({"metadata": {"internalId": name}}).encode()) for name in names]
    ids = journal.plan(account, "r1", 0, [Planned(action, *PRINT) for action in records])

    async def story() -> Pushed:
        commits = GroupCommit(journal, journal.next_fence(account.name, "r1"))
        try:
            async with serving(shop) as url, ApiSession(a_client(url, 4), Throttle(concurrency=4)) as session:
                context = SendContext(
                    session, journal, commits, account, asyncio.Event(),
                    Meter(SILENT, time.monotonic, Stage.SENDING), Latencies(utc_now),
                    unsleeping=lambda: time.monotonic() + journal.asleep_s,
                )  # fmt: skip
                return await push(zip(ids, records, strict=True), context)
        finally:
            await commits.close()
            journal.asleep_s = 0.0

    return asyncio.run(asyncio.wait_for(story(), 60))


def attempts(journal: Watched) -> set[int]:
    return {intent.attempt for intent in journal.intents}


def test_a_request_whose_intent_is_old_leaves_with_a_new_one(journal: Watched, account: Account) -> None:
    shop = Shop()
    assert pushed(journal, account, shop).created == 6
    assert sorted(shop.stored) == [f"p{n}" for n in range(6)]
    assert attempts(journal) == {1, 2}
    journal.close()


def test_who_was_replaced_while_its_machine_slept_sends_nothing(journal: Watched, account: Account) -> None:
    shop = Shop()
    journal.taken_over = True
    with pytest.raises(JournalError, match="r2 has claimed"):
        pushed(journal, account, shop)
    assert shop.stored == []
    assert {doubt.key for doubt in journal.doubtful("r1")} >= {"id:p0"}, "the new owner looks them up"
    journal.close()


def test_a_journal_of_one_machine_asks_for_no_second_intent(empty_journal: Journal) -> None:
    """Nobody can take its claims from a process that lives."""
    assert empty_journal.fresh_s == float("inf")


def test_the_clock_of_intents_goes_on_and_never_back() -> None:
    first = count_awake_and_asleep()
    time.sleep(0.01)
    assert 0.01 <= count_awake_and_asleep() - first < 5
