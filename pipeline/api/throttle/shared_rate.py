"""One learnt rate for all processes of this machine that use the same key, kept in a small file.

A server counts requests per key, not per process: two imports that each learnt the limit alone would each take all of
it. So the whole `LearnedRate` lies as one record in a file under a kernel lock, which a process that dies lets go by
dying. A process draws tokens in leases, about twenty times a second, not once per request, and brings its news along:
replies since the last look, and a 429 at once. Losing the file loses knowledge, never safety: the limit is learnt
again. Where the file cannot be used at all, as on a full disk, the process goes on alone and says so (`alone`).
"""

import hashlib
import math
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import astuple, fields
from functools import partial
from pathlib import Path
from typing import Self

from filelock import lock_descriptor, unlock_descriptor

from pipeline.api.throttle.rate import LearnedRate

LEASE_S = 0.05
"""Seconds between two looks at the file: the longest that a pause told to one process stays unknown to another."""

CONTENDED_S = 0.001
"""Seconds until asking again for a lock that another process holds: it holds it for some thirty microseconds."""

STALE_S = 600.0
"""Seconds after which a limit that nobody has used is forgotten, unless the server's own pause is longer."""

_HEADER = struct.Struct("<4sI")  # format, checksum of the body: a torn or foreign file counts as empty
_BODY = struct.Struct(f"<{1 + len(fields(LearnedRate))}d")  # saved at, then the fields of LearnedRate in order
_FORMAT = b"gbr4"


class SharedRate:
    """Does what `LearnedRate` does, together with the other processes that name the same `path`.

    The times it is told must come from one clock for all of them: `time.monotonic` is one per machine, and a file from
    before a restart of the machine is known by its date in the future.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._known = LearnedRate()
        self._news: list[Callable[[LearnedRate], None]] = []
        self._lease = 0
        self._look_at = -math.inf
        self._waited_at = -math.inf
        self.alone = False

    @classmethod
    def for_account(cls, state_dir: Path, account: str) -> Self:
        """The file of one account, named by a hash of whatever identifies the key, from which nothing can be read."""
        digest = hashlib.sha256(b"gigbulk rate\0" + account.encode()).hexdigest()[:24]
        return cls(state_dir / f"rate-{digest}")

    @property
    def rate(self) -> float:
        return self._known.rate

    @property
    def paused_until(self) -> float:
        return self._known.paused_until

    def take(self, now: float, want: int = 1, ceiling: float = math.inf) -> int:
        """As `LearnedRate.take`. All processes draw on one bucket, so their ceilings do not add up."""
        if now >= self._look_at or (self._lease < want and now >= self._known.free_at):
            self._look(now, ceiling)
        if now < self._known.paused_until:
            return 0
        if self._known.rate == ceiling == math.inf:
            return want
        granted = min(want, self._lease)
        self._lease -= granted
        if granted < want:
            self._waited_at = now  # the bucket itself is not asked between two leases, and must know who holds us back
        return granted

    def ready_in(self, now: float) -> float:
        """Seconds until it is worth asking again."""
        if now < self._known.paused_until:
            return self._known.paused_until - now
        return max(self._known.free_at - now, CONTENDED_S)

    def let_through(self, sent_at: float, now: float, *, good: bool) -> None:
        """As `LearnedRate.let_through`; the others hear of it with the next lease."""
        self._news.append(partial(LearnedRate.let_through, sent_at=sent_at, now=now, good=good))

    def push_back(self, sent_at: float, now: float, retry_after_s: float | None) -> None:
        """As `LearnedRate.push_back`; the file hears of it at once."""
        self._tell(now, partial(LearnedRate.push_back, sent_at=sent_at, now=now, retry_after_s=retry_after_s))

    def pause(self, now: float, seconds: float) -> None:
        """As `LearnedRate.pause`; the file hears of it at once."""
        self._tell(now, partial(LearnedRate.pause, now=now, seconds=seconds))

    def close(self) -> None:
        """Let go of the file; what was learnt stays in it for the next process."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _tell(self, now: float, news: Callable[[LearnedRate], None]) -> None:
        self._news.append(news)
        if not self._look(now, ceiling=math.inf):
            news(self._known)  # the file hears of it at the next look; this process obeys now

    def _look(self, now: float, ceiling: float) -> bool:
        """Bring the news, give back what is left of the last lease, and draw the next. False if the lock is taken."""
        self._look_at = now + LEASE_S
        if not self.alone:
            try:
                return self._look_into_file(now, ceiling)
            except OSError:
                self.alone = True
        self._draw(self._known, now, ceiling)
        return True

    def _look_into_file(self, now: float, ceiling: float) -> bool:
        if self._fd is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        if not lock_descriptor(self._fd, blocking=False):
            self._look_at = now + CONTENDED_S
            return False
        try:
            state = _read(self._fd, now)
            self._draw(state, now, ceiling)
            _write(self._fd, now, state)
        finally:
            unlock_descriptor(self._fd)
        return True

    def _draw(self, state: LearnedRate, now: float, ceiling: float) -> None:
        rate = min(state.rate, ceiling)
        if self._lease and rate < math.inf:
            state.free_at -= self._lease / rate
        state.waited_at = max(state.waited_at, self._waited_at)
        for tell in self._news:
            tell(state)
        self._news.clear()
        rate = min(state.rate, ceiling)
        size = 1 if rate == math.inf else max(1, int(rate * LEASE_S))
        self._lease = state.take(now, size, ceiling)
        self._known = state


def _read(fd: int, now: float) -> LearnedRate:
    os.lseek(fd, 0, os.SEEK_SET)
    record = os.read(fd, _HEADER.size + _BODY.size)
    body = record[_HEADER.size :]
    if len(body) != _BODY.size or _HEADER.unpack_from(record) != (_FORMAT, zlib.crc32(body)):
        return LearnedRate()
    saved_at, *values = _BODY.unpack(body)
    state = LearnedRate(*values)
    stale = now - saved_at > STALE_S and state.paused_until < now
    return LearnedRate() if stale or saved_at > now + 1 else state


def _write(fd: int, now: float, state: LearnedRate) -> None:
    body = _BODY.pack(now, *astuple(state))
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, _HEADER.pack(_FORMAT, zlib.crc32(body)) + body)
