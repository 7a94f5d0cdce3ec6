"""The words in which a request body is declared: each is a check that notes every fault it finds.

Numbers arrive as int or Decimal (never float), so amounts are exactly what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

LARGEST_NUMBER = 10**12
"""No amount, rate or quantity is larger; keeps absurd exponents such as 1e999999 out of the arithmetic."""

_LETTERS = r"A-Za-z0-9\u00c0-\u024f"  # ASCII and the Latin letters beyond it
_EMAIL = re.compile(rf"[!-?A-~\u00a1-\u024f]+@[{_LETTERS}-]+(\.[{_LETTERS}-]+)+")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]+([/?#][!-~]*)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_BLANK = " \t\r\n"
_KINDS = {bool: "true or false", int: "a number", Decimal: "a number", str: "text", list: "an array", dict: "an object"}


class Findings:
    """Every fault of one body: the path of the field -> what is wrong with it."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.problems: dict[str, str] = {}

    def note(self, path: str, complaint: str) -> None:
        self.problems.setdefault(path, complaint)

    def note_kind(self, path: str, wanted: str, value: object) -> None:
        self.note(path, f"must be {wanted}, not {_KINDS.get(type(value), 'null')}")

    def __str__(self) -> str:
        return "; ".join(f"{path} {complaint}" for path, complaint in self.problems.items())


Check = Callable[[Any, str, Findings], None]
"""Looks at one value, under the path that names it, and notes what is wrong."""


def text(value: Any, path: str, found: Findings) -> None:
    if not isinstance(value, str):
        found.note_kind(path, "text", value)


def filled(value: Any, path: str, found: Findings) -> None:
    """Text that is not blank."""
    text(value, path, found)
    if isinstance(value, str) and not value.strip(_BLANK):
        found.note(path, "must not be empty")


def boolean(value: Any, path: str, found: Findings) -> None:
    if not isinstance(value, bool):
        found.note_kind(path, "true or false", value)


def number(least: int | Decimal = -LARGEST_NUMBER, most: int = LARGEST_NUMBER) -> Check:
    """A number from `least` to `most`, both included."""

    def check(value: Any, path: str, found: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            found.note_kind(path, "a number", value)
        elif not least <= value <= most:
            found.note(path, f"must be from {least} to {most}")

    return check


def one_of(*values: str) -> Check:
    allowed = frozenset(values)

    def check(value: Any, path: str, found: Findings) -> None:
        if not isinstance(value, str) or value not in allowed:
            found.note(path, f"must be one of {', '.join(values)}")

    return check


def stricter(check: Check, documented: Check) -> Check:
    """`check`, which asks more than the document does; when the sandbox is lenient, what is `documented`."""
    return lambda value, path, found: (check if found.strict else documented)(value, path, found)


def email(value: Any, path: str, found: Findings) -> None:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        found.note(path, "must be an e-mail address")


def web_address(value: Any, path: str, found: Findings) -> None:
    if not isinstance(value, str) or not _WEB_ADDRESS.fullmatch(value):
        found.note(path, "must be an http(s) address")


def instant(value: Any, path: str, found: Findings) -> None:
    """A date-time of ISO 8601 with its offset, as in 2025-06-01T12:00:00Z."""
    if not isinstance(value, str) or parse_instant(value) is None:
        found.note(path, "must be an ISO 8601 date-time with an offset, such as 2025-06-01T12:00:00Z")


def day_or_instant(value: Any, path: str, found: Findings) -> None:
    if not isinstance(value, str) or (parse_instant(value) is None and parse_day(value) is None):
        found.note(path, "must be an ISO 8601 date or date-time, such as 2025-06-01 or 2025-06-01T12:00:00Z")


def array(each: Check, *, least: int = 0) -> Check:
    """An array of at least so many members, each of which passes."""

    def check(value: Any, path: str, found: Findings) -> None:
        if not isinstance(value, list):
            found.note_kind(path, "an array", value)
            return
        if len(value) < least:
            found.note(path, f"must have at least {least} member{'s' if least > 1 else ''}")
        for position, member in enumerate(value):
            each(member, f"{path}[{position}]", found)

    return check


def members(table: Mapping[str, Check], required: Sequence[str] = (), others: Check | None = None) -> Check:
    """An object with these members; any other is refused in strict mode, or passes `others` when given."""

    def check(value: Any, path: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.note_kind(path or "body", "an object", value)
            return
        prefix = f"{path}." if path else ""
        for name in required:
            if name not in value:
                found.note(prefix + name, "is required")
        for name, member in value.items():
            known = table.get(name, others)
            if known is not None:
                known(member, prefix + name, found)
            elif found.strict:
                found.note(prefix + name, "is not a documented field")

    return check


def parse_instant(value: str) -> datetime | None:
    """An aware datetime, or None when the text is not an ISO 8601 date-time with an offset."""
    if not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        return None


def parse_day(value: str) -> date | None:
    """A calendar day written YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None
