"""The lossless repairs themselves, one function a repair: a cell's expression in, a cell's expression out."""

from collections.abc import Callable
from html.entities import name2codepoint

import polars as pl

from schemas.cleaning.damaged_letters import mended

__all__ = ["SAYS", "padded", "rfc_text", "tidy", "unescaped", "upper", "upper_name", "whole"]

_SPACES = r"[\t\n\r\x0b\x0c\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
_INVISIBLE = r"[\x00-\x1f\x7f\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]"
SAYS = r"[^\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
"""A character that is seen, for polars and for `re`: a row without any is as empty as a blank line."""
_LATIN_END = 0x100
_ENTITIES = {
    **{f"&{name};": chr(code) for name, code in name2codepoint.items() if code < _LATIN_END},
    **{
        f"&#{form};": chr(code)
        for code in range(0x20, _LATIN_END)
        for form in (code, f"{code:03}", f"x{code:x}", f"x{code:X}")
    },
    "&apos;": "'",
    "&nbsp;": " ",
    "&#160;": " ",
    "&#xa0;": " ",
    "&#xA0;": " ",
}
"""What web pages write for characters: by name and by number, of the letters that Spanish has."""


def tidy(cell: pl.Expr) -> pl.Expr:
    """NFC, every kind of space a space, no invisible or control characters, none of either at the ends.

    Those from 80 to 9F stay: they are letters that were read in another encoding (schemas.cleaning.damage).
    """
    composed = cell.str.normalize("NFC").str.replace_all(_SPACES, " ")
    return composed.str.replace_all(_INVISIBLE, "").str.strip_chars()


def unescaped(cell: pl.Expr) -> pl.Expr:
    """`&amp;` and its like as the characters they stand for; `&amp;amp;`, which was written so twice, too."""
    return cell.str.replace_many(_ENTITIES).str.replace_many(_ENTITIES)


def upper(cell: pl.Expr) -> pl.Expr:
    return cell.str.to_uppercase()


def upper_name(cell: pl.Expr) -> pl.Expr:
    """In capitals; but damaged letters as they are, which are known by standing large among small ones."""
    return pl.when(mended(cell).is_null()).then(upper(cell)).otherwise(cell)


def rfc_text(cell: pl.Expr) -> pl.Expr:
    """Upper case, without spaces, dashes of any kind, points and slashes; full-width characters as plain ones.

    Odoo writes the country in front, as taxes of Europe have it: no RFC begins with five letters.
    """
    plain = cell.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\p{Pd}_./\\]", "")
    return plain.str.replace("^MX([A-Z&Ñ]{3,4}[0-9]{6}[A-Z0-9]{3})$", "${1}")


def whole(cell: pl.Expr) -> pl.Expr:
    """`601.0` as `601` (a spreadsheet's number); full-width digits as plain ones. A real fraction stays.

    What does not begin with a digit is no code of digits: it stays, for another form of it may be a word for nothing.
    """
    plain = tidy(cell.str.normalize("NFKC"))
    return pl.when(plain.str.contains("^[0-9]")).then(plain.str.replace(r"^([0-9]+)\.0+$", "$1")).otherwise(cell)


def padded(short: str, length: int) -> Callable[[pl.Expr], pl.Expr]:
    """Leading zeros put back where the whole cell matches `short`, and only there."""

    def pad(cell: pl.Expr) -> pl.Expr:
        return pl.when(cell.str.contains(f"^(?:{short})$")).then(cell.str.zfill(length)).otherwise(cell)

    return pad
