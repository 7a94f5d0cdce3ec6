"""How long a journal that machines share waits for whom. One file on one machine waits for nobody."""

from dataclasses import dataclass

__all__ = ["TERMS", "Terms"]

_FRESH_S = 10.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds. A claim without a sign of life for `lease_s` is anybody's; a server that does not answer is waited for
    during `wait_s`; one request takes at most `timeout_s`."""

    lease_s: float = 60.0
    wait_s: float = 60.0
    timeout_s: float = 30.0

    @property
    def fresh_s(self) -> float:
        """Within so many seconds of its intent a request leaves, else it wants a new one: a process that was paused, or
        waited long for the throttle's leave, asks again whether the account is still its own."""
        return min(_FRESH_S, self.timeout_s)

    @property
    def request_s(self) -> float:
        """A request is over at the latest so many seconds after its intent."""
        return self.fresh_s + self.timeout_s


TERMS = Terms()
