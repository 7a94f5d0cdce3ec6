"""What everything that sends during an import shares."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.api.session import ApiSession
from pipeline.delivery.canary import Canary
from pipeline.delivery.control_totals import ControlTotals
from pipeline.errors import ApiStop
from pipeline.events import Meter
from pipeline.journal import GroupCommit, Journal
from pipeline.model import Account, Action, RecordKey
from pipeline.remote.members import read_money

__all__ = ["SendContext"]


@dataclass(slots=True)
class SendContext:
    """What sending needs: the way to the API, the memory, the canary and the totals, and the wish to stop.

    `meter` hears of every record that has its outcome in the journal. `unsent_because` says why records were left
    unsent although nothing stopped the run; empty when none were.
    """

    session: ApiSession
    journal: Journal
    commits: GroupCommit
    account: Account
    stop: asyncio.Event
    meter: Meter
    canary: Canary = field(default_factory=Canary)
    totals: ControlTotals = field(default_factory=ControlTotals)
    keep_links: bool = False
    stopped: ApiStop | None = None
    unsent_because: str = ""

    def compare(self, action: Action, remote_id: str | None, answer: Mapping[str, Any] | None) -> None:
        """Tell the canary and the totals of a created payment; halt when what it says is not what was meant."""
        endpoint = self.session.dialect.endpoints[action.resource]
        money = None if answer is None else read_money(endpoint, answer)
        wrong = self.canary.check_answer(action, money)
        self.totals.add(action, money, wrong)
        if wrong is not None and self.canary.must_stop:
            who = f"{RecordKey(action.key).shown}, {remote_id}"
            self.halt(
                ApiStop(
                    f"A payment ({who}) was not understood as meant: {wrong}.",
                    "Nothing more was sent. Look at that payment, then at the dialect and the key (gigbulk doctor).",
                )
            )

    def explain_unsent(self, reason: str, *, follows: bool = False) -> None:
        """Why a record was left unsent. A reason that only `follows` from another record's takes no other's place."""
        self.unsent_because = (self.unsent_because or reason) if follows else reason

    def halt(self, reason: ApiStop) -> None:
        """Let what is in flight end, send nothing more."""
        self.stopped = self.stopped or reason
        self.stop.set()
