"""Where an incremental export left off: the latest moment given, and the rows around it that were given already.

The API tells creation times only to the millisecond or second, and rows may appear a little later than the time they
bear. So the next export reads anew from `OVERLAP` before the latest moment, and rows of that stretch are told apart by
time and id: none of the same second is lost, none is given twice. A row that appears later than that after its own
time is not seen until `--full`; a row that changes keeps its time, and is seen changed only within the overlap.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import polars as pl

__all__ = ["OVERLAP", "NewestRows", "Watermark"]

OVERLAP = timedelta(minutes=10)
"""Rows may become visible this much after the time they bear. Longer costs a page or two a run, shorter costs rows."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No row of the API is older: an earlier time is a mistake, from which no export can go on."""

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Watermark:
    """`moment` is the latest creation time given, `given` a digest of each row given from `OVERLAP` before it."""

    moment: datetime
    given: frozenset[bytes] = frozenset()

    @property
    def since(self) -> datetime:
        """From where the next export reads."""
        return self.moment - OVERLAP

    def packed(self) -> tuple[str, bytes]:
        """As the journal keeps it."""
        return self.moment.astimezone(UTC).isoformat(), b"".join(sorted(self.given))

    @classmethod
    def unpacked(cls, moment: str, digests: bytes) -> Self:
        pieces = (digests[at : at + _DIGEST_BYTES] for at in range(0, len(digests), _DIGEST_BYTES))
        return cls(datetime.fromisoformat(moment), frozenset(pieces))

    def knows(self, times: pl.Series, ids: pl.Series) -> pl.Series:
        """Which rows were given before. A row without a time or an id cannot be known again."""
        pairs = zip(times.dt.timestamp("us"), ids, strict=True)
        known = [at is not None and i is not None and _digest(at, i) in self.given for at, i in pairs]
        return pl.Series(known, dtype=pl.Boolean)


class NewestRows:
    """The rows of an export as far as the next one must know them: those near its end.

    `ceiling` is when the export began. No moment beyond it is believed: one row of the year 2099 would hide all others.
    Times before `EARLIEST` are as good as none.
    """

    def __init__(self, ceiling: datetime) -> None:
        self._ceiling = ceiling
        self._latest: datetime | None = None
        self._near = pl.DataFrame(schema={"at": pl.Datetime("us", "UTC"), "id": pl.String})

    def add(self, times: pl.Series, ids: pl.Series) -> None:
        """Note some rows, in any order."""
        latest = times.filter(times >= EARLIEST).max()
        if not isinstance(latest, datetime):
            return
        latest = min(latest, self._ceiling)
        self._latest = latest if self._latest is None else max(latest, self._latest)
        known = pl.concat([self._near, pl.DataFrame({"at": times, "id": ids})])
        self._near = known.filter(pl.col("at") >= self._latest - OVERLAP, pl.col("id").is_not_null())

    def watermark(self, last: Watermark | None) -> Watermark | None:
        """The watermark after these rows: never behind the `last` one. None when no row ever had a time."""
        if self._latest is None:
            return last
        moment = self._latest if last is None else max(self._latest, last.moment)
        near = self._near.filter(pl.col("at") >= moment - OVERLAP)
        given = frozenset(_digest(at, i) for at, i in zip(near["at"].dt.timestamp("us"), near["id"], strict=True))
        if last is not None and last.moment == moment:
            given |= last.given
        return Watermark(moment, given)


def _digest(microseconds: int, identity: str) -> bytes:
    return hashlib.blake2b(f"{microseconds} {identity}".encode(), digest_size=_DIGEST_BYTES).digest()
