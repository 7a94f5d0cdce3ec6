"""Masks for what must not be logged, shown or kept: keys and tokens in full, personal data but for its beginning.

Masks know shapes, not meanings: a name is not recognised, and a key that looks like no key is masked only when it is
given by value (`secrets`). The answers of lists are masked as bytes before anything reads them, without what a file
of one's own clients must hold (`schemas.tables.secrets` knows secrets by the name of their member): a few searches for
words that no ordinary page holds cost nothing.
"""

import re
from collections.abc import Iterable

__all__ = ["SHORTEST_SECRET", "join_lines", "redact_bytes", "redact_text"]

_MASKS = (
    (re.compile(r"\bbearer\s+\S+", re.IGNORECASE), "Bearer ***"),
    (re.compile(r"\beyJ[\w-]{4,}(\.[\w-]*)*"), "***"),
    (re.compile(r"\b(?:sk|pk|rk|pi)_\w{6,}"), "***"),
    (re.compile(r"([\w+-])[\w.+-]*@(?=[\w-]+\.)"), r"\1***@"),
    (re.compile(r"\b([A-ZÑ&]{3,4})\d{6}[A-Z0-9]{3}\b", re.IGNORECASE), r"\1***"),
)
"""An Authorization header, a JWT, a key or handle with its prefix, an e-mail address, an RFC."""

SHORTEST_SECRET = 8
"""Characters. A shorter key (of a sandbox) is no secret, and may be a word that stands in texts for good reason."""


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without secrets and personal data. `secrets` are replaced wherever they stand, as they stand."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "***")
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def join_lines(text: str) -> str:
    """The text on one line; control characters, which a terminal would obey, become spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


_MASK = b"***"
_SHAPES = (
    ((b"k_live_", b"k_test_"), re.compile(rb"()[sr]k_(?:live|test)_\w{4,}")),
    ((b"whsec_",), re.compile(rb"()whsec_\w{4,}")),
    ((b"eyJ",), re.compile(rb"()eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*")),
    (
        (b"oken=", b"ecret=", b"gnature=", b"ey="),
        re.compile(
            rb"((?:[?&#;]|\\u0026|\\u003[fF])(?:[\w-]*(?:token|secret|signature)|api_?key)=)[^&#\"\\\s<>]+", re.I
        ),
    ),
)
"""(what a page must hold to be searched, what is masked but for its group): keys of Stripe and gigstack, secrets of
webhooks, JWTs, parameters of an address."""


def redact_bytes(content: bytes) -> bytes:
    """The content without values that are secrets by their shape. JSON stays JSON."""
    for words, shape in _SHAPES:
        if any(word in content for word in words):
            content = shape.sub(rb"\1" + _MASK, content)
    return content
