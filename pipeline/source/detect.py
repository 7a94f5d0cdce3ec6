"""Which resource a table holds, by its headings."""

from collections.abc import Mapping
from functools import reduce

from pipeline.errors import ConfigError, InputError
from pipeline.language.say import say
from pipeline.source.columns.meanings import ITEMS, UNMAPPED, find_field, find_meanings, find_said, is_of_items
from pipeline.source.columns.missing import list_missing
from schemas import RESOURCE_NAMES, resource
from schemas.tables import EXTRA

__all__ = ["detect_resource"]

_ITEM_FIELDS = 2
"""From so many item columns on, columns of a client beside them are those of a payment's client."""


def detect_resource(headings: tuple[str, ...], file: str, said: Mapping[str, str] = UNMAPPED) -> str:
    """The resource most headings belong to. ConfigError when no resource, or more than one, fits best.

    `said` maps headings to fields by the names a person gives them.
    """
    scores = {name: _score(headings, name, said) for name in RESOURCE_NAMES}
    best = max(scores.values())
    fitting = [name for name, score in scores.items() if score == best]
    whole = [name for name in fitting if not list_missing(resource(name), _meant(headings, name, said))]
    if best == 0:
        shown = ", ".join(f"'{h[:40]}'" for h in headings[:5])
        raise InputError(
            say("{file}: none of its headings ({shown}…) is known.", file=file, shown=shown),
            say("The first line must hold column names such as internalId, name, rfc: delete what stands above them."),
        )
    if len(whole) == 1:
        return whole[0]
    if len(fitting) > 1:
        raise ConfigError(
            say("{file} could hold {fitting}: its headings do not tell.", file=file, fitting=reduce(_either, fitting)),
            say("Add --as {fitting} (or another).", fitting=fitting[0]),
        )
    return fitting[0]


def _either(one: str, other: str) -> str:
    return say("{one} or {other}", one=one, other=other)


def _meant(headings: tuple[str, ...], name: str, said: Mapping[str, str]) -> set[str]:
    exported = EXTRA in headings
    here = {h: field for h, word in said.items() if (field := find_field(word, name)) is not None}
    meanings = {h: find_meanings(h, name, exported=exported) for h in headings} | find_said(headings, here)
    return {m[0].field for m in meanings.values() if m}


def _score(headings: tuple[str, ...], name: str, said: Mapping[str, str]) -> int:
    """How many fields the headings may mean; none where a resource of several lines would have no line to speak of."""
    meant = _meant(headings, name, said)
    items = sum(map(is_of_items, meant))
    alone = resource(name).lines is not None and items < _ITEM_FIELDS and ITEMS not in meant
    return len({f for f in meant if not f.startswith("client.")}) if alone else len(meant)
