"""The body of an answer as JSON: what it holds, what was mended in it, or why it cannot be read. Never a word of it.

A text that was cut in the middle of an emoji holds half a surrogate pair, and no strict reader takes it; that half
stands for nothing, so it becomes U+FFFD and the rest of the answer is read as it is. Nothing else is mended.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from pipeline.language.say import say

__all__ = ["Body", "decode_body"]

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_BOM = b"\xef\xbb\xbf"
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
"""Every escape of a text: a pair of surrogates, a lone one (the group), any other."""
_RAW_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_REPLACEMENT = "\ufffd".encode()


class Body(NamedTuple):
    """`value` has numbers as int or Decimal; it is None with a `fault`, which goes on from "The server's answer …"."""

    value: Any
    repaired: bool = False
    fault: str = ""


def decode_body(content: bytes) -> Body:
    """Read the body of an answer, mended where it must be."""
    body = _read(content.removeprefix(_BOM))
    if not body.fault:
        return body
    mended = _RAW_SURROGATE.sub(_REPLACEMENT, content.removeprefix(_BOM))
    mended = _ESCAPES.sub(lambda found: _REPLACEMENT if found[1] else found[0], mended)
    again = _read(mended)
    return body if again.fault else again._replace(repaired=True)


def _read(content: bytes) -> Body:
    if not content or content.isspace():
        return Body(None, fault=say("is empty"))
    try:
        return Body(_DECODER.decode(content))
    except (msgspec.ValidationError, InvalidOperation):
        return Body(None, fault=say("holds a number too long to be read"))
    except UnicodeDecodeError:
        return Body(None, fault=say("is not valid UTF-8"))
    except msgspec.DecodeError:
        return Body(None, fault=say("is not valid JSON"))
    except RecursionError:
        return Body(None, fault=say("is nested too deeply to be read"))
