"""Members of a line of JSON written anew, by the dotted names under which `flatten_object` gives them.

All else of the line stays, blanks and spellings too.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

__all__ = ["set_members"]

_blanks = re.compile(r"[ \t\r\n]*").match
_raw_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_decode = msgspec.json.Decoder(float_hook=str).decode
_encode = msgspec.json.Encoder().encode


class _Object(NamedTuple):
    """Where an object stands, its name with a dot behind it, and where its last member ends."""

    prefix: str
    start: int
    last: int


class _Members(NamedTuple):
    """Where the values of a line's members stand by their dotted names, and all its objects, the outermost first."""

    values: dict[str, tuple[int, int]]
    objects: list[_Object]


def set_members(line: str, cells: Mapping[str, str], *, ascii_only: bool) -> str:
    """The line, whose object has another text in some members.

    One that it does not have is added to the innermost object that it belongs in.
    """
    found = _Members({}, [])
    _scan(line, len(line) - len(line.lstrip()), "", found)
    changes: list[tuple[int, int, str]] = []
    for name, text in cells.items():
        if name in found.values:
            start, end = found.values[name]
            changes.append((start, end, _literal(text, line[start:end], ascii_only=ascii_only)))
            continue
        home = max((o for o in found.objects if name.startswith(o.prefix)), key=lambda o: len(o.prefix))
        key = json.dumps(name.removeprefix(home.prefix), ensure_ascii=ascii_only)
        comma = "" if home.last == home.start + 1 else ","
        changes.append((home.last, home.last, f"{comma}{key}:{_literal(text, 'null', ascii_only=ascii_only)}"))
    return _changed(line, changes, {o.start + 1 for o in found.objects})


def _changed(line: str, changes: list[tuple[int, int, str]], openings: set[int]) -> str:
    """The line with its changes; members that are added to an empty object are parted by commas."""
    pieces: list[str] = []
    at = 0
    for start, end, text in sorted(changes, key=lambda change: change[:2]):
        again = start == end == at and start in openings and bool(pieces)
        pieces += [line[at:start], "," if again else "", text]
        at = end
    return "".join([*pieces, line[at:]])


def _scan(text: str, at: int, prefix: str, found: _Members) -> int:
    """Note the members of the object that opens at `at`; where it ends. The line has been read before: it is JSON."""
    place = len(found.objects)
    found.objects.append(_Object(prefix, at, at + 1))
    last, at = at + 1, _past_blanks(text, at + 1)
    while text[at] != "}":
        key, at = _raw_decode(text, _past_blanks(text, at + (text[at] == ",")))
        at = _past_blanks(text, _past_blanks(text, at) + 1)
        name = prefix + key
        if text[at] == "{":
            last = _scan(text, at, f"{name}.", found)
        else:
            _, last = _raw_decode(text, at)
            found.values[name] = (at, last)
        at = _past_blanks(text, last)
    found.objects[place] = _Object(prefix, found.objects[place].start, last)
    return at + 1


def _past_blanks(text: str, at: int) -> int:
    return _blanks(text, at).end()  # type: ignore[union-attr]  # it matches everywhere


def _literal(text: str, former: str, *, ascii_only: bool) -> str:
    """The text as JSON: of the type that stood there, where it is of that type and reads back the same; else a text."""
    if former[:1] not in ('"', "n") and _reads_as(text):
        return text
    return json.dumps(text, ensure_ascii=ascii_only)


def _reads_as(text: str) -> bool:
    """Whether a text without quotes is a number, a boolean or a list that is read as that text again."""
    try:
        value: Any = _decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    if isinstance(value, list | bool):
        return _encode(value).decode() == text
    return (isinstance(value, int | float) and str(value) == text) or value == text
