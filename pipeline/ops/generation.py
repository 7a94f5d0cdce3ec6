"""Which generation of the API answers: told by how its answers look, then by paths that only one of them has.

Only read, and only told: what a server seems to speak never changes what is sent to it (docs/api.md Q1).
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from pipeline.api.session import ApiSession
from pipeline.api.verdict import Verdict
from schemas.dialects import DIALECTS
from schemas.dialects.spec import Dialect

__all__ = ["detect_generation", "tell_generation", "tell_generation_of_rows"]


def tell_generation(envelope: Container[str]) -> str | None:
    """The generation that the names of an envelope show; None where it shows none, or those of several."""
    return _only(n for n, spoken in DIALECTS.items() if any(name in envelope for name in spoken.envelope.own_names))


def tell_generation_of_rows(answer: Mapping[str, Any], resource: str) -> str | None:
    """The same of the rows of a list, by the member that holds an amount."""
    return _only(name for name, spoken in DIALECTS.items() if _shows_amount(answer, spoken, resource))


def _shows_amount(answer: Mapping[str, Any], spoken: Dialect, resource: str) -> bool:
    rows, amount = answer.get(spoken.envelope.data), spoken.endpoints[resource].reads.get("amount")
    if not isinstance(rows, list) or amount is None:
        return False
    return any(isinstance(row, dict) and any(path in row for path in amount.paths) for row in rows)


async def detect_generation(session: ApiSession) -> str | None:
    """The generation whose landmark answers where no other's does; one question each, none of which changes a thing."""
    found = []
    for name, spoken in DIALECTS.items():
        if (await session.read(spoken.landmark, {spoken.paging.limit: 1}, tries=1)).verdict is Verdict.DONE:
            found.append(name)
    return _only(found)


def _only(names: Iterable[str]) -> str | None:
    told = list(names)
    return told[0] if len(told) == 1 else None
