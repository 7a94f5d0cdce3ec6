"""An alert: one POST to a chat or a webhook when a job has ended, as JSON of two forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2 as httpx
import msgspec

from pipeline.api.outside import OUTSIDE_PATIENCE_S, parse_outside_address, send_outside
from pipeline.language.say import say

__all__ = ["Alert"]

_CHATS = ("hooks.slack.com",)
"""Hosts that take Slack's form whatever is said: a member they do not know is refused."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Where to post. `chat` is Slack's form, which Mattermost and Rocket.Chat take too: the text alone."""

    url: httpx.URL = field(repr=False)
    chat: bool
    patience_s: float = OUTSIDE_PATIENCE_S

    @classmethod
    def at(cls, address: str, *, chat: bool = False) -> Self:
        """ConfigError, without the address, as of a ping."""
        url = parse_outside_address(address, "alert")
        return cls(url, chat or url.host in _CHATS)

    def post(self, text: str, facts: Mapping[str, Any]) -> str | None:
        """Say `text`, in the plain form with `facts` beside it; None, or the sentence to warn with."""
        told = {"text": text} if self.chat else {"text": text, **facts}
        reason = send_outside(self.url, self.patience_s, msgspec.json.encode(told))
        if not reason:
            return None
        return say("An alert to {host} failed ({reason}); the job is not affected.", host=self.url.host, reason=reason)
