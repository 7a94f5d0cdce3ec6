"""The line that records are sent on: intents ahead of their turn, outcomes behind whoever sends, over a real server."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from builders import an_action
from journals import PRINT, now
from wire import a_client, a_request, an_answer, serving

from pipeline.api.session import ApiSession
from pipeline.api.throttle.admission import Throttle
from pipeline.api.verdict import Judgement
from pipeline.delivery.context import SendContext
from pipeline.delivery.push import ROOM, Pushed, Refusal, push, take_batch
from pipeline.edge import utc_now
from pipeline.errors import JournalError
from pipeline.events import SILENT, Meter, Stage
from pipeline.journal import Claim, Intent, Latencies, Outcome, Planned
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, Action, Doubt, State
from schemas.dialects.spec import Verdict

IN_FLIGHT = 4


class WatchedJournal(SqliteJournal):
    """A real journal that keeps what each commit held, and how many records were open; a commit may take long."""

    seconds = 0.0
    fails_at: State | None = None

    def on_outcome(self) -> None:
        """Called when an outcome is about to be on disk."""

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        time.sleep(self.seconds)
        if any(isinstance(event, Outcome) and event.state is self.fails_at for event in events):
            raise JournalError("The disk is full.", "Free some.")
        if any(isinstance(event, Outcome) for event in events):
            self.on_outcome()
        super().commit(events, claim)
        self.commits.append(list(events))
        self.open += sum(1 if isinstance(event, Intent) else -1 for event in events)
        self.most_open = max(self.most_open, self.open)

    def begin(self) -> None:
        self.commits: list[list[Intent | Outcome]] = []
        self.open = self.most_open = 0


@dataclass
class Shop:
    """A server that creates what it is sent, after some seconds; `before` is awaited first, with the number of the
    request."""

    seconds: float = 0.0
    before: Callable[[int], Awaitable[None]] | None = None
    stored: list[str] = field(default_factory=list)
    at_work: int = 0
    most_at_work: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            body = json.loads((await a_request(reader)).partition(b"\r\n\r\n")[2])
            name = body["metadata"]["internalId"]
            self.stored.append(name)
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
            if self.before is not None:
                await self.before(len(self.stored))
            await asyncio.sleep(self.seconds)
            self.at_work -= 1
            writer.write(an_answer({"data": {"id": f"id of {name}", "metadata": {"internalId": name}}}, 201))
            await writer.drain()


@pytest.fixture
def journal(tmp_path: Path) -> WatchedJournal:
    journal = WatchedJournal(tmp_path / "journal.sqlite", now)
    journal.begin()
    return journal


def actions(count: int) -> list[Action]:
    names = [f"p{n}" for n in range(count)]
    return [an_action(f"id:{name}", body=json.dumps({"metadata": {"internalId": name}}).encode()) for name in names]


def pushed(
    journal: WatchedJournal, account: Account, shop: Shop, count: int, stop: asyncio.Event | None = None
) -> Pushed:
    """What becomes of so many payments."""
    records = actions(count)
    ids = journal.plan(account, "r1", 0, [Planned(action, *PRINT) for action in records])

    async def story() -> Pushed:
        commits = GroupCommit(journal, journal.next_fence(account.name, "r1"))
        throttle = Throttle(concurrency=IN_FLIGHT)
        try:
            async with serving(shop) as url, ApiSession(a_client(url, IN_FLIGHT), throttle) as session:
                meter = Meter(SILENT, time.monotonic, Stage.SENDING)
                context = SendContext(
                    session, journal, commits, account, stop or asyncio.Event(), meter, Latencies(utc_now)
                )
                return await push(zip(ids, records, strict=True), context)
        finally:
            await commits.close()

    return asyncio.run(asyncio.wait_for(story(), 60))


def states(journal: WatchedJournal, account: Account, count: int) -> list[State]:
    known = journal.known(account, "payments", [f"id:p{n}" for n in range(count)])
    return [known[f"id:p{n}"].state for n in range(count)]


def test_every_record_is_sent_once_in_the_order_of_start_and_its_outcome_is_kept(
    journal: WatchedJournal, account: Account
) -> None:
    shop = Shop()
    assert pushed(journal, account, shop, 100).created == 100
    assert sorted(shop.stored) == sorted({f"p{n}" for n in range(100)})
    assert shop.stored[:1] == ["p0"]
    assert states(journal, account, 100) == [State.DONE] * 100


def test_an_intent_is_on_disk_before_its_request_leaves(journal: WatchedJournal, account: Account) -> None:
    async def look(_: int) -> None:
        name = shop.stored[-1]
        with SqliteJournal(journal.path, now) as other:
            seen.append(other.known(account, "payments", [f"id:{name}"])[f"id:{name}"].state)

    seen: list[State] = []
    shop = Shop(before=look)
    pushed(journal, account, shop, 30)
    assert seen == [State.SENDING] * 30


def test_intents_share_a_commit_and_so_do_outcomes(journal: WatchedJournal, account: Account) -> None:
    journal.seconds = 0.01
    pushed(journal, account, Shop(), 120)
    assert sum(map(len, journal.commits)) == 240
    assert len(journal.commits) < 240 / IN_FLIGHT, [len(commit) for commit in journal.commits]
    assert len(journal.commits[0]) == ROOM * IN_FLIGHT, "as many as there is room for, ahead of their turn"


def test_who_sends_does_not_wait_for_the_disk(journal: WatchedJournal, account: Account) -> None:
    """While the first outcome is being written, more leave than can be on their way at once."""
    journal.seconds, shop = 0.3, Shop()
    journal.on_outcome = lambda: sent.append(len(shop.stored))  # type: ignore[method-assign]
    sent: list[int] = []
    pushed(journal, account, shop, 40)
    assert sent[0] > IN_FLIGHT


def test_no_more_records_are_open_than_there_is_room_for(journal: WatchedJournal, account: Account) -> None:
    journal.seconds = 0.005
    pushed(journal, account, Shop(), 100)
    assert journal.most_open <= ROOM * IN_FLIGHT
    assert journal.open == 0


def test_a_stop_puts_back_what_was_never_handed_to_the_network_and_keeps_what_was(
    journal: WatchedJournal, account: Account
) -> None:
    async def stop_at_the_tenth(number: int) -> None:
        if number == 10:
            stop.set()

    stop = asyncio.Event()
    shop = Shop(before=stop_at_the_tenth)
    told = pushed(journal, account, shop, 100, stop)
    stored = set(shop.stored)
    assert told.created == len(stored) == len(shop.stored)
    assert len(stored) <= 10 + IN_FLIGHT
    for n, state in enumerate(states(journal, account, 100)):
        assert state is (State.DONE if f"p{n}" in stored else State.PLANNED), n
    assert told.doubtful == []


def test_an_outcome_that_cannot_be_kept_ends_the_push_at_once(journal: WatchedJournal, account: Account) -> None:
    journal.fails_at, shop = State.DONE, Shop(seconds=0.05)
    with pytest.raises(JournalError, match="disk is full"):
        pushed(journal, account, shop, 400)
    assert len(shop.stored) <= (ROOM + 1) * IN_FLIGHT
    for n, state in enumerate(states(journal, account, 400)):
        assert state is State.SENDING or f"p{n}" not in shop.stored, "what was sent is looked up by the resume"


# --- decisions --------------------------------------------------------------------------------------------------------

ACTION = an_action("id:p1", line=9)


@pytest.mark.parametrize(
    ("state", "verdict", "created", "refused", "doubtful"),
    [
        (State.DONE, Verdict.DONE, 1, [], []),
        (State.REFUSED, Verdict.REFUSED, 0, [Refusal(9, "id:p1", "said")], []),
        (State.IN_DOUBT, Verdict.IN_DOUBT, 0, [], [Doubt(7, ACTION)]),
        (State.IN_DOUBT, Verdict.EXISTS, 0, [], [Doubt(7, ACTION, True)]),
        (State.IN_DOUBT, Verdict.STOP, 0, [], [Doubt(7, ACTION)]),
        (State.PLANNED, Verdict.STOP, 0, [], []),
        (State.PLANNED, Verdict.RETRY, 0, [], []),
    ],
)
def test_a_record_counts_by_what_the_journal_keeps_of_it_and_one_that_stays_planned_was_not_sent(
    state: State, verdict: Verdict, created: int, refused: list[Refusal], doubtful: list[Doubt]
) -> None:
    told = Pushed()
    told.count(Outcome(7, state), ACTION, Judgement(verdict, "said"))
    assert (told.created, told.refused, told.doubtful, told.blocked) == (created, refused, doubtful, [])
    assert told.sent == created + len(refused) + len(doubtful)
    assert told.is_doubtful(7) is bool(doubtful)


@pytest.mark.parametrize(
    ("waiting", "room", "alone", "taken"),
    [
        (4, 9, set(), 4),
        (4, 3, set(), 3),
        (4, 0, set(), 0),
        (4, -1, set(), 0),
        (0, 9, set(), 0),
        (4, 9, {0}, 0),
        (4, 9, {2}, 2),
        (4, 2, {3}, 2),
        (4, 9, {1, 2}, 1),
    ],
)
def test_a_batch_ends_where_the_room_does_or_before_a_record_that_goes_alone(
    waiting: int, room: int, alone: set[int], taken: int
) -> None:
    rows = list(enumerate(actions(waiting)))
    solitary = {f"id:p{n}" for n in alone}
    ready = deque(rows)
    assert take_batch(ready, room, lambda action: action.key in solitary) == rows[:taken]
    assert list(ready) == rows[taken:]
