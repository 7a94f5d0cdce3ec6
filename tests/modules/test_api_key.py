"""What a key tells about itself; the key is never in what is written down."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.api_key import KeyFacts, account_name, read_key_facts

URL = "https://api.example.test/v2"


def jwt(**payload: object) -> str:
    """A token as the API issues them: three parts, the second JSON without padding."""
    part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{part}.c2lnbmF0dXJl"


@pytest.mark.parametrize("livemode", [True, False])
@pytest.mark.parametrize("team", ["team_1", "equipo ñ ÿ", "x"])
def test_a_jwt_tells_its_team_and_mode_whatever_its_length(livemode: bool, team: str) -> None:
    assert read_key_facts(jwt(team=team, livemode=livemode, key_id="k")) == KeyFacts(livemode, team)


def test_what_a_key_does_not_say_is_not_made_up() -> None:
    assert read_key_facts(jwt(key_id="k")) == KeyFacts()
    assert read_key_facts(jwt(team="t")) == KeyFacts(None, "t")
    for key in ("", "opaque", "a.b", "a.b.c", "a.%%%.c", "a..c", "ñ.ñ.ñ", jwt(team=5), jwt() + ".x"):
        assert read_key_facts(key) == KeyFacts()


def test_the_prefix_of_a_test_key_says_test() -> None:
    assert read_key_facts("sk_test_123") == KeyFacts(livemode=False)
    assert read_key_facts("sk_live_123") == KeyFacts()


@given(key=st.text(max_size=60))
def test_any_text_is_taken_for_a_key_without_an_error(key: str) -> None:
    read_key_facts(key)


def test_an_account_is_named_by_its_team_and_outlives_the_key() -> None:
    first, second = jwt(team="t1", livemode=False, key_id="a"), jwt(team="t1", livemode=False, key_id="b")
    assert account_name(first, URL) == account_name(second, URL + "/")
    assert account_name(first, URL) != account_name(jwt(team="t2"), URL)
    assert account_name(first, URL) != account_name(first, "https://other.example.test/v2")


def test_an_opaque_key_names_an_account_of_its_own_and_cannot_be_read_back() -> None:
    name = account_name("opaque-secret", URL)
    assert name == account_name("opaque-secret", URL)
    assert name != account_name("opaque-secret2", URL)
    assert "secret" not in name
    assert jwt(team="t1") not in account_name(jwt(team="t1"), URL)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example.test/v2", "https://API.Example.TEST/v2"),
        ("https://api.example.test/v2", "HTTPS://api.example.test:443/v2/"),
        ("https://api.example.test/v2", " https://api.example.test./v2//"),
        ("http://127.0.0.1:8765/v2", "http://localhost:8765/v2"),
        ("http://127.0.0.1:8765/v2", "http://LOCALHOST:8765/v2/"),
        ("http://127.0.0.1:8765/v2", "http://[::1]:8765/v2"),
        ("http://127.0.0.1/v2", "http://localhost:80/v2"),
    ],
)
def test_an_account_is_one_however_its_url_is_spelled(one: str, other: str) -> None:
    """Two imports under two names would hold two locks and know nothing of each other."""
    assert account_name("opaque", one) == account_name("opaque", other)


@pytest.mark.parametrize(
    "other",
    [
        "https://api.example.test/v3",
        "https://api.example.test/V2",
        "https://api.example.test:8443/v2",
        "http://api.example.test:443/v2",
        "https://api2.example.test/v2",
        "https://[2001:db8::1]/v2",
    ],
)
def test_another_address_is_another_account(other: str) -> None:
    assert account_name("opaque", URL) != account_name("opaque", other)


def test_a_spelling_that_was_plain_already_keeps_its_name() -> None:
    """Journals of earlier versions know accounts by it."""
    for url in (URL, "http://127.0.0.1:8765/v2", "https://[2001:db8::1]:8443/v2"):
        assert account_name("opaque", url).startswith(url + " key ")
    assert account_name("opaque", "https://[broken/").startswith("https://[broken key ")
