"""What is confirmed is what was shown: a word that is good once, for one basket, its files, mode and counts."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["Confirmations"]

_MOST = 1_000


class Confirmations:
    """Words given out and not yet used, the newest thousand; a restart forgets them, and the page is shown again."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}

    def give(self, shown: Mapping[str, Any]) -> str:
        """A word for what is shown now."""
        while len(self._open) >= _MOST:
            del self._open[next(iter(self._open))]
        word = secrets.token_urlsafe(24)
        self._open[word] = _fingerprint(shown)
        return word

    def take(self, word: str, shown: Mapping[str, Any]) -> bool:
        """Whether the word was given for just this, and was never taken before. It is used up in any case."""
        return secrets.compare_digest(self._open.pop(word, ""), _fingerprint(shown))


def _fingerprint(shown: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(shown, order="sorted")).hexdigest()
