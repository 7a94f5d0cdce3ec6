"""What became of one request: a Reply, or a NoReply that says whether it may have left this machine."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from pipeline.api.json_body import Body, decode_body

__all__ = ["NoReply", "Reply", "read_retry_after"]

_SECONDS = re.compile(r"\d+(\.\d+)?")
_LONGEST_S = 10.0**9
"""A pause of more than thirty years is written down as this: it means never."""


class Reply(msgspec.Struct, frozen=True):
    """An answer, read to its end. `retry_after_s` is what the server asks to wait, `seconds` the round trip.

    `received_at` is when it came, by the wall clock.
    `elsewhere` is the host a redirect points to, without user, path or query; None without one, or on the same server.
    """

    status: int
    content: bytes
    content_type: str
    retry_after_s: float | None
    seconds: float
    elsewhere: str | None = None
    received_at: datetime | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def body(self) -> Body:
        """The content as JSON, or why it is none."""
        return decode_body(self.content)

    def json(self) -> Any:
        """The content decoded, numbers as int or Decimal; None when it is not JSON (or is the JSON `null`)."""
        return self.body().value


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole answer came. `sent` is False only where it is proven that no byte of the request left.

    `cause` is in plain words, without secrets and without the query. `hopeless` says that trying again cannot help:
    the server's certificate is not trusted; `timed_out` that the server kept silent.
    """

    sent: bool
    cause: str
    seconds: float
    hopeless: bool = False
    timed_out: bool = False


def read_retry_after(header: str | None, date: str | None, now: Callable[[], datetime]) -> float | None:
    """Seconds a Retry-After header asks to wait; None without one, or with one that cannot be read.

    Its date form is measured against the answer's own Date header, so that a wrong clock on this machine neither
    shortens nor lengthens it; without that header, against `now`.
    """
    if header is None:
        return None
    if _SECONDS.fullmatch(header.strip()):
        return min(float(header), _LONGEST_S)
    until = _instant(header)
    if until is None:
        return None
    return min(max(0.0, (until - (_instant(date) or now())).total_seconds()), _LONGEST_S)


def _instant(http_date: str | None) -> datetime | None:
    if http_date is None:
        return None
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
