"""Which encoding of one byte a letter a text is in, told by the letters Spanish has.

Such bytes prove nothing by themselves: 0x97 is the `ó` of `León` on a Macintosh, a dash in Windows and an `ù` in DOS.
But only one of these stands inside a Spanish word. So every word with such a byte is read in each encoding, and a
reading that no word has speaks against that encoding. Where several are possible nothing is said, so that after all
words one reading is left, or more: then nobody may guess, for a wrong letter in a name is a wrong invoice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from schemas.cleaning.spanish_words import SPANISH_WORD, reads_well

__all__ = ["CANDIDATES", "UTF8", "Candidate", "Reading", "Words"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding: Python's name of it, and what people call it."""

    codec: str
    title: str


CANDIDATES = (
    Candidate("cp1252", "Windows-1252"),
    Candidate("mac-roman", "MacRoman"),
    Candidate("cp850", "CP850"),
    Candidate("cp437", "CP437"),
)
"""What Excel and older programs in Mexico write when it is not UTF-8, the most frequent first. DOS has two."""

UTF8 = Candidate("utf-8", "UTF-8")
"""Weighed too: a text in which one cell was cut or pasted wrong is still no other encoding."""

_HELD_WORDS = 10_000
"""Different words held so that each counts once. Then they are forgotten: memory does not grow with the file."""
_OUTWEIGHS = 5
"""How many times more must speak against a rival, where something speaks against every encoding."""
_EXAMPLES = 2
_LONGEST = 64

_BYTES = rb"0-9A-Za-z\x80-\xff"
_WORD = re.compile(rb"[%b]*[\x80-\xff][%b]*" % (_BYTES, _BYTES))
_UNENDED = re.compile(rb"[%b]{1,%d}\Z" % (_BYTES, _LONGEST))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text, words as they are in it, and whether a letter of Spanish is in any word of it."""

    candidate: Candidate
    examples: tuple[str, ...]
    spanish: bool


@dataclass(slots=True)
class Words:
    """Every word with a letter beyond ASCII, weighed in each encoding as it comes by.

    `against` counts the words that an encoding does not read well, `asking` those that read well only in a text that
    asks or exclaims; `spanish` are the encodings in which a word has a Spanish letter (any letter, in UTF-8).
    """

    against: dict[Candidate, int] = field(default_factory=lambda: dict.fromkeys((*CANDIDATES, UTF8), 0))
    asking: dict[Candidate, int] = field(default_factory=lambda: dict.fromkeys(CANDIDATES, 0))
    spanish: set[Candidate] = field(default_factory=set)
    differing: dict[tuple[Candidate, Candidate], list[bytes]] = field(default_factory=dict)
    asked: bool = False
    held: set[bytes] = field(default_factory=set)
    unended: bytes = b""

    def add(self, data: bytes) -> None:
        """The next bytes of the text; the empty ones are its end."""
        text = self.unended + data
        end = _UNENDED.search(text) if data else None
        self.unended = end.group() if end else b""
        whole = text[: end.start()] if end else text
        self.asked |= b"!" in data or b"?" in data
        for word in set(_WORD.findall(whole)) - self.held:
            self._weigh(word[:_LONGEST])
            self.held.add(word)
        if len(self.held) > _HELD_WORDS:
            self.held.clear()

    def _weigh(self, word: bytes) -> None:
        read = {candidate: _decoded(word, candidate) for candidate in (*CANDIDATES, UTF8)}
        for candidate in CANDIDATES:
            text = read[candidate]
            if text is None or not reads_well(text):
                self.against[candidate] += 1
                continue
            self.asking[candidate] += "¿" in text or "¡" in text
            if SPANISH_WORD.search(text):
                self.spanish.add(candidate)
        if read[UTF8] is None:
            self.against[UTF8] += 1
        else:
            self.spanish.add(UTF8)
        for one, other in combinations(read, 2):
            if read[one] != read[other]:
                found = self.differing.setdefault((one, other), [])
                if len(found) < _EXAMPLES:
                    found.append(word)

    def readings(self) -> list[Reading]:
        """Every reading that is left, the likeliest first; of equal ones the most frequent encoding."""
        weights = dict(self.against)
        if not self.asked:  # `¡ngel` begins with Á where nothing in the whole text ends with a mark
            weights |= {c: weights[c] + asking for c, asking in self.asking.items()}
        least = min(weights.values())
        left = [c for c, weight in weights.items() if weight < max(1, least * _OUTWEIGHS)]
        if UTF8 in left and UTF8 not in self.spanish:
            left.remove(UTF8)
        return [Reading(c, tuple(self._examples(c, left)), c in self.spanish) for c in self._different(left)]

    def _different(self, left: list[Candidate]) -> list[Candidate]:
        kept: list[Candidate] = []
        for candidate in left:
            if not any(self._equal(earlier, candidate) for earlier in kept):
                kept.append(candidate)
        return kept

    def _equal(self, one: Candidate, other: Candidate) -> bool:
        return (one, other) not in self.differing

    def _examples(self, candidate: Candidate, left: list[Candidate]) -> Iterator[str]:
        """Words that this reading and another one that is left disagree about."""
        words = next((w for pair, w in self.differing.items() if candidate in pair and {*pair} <= {*left}), [])
        for word in words:
            text = _decoded(word, candidate)
            if text is not None:
                yield text


def _decoded(word: bytes, candidate: Candidate) -> str | None:
    try:
        return word.decode(candidate.codec)
    except UnicodeDecodeError:
        return None
