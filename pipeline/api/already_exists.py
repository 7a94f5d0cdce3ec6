"""Whether the words of a refusal say that the record itself is there already.

The API has codes for it, and 2025-06 documents no body of an error at all (docs/api.md 1.2): a 400 may tell it in
words only. Taken for a refusal, our own stored record would be sent again by every import; so such words mean "look it
up", as 409 does. Words about something else in the record (its client, an RFC, an e-mail) stay a refusal.
"""

import re
from functools import cache

from schemas.dialects.spec import Duplicate

__all__ = ["says_duplicate"]

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_THERE = re.compile(
    r"already (?:exists|registered|taken|(?:in use|(?:been )?used))|\bduplicate|(?:must be|is not) unique"
    r"|\bya (?:existe|(?:est[áa] |fue )?(?:registrad|usad|utilizad))|\bduplicad|\brepetid",
    re.IGNORECASE,
)
_RECORD = r"(?:record|resource|document|entry|payment|service|registro|recurso|documento|pago|servicio)"
_BARE = re.compile(
    rf"(?:(?:the|this|a|el|este|un) )?(?:{_RECORD} )?(?:already exists|ya existe|(?:is |es )?(?:a |un )?duplicad[oa]"
    rf"|(?:is )?(?:a )?duplicated?)(?: {_RECORD}| key)?[.!]?",
    re.IGNORECASE,
)


def says_duplicate(text: str, duplicate: Duplicate) -> bool:
    """The words name our key as taken, or say nothing but that the record exists.

    `text` is an error's message, or its code with underscores.
    """
    text = " ".join(text.replace("_", " ").split())
    return bool((_our_key(duplicate).search(text) and _THERE.search(text)) or _BARE.fullmatch(text))


@cache
def _our_key(duplicate: Duplicate) -> re.Pattern[str]:
    """The key by its path or its last name, and below nothing else: `client.metadata.internalId` is another's."""
    above, dot, name = duplicate.key.rpartition(".")
    spelt = "[ _-]?".join(re.escape(part) for part in _HUMP.split(name))
    path = rf"(?<![\w.])(?:{re.escape(above + dot)})?{spelt}\b"
    return re.compile("|".join([path, *(rf"\b{re.escape(term)}" for term in duplicate.terms)]), re.IGNORECASE)
