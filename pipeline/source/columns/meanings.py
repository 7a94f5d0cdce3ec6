"""What a heading may mean: the fields of a resource by their names, aliases, spare headings, and as we export them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from pipeline.source.columns.heading_text import fold_heading, repair_heading
from schemas import RESOURCE_NAMES, resource
from schemas.tables import TABLES

__all__ = [
    "ITEMS",
    "METADATA",
    "OWN",
    "SAID",
    "SERVICE",
    "STRING_ITEMS",
    "UNMAPPED",
    "WITH_TAX",
    "Meaning",
    "find_alone",
    "find_field",
    "find_meanings",
    "find_said",
    "is_known_heading",
    "is_of_items",
    "list_exported",
    "list_fields",
    "list_meanings",
]  # fmt: skip

ITEMS = "items"
"""The one column that may hold all lines of a record: a JSON array, or a Parquet list of structs."""

STRING_ITEMS = "metadata.stringitems"
"""Items as JSON text among the metadata: the API's other way to say them, read as ITEMS where nothing else does."""

SERVICE = "items.service_ref"
"""A line's service, which says what the line does not."""

METADATA = ("metadata", "client.metadata")
"""Columns that may hold a JSON object: its members stand beside the `metadata.…` columns."""

_METADATA = re.compile(r"^((?:client\.)?metadata)\.(.+)$", re.IGNORECASE)


class Meaning(NamedTuple):
    """A field a heading may mean. Of several headings for one field the lowest rank is taken."""

    field: str
    rank: int


SAID, OWN, WITH_TAX = -1, 0, 1_000
"""Ranks: what the user says; a field's own name or alias; its spare headings, in order; last the amounts with tax."""
UNMAPPED: Mapping[str, str] = {}


@cache
def list_meanings(name: str) -> dict[str, tuple[Meaning, ...]]:
    """Folded heading → what it may mean for a resource, the best first."""
    declared = resource(name)
    words: dict[str, list[Meaning]] = {}
    for c in declared.columns:
        ranked = [(OWN, h) for h in (c.field, *c.aliases)]
        ranked += [(rank, h) for rank, h in enumerate(c.spare, OWN + 1)]
        ranked += [(WITH_TAX, h) for h in c.with_tax]
        for rank, heading in ranked:
            words.setdefault(fold_heading(heading), []).append(Meaning(c.field, rank))
    if declared.lines:
        words[fold_heading(ITEMS)] = [Meaning(ITEMS, OWN)]
    return {word: tuple(sorted(meanings, key=lambda m: m.rank)) for word, meanings in words.items()}


@cache
def list_exported(name: str) -> dict[str, str | None]:
    """The headings of our own export of a resource: the field each is read as, None for what is not sent."""
    declared = resource(name)
    again = {c.exported or c.field: c.field for c in declared.columns} | ({ITEMS: ITEMS} if declared.lines else {})
    return {column: again.get(column) for column in TABLES[name].columns}


def find_meanings(heading: str, name: str, *, exported: bool) -> tuple[Meaning, ...]:
    """What a heading may mean, the best first. Exact names go before squeezed ones: `client.id` is not `clientId`."""
    exact = heading.strip()
    columns = list_exported(name)
    if exported and exact in columns:
        field = columns[exact]
        return (Meaning(field, OWN),) if field else ()
    if exact in columns and ("." in exact or exact == "id") and resource(name).column(exact) is None:
        return ()
    known = list_meanings(name).get(fold_heading(repair_heading(heading)))
    free = _METADATA.match(exact)
    if known or free is None:
        return known or ()
    place = free.group(1).lower()
    if resource(name).column(place) is None:
        return ()
    return (Meaning(f"{place}.{free.group(2)}", OWN),)


def find_alone(heading: str, name: str) -> tuple[Meaning, ...]:
    """What the id of an object around a record means where no column describes that object: whose record it is."""
    parent, _, leaf = heading.strip().partition(".")
    field = f"{parent}Id"
    return (Meaning(field, OWN),) if leaf == "id" and resource(name).column(field) is not None else ()


def find_field(word: str, name: str) -> str | None:
    """The field of a resource that a person names by its own name or alias; None where it has none such."""
    found = next((m for m in list_meanings(name).get(fold_heading(word), ()) if m.rank == OWN), None)
    if found is not None:
        return found.field
    free = find_meanings(word, name, exported=False) if _METADATA.match(word.strip()) else ()
    return free[0].field if free else None


def list_fields(*names: str) -> list[str]:
    """The fields of these resources, of all when none is named, each once."""
    return list(dict.fromkeys(c.field for name in names or RESOURCE_NAMES for c in resource(name).columns))


def find_said(headings: Iterable[str], said: Mapping[str, str]) -> dict[str, tuple[Meaning, ...]]:
    """The headings of which the user speaks: that spelling, else any that differs in case, accents or punctuation."""
    folded = {fold_heading(heading): field for heading, field in said.items()}
    named = {h: said.get(h.strip(), folded.get(fold_heading(h))) for h in headings}
    return {h: (Meaning(field, SAID),) for h, field in named.items() if field is not None}


def is_of_items(field: str) -> bool:
    return field == ITEMS or field.startswith(f"{ITEMS}.")


def is_known_heading(text: str) -> bool:
    """Whether a text heads a column of some resource."""
    return any(find_meanings(text, name, exported=False) for name in RESOURCE_NAMES)
