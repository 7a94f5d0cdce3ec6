"""A run in time: what became of its records and how long requests took, in few slots however long it ran."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.journal import Fates, Journal, find_quantile

__all__ = ["Slot", "Timeline", "read_timeline"]

MOST_SLOTS = 30

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WIDTHS_S = (
    *(1, 2, 5, 10, 15, 30),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
)
"""Widths a person can read off a clock; beyond them, whole days."""


class Slot(NamedTuple):
    """Some seconds of a run: when they begin, the records that got their fate in them, the requests that ended, and
    the seconds within which half and 95 % of these did (None of none)."""

    begin: datetime
    fates: Fates
    requests: int
    p50: float | None
    p95: float | None


class Timeline(NamedTuple):
    """Slots of `width_s` seconds, without a gap, from the first event to the last."""

    width_s: int
    slots: Sequence[Slot]


def read_timeline(journal: Journal, run: str) -> Timeline | None:
    """What the journal knows of a run in time. None where nothing was sent or settled."""
    span = journal.span(run)
    if span is None:
        return None
    first, last = span
    width_s = _choose_width(first, last)
    begin = first - first % width_s
    fates = dict(journal.slots(run, begin, width_s))
    steps: dict[int, dict[int, int]] = {}
    for slot, step, count in journal.latencies(run, begin, width_s):
        steps.setdefault(slot, {})[step] = count
    return Timeline(
        width_s,
        [
            Slot(
                datetime.fromtimestamp(begin + number * width_s, UTC),
                fates.get(number, Fates()),
                sum(counts.values()),
                find_quantile(counts, 0.50),
                find_quantile(counts, 0.95),
            )
            for number in range((last - begin) // width_s + 1)
            for counts in [steps.get(number, {})]
        ],
    )


def _choose_width(first: int, last: int) -> int:
    """Seconds of a slot, so that there are few."""
    for width_s in _WIDTHS_S:
        if (last - first + first % width_s) // width_s < MOST_SLOTS:
            return width_s
    days = (last - first) // (_DAY * (MOST_SLOTS - 1)) + 1
    return days * _DAY
