"""Whether the words of a 404 say that the server has no such path: then no record is to blame, and each is told so.

A 404 may also be about something in the record (its client); what one looks like is not documented (docs/api.md 1.2).
So only words about the path itself count, or words about nothing at all, without a code of the API.
"""

import re

__all__ = ["names_path", "says_no_path"]

_PATH = re.compile(
    r"\b(?:post|put|patch|delete|get) /"
    r"|\b(?:route|endpoint|path|url|ruta)\b.{0,100}?\b(?:not found|(?:does not|doesn't) exist|unknown|no existe)"
    r"|\b(?:no (?:such|matching)|unknown|invalid) (?:route|endpoint|path|url)\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:(?:error )?404:? ?)?(?:(?:page )?not found|no encontrad[oa])?[.!]?", re.IGNORECASE)


def says_no_path(code: str | None, text: str) -> bool:
    """By the words of an error and its code, None where it has none."""
    text = " ".join(text.split())
    return names_path(text) or bool(code in (None, "not_found") and _BARE.fullmatch(text))


def names_path(text: str) -> bool:
    """By words about the path itself: where one record was asked for, words about nothing are about that record."""
    return bool(_PATH.search(text))
