"""Fields that are the same in all records which say nothing of them (`--set`), filled in once records are whole.

A payment of several lines says something of its currency when one of its lines does; an item, when its service does.
"""

from collections.abc import Mapping

from pipeline.source.columns.fields import fill_constants
from pipeline.validation.items import Parts
from pipeline.validation.references import SERVICE_REF

__all__ = ["fill_items", "fill_records"]

_OF_ITEMS = "items."


def fill_records(parts: Parts, constants: Mapping[str, str]) -> Parts:
    """The records' own fields, and the service of items that name none."""
    parts.records = fill_constants(parts.records, {f: c for f, c in constants.items() if not f.startswith(_OF_ITEMS)})
    _fill_lines(parts, {f: c for f, c in constants.items() if f == SERVICE_REF})
    return parts


def fill_items(parts: Parts, constants: Mapping[str, str]) -> Parts:
    """The fields of items that neither they nor their services say."""
    _fill_lines(parts, {f: c for f, c in constants.items() if f.startswith(_OF_ITEMS)})
    return parts


def _fill_lines(parts: Parts, constants: Mapping[str, str]) -> None:
    if constants and not parts.lines.is_empty():
        parts.lines = fill_constants(parts.lines, constants)
