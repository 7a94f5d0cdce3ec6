"""How a sandbox is asked to behave: every option, its unit and its default, checked when it is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.sandbox.faults import check_faults

DIALECTS: Mapping[str, str] = {"2025-06": "pipeline.sandbox.v2025_06", "2026": "pipeline.sandbox.v2026"}
"""Each generation of the API and the module that plays it, imported only when a server starts."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""The inspection endpoints ask for no key, so the sandbox never listens where another machine could reach it."""


@dataclass(frozen=True)
class Options:
    """What one sandbox is like. Raises ValueError, with a sentence naming the option, on an impossible value."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 lets the system choose a free port."""
    latency_ms: float = 0
    """Waited before every answer, and before anything is stored."""
    faults: Mapping[str, float] = field(default_factory=dict)
    """Name of a fault of `FAULTS` -> its probability, 0/1 for a mode, or a count of requests."""
    rate: float | None = None
    """Requests per second beyond which 429 is answered; None for no limit."""
    dialect: str = "2025-06"
    seed: int = 0
    """The same seed gives the same faults to the same requests, and the same pretend rows."""
    data: Path | None = None
    """SQLite file that keeps the records and the log of requests over a restart; None keeps them in memory."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Resource -> how many pretend records an empty store starts with."""
    strict: bool = True
    """Refuse fields and query parameters that the reference does not document, and what only its examples allow."""

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ValueError(f"host {self.host!r}: the sandbox listens on loopback only ({', '.join(LOOPBACK)})")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port}: a port is a number from 0 (any free one) to 65535")
        if not (math.isfinite(self.latency_ms) and self.latency_ms >= 0):
            raise ValueError(f"latency_ms {self.latency_ms}: a latency is zero or more milliseconds")
        if self.rate is not None and not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"rate {self.rate}: a rate is more than zero requests per second")
        if self.dialect not in DIALECTS:
            raise ValueError(f"dialect {self.dialect!r}: the sandbox speaks {', '.join(DIALECTS)}")
        for resource, count in self.rows.items():
            if count < 0:
                raise ValueError(f"rows of {resource}: {count} is less than none")
        check_faults(self.faults)
