"""What a number format makes of a number: a date, a code with its zeros, a percentage, money of a currency.

A cell holds a number; only its format says that 46341 is a day or that 6700 is shown as 06700 (ECMA-376 part 1,
18.8.30 and 18.8.31). Colours, widths and conditions of a format say nothing about the value and are passed over.
"""

import re
from dataclasses import dataclass
from enum import Enum

from pipeline.workbook.xml_text import read_attribute, unescape_text

__all__ = ["GENERAL", "NumberFormat", "Shown", "find_untyped_styles", "read_number_formats"]


class Shown(Enum):
    """As what a number is shown."""

    NUMBER = "number"
    ZEROS = "zeros"
    PERCENT = "percent"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """`digits` is how many digits zeros fill up to; `currency` the currency a format names, as it names it."""

    shown: Shown = Shown.NUMBER
    digits: int = 0
    currency: str = ""


GENERAL = NumberFormat()

_BUILT_IN = {
    **dict.fromkeys((9, 10), NumberFormat(Shown.PERCENT)),
    **dict.fromkeys((*range(14, 18), *range(27, 32), 34, 35, 36, *range(50, 59)), NumberFormat(Shown.DATE)),
    **dict.fromkeys((*range(18, 22), 32, 33, 45, 47), NumberFormat(Shown.TIME)),
    22: NumberFormat(Shown.DATETIME),
    46: NumberFormat(Shown.DURATION),
}
"""Formats that have a number and no code. 27 to 36 and 50 to 58 are dates of East Asian Excels."""

_QUOTED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_BRACKETS = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:USD|US\$|EUR|€|MXN|M\.?N\.?|DLLS?\.?|GBP|£|CAD)(?!\w)", re.IGNORECASE)
_ONLY_ZEROS = re.compile(r"0{2,}")


def read_number_formats(styles: bytes) -> list[NumberFormat]:
    """The format of each cell style, by the style's number. A styles part that cannot be understood gives none."""
    codes = _read_codes(styles)
    return [_format(number, codes) for number in _read_numbers(styles)]


def find_untyped_styles(styles: bytes) -> tuple[frozenset[int], frozenset[int]]:
    """The cell styles that say nothing of what a cell is for, and those for text, in which digits stay text."""
    codes = {0: "General", 49: "@", **_read_codes(styles)}
    named = [(style, codes.get(number, "").strip().lower()) for style, number in enumerate(_read_numbers(styles))]
    return frozenset(s for s, code in named if code == "general"), frozenset(s for s, code in named if code == "@")


def _read_codes(styles: bytes) -> dict[int, str]:
    return {
        int(read_attribute(tag, b"numFmtId") or 0): unescape_text(read_attribute(tag, b"formatCode") or b"")
        for tag in re.findall(rb"<(?:\w+:)?numFmt\b[^>]*>", styles)
    }


def _read_numbers(styles: bytes) -> list[int]:
    inner = re.search(rb"<((?:\w+:)?)cellXfs\b[^>]*(?<!/)>(.*?)</\1cellXfs>", styles, re.DOTALL)
    tags = re.findall(rb"<(?:\w+:)?xf\b[^>]*>", inner[2]) if inner else []
    return [int(read_attribute(tag, b"numFmtId") or 0) for tag in tags]


def _format(number: int, codes: dict[int, str]) -> NumberFormat:
    if number not in codes:
        return _BUILT_IN.get(number, GENERAL)
    return _meaning(codes[number])


def _meaning(code: str) -> NumberFormat:
    """What the first section of a format code, the one for positive numbers, makes of a number."""
    section = _first_section(code)
    currency = _currency(section)
    bare = _BRACKETS.sub("", _QUOTED.sub("", _CURRENCY.sub("", section)))
    if _ELAPSED.search(bare):
        return NumberFormat(Shown.DURATION)
    if moment := _moment(bare):
        return NumberFormat(moment)
    if "%" in bare:
        return NumberFormat(Shown.PERCENT)
    if _ONLY_ZEROS.fullmatch(bare.strip()):
        return NumberFormat(Shown.ZEROS, digits=len(bare.strip()))
    return NumberFormat(currency=currency)


def _moment(bare: str) -> Shown | None:
    """Whether letters of a code, in any language's Excel the same in the file, ask for days, for hours or for both.

    `m` is minutes beside hours, else months.
    """
    letters = re.sub("general|a/p|am/pm", "", bare.lower())
    hours = re.search("[hs]", letters)
    days = re.search("[dya]", letters) or (not hours and "m" in letters)
    return {(True, True): Shown.DATETIME, (True, False): Shown.DATE, (False, True): Shown.TIME}.get(
        (bool(days), bool(hours))
    )


def _first_section(code: str) -> str:
    """Up to the first semicolon outside quotes and brackets."""
    for found in re.finditer(r'"[^"]*"|\\.|\[[^\]]*\]|;', code):
        if found[0] == ";":
            return code[: found.start()]
    return code


def _currency(section: str) -> str:
    """The currency a format names, in brackets (`[$USD]`, `[$€-2]`) or in words (`"USD" 0.00`); a bare `$` is none."""
    for found in _CURRENCY.finditer(section):
        if found[1].strip() not in ("", "$"):
            return found[1].strip()
    words = " ".join(quoted or escaped for quoted, escaped in _QUOTED.findall(section))
    named = _NAMED.search(words)
    return named[0] if named else ""
