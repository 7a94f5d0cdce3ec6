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

__all__ = ["CANDIDATES", "UTF8", "Candidate", "Reading", "Words", "reads_well"]


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

_SPANISH = "áéíóúñü"
_SPANISH_WORD = re.compile("[a-z][áéíóúñü]|[áéíóúñü][a-z]", re.IGNORECASE)
_FOREIGN = re.compile("[äåêïôö]|ç(?=[aou])|ã(?=[eo])|õ(?=e)|(?<=[ao])ë|(?<=[a-z])[àèò]|(?<=[aeiou])ß(?=e|$)", re.I)
"""Letters of other languages in names and brands. One that stands where another encoding has a Spanish letter (`LEËN`,
`Sçnchez`) is possible only beside the letters it has in its own language."""

_L, _V = r"[^\W\d_]", "[aeiouyáéíóúü]"
_MARKS = (
    ("ªº", r"\w$", r"(?!\w)"),
    ("ªº", r"^$", r"$"),
    ("¿¡", r"(?<!\w)$", r""),
    ("°", r"(?:\b|\d)\w{0,2}$", rf"(?!{_L})|[CF]\b"),
    ("“‘«", r"(?<!\w)$", r""),
    ("”»™®’", r"", r"(?!\w)"),
    ("’´", r"\b(?:[dlo]|mc)$", r"\w"),
    ("’´", _L, r"s\b"),
    ("–—…", r"", rf"(?!{_L})"),
    ("–—…", rf"(?<!{_L})$", r""),
    ("’´–—…", rf"{_V}{_L}*(?<={_L}{{2}})$", rf"(?={_L}{{2}}){_L}*?{_V}"),
    ("\u00a0", r"", r""),
    ("\u00ad", rf"{_L}$", _L),
    ("²³", r"\b[cdkm]?m$", r"(?!\w)"),
    ("µ", rf"(?<!{_L})$", r"[glmsAVF]"),
    ("€•·©²³½¼¾×±§¢£¥¦¨´÷¬µ¶", rf"(?<!{_L})$", rf"(?!{_L})"),
)
"""Marks, and what may stand before and after one: quotes open and close, a dash joins two words, a sign stands alone.
A word that a dash is found in has a vowel on either side of it (`norte–sur`), other than `Le—n` and `Pe–a`."""
_PLACES = [
    (chars, re.compile(before, re.IGNORECASE), re.compile(after, re.IGNORECASE)) for chars, before, after in _MARKS
]


def reads_well(word: str) -> bool:
    """Whether letters and digits with something beyond ASCII among them could stand in a Spanish text."""
    return all(_fits(word, at) for at, char in enumerate(word) if char > "\x7f")


def _fits(word: str, at: int) -> bool:
    char = word[at]
    if char.lower() in _SPANISH:
        return _spanish_fits(word, at)
    if _FOREIGN.match(word, at):
        return _case_fits(word, at) and (word[at - 1 : at].isalpha() or word[at + 1 : at + 2].isalpha())
    before, after = word[:at], word[at + 1 :]
    return any(char in chars and left.search(before) and right.match(after) for chars, left, right in _PLACES)


def _spanish_fits(word: str, at: int) -> bool:
    """No `í` or `ñ` after a digit (`25í` is 25°, `2020ñ2021` is 2020–2021), no `ñ` before a consonant."""
    char, before, after = word[at].lower(), word[at - 1 : at], word[at + 1 : at + 2]
    if char in "íñ" and before.isdigit():
        return False
    if char == "ñ" and after.isascii() and after.isalpha() and not re.match(_V, after, re.IGNORECASE):
        return False
    return _case_fits(word, at) or _capitals_beside(word, at)


def _case_fits(word: str, at: int) -> bool:
    """Whether the letter is large or small as its neighbours are: `Pérez` and `PÉREZ`, never `PÉrez` or `ÁPerez`."""
    char, before, after = word[at], word[at - 1 : at], word[at + 1 : at + 2]
    first = not before.isalpha()
    if char.isupper() and first:
        return not (after.isupper() and word[at + 2 : at + 3].islower())
    if char.isupper():
        return before.isupper() and not after.islower()
    begins = before.isupper() and not word[at - 2 : at - 1].isalpha()
    return (first or begins or not before.isupper()) and not after.isupper()


def _capitals_beside(word: str, at: int) -> bool:
    """A small Spanish letter among capitals: programs that know ASCII only write `PEñA`."""
    return word[at].islower() and not any(c.islower() for c in word if c.isascii())


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
            if _SPANISH_WORD.search(text):
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
