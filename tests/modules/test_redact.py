"""Masks: what must not be logged does not stand in what is logged."""

from __future__ import annotations

import pytest

from pipeline.redact import join_lines, redact_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ0ZWFtIjoidDEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        (f"the token {JWT} has expired", "the token *** has expired"),
        ("key sk_live_51HxyzABC refused", "key *** refused"),
        ("no client ana.lopez@empresa.example", "no client a***@empresa.example"),
        ("--filter rfc=EKU9003173C9", "--filter rfc=EKU***"),
        ("RFC de persona LOAA800101AB1", "RFC de persona LOAA***"),
        ("payments.csv: 220 rows of payments", "payments.csv: 220 rows of payments"),
    ],
)
def test_keys_tokens_addresses_and_rfcs_are_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_secret_that_looks_like_none_is_masked_by_its_value() -> None:
    assert redact_text("asked hunter-2 twice: hunter-2", ["hunter-2"]) == "asked *** twice: ***"


def test_a_key_too_short_to_be_secret_masks_nothing() -> None:
    assert redact_text("any text", ["", "any"]) == "any text"


def test_a_text_cannot_break_out_of_its_line() -> None:
    assert join_lines("a\nb\x1b[31mc\r\n  d") == "a b [31mc d"
