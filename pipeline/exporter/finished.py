"""An export of one list when all its rows were read: its tables, and what the manifest says of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.exporter.pages.pull import Pulled
from pipeline.exporter.query import ListQuery
from pipeline.exporter.transform import Transform
from pipeline.sink.manifest import format_moment
from pipeline.sink.spec import TableSet

__all__ = ["Finished"]


@dataclass(frozen=True, slots=True)
class Finished:
    """What was asked, what came of it, and when. `now` tells when its files are in place."""

    dialect: str
    asked: ListQuery
    pulled: Pulled
    transform: Transform
    started: datetime
    now: Callable[[], datetime]

    def table_set(self, scratch: Path, raw: list[Path] | None) -> TableSet:
        """What a sink takes; `raw` are the pages to keep beside the files."""
        return TableSet(
            resource=self.asked.resource,
            buffers=self.transform.buffers,
            complete=self.pulled.complete,
            describe=self.describe,
            scratch=scratch,
            anew=self.asked.anew,
            raw=raw,
        )

    def describe(self) -> dict[str, Any]:
        """What the manifest says of the resource, its files apart."""
        pulled, window, transform = self.pulled, self.asked.window, self.transform
        return {
            "complete": pulled.complete,
            "why": pulled.why,
            "notes": pulled.notes,
            "rows": transform.rows,
            "rows_read": pulled.rows,
            "rows_outside": window.outside,
            "rows_given_before": window.known,
            "pages": pulled.pages,
            "pages_continued": pulled.continued,
            "rows_reported": pulled.total_reported,
            "null_rows": pulled.null_rows,
            "duplicate_rows": pulled.duplicate_rows,
            "snapshot": False,  # a list has no fixed state while it is read (Q6)
            "since": format_moment(window.since),
            "until": format_moment(window.until),
            "earliest": format_moment(transform.earliest),
            "latest": format_moment(transform.latest),
            "started": format_moment(self.started),
            "finished": format_moment(self.now()),
            "dialect": self.dialect,
            "follows_next": pulled.follows_next,
            "query": dict(self.asked.query),
            "ids": len(self.asked.ids) if self.asked.ids is not None else None,
            "missing": list(pulled.missing),
        }
