"""JSON objects that give a key twice: of two values, none is known to be the one that is meant.

A decoder keeps the last without a word, and one that tells the keys is slow. So they are counted: as many as stand in
the text are in the value, unless one was lost or a text looks like a key. Only such a text is decoded again.
"""

import json
import re
from collections import Counter
from typing import Any

import msgspec

__all__ = ["decode_unambiguous", "find_repeated_key"]

_decode = msgspec.json.Decoder(float_hook=str).decode

_KEY = re.compile(r'"\s*:')
"""What ends every key; a text may look like it."""


def decode_unambiguous(text: str) -> Any:
    """The value of a JSON text, each fraction as its digits; None where it is none, or gives a key twice."""
    try:
        value = _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return value if find_repeated_key(text, value) is None else None


def find_repeated_key(text: str, value: Any) -> str | None:
    """A key that one object of a JSON text gives twice, at any depth; `value` is the text decoded."""
    if len(_KEY.findall(text)) == _count_keys(value):
        return None
    repeated: list[str] = []

    def look(members: list[tuple[str, Any]]) -> None:
        counts = Counter(key for key, _ in members)
        repeated.extend(key for key, count in counts.items() if count > 1)

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str, strict=False)
    return repeated[0] if repeated else None


def _count_keys(value: Any) -> int:
    """The keys of all objects in a value."""
    count, waiting = 0, [value]
    while waiting:
        held = waiting.pop()
        if type(held) is dict:
            count += len(held)
            held = held.values()
        elif type(held) is not list:
            continue
        waiting += [member for member in held if type(member) is dict or type(member) is list]
    return count
