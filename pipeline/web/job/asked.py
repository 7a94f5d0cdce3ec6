"""What a job is asked to do, as its `request.json` says it."""

from typing import Any

import msgspec

__all__ = ["Asked"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is to do. `confirmed` is the plan that was agreed to; a send of anything else is refused. `who` has
    pressed the button, where the page has several users."""

    step: str
    live: bool = False
    limit: int | None = None
    confirmed: dict[str, Any] | None = None
    run: str | None = None
    who: str = ""
    resources: tuple[str, ...] = ()
    format: str = "xlsx"
    since: str = ""
    until: str = ""
