"""What an export came to: its status, its exit code and its final JSON line."""

import os
from dataclasses import dataclass, field
from typing import Any

from pipeline.api.paging.listing import Refused
from pipeline.errors import ApiStop
from pipeline.exporter.resource import Exported

__all__ = ["ExportResult"]


@dataclass(slots=True)
class ExportResult:
    """Rows, pages and completeness per resource, and where the files lie.

    `unread` are resources of which nothing came, `unfinished` the rows and pages read of those that had not come to
    their end. `cut_short` says what ended the export before its time: `interrupted` or `failed`.
    """

    run: str = ""
    resources: dict[str, Exported] = field(default_factory=dict)
    unread: dict[str, ApiStop] = field(default_factory=dict)
    unfinished: dict[str, tuple[int, int]] = field(default_factory=dict)
    seconds: float = 0.0
    cut_short: str | None = None

    @property
    def complete(self) -> bool:
        parts = self.resources.values()
        return not self.unread and not self.unfinished and all(exported.complete for exported in parts)

    @property
    def folders(self) -> set[str]:
        """Where the files lie."""
        return {os.path.dirname(file) or "." for file in self._files()}  # noqa: PTH120  (it may be an address)

    @property
    def status(self) -> str:
        if self.cut_short:
            return self.cut_short
        return "ok" if self.complete else "partial" if self.resources else "failed"

    @property
    def exit_code(self) -> int:
        """0; 4 when the API refused the key; 6 when something else is not proven complete."""
        stops = (*self.unread.values(), *(exported.stopped for exported in self.resources.values()))
        if any(isinstance(stop, Refused) for stop in stops):
            return 4
        return 0 if self.complete else 6

    def as_dict(self) -> dict[str, Any]:
        """The final JSON line."""
        read = {
            name: {"rows": e.rows, "pages": e.pages, "complete": e.complete}
            | ({"why": e.why} if e.why else {})
            | ({"missing": list(e.missing)} if e.missing else {})
            for name, e in self.resources.items()
        }
        unread = {n: {"rows": 0, "pages": 0, "complete": False, "why": s.message} for n, s in self.unread.items()}
        unfinished = {
            name: {"rows": rows, "pages": pages, "complete": False, "why": "It ended before its files were in place."}
            for name, (rows, pages) in self.unfinished.items()
        }
        manifests = [e.address(e.manifest) for e in self.resources.values() if e.manifest]
        return {
            "event": "result",
            "command": "export",
            "run": self.run,
            "status": self.status,
            "resources": read | unread | unfinished,
            "outputs": {
                "files": self._files(),
                "manifest": manifests[0] if manifests else None,
            },
            "seconds": round(self.seconds, 3),
        }

    def _files(self) -> list[str]:
        """Every file once: one that holds several tables is named by each of them."""
        return [*dict.fromkeys(e.address(path) for e in self.resources.values() for path in e.files.values())]
