"""One budget of retries for the whole run, so that a failing server is not sent every request several times over."""


class RetryBudget:
    """Allows `reserve` retries plus `share` of the requests sent so far.

    The reserve covers one full house of requests that fail together (a deploy, a proxy restarting) before the share
    has grown; the share bounds the extra load on a server that is already in trouble to a fifth.
    """

    __slots__ = ("requests", "reserve", "retries", "share")

    def __init__(self, *, reserve: int = 64, share: float = 0.2) -> None:
        if reserve < 0 or not 0 <= share <= 1:
            raise ValueError("a retry budget needs reserve >= 0 and a share between 0 and 1")
        self.reserve = reserve
        self.share = share
        self.requests = 0
        self.retries = 0

    @property
    def left(self) -> int:
        """Retries that may still be made at this moment."""
        return max(0, int(self.reserve + self.share * self.requests) - self.retries)

    def spend(self) -> bool:
        """Take one retry; False when none is left, and then nothing is taken."""
        if not self.left:
            return False
        self.retries += 1
        return True
