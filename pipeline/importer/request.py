"""What is asked of an import or a check, and what of it a resume must know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.edge import Edge

__all__ = ["ImportRequest"]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What the user asks of an import or a check (docs/commands.md).

    `match` looks up what the account holds before creating; `on_existing` says what to do about it. `generation` above
    1 issues records anew on purpose. `strict`, `no_fix`, `only` and `ignore` are about rules (docs/rules.md); `dates`
    (dmy, mdy, iso), `decimal` (a point or a comma) and `encoding` say how files are written, where they do not tell,
    `total_with_tax` whether a column such as "Total" holds amounts with their taxes. `map` says which field a heading
    means, `set` what a field is in records that say nothing of it; `save_mapping` keeps both for files of this layout.
    """

    files: tuple[str, ...]
    as_resource: str | None = None
    dry_run: bool = False
    limit: int | None = None
    problems: Path | None = None
    rejects: Path | None = None
    report: Path | None = None
    created: Path | None = None
    with_links: bool = False
    live: bool = False
    yes: bool = False
    match: bool = True
    on_existing: Literal["skip", "error", "update"] = "skip"
    generation: int = 1
    strict: bool = False
    no_fix: bool = False
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    dates: str | None = None
    decimal: str | None = None
    total_with_tax: Literal["yes", "no"] | None = None
    encoding: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    save_mapping: bool = False
    sheet: str | None = None

    def remembered(self, edge: Edge) -> dict[str, Any]:
        """What a resume needs to know, as plain JSON. It may be resumed from another folder: paths are whole."""
        return {
            "as_resource": self.as_resource,
            "dry_run": self.dry_run,
            "limit": self.limit,
            "rejects": str(edge.locate(self.rejects)) if self.rejects else None,
            "created": str(edge.locate(self.created)) if self.created else None,
            "with_links": self.with_links,
            "live": self.live,
            "match": self.match,
            "on_existing": self.on_existing,
            "generation": self.generation,
            "strict": self.strict,
            "no_fix": self.no_fix,
            "only": self.only,
            "ignore": self.ignore,
            "dates": self.dates,
            "decimal": self.decimal,
            "total_with_tax": self.total_with_tax,
            "encoding": self.encoding,
            "map": dict(self.map),
            "set": dict(self.set),
            "sheet": self.sheet,
        }
