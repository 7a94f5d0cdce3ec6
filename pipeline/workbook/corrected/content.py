"""What a text is in a cell: text, or the number, day or boolean that the cell shows as that text.

As a spreadsheet takes what is typed into a cell, but for what would be shown as another text: that stays text.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from pipeline.workbook.number_formats import GENERAL, NumberFormat, Shown
from pipeline.workbook.shown import show_number
from pipeline.workbook.xml_text import escape_text

__all__ = ["CellContents", "Former"]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DIGITS = 15
"""A spreadsheet keeps no more of a number."""
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_TIME = re.compile(r"([0-9]{1,5}):([0-5][0-9])(?::([0-5][0-9]))?")
_DAY_S = 86_400
_EPOCH, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001 - a cell's day has no zone


class Former(Enum):
    """What stood in a cell before."""

    NOTHING = "nothing"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class CellContents:
    """How a workbook shows numbers: the format of each style, the styles that are for anything, and those for text."""

    formats: Sequence[NumberFormat]
    untyped: frozenset[int]
    texts: frozenset[int]
    date1904: bool

    def write(self, text: str, former: Former, style: int, prefix: bytes) -> tuple[bytes, bytes]:
        """The type of a cell (`t`) and its elements."""
        p = prefix
        if former is Former.BOOLEAN and text in ("true", "false"):
            return b"b", b"<%sv>%d</%sv>" % (p, text == "true", p)
        number = self._find_number(text, former, style)
        if number is not None:
            return b"", b"<%sv>%s</%sv>" % (p, number.encode(), p)
        escaped = escape_text(text).replace(b"\r", b"&#13;")
        return b"inlineStr", b'<%sis><%st xml:space="preserve">%s</%st></%sis>' % (p, p, escaped, p, p)

    def _find_number(self, text: str, former: Former, style: int) -> str | None:
        """The number that is shown as this text; where one stood before, also as an equal one."""
        if style in self.texts or (former is Former.TEXT and (style in self.untyped or style >= len(self.formats))):
            return None
        form = self.formats[style] if style < len(self.formats) else GENERAL
        number = next(self._numbers(text, form), None)
        if number is None:
            return None
        shown = show_number(number, form, date1904=self.date1904)
        exact = shown == text or (former is Former.NUMBER and _is_equal(shown, text))
        return number if exact else None

    def _numbers(self, text: str, form: NumberFormat) -> Iterator[str]:
        """The number that a cell of this format may hold for the text, if there is one."""
        if form.shown in _DAYS:
            moment = _read_moment(text)
            if moment is not None:
                start = _EPOCH_1904 if self.date1904 else _EPOCH
                yield _serial(round((moment - start).total_seconds()))
        if form.shown in _NUMBERS:
            yield from _NUMBERS[form.shown](text, form)


_DAYS = (Shown.DATE, Shown.DATETIME, Shown.TIME)


def _in_units(text: str, form: NumberFormat) -> Iterator[str]:
    yield from _plain(text.removeprefix(f"{form.currency} ") if form.currency else text)


def _with_zeros(text: str, form: NumberFormat) -> Iterator[str]:
    if text.isdecimal() and text.isascii() and len(text) <= _DIGITS:
        yield str(int(text))


def _percent(text: str, form: NumberFormat) -> Iterator[str]:
    if text.endswith("%"):
        yield from (str(Decimal(number) / 100) for number in _plain(text[:-1]))


def _hours(text: str, form: NumberFormat) -> Iterator[str]:
    found = _TIME.fullmatch(text)
    if found is not None:
        yield _serial(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0))


_NUMBERS: Mapping[Shown, Callable[[str, NumberFormat], Iterator[str]]] = {
    Shown.NUMBER: _in_units,
    Shown.ZEROS: _with_zeros,
    Shown.PERCENT: _percent,
    Shown.TIME: _hours,
    Shown.DURATION: _hours,
}


def _plain(text: str) -> Iterator[str]:
    if _NUMBER.fullmatch(text) and sum(map(str.isdigit, text)) <= _DIGITS:
        yield text


def _serial(seconds: int) -> str:
    """In days."""
    whole, rest = divmod(seconds, _DAY_S)
    return repr(whole + rest / _DAY_S) if rest else str(whole)


def _read_moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def _is_equal(shown: str, text: str) -> bool:
    """Whether two texts are the same number, day or hour, and differ in zeros at an end alone."""
    moments = [_read_moment(each) for each in (shown, text)]
    if None not in moments:
        return moments[0] == moments[1]
    if _TIME.fullmatch(shown) and _TIME.fullmatch(text):
        return shown == (text if text.count(":") == 2 else f"{text}:00").zfill(8)
    head, _, number = text.rpartition(" ")
    if "." not in number or not _NUMBER.fullmatch(number.removesuffix("%")):
        return False
    unit = "%" * number.endswith("%")
    return f"{head} {number.removesuffix('%').rstrip('0').rstrip('.')}{unit}".strip() == shown
