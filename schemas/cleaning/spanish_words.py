"""Whether a word with letters and marks beyond ASCII could stand in a Spanish text.

A letter of another encoding seldom does: it is large among small letters (`JosÚ`), or a mark within a word (`Mu±oz`).
"""

import re

__all__ = ["SPANISH", "SPANISH_WORD", "case_fits", "reads_well"]

SPANISH = "áéíóúñü"
SPANISH_WORD = re.compile("[a-z][áéíóúñü]|[áéíóúñü][a-z]", re.IGNORECASE)
"""One of these letters beside another letter."""
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
    if char.lower() in SPANISH:
        return _spanish_fits(word, at)
    if _FOREIGN.match(word, at):
        return case_fits(word, at) and (word[at - 1 : at].isalpha() or word[at + 1 : at + 2].isalpha())
    before, after = word[:at], word[at + 1 :]
    return any(char in chars and left.search(before) and right.match(after) for chars, left, right in _PLACES)


def _spanish_fits(word: str, at: int) -> bool:
    """No `í` or `ñ` after a digit (`25í` is 25°, `2020ñ2021` is 2020–2021), no `ñ` before a consonant."""
    char, before, after = word[at].lower(), word[at - 1 : at], word[at + 1 : at + 2]
    if char in "íñ" and before.isdigit():
        return False
    if char == "ñ" and after.isascii() and after.isalpha() and not re.match(_V, after, re.IGNORECASE):
        return False
    return case_fits(word, at) or _capitals_beside(word, at)


def case_fits(word: str, at: int) -> bool:
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
