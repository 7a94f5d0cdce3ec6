"""A JSON text is read with every digit it is written with, or not at all where nobody knows what is meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cleaning.json_keys import decode_unambiguous, find_repeated_key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"a": 1.50, "b": 1e3, "c": 7}', {"a": "1.50", "b": "1e3", "c": 7}),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('{"a": "x\\": y"}', {"a": 'x": y'}),
        ('{"a": 1, "a": 1}', None),
        ('[{"a": {"b": 1, "b": 2}}]', None),
        ('{"a": 1', None),
        ("", None),
        ("nan", None),
        ("[" * 100_000, None),
        ('"\ud800"', None),
    ],
    ids=lambda cell: str(cell)[:20].encode("ascii", "replace").decode(),
)
def test_a_text_is_read_whole_or_not_at_all(text: str, value: Any) -> None:
    assert decode_unambiguous(text) == value


members = st.recursive(st.text() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(members)
def test_no_text_with_each_key_once_is_refused(value: Any) -> None:
    assert find_repeated_key(json.dumps(value), value) is None
    assert decode_unambiguous(json.dumps(value)) == value


@given(st.dictionaries(st.text(), members, min_size=1), st.text(max_size=3))
def test_a_key_given_twice_is_found_at_any_depth(value: dict[str, Any], around: str) -> None:
    key = next(iter(value))
    twice = json.dumps(value)[:-1] + f", {json.dumps(key)}: 0}}"
    assert decode_unambiguous(f"[{json.dumps(around)}, {twice}]") is None
