"""A heading as text: without what does not matter in it, and without what programs add to it."""

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache

__all__ = ["fold_heading", "repair_heading"]

_ADDED = re.compile(r"\*|\((?:obligatori[oa]s?|opcional(?:es)?|requerid[oa]s?|required|optional)\)", re.IGNORECASE)

_KEPT_IN_MIND = 256
"""Texts: each is asked about for every resource in turn, and so are all cells of the rows that may be headings."""


@lru_cache(_KEPT_IN_MIND)
def fold_heading(heading: str) -> str:
    """A heading without case, accents, spaces and punctuation; `ñ` counts as `n`."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(ch for ch in letters if ch.isalnum())


@lru_cache(_KEPT_IN_MIND)
def repair_heading(heading: str) -> str:
    """A heading without what programs add to it: an asterisk, "(obligatorio)", letters damaged by a wrong encoding."""
    mended = heading
    if "Ã" in heading:
        with suppress(UnicodeError):
            mended = heading.encode("cp1252").decode("utf-8")
    return _ADDED.sub(" ", mended)
