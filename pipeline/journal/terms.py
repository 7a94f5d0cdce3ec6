"""How long a journal that machines share waits for whom. One file on one machine waits for nobody."""

from dataclasses import dataclass

__all__ = ["FRESH_S", "TERMS", "Terms"]

FRESH_S = 10.0
"""Seconds after its intent within which a request must leave, else it wants a new one: a process that was paused, or
waited for the throttle's leave, asks again whether the account is still its own."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds. A claim without a sign of life for `lease_s` is anybody's; a server that does not answer is waited for
    during `wait_s`; a request is over at the latest `request_s` after its intent."""

    lease_s: float = 60.0
    wait_s: float = 60.0
    request_s: float = FRESH_S + 30.0


TERMS = Terms()
