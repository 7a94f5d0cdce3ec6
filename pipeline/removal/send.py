"""Deletions on their way: an intent before each, looked up where no answer tells, and never taken for done unseen.

A deletion said again changes nothing more. So one in doubt is looked up, and repeated only where the record is still
there.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from msgspec import structs

from pipeline.api.cause import Cause
from pipeline.api.session import ApiSession
from pipeline.api.verdict import CHECK_KEY, Judgement, Verdict
from pipeline.delivery.answer import find_stop
from pipeline.errors import ApiStop
from pipeline.events import Events
from pipeline.failpoints import CrashPoint, failpoint
from pipeline.journal import ChangeRow, Journal
from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.rows import Claim
from pipeline.language.say import say
from pipeline.model import Account, State
from pipeline.remote.detail import is_absent, read_detail
from pipeline.removal.find import find_removal, is_taken_away

__all__ = ["Deletions"]

_TRIES = 3
_SAID = 20
"""Records that are named when they could not be deleted; the journal knows all."""


@dataclass(slots=True)
class Deletions:
    """The deletions of one run. `states` says how far each record is, `absent` are those that were gone by then."""

    session: ApiSession
    journal: Journal
    claim: Claim
    run: str
    account: Account
    resource: str
    settle_s: float
    events: Events
    stop: asyncio.Event
    states: dict[str, State] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    stopped: ApiStop | None = None
    _told: int = 0

    async def send_all(self, ids: Sequence[str]) -> None:
        """Delete them, until the stop is set. JournalError ends it: nothing is sent behind the journal's back."""
        commits, room = GroupCommit(self.journal, self.claim), asyncio.Semaphore(self.session.in_flight)
        try:
            async with asyncio.TaskGroup() as tasks:
                for identity in ids:
                    tasks.create_task(self._send(identity, room, commits))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            await commits.close()

    async def _send(self, identity: str, room: asyncio.Semaphore, commits: GroupCommit) -> None:
        async with room:
            if self.stop.is_set():
                return
            judgement = await self._remove(identity, commits)
        state = _FATES.get(judgement.verdict, State.REFUSED)
        if state is State.DONE and not find_removal(self.session, self.resource).leaves:
            await self._forget(identity, commits)
        await self._keep(commits, identity, state, judgement.cause)
        failpoint(CrashPoint.OUTCOME_DURABLE)
        if state is State.PLANNED:
            self.stopped = find_stop(judgement) or ApiStop(judgement.message, CHECK_KEY)
            self.stop.set()
        elif state is not State.DONE:
            self._tell(identity, state, judgement.message)

    async def _remove(self, identity: str, commits: GroupCommit) -> Judgement:
        """Ask for it, and where no answer tells, look: what is not there was carried out."""
        digest = hashlib.sha256(f"DELETE {identity}".encode()).digest()[:16]

        async def intend(_attempt: int) -> None:
            failpoint(CrashPoint.INTENT_WAITING)
            await self._keep(commits, identity, State.SENDING, body_hash=digest)
            failpoint(CrashPoint.INTENT_DURABLE)

        judgement = Judgement(Verdict.IN_DOUBT, "")
        for _ in range(_TRIES):
            judgement = await self.session.remove(self.resource, identity, before_attempt=intend)
            failpoint(CrashPoint.ANSWERED)
            absent = judgement.verdict is Verdict.REFUSED and is_absent(judgement)
            if self._shows_removal(judgement, identity):
                return judgement
            if judgement.verdict not in (Verdict.IN_DOUBT, Verdict.DONE) and not absent:
                return judgement
            await self._keep(commits, identity, State.IN_DOUBT, judgement.cause)
            gone = await self._is_gone(identity)
            if gone is False:
                await asyncio.sleep(self.settle_s)
                gone = await self._is_gone(identity)
            failpoint(CrashPoint.LOOKED_UP)
            if gone and absent:
                self.absent.add(identity)
            if gone is not False:
                return structs.replace(judgement, verdict=Verdict.DONE if gone else Verdict.IN_DOUBT)
        return structs.replace(judgement, verdict=Verdict.IN_DOUBT)

    def _shows_removal(self, judgement: Judgement, identity: str) -> bool:
        """Whether an answer shows the record as deleted; as canceled, where that is what a deletion leaves."""
        if judgement.verdict is not Verdict.DONE or judgement.remote_id != identity:
            return False
        removal = find_removal(self.session, self.resource)
        return not removal.leaves or is_taken_away(removal, judgement.data or {})

    async def _is_gone(self, identity: str) -> bool | None:
        """Whether the account shows it as deleted; None where it cannot be read."""
        detail = await read_detail(self.session, self.resource, identity)
        if detail.row is None:
            return True if detail.gone else None
        return is_taken_away(find_removal(self.session, self.resource), detail.row)

    async def _keep(
        self,
        commits: GroupCommit,
        identity: str,
        state: State,
        cause: Cause | None = None,
        *,
        body_hash: bytes | None = None,
    ) -> None:
        row = ChangeRow(self.resource, identity, state, body_hash, cause)
        await commits.ask(partial(self.journal.keep_changes, self.run, [row], [], self.claim))
        self.states[identity] = state

    async def _forget(self, identity: str, commits: GroupCommit) -> None:
        """A record that is gone can be created anew: the journal no longer takes it for held by the account."""
        why = say("deleted by run {run}", run=self.run)
        forget = partial(self.journal.forget_removed, self.account, self.resource, [identity], why, self.claim)
        await commits.ask(forget)

    def _tell(self, identity: str, state: State, why: str) -> None:
        self._told += 1
        if self._told <= _SAID:
            doubt = say("{id}: nobody knows whether it was deleted: {why}", id=identity, why=why)
            self.events.warn(
                doubt if state is State.IN_DOUBT else say("{id} was not deleted: {why}", id=identity, why=why)
            )


_FATES = {
    Verdict.DONE: State.DONE,
    Verdict.IN_DOUBT: State.IN_DOUBT,
    Verdict.STOP: State.PLANNED,
    Verdict.RETRY: State.PLANNED,
}
