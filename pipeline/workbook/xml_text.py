"""Words of XML that are written into parts by inserting text, where parsing would lose what we do not know."""

import re
import sys
from html import escape

import polars as pl

from pipeline.errors import InputError
from pipeline.language.say import say

__all__ = [
    "ESCAPED",
    "decode_cells",
    "escape_text",
    "find_tag",
    "may_be_encoded",
    "read_attribute",
    "repair_line_ends",
    "set_attribute",
    "unescape_text",
]  # fmt: skip

_LONGEST_CELL = 32_767
"""Characters a cell may hold (Excel's own limit)."""
ESCAPED = {chr(code): f"_x{code:04X}_" for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)}
"""Characters that XML forbids, and how Excel writes them."""

_FORBIDDEN = str.maketrans(ESCAPED | {chr(code): "\ufffd" for code in range(0xD800, 0xE000)})
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def find_tag(pattern: bytes, data: bytes) -> re.Match[bytes]:
    """Where a tag stands that every part of this kind has. InputError in a part that has not."""
    found = re.search(pattern, data, re.DOTALL)
    if found is None:
        raise InputError(
            say("The workbook is damaged inside: a part does not have the elements it must have."),
            say("Open it in Excel or LibreOffice and save it again as .xlsx."),
        )
    return found


def read_attribute(tag: bytes, name: bytes) -> bytes | None:
    """The value of an read_attribute of one tag, as it is written; None where it has none of that name."""
    found = re.search(rb"""\s%s\s*=\s*(?:"([^"]*)"|'([^']*)')""" % name, tag)
    if found is None:
        return None
    return found[1] if found[1] is not None else found[2]


def set_attribute(element: bytes, name: bytes, value: bytes | None) -> bytes:
    """An element with an read_attribute of its opening tag set, or without it."""
    start = element.index(b"<")
    end = element.index(b">", start)
    end -= element[end - 1 : end] == b"/"
    tag = re.sub(rb"""\s+%s\s*=\s*(?:"[^"]*"|'[^']*')""" % name, b"", element[start:end]).rstrip()
    made = b"" if value is None else b' %s="%s"' % (name, value)
    return element[:start] + tag + made + element[end:]


def escape_text(text: str) -> bytes:
    """Text for a cell or a note: what XML forbids as Excel escapes it; what would be taken for an escape kept apart."""
    kept = _LIKE_AN_ESCAPE.sub("_x005F_", text).translate(_FORBIDDEN)
    if len(kept) > _LONGEST_CELL:
        kept = kept[: _LONGEST_CELL - 1] + "…"
    return escape(kept, quote=False).encode()


def unescape_text(data: bytes) -> str:
    """The text between two tags."""
    return _resolve(data.decode("utf-8", "replace"))


def repair_line_ends(data: bytes) -> bytes:
    """To XML every end of a line is one line feed."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def may_be_encoded(xml: bytes) -> bool:
    """Whether any text in a piece of XML may want `decode_cells`. One letter is found ten times as fast as two."""
    return b"&" in xml or (b"_" in xml and b"_x" in xml)


def decode_cells(texts: pl.Series) -> pl.Series:
    """Texts of cells as a person sees them: entities, and the escapes (`_x000D_`) that Excel writes, decoded."""
    encoded = texts.str.contains(r"&|_x[0-9A-Fa-f]{4}_").fill_null(value=False)
    if not encoded.any():
        return texts
    return texts.scatter(encoded.arg_true(), texts.filter(encoded).map_elements(_decoded, return_dtype=pl.String))


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), _resolve(text))


def _resolve(text: str) -> str:
    """References as XML has them; HTML's rules would make a euro sign of `&#128;` and nothing of `&#64976;`."""
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _referred(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code <= sys.maxunicode and not 0xD800 <= code < 0xE000 else found[0]
