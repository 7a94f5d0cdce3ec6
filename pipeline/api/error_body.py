"""What an error body says, in one line that may be shown, logged and kept.

The body of an error in 2025-06 is unknown (docs/api.md 1.2, Q10), so anything is read: either of the two known
shapes, other JSON, plain text, an HTML page. Secrets and personal data that a server echoes are masked; control
characters (a terminal would obey them) become spaces.
"""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from pipeline.api.reply import Reply
from pipeline.redact import join_lines, redact_text
from schemas.dialects.paths import split_path
from schemas.dialects.spec import Envelope

__all__ = ["error_code", "error_text", "is_page", "read_title"]

MOST_MESSAGE_CHARS = 200
"""Of the server's own words; what is added around them keeps a message under 300."""

_CODE = re.compile(r"[a-z][a-z0-9_]{2,63}")
_LOOKED_AT = 4000
"""Bytes of an answer that are no JSON."""
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)


def error_code(envelope: Envelope, body: Any) -> str | None:
    """The machine code of an error, None when the body holds none."""
    found = (_at(body, path) for path in envelope.error_code)
    return next((code for code in found if isinstance(code, str) and _CODE.fullmatch(code)), None)


def error_text(envelope: Envelope, reply: Reply, body: Any) -> str:
    """The server's words for a person, at most `MOST_MESSAGE_CHARS` characters; empty when it gave none."""
    if isinstance(body, Mapping):
        code = error_code(envelope, body)
        found = (_at(body, path) for path in envelope.error_message)
        texts = [text for text in found if isinstance(text, str) and text and text != code]
        details = (part for path in envelope.error_details for part in _texts(_at(body, path)))
        return _shown("; ".join(dict.fromkeys((*texts[:1], *details))))
    if title := read_title(reply):
        return title
    text = reply.content[:_LOOKED_AT].decode("utf-8", "replace")
    records = reply.ok and text.lstrip().startswith(("{", "["))  # what was created or read, and cannot be decoded
    return "" if records or text.lstrip().startswith("<") else _shown(text)


def is_page(reply: Reply, body: Any) -> bool:
    """A page made for a browser. The API never sends one; a proxy, a firewall or another web server does."""
    return body is None and (reply.content.lstrip().startswith(b"<") or "html" in reply.content_type.lower())


def read_title(reply: Reply) -> str:
    """The title of a page, masked; empty where it has none."""
    found = _TITLE.search(reply.content[:_LOOKED_AT].decode("utf-8", "replace"))
    return _shown(unescape(found[1])) if found else ""


def _at(body: Any, path: str) -> Any:
    for name in split_path(path):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _texts(details: Any) -> Iterable[str]:
    if isinstance(details, str):
        yield details
    elif isinstance(details, Mapping):
        yield ": ".join(value for value in details.values() if isinstance(value, str))
    elif isinstance(details, list):
        for part in details:
            yield from _texts(part)


def _shown(text: str) -> str:
    text = redact_text(join_lines(text[:1000]))
    return text if len(text) <= MOST_MESSAGE_CHARS else text[: MOST_MESSAGE_CHARS - 1] + "…"
