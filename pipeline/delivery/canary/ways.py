"""Every value that stands at a declared path: answers are read by paths that were taken apart before."""

from collections.abc import Sequence
from typing import Any

from schemas.dialects.paths import Way

__all__ = ["find_first", "find_values"]


def find_values(row: Any, way: Way) -> Sequence[Any]:
    """Every value at a way, in each member of the lists on it; what is not there, or null, is left out."""
    place = row
    for step in way:
        if not isinstance(place, dict):
            return _search(row, way) if isinstance(place, list) else ()
        place = place.get(step)
        if place is None:
            return ()
    return (place,)


def find_first(row: Any, way: Way) -> Any:
    """The first of `find_values`, None without any: of each answer a score is read, nearly all of them no lists."""
    place = row
    for step in way:
        if not isinstance(place, dict):
            return next(iter(_search(row, way)), None) if isinstance(place, list) else None
        place = place.get(step)
        if place is None:
            return None
    return place


def _search(row: Any, way: Way) -> Sequence[Any]:
    places = [row]
    for step in way:
        found = []
        for place in places:
            for member in place if isinstance(place, list) else (place,):
                if isinstance(member, dict) and (value := member.get(step)) is not None:
                    found.append(value)
        places = found
    return places
