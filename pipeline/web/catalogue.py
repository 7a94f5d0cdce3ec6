"""The keys a field may hold, found by words: what the search beside a cell shows."""

from typing import NamedTuple

from schemas.cleaning.catalogues import CODED
from schemas.sat.search import search

__all__ = ["CatalogueKey", "find_keys", "is_coded"]

_MOST = 30
_SEARCHED = {"product_key": "product_keys", "unit_key": "unit_keys"}
"""The large catalogues, which are searched by words, as `gigbulk catalogs search` does."""


class CatalogueKey(NamedTuple):
    key: str
    name: str


def is_coded(field: str) -> bool:
    """Whether a field holds keys of a catalogue that can be shown."""
    return _last(field) in CODED and _last(field) not in ("country", "tax_residence")


def find_keys(field: str, words: str) -> list[CatalogueKey]:
    """The keys of the field's catalogue that fit, the best first; of a small catalogue all, without words."""
    name = _last(field)
    if not is_coded(field):
        return []
    if name in _SEARCHED:
        matches = search(words, _MOST * 2) if words.strip() else []
        return [CatalogueKey(m.key, m.name) for m in matches if m.catalog == _SEARCHED[name]][:_MOST]
    rows = CODED[name].described().rows()
    wanted = words.casefold().split()
    return [CatalogueKey(k, t) for k, t in rows if all(word in f"{k} {t}".casefold() for word in wanted)][:_MOST]


def _last(field: str) -> str:
    return field.rpartition(".")[2]
