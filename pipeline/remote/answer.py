"""What a look-up answers of one record."""

from typing import NamedTuple

__all__ = ["ChangedId", "Lookup"]


class Lookup(NamedTuple):
    """What the account holds of one record: the remote ids of the rows that are the one asked for.

    `proven`: no other row is. Where it is not, `reason` says why; what was `found` is there all the same.
    """

    found: tuple[str, ...] = ()
    proven: bool = True
    reason: str = ""

    @property
    def absent(self) -> bool:
        """The account does not hold it."""
        return self.proven and not self.found

    @property
    def unknown(self) -> bool:
        """Nobody can tell whether the account holds it."""
        return not self.proven and not self.found

    def unproven_because(self, reason: str) -> "Lookup":
        """The same answer where it proves nothing; the first reason not to believe it is the one that is kept."""
        return Lookup(self.found, False, self.reason or reason)


class ChangedId(NamedTuple):
    """A row of the account whose internalId is one that was asked for, but for what tools change of ids."""

    asked: str
    held: str
    remote_id: str
