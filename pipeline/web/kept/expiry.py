"""What the page deletes when it is old: baskets, exports and reports. What is being sent is never touched."""

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.web.jobs import JobFolder, list_jobs
from pipeline.web.kept.baskets import Baskets

__all__ = ["remove_expired"]

_LOG = logging.getLogger("gigbulk.web")


def remove_expired(folder: Path, days: int, now: datetime) -> int:
    """Delete what any user of the page left there more than so many days ago. How many things.

    What cannot be deleted is told in the log, and tried again the next time.
    """
    if not folder.exists():
        return 0
    limit = now - timedelta(days=days)
    return sum(_remove_of(user, limit) for user in folder.iterdir() if user.is_dir())


def _remove_of(user: Path, limit: datetime) -> int:
    removed = 0
    try:
        for basket in Baskets(user):
            if basket.made_at < limit and not _is_busy(list_jobs(basket.jobs)):
                removed += _remove(basket.delete)
        for job in (*list_jobs(user / "exports"), *list_jobs(user / "resumed")):
            if _is_older(job.folder, limit) and not _is_busy([job]):
                removed += _remove(lambda job=job: shutil.rmtree(job.folder))  # type: ignore[misc]
        for path in user.iterdir():
            if path.is_file() and _is_older(path, limit):
                removed += _remove(path.unlink)
    except (OSError, PipelineError) as error:
        _LOG.log(logging.ERROR, "%s", type(error).__name__)
    return removed


def _remove(delete: Callable[[], None]) -> int:
    try:
        delete()
    except OSError as error:
        _LOG.log(logging.ERROR, "%s", type(error).__name__)
        return 0
    return 1


def _is_busy(jobs: list[JobFolder]) -> bool:
    return any(job.runs for job in jobs)


def _is_older(path: Path, limit: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit
