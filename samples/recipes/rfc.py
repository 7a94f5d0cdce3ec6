"""Well-formed RFCs for invented people and companies.

An RFC is letters of the name, a date as YYMMDD, two characters SAT picks (the homoclave) and a check digit.
SAT's pick depends on its own register; here a hash of the name stands in for it, so that the same name
always gets the same RFC and adding a client never changes the others.
"""

import unicodedata
import zlib
from datetime import date

ARTICLES = frozenset({"DE", "DEL", "EL", "LA", "LAS", "LOS", "Y", "E", "EN"})
TOO_COMMON = frozenset({"MARIA", "JOSE"})
ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
HOMOCLAVE_FIRST = "123456789ABCDEFGHIJKLMNOPQRSTUV"
HOMOCLAVE_SECOND = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def rfc_of_company(legal_name: str, founded: date) -> str:
    """12 characters: the first letters of the first three words that are not articles."""
    words = [word for word in legal_name.split() if word not in ARTICLES]
    return _complete("".join(word[0] for word in words[:3]), legal_name, founded)


def rfc_of_person(given: str, paternal: str, maternal: str, born: date) -> str:
    """13 characters: paternal initial and its next vowel, maternal initial, initial of the given name."""
    names = given.split()
    called = names[1] if len(names) > 1 and names[0] in TOO_COMMON else names[0]
    vowel = next((letter for letter in paternal[1:] if letter in "AEIOU"), "X")
    letters = paternal[0] + vowel + maternal[0] + called[0]
    return _complete(letters, f"{given} {paternal} {maternal}", born)


def check_digit(first_eleven_or_twelve: str) -> str:
    """The last character of an RFC, from the others; a company's eleven are padded with one space."""
    padded = first_eleven_or_twelve.rjust(12)
    total = sum(ALPHABET.index(letter) * (13 - place) for place, letter in enumerate(padded))
    return "0123456789A"[-total % 11]


def without_accents(text: str) -> str:
    """Accents off, Ñ kept: the way SAT writes names."""
    return "".join(
        letter if letter in "Ññ" else unicodedata.normalize("NFD", letter)[0]
        for letter in unicodedata.normalize("NFC", text)
    )


def _complete(letters: str, name: str, day: date) -> str:
    pick = zlib.crc32(name.encode("utf-8"))
    first, second = pick % len(HOMOCLAVE_FIRST), pick // len(HOMOCLAVE_FIRST) % len(HOMOCLAVE_SECOND)
    start = f"{letters}{day:%y%m%d}{HOMOCLAVE_FIRST[first]}{HOMOCLAVE_SECOND[second]}"
    return start + check_digit(start)
