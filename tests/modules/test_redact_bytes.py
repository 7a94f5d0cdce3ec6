"""Values that give access are masked by their shape, wherever they stand, and nothing else is."""

import json

import pytest

from pipeline.redact import redact_bytes

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ0ZWFtIjoiTEVBSzMzIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("sk_live_abc123", "***"),
        ("line\nrk_test_abc123 end", "line\n*** end"),
        ("whsec_abc123", "***"),
        (f"Bearer {JWT}", "Bearer ***"),
        ("https://x/p?a=1&token=abc#top", "https://x/p?a=1&token=***#top"),
        ("https://x/p?access_token=abc&b=2", "https://x/p?access_token=***&b=2"),
        ("https://x/p?X-Amz-Signature=abc", "https://x/p?X-Amz-Signature=***"),
    ],
)
def test_a_value_that_gives_access_is_masked_and_json_stays_json(value: str, masked: str) -> None:
    assert json.loads(redact_bytes(json.dumps({"any": value}).encode())) == {"any": masked}


@pytest.mark.parametrize(
    "value",
    ["risk_live", "https://x/p?key=84111506", "eyJ is how it begins", "data:image/png;base64,eyJhbGciOi9+/",
     "token=abc", "pk_live_abc123", "https://x/monkey=1"],
)  # fmt: skip
def test_ordinary_values_stay(value: str) -> None:
    content = json.dumps({"any": value}).encode()
    assert redact_bytes(content) == content
