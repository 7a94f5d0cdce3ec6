"""One record between its intent and its outcome."""

import asyncio
import hashlib
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pipeline.journal import Intent
from pipeline.model import Action
from schemas.dialects.spec import Endpoint

__all__ = ["Flight"]


@dataclass(slots=True)
class Flight:
    """A record that is sent. `settled` is for whoever waits until its outcome is on disk; `attempt` and `intended_at`
    are of its last intent: its number, and the moment before it was written."""

    record_id: int
    action: Action
    settled: asyncio.Future[None] | None = None
    attempt: int = 0
    intended_at: float = 0.0

    def intend(self, now: float) -> Intent:
        """The intent of its next attempt; `now` is of a clock that counts the machine's sleep."""
        self.attempt, self.intended_at = self.attempt + 1, now
        return Intent(self.record_id, self.attempt, hashlib.sha256(self.action.body).digest()[:16])

    def find_address(self, endpoint: Endpoint) -> str:
        """Where its request is sent to."""
        action, create = self.action, endpoint.creates[self.action.create]
        path = create.path
        if action.begun is not None and create.then is not None:
            path = create.then.path.replace("{id}", quote(action.begun, safe=""))
        return path + (f"?{urlencode(action.query)}" if action.query else "")

    def settle(self) -> None:
        """Its outcome is on disk, or it is not to be sent."""
        if self.settled is not None and not self.settled.done():
            self.settled.set_result(None)
