"""What everything that sends during an import shares."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.api.session import ApiSession
from pipeline.delivery.answer import GivenIds
from pipeline.delivery.canary.comparison import Wrong
from pipeline.delivery.canary.control_totals import ControlTotals
from pipeline.delivery.canary.watch import Canary
from pipeline.edge import count_awake_and_asleep
from pipeline.errors import ApiStop
from pipeline.events import Meter
from pipeline.journal import Journal, Latencies, ProofRow
from pipeline.journal.group_commit import GroupCommit
from pipeline.language.names import name_word
from pipeline.language.say import say
from pipeline.model import Account, Action, RecordKey
from pipeline.remote.list_lookup import ListLookup
from pipeline.remote.members import Money, read_money
from schemas import resource
from schemas.dialects.spec import Endpoint

__all__ = ["SendContext"]


@dataclass(slots=True)
class SendContext:
    """What sending needs: the way to the API, the memory, the canary and the totals, and the wish to stop.

    `meter` hears of every record that has its outcome in the journal. `unsent_because` says why records were left
    unsent although nothing stopped the run; empty when none were. `skips_existing`: a record the API finds rather than
    creates is passed over, else refused; `keep_links`: payment links are kept in the journal. `given` are the ids of
    answers that did not show whose they are, and the keys of the records they were for; `lookups` are those opened last
    for doubts of each resource; `witnesses` are the ids of the first records of each resource that were created: a
    list without them proves nothing. `unsleeping` is the clock by which an intent grows old.
    """

    session: ApiSession
    journal: Journal
    commits: GroupCommit
    account: Account
    stop: asyncio.Event
    meter: Meter
    latencies: Latencies
    run: str = ""
    canary: Canary = field(default_factory=Canary)
    totals: ControlTotals = field(default_factory=ControlTotals)
    keep_links: bool = False
    skips_existing: bool = True
    stopped: ApiStop | None = None
    unsent_because: str = ""
    given: GivenIds = field(default_factory=GivenIds)
    lookups: dict[str, ListLookup] = field(default_factory=dict)
    witnesses: dict[str, str] = field(default_factory=dict)
    unsleeping: Callable[[], float] = count_awake_and_asleep

    def compare(
        self,
        action: Action,
        remote_id: str | None,
        answer: Mapping[str, Any] | None,
        *,
        sent: Mapping[str, Any] | None = None,
        held: bool = False,
    ) -> None:
        """Tell the canary and the totals of a created record; halt when what it says is not what was meant.

        The answer is the record itself; `sent` is its body, decoded; the account may have `held` it before.
        """
        money = None if answer is None else read_money(self._endpoint(action), answer)
        wrong = self.compare_again(action, remote_id, answer, sent=sent, held=held, money=money)
        self.totals.add(action, money, None if wrong is None else wrong.sentence)

    def compare_listed(self, action: Action, remote_id: str, money: Money | None) -> None:
        """As `compare`, of a record that was found, by what the account's list shows of it."""
        wrong = self.canary.compare_listed(action, money, self._endpoint(action))
        self.heed(wrong, action, remote_id)
        self.totals.add(action, money, None if wrong is None else wrong.sentence)

    def halt_in_other_mode(self, action: Action, remote_id: str) -> None:
        """Halt because a record whose answer was lost may stand in the other mode, as `remote_id`."""
        stands = Money(livemode=not action.livemode)
        self.heed(self.canary.compare_listed(action, stands, self._endpoint(action)), action, remote_id)

    def compare_again(
        self,
        action: Action,
        remote_id: str | None,
        answer: Mapping[str, Any] | None,
        *,
        sent: Mapping[str, Any] | None = None,
        held: bool = False,
        money: Money | None = None,
    ) -> Wrong | None:
        """As `compare`, of a record that the totals know already; `money` is what the answer says of it, once read."""
        wrong = self.canary.compare_answer(action, answer, self._endpoint(action), sent=sent, held=held, money=money)
        self.heed(wrong, action, remote_id)
        return wrong

    def _endpoint(self, action: Action) -> Endpoint:
        return self.session.dialect.endpoints[action.resource]

    def heed(self, wrong: Wrong | None, action: Action, remote_id: str | None) -> None:
        """Halt where it stops the run."""
        if wrong is not None and wrong.stops:
            self.halt(
                ApiStop(
                    say(
                        "A {one} ({shown}, {remote_id}) was not understood as meant: {wrong}.",
                        one=name_word(resource(action.resource).singular),
                        shown=RecordKey(action.key).shown,
                        remote_id=remote_id,
                        wrong=wrong.told,
                    ),
                    say(
                        "Nothing more was sent; the rest stays planned. Look at {remote_id} in the account, which was "
                        "created so, then at the key and the address (gigbulk doctor). When it is clear why: "
                        "gigbulk runs resume",
                        remote_id=remote_id,
                    ),
                )
            )

    def explain_unsent(self, reason: str, *, follows: bool = False) -> None:
        """Why a record was left unsent. A reason that only `follows` from another record's takes no other's place."""
        self.unsent_because = (self.unsent_because or reason) if follows else reason

    async def remember_proofs(self) -> None:
        """Keep what the canary has learnt, for a resume of the run."""
        news = self.canary.take_news()
        if news and self.run:
            rows = [ProofRow(*row) for row in news]
            await self.commits.ask(partial(self.journal.keep_proofs, self.run, self.account, rows))

    async def remember_latencies(self) -> None:
        """Keep how long the requests took that were counted since the last time, for the report."""
        if self.run and (rows := self.latencies.take()):
            await self.commits.ask(partial(self.journal.add_latencies, self.run, rows))

    def halt(self, reason: ApiStop) -> None:
        """Let what is in flight end, send nothing more."""
        self.stopped = self.stopped or reason
        self.stop.set()
