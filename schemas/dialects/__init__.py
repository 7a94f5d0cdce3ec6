"""Every generation of the API by the name a user sets (`GIGSTACK_DIALECT`)."""

from collections.abc import Mapping

from schemas.dialects.spec import Dialect
from schemas.dialects.v2025_06 import V2025_06
from schemas.dialects.v2026 import V2026

__all__ = ["DIALECTS", "dialect"]

DIALECTS: Mapping[str, Dialect] = {
    "2025-06": V2025_06,
    "2026": V2026,
}


def dialect(name: str) -> Dialect:
    """The dialect of that name. ValueError, naming those there are, for any other."""
    try:
        return DIALECTS[name]
    except KeyError:
        raise ValueError(f"dialect {name!r} is not known; known are: {', '.join(DIALECTS)}") from None
