"""What is asked of an export."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.formats import FORMATS
from pipeline.language.say import say
from pipeline.sink.open import STDOUT
from schemas.dialects.spec import Dialect
from schemas.tables import LINKED

__all__ = ["ExportRequest", "list_exportable"]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What the user asks of an export (docs/exports.md).

    `output` is a folder, one file, an address of an object store, or `-`; it may hold placeholders (storage.naming).
    `ids` are records to read one by one, in that order, in place of a list. `since` is a date or `last`; `full` starts
    over what `last` goes on with. `append` brings the rows into a Parquet dataset; `keep` removes all but so many of
    the exports a name with placeholders made. `excel` makes the CSV one for Excel. `with_links`
    adds the page where a payment is paid, and nobody but the owner may read the files.
    """

    resources: tuple[str, ...]
    output: str = "."
    format: str | None = None
    since: str | None = None
    until: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False
    full: bool = False
    append: bool = False
    keep: int | None = None
    ids: tuple[str, ...] | None = None
    excel: bool = False
    with_links: bool = False

    def __post_init__(self) -> None:
        """`~/`, which a shell leaves as it is in quotes, is the home folder."""
        if self.output == "~" or self.output.startswith("~/"):
            home = os.path.expanduser("~").replace("{", "{{").replace("}", "}}")  # noqa: PTH111  (never raises)
            object.__setattr__(self, "output", home + self.output[1:])

    def checked_for(self, dialect: Dialect) -> Self:
        """The request itself, if its words can be meant. ConfigError for a resource that the dialect does not list, a
        format that nobody writes, or nothing to keep."""
        known = list_exportable(dialect)
        for name in self.resources:
            if name not in known:
                raise ConfigError(
                    say("'{name}' is not something the API lists.", name=name),
                    say("Resources: {known}.", known=", ".join(known)),
                )
        if not self.resources:
            raise ConfigError(say("There is nothing to export."), say("Name a resource, or give None for all."))
        if self.format is not None and self.format not in FORMATS:
            raise ConfigError(
                say("'{format}' is not a format gigbulk writes.", format=self.format),
                say("Formats: {formats}.", formats=", ".join(FORMATS)),
            )
        if self.keep is not None and self.keep < 1:
            raise ConfigError(
                say("keep={keep} would keep nothing.", keep=self.keep),
                say("Give the number of exports to keep, 1 or more."),
            )
        if self.ids is not None:
            self._check_ids(dialect)
        if self.with_links:
            self._check_links()
        return self

    def _check_links(self) -> None:
        if LINKED.name not in self.resources:
            raise ConfigError(say("--with-links is for payments, and none are exported."), say("Drop --with-links."))
        if self.append or self.raw or "://" in self.output:
            raise ConfigError(
                say("Whoever has a payment's link may use it: --with-links writes files that you alone can read."),
                say("Drop --append and --raw, and name a folder or a file with -o."),
            )

    def _check_ids(self, dialect: Dialect) -> None:
        if len(self.resources) > 1:
            raise ConfigError(say("The ids are of one resource, and several were asked for."), say("Name one."))
        if self.since or self.until or self.filters or self.full:
            raise ConfigError(
                say("--ids says which records; a date, a filter or --full would say it again."),
                say("Drop one of the two."),
            )
        if dialect.endpoints[self.resources[0]].record is None:
            raise ConfigError(
                say("{resource} cannot be asked for by id.", resource=self.resources[0]),
                say("Export the list: drop --ids."),
            )

    def place_name(self, edge: Edge) -> str:
        """The place as it is from run to run, placeholders and all: what an interrupted export is found again by, and
        what two exports cannot hold at once, however each of them spells it."""
        if self.output == STDOUT:
            return f"{STDOUT} {self.resources[0]}"
        return self.output.rstrip("/") if "://" in self.output else os.path.realpath(edge.locate(self.output))


def list_exportable(dialect: Dialect) -> list[str]:
    """Every resource of the dialect that can be listed."""
    return list(dialect.endpoints)
