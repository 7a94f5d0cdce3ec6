"""What everything that talks to the API during an import shares, and the shape of a record in doubt."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.api.session import ApiSession
from pipeline.delivery.canary import Canary
from pipeline.errors import ApiStop
from pipeline.journal import GroupCommit, Journal
from pipeline.model import Account, Action

__all__ = ["SendContext"]


@dataclass(slots=True)
class SendContext:
    """What sending needs: the session, the memory, the canary, and the wish to stop.

    `unreachable_reason` says why records were left unsent although nothing stopped the run; empty when none were.
    `exhausted` counts those among the unsent that were sent as often as one run sends, and each time proven absent.
    """

    session: ApiSession
    ledger: Journal
    commits: GroupCommit
    account: Account
    canary: Canary
    stop: asyncio.Event
    on_outcome: Callable[[], None]
    stopped: ApiStop | None = None
    unreachable_reason: str = ""
    exhausted: int = 0

    def compare(self, action: Action, remote_id: str | None, answer: Mapping[str, Any] | None) -> None:
        """Tell the canary of a created payment; halt when what it says is not what was meant."""
        wrong = self.canary.differs(action, answer)
        if wrong is not None and self.canary.must_stop:
            who = f"{action.key.removeprefix('id:')}, {remote_id}"
            self.halt(
                ApiStop(
                    f"A payment ({who}) was not understood as meant: {wrong}.",
                    "Nothing more was sent. Look at that payment, then at the dialect and the key (gigbulk doctor).",
                )
            )

    def halt(self, reason: ApiStop) -> None:
        """Let what is in flight end, send nothing more."""
        self.stopped = self.stopped or reason
        self.stop.set()
