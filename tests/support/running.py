"""The command line as a user runs it: through its entry point, with exit code and both streams."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import msgspec


class Ran(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The one JSON line of a command that was asked for it."""
        [line] = self.out.splitlines()
        return msgspec.json.decode(line, type=dict[str, Any])


class Gigbulk(Protocol):
    def __call__(self, *arguments: object) -> Ran: ...
