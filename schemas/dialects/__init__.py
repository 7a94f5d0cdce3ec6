"""Every generation of the API by the name a user sets (`GIGSTACK_DIALECT`)."""

from collections.abc import Mapping

from schemas.dialects.spec import Dialect
from schemas.dialects.v2025_06 import V2025_06

__all__ = ["DIALECTS", "UNSPOKEN_MARKS", "dialect"]

DIALECTS: Mapping[str, Dialect] = {
    "2025-06": V2025_06,
}

UNSPOKEN_MARKS: Mapping[str, tuple[str, ...]] = {"2026": ("has_more", "total_results")}
"""Marks of generations whose answers are known by sight, and that have no dialect here (docs/api.md 3.1, Q1)."""


def dialect(name: str) -> Dialect:
    """The dialect of that name. ValueError, naming those there are, for any other."""
    try:
        return DIALECTS[name]
    except KeyError:
        raise ValueError(f"dialect {name!r} is not known; known are: {', '.join(DIALECTS)}") from None
