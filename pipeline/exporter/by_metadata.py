"""Rows asked for by a member of their metadata, held to it: a server that ignores the filter gives all it has."""

from collections.abc import Callable
from typing import Any

from pipeline.api.paging.page import Query, find_metadata_key
from pipeline.exporter.pages.pull import Row

__all__ = ["MetadataFilter"]


class MetadataFilter:
    """Hands on the rows that show every value asked for; `others` counts those that do not."""

    def __init__(self, query: Query, on_page: Callable[[list[Row]], None]) -> None:
        self._wanted = {key: str(value) for name, value in query.items() if (key := find_metadata_key(name))}
        self._on_page = on_page
        self.others = 0

    def add(self, rows: list[Row]) -> None:
        kept = [row for row in rows if self._shows(row.get("metadata"))] if self._wanted else rows
        self.others += len(rows) - len(kept)
        self._on_page(kept)

    def _shows(self, metadata: Any) -> bool:
        held = metadata if isinstance(metadata, dict) else {}
        return all(_text(held.get(key)) == value for key, value in self._wanted.items())


def _text(value: Any) -> str | None:
    """As it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, dict | list) else str(value)
