"""Every point at which a process may die with a difference, by name.

Between two of these points nothing changes that the journal or the server would remember, so killing a run at each of
them (tests/stories/kill, tests/exporter) is killing it everywhere. `failpoint` does nothing unless a test has
enabled it in its own process.
"""

from collections.abc import Callable
from enum import StrEnum

__all__ = ["CrashPoint", "ExportPoint", "enable", "failpoint"]


class CrashPoint(StrEnum):
    """In the order a record passes them."""

    PLANNED = "planned"  # the block's records are in the journal, none was sent
    INTENT_WAITING = "intent_waiting"  # about to write the intent
    INTENT_DURABLE = "intent_durable"  # the intent is on disk, the request has not left
    ANSWERED = "answered"  # the server has answered (or not), nothing of it is written
    OUTCOME_DURABLE = "outcome_durable"  # the outcome is on disk
    LOOKED_UP = "looked_up"  # records in doubt were found or proven absent, nothing of it is written
    PUSHED = "pushed"  # every record of the call was sent, no result file is written
    WRITTEN = "written"  # result files are in place, the run is not closed


class ExportPoint(StrEnum):
    """The same of an export, in the order a resource passes them."""

    PAGES_KEPT = "pages_kept"  # every page is on disk, no file is written
    PLACED = "placed"  # one more partition of a dataset is in place
    FILES_PLACED = "files_placed"  # every file of the resource is in place, the manifest says otherwise
    MANIFEST_PLACED = "manifest_placed"  # the manifest is in place, the watermark is where it was
    WATERMARK_MOVED = "watermark_moved"  # all is done, the kept pages are still there


Point = CrashPoint | ExportPoint
_armed: Callable[[Point], None] | None = None


def enable(hook: Callable[[Point], None] | None) -> None:
    """For tests: call `hook` at every point reached in this process."""
    global _armed
    _armed = hook


def failpoint(point: Point) -> None:
    """Mark that a point is reached."""
    if _armed is not None:
        _armed(point)
