"""The body of an answer: read exactly, mended only where nothing is lost."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.api.json_body import Body, decode_body


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"a\udc00b"', "a\ufffdb"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (b'"\xed\xa0\xbd"', "\ufffd"),
    ],
)
def test_half_a_surrogate_pair_becomes_one_replacement_character(content: bytes, text: str) -> None:
    assert decode_body(content) == Body(text, repaired=True)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=12))
def test_whatever_text_a_sloppy_encoder_wrote_is_read_with_only_its_halves_replaced(text: str) -> None:
    body = decode_body(json.dumps(text).encode())
    assert body.value == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") or body.repaired
    assert not any("\ud800" <= ch <= "\udfff" for ch in body.value)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(), st.lists, max_leaves=5))
def test_what_is_good_json_is_never_mended(value: Any) -> None:
    assert decode_body(json.dumps(value).encode()) == Body(value)


def test_numbers_keep_their_digits_and_a_byte_order_mark_is_no_harm() -> None:
    assert decode_body(b"\xef\xbb\xbf[1.10, 2]").value == [Decimal("1.10"), 2]


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b" ", "empty"), (b"NaN", "JSON"), (b'{"a":', "JSON"), (b'"\xff"', "UTF-8"), (b"9" * 5000, "number")],
)
def test_what_cannot_be_read_says_why(content: bytes, fault: str) -> None:
    body = decode_body(content)
    assert body.value is None and not body.repaired
    assert fault in body.fault
