"""Where a key may travel."""

import pytest
from wire import DIALECT

from pipeline.api.address import check_base_address
from pipeline.api.client import Client
from pipeline.api.transport import open_transport
from pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://api.gigstack.io/v2", "https://api.gigstack.io/v2"),
        (" https://api.gigstack.io/v2/ ", "https://api.gigstack.io/v2"),
        ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080/v2"),
        ("http://127.8.9.10/v2", "http://127.8.9.10/v2"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080/v2", "http://[::1]:8080/v2"),
    ],
)
def test_https_goes_anywhere_and_plain_http_to_this_machine(text: str, address: str) -> None:
    assert check_base_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://api.gigstack.io/v2",
        "http://127.0.0.1.evil.example/v2",
        "http://localhost.evil.example/v2",
        "http://0.0.0.0/v2",
        "http://10.0.0.1/v2",
        "http://[::]/v2",
        "ftp://127.0.0.1/v2",
        "api.gigstack.io/v2",
        "//api.gigstack.io/v2",
        "/v2",
        "",
        "https://",
        "https:///v2",
        "https://[::1/v2",
        "https://h:99999/v2",
        "https://h:0/v2",
        "https://two words/v2",
        "https://a..b/v2",
        f"https://{'a' * 64}.example/v2",
        "https://h/v2?x=1",
        "https://h/v2#x",
    ],
)
def test_any_other_address_is_a_setting_to_correct(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_base_address(text)
    assert refused.value.exit_code == 2
    assert refused.value.hint


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        check_base_address("https://ana:hunter2@api.gigstack.io/v2")
    assert "hunter2" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("key", ["", "  ", "secret\n", "two words", "secret\x00", "clave-ñ", "secret\r\nX-Other: 1"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Client(DIALECT, open_transport(1), base_url="https://api.gigstack.io/v2", key=key)
    assert "GIGSTACK_API_KEY" in refused.value.hint
    if key.strip():
        assert key.strip() not in refused.value.message + refused.value.hint
