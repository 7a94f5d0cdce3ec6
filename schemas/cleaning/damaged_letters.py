"""Words whose letters were read in another encoding than they were written in, and what they said before that.

One side of such a mistake is always Windows-1252, the other DOS (CP850, CP437), the Macintosh or UTF-8. A word is
damaged where its letters cannot stand as they do (`Mu±oz`, `JosÚ`, `LeÛn`), and the same bytes make a Spanish word in
the other encoding. Nothing is repaired by that: a name is what SAT says it is, and two mistakes may look alike.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

import polars as pl

from schemas.cleaning.spanish_words import SPANISH, SPANISH_WORD, case_fits, reads_well

__all__ = ["DAMAGE_SIGNS", "mended", "mended_doubtful"]

_SPANISH_LETTERS = frozenset(SPANISH + SPANISH.upper())
_OTHERS = ("cp850", "cp437", "mac-roman")
_BYTES = [bytes([value]) for value in range(0x80, 0x100)]


def _char(byte: bytes, codec: str) -> str:
    """Bytes that Windows-1252 leaves free pass through as control characters."""
    try:
        return byte.decode(codec)
    except UnicodeDecodeError:
        return byte.decode("latin-1")


def _table(shown: str, meant: str) -> dict[int, str]:
    return {ord(_char(byte, shown)): _char(byte, meant) for byte in _BYTES}


_TABLES = [_table(shown, meant) for one in _OTHERS for shown, meant in ((one, "cp1252"), ("cp1252", one))]
_TABLES += [_table("latin-1", other) for other in _OTHERS]
_TO_BYTES = [{_char(byte, shown): byte for byte in _BYTES} for shown in ("cp1252", "latin-1", *_OTHERS)]

DAMAGE_SIGNS = (
    frozenset(chr(sign) for table in _TABLES for sign, meant in table.items() if meant in _SPANISH_LETTERS)
    - _SPANISH_LETTERS
)
"""Every character that may have been a letter of Spanish; of those letters themselves `é` and `Ú` may, too."""

_SIGNS = "".join(re.escape(sign) for sign in sorted(DAMAGE_SIGNS))
_SUSPECT = rf"[{_SIGNS}ÃÂ]|[√├┬]|\p{{Ll}}Ú|\p{{Lu}}Ú\p{{Ll}}|é[A-Z]|[’–—¡]"
_WORD = re.compile(r"[0-9A-Za-z\x80-\U0010ffff]*[\x80-\U0010ffff][0-9A-Za-z\x80-\U0010ffff]*")
_ONE_OF_ITS_OWN = re.compile(r"^[^\x00-\x7f\u2500-\u257f⁄„¤¥£µÐ]|[aeiou]ß", re.IGNORECASE)
"""A word that does not read well and may be right all the same: `·servicio`, `Žižka`, `Weißbier`."""
_READS_TWO_WAYS = re.compile(
    r"[^\W\d_A-Za-záéíóúüñÁÉÍÓÚÜÑ²³¹ªº¼½¾µ]|(?<=[A-Za-z][a-z])[’–—](?=[a-z])(?!s\b)|\bD’(?=[a-z])|\bd’as?\b|^¡|^µ(?=\w{3})"
    r"|(?<=[A-Z])[–—](?=[A-Z])|é(?=[A-Z])"
)
"""In a word that reads well, what may be a letter of Spanish: one of another language (`GARCÖA`, `KÖNIG`), a mark
between letters (`Mart’nez`), a small `é` among capitals, which in DOS is `Ú`."""


def _single(word: str) -> Iterable[str]:
    yield from (word.translate(table) for table in _TABLES)


def _utf8(word: str) -> Iterable[str]:
    for table in _TO_BYTES:
        try:
            yield b"".join(char.encode() if char < "\x80" else table[char] for char in word).decode()
        except (KeyError, UnicodeDecodeError):
            continue


def _is_spanish(word: str) -> bool:
    strange = [at for at, char in enumerate(word) if char > "\x7f"]
    return (
        SPANISH_WORD.search(word) is not None
        and all(word[at] in _SPANISH_LETTERS and not word[at - 1 : at].isdigit() for at in strange)
        and all(case_fits(word, at) for at in strange)
        and reads_well(word)
    )


@cache
def _mend_word(word: str) -> tuple[str, bool] | None:
    """What a word said (`Gonzúlez/González` where two encodings make one), and whether it is damaged for certain; None
    for one that is right as it stands."""
    found = next((text for text in _utf8(word) if SPANISH_WORD.search(text) and reads_well(text)), None)
    if found is not None:
        return found, True
    found = "/".join(dict.fromkeys(text for text in _single(word) if text != word and _is_spanish(text)))
    if not found or word[0] in "·•":
        return None
    if reads_well(word):
        return (found, False) if _READS_TWO_WAYS.search(word) else None
    return found, _ONE_OF_ITS_OWN.search(word) is None


def _mend(text: str, *, certain: bool) -> str | None:
    """The text with its damaged words as they were, None where it has none; `certain` chooses which of two kinds."""
    asks = re.search("[!?]", text) is not None

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        found = None if asks and word[0] in "¡¿" else _mend_word(word)
        return found[0] if found is not None and found[1] is certain else word

    after = _WORD.sub(mend, text)
    return after if after != text else None


def _by_value(*, certain: bool) -> Callable[[pl.Series], pl.Series]:
    def look(cells: pl.Series) -> pl.Series:
        suspects = cells.filter(cells.str.contains(_SUSPECT)).unique().to_list()
        found = {text: after for text in suspects if (after := _mend(text, certain=certain)) is not None}
        return cells.replace_strict(found, default=None, return_dtype=pl.String)

    return look


def mended(cell: pl.Expr) -> pl.Expr:
    """What a cell with damaged letters said, null for one that has none."""
    return cell.map_batches(_by_value(certain=True), return_dtype=pl.String)


def mended_doubtful(cell: pl.Expr) -> pl.Expr:
    """The same for letters that may be damaged, and may be right."""
    return cell.map_batches(_by_value(certain=False), return_dtype=pl.String)
