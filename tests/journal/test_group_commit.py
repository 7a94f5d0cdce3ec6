"""Group commit: whoever waited goes on only when its event is durable, and many who wait share one commit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import an_action, python

from pipeline.edge import utc_now
from pipeline.errors import JournalError
from pipeline.journal import Claim, Fates, Intent, Outcome, Planned
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, State


class CountingJournal(SqliteJournal):
    """A real journal that keeps how many events each commit carried, and in which thread; a commit may take long."""

    seconds = 0.0

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        self.sizes = [*getattr(self, "sizes", []), len(events)]
        self.thread = threading.current_thread()
        time.sleep(self.seconds)
        super().commit(events, claim)


@pytest.fixture
def counting(empty_journal: SqliteJournal) -> CountingJournal:
    empty_journal.__class__ = CountingJournal
    assert isinstance(empty_journal, CountingJournal)
    return empty_journal


def planned(journal: SqliteJournal, account: Account, count: int) -> list[int]:
    rows = [Planned(an_action(f"id:{n}"), ("name",), b"1234") for n in range(count)]
    return journal.plan(account, "r", 0, rows)


def test_a_lone_event_is_committed_at_once_and_is_durable_on_return(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    async def walk() -> None:
        commits = GroupCommit(counting, claim)
        (record_id,) = planned(counting, account, 1)
        await commits.write(Intent(record_id, 1, b"h"))
        with SqliteJournal(counting.path, utc_now) as other:
            assert other.known(account, "payments", ["id:0"])["id:0"].state is State.SENDING
        await commits.close()

    asyncio.run(walk())
    assert counting.sizes == [1]
    assert counting.thread is not threading.main_thread(), "the event loop goes on while the disk is synced"


def test_many_who_wait_share_few_commits_and_none_is_left_out(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    counting.seconds = 0.01

    async def walk() -> None:
        commits = GroupCommit(counting, claim)
        ids = planned(counting, account, 500)

        async def one(record_id: int) -> None:
            await commits.write(Intent(record_id, 1, b"h"))
            await commits.write(Outcome(record_id, State.DONE, f"remote {record_id}"))

        await asyncio.gather(*map(one, ids))
        await commits.close()

    asyncio.run(walk())
    assert sum(counting.sizes) == 1000
    assert len(counting.sizes) <= 10, counting.sizes
    assert counting.fates("r") == {"payments": Fates(created=500)}


def test_when_the_commit_fails_all_who_share_it_hear_of_it(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    async def walk() -> list[BaseException | None]:
        commits = GroupCommit(counting, claim)
        (good,) = planned(counting, account, 1)
        events = [Intent(good, 1, b"h"), Intent(999, 1, b"h")]
        heard = await asyncio.gather(*map(commits.write, events), return_exceptions=True)
        await commits.write(Intent(good, 1, b"h"))
        await commits.close()
        return heard

    heard = asyncio.run(asyncio.wait_for(walk(), 10))
    assert [type(error) for error in heard] == [JournalError, JournalError]
    assert counting.fates("r") == {"payments": Fates(in_doubt=1)}, "a later event is committed all the same"


def test_events_that_are_written_together_share_a_commit_and_its_fate(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    async def walk() -> None:
        commits = GroupCommit(counting, claim)
        ids = planned(counting, account, 5)
        await commits.write_all([Intent(record_id, 1, b"h") for record_id in ids])
        await commits.write_all([])
        with pytest.raises(JournalError):
            await commits.write_all([Outcome(ids[0], State.DONE, "x"), Intent(ids[1], 3, b"h")])
        await commits.close()

    asyncio.run(walk())
    assert counting.sizes[0] == 5
    assert counting.fates("r") == {"payments": Fates(in_doubt=5)}


def test_an_error_nobody_foresaw_reaches_those_who_wait_instead_of_leaving_them_waiting(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    async def walk() -> None:
        commits = GroupCommit(counting, claim)
        (record_id,) = planned(counting, account, 1)
        try:
            await commits.write(Outcome(record_id, State.DONE, message="\ud800"))
        finally:
            await commits.close()

    with pytest.raises((UnicodeError, JournalError)):
        asyncio.run(asyncio.wait_for(walk(), 10))


def test_one_who_waited_and_was_cancelled_does_not_hinder_the_others(
    counting: CountingJournal, account: Account, claim: Claim
) -> None:
    counting.seconds = 0.02

    async def walk() -> None:
        commits = GroupCommit(counting, claim)
        ids = planned(counting, account, 3)
        waiting = [asyncio.create_task(commits.write(Intent(i, 1, b"h"))) for i in ids]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await commits.close()

    asyncio.run(walk())
    assert counting.fates("r") == {"payments": Fates(in_doubt=3)}


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, "tests/support")
from builders import an_action
from pipeline.journal import Intent, Planned
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account

journal = SqliteJournal(Path(sys.argv[1]), lambda: datetime.now(UTC))
ids = journal.plan(Account("a", False), "r", 0, [Planned(an_action(f"id:{n}"), ("name",), b"1234") for n in range(200)])
claim = journal.next_fence("a", "r")
returned = 0

async def walk():
    commits = GroupCommit(journal, claim)

    async def one(record_id):
        global returned
        await commits.write(Intent(record_id, 1, b"h"))
        returned += 1
        print(record_id, flush=True)
        if returned == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    await asyncio.gather(*map(one, ids))

asyncio.run(walk())
"""


@pytest.mark.parametrize("after", [1, 50])
def test_every_intent_that_returned_is_on_disk_when_the_process_is_killed(
    after: int, state_dir: Path, account: Account
) -> None:
    done = python(KILLED, state_dir / "journal.sqlite", after)
    assert done.returncode == -9, done.stderr
    told = {int(line) for line in done.stdout.split()}
    with SqliteJournal(state_dir / "journal.sqlite", lambda: (_ for _ in ()).throw(AssertionError)) as journal:
        assert len(told) == after
        assert told <= {row.record_id for row in journal.doubtful("r")}
