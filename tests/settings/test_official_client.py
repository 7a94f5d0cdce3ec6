"""The key that the official client keeps: found without any set-up, and sent nowhere but where it was saved for."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import Settings, resolve_settings

DOCUMENTED = "https://api.gigstack.io/v2"


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))


def saved(folder: Path, mode: int = 0o600, **profiles: dict[str, str | None]) -> Path:
    """As the client's v0.3.1 writes it; the first profile is the active one."""
    path = folder / "credentials.json"
    path.write_text(json.dumps({"profiles": profiles, "activeProfile": next(iter(profiles), "")}))
    path.chmod(mode)
    return path


def resolved(folder: Path, profile: str | None = None, flags: dict[str, Any] | None = None, **environ: str) -> Settings:
    return resolve_settings(flags or {}, {"GIGSTACK_CONFIG_DIR": str(folder), **environ}, folder, profile)


PROD: dict[str, str | None] = {"apiKey": "key-of-prod", "environment": "production"}
TEST: dict[str, str | None] = {"apiKey": "key-of-test", "environment": "test"}


def test_the_key_of_the_active_profile_is_found_without_any_set_up(tmp_path: Path) -> None:
    saved(tmp_path, prod=PROD, test=TEST)
    settings = resolved(tmp_path)
    assert (settings.key(), settings.base_url) == ("key-of-prod", None)
    assert settings.key_place == f"{tmp_path / 'credentials.json'} [prod]"


def test_it_is_looked_for_where_the_client_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "gigstack"
    folder.mkdir(parents=True)
    saved(folder, prod=PROD)
    assert resolve_settings({}, {"HOME": str(tmp_path)}, tmp_path).key() == "key-of-prod"
    assert resolve_settings({}, {}, tmp_path).api_key is None


def test_a_profile_of_the_client_is_named_like_one_of_ours(tmp_path: Path) -> None:
    saved(tmp_path, prod=PROD, test=TEST)
    assert resolved(tmp_path, "test").key() == "key-of-test"
    (tmp_path / "gigbulk.toml").write_text('[profiles.test]\naccount = "acme"\n')
    both = resolved(tmp_path, "test")
    assert (both.key(), both.account) == ("key-of-test", "acme")
    with pytest.raises(ConfigError, match="There is no profile 'else'"):
        resolved(tmp_path, "else")


def test_whatever_else_gives_a_key_goes_before_it(tmp_path: Path) -> None:
    saved(tmp_path, prod=PROD | {"baseUrl": "https://staging.example/v2"})
    settings = resolved(tmp_path, GIGSTACK_API_KEY="mine")
    assert (settings.key(), settings.base_url, settings.key_place) == ("mine", None, None)


def test_the_address_of_a_profile_is_honoured(tmp_path: Path) -> None:
    saved(tmp_path, prod=PROD | {"baseUrl": "https://staging.example/v2"})
    assert resolved(tmp_path).base_url == "https://staging.example/v2"
    other_path = resolved(tmp_path, GIGSTACK_BASE_URL="https://STAGING.example:443/v3")
    assert (other_path.key(), other_path.base_url) == ("key-of-prod", "https://STAGING.example:443/v3")


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        (None, "https://elsewhere.example/v2"),
        (None, "http://api.gigstack.io/v2"),
        (DOCUMENTED, "https://api.gigstack.io:444/v2"),
        ("https://staging.example/v2", DOCUMENTED),
        ("http://127.0.0.1:4000/v2", "http://127.0.0.1:4001/v2"),
        (None, "not an address"),
    ],
)
def test_the_key_is_never_sent_to_another_origin(own: str | None, asked: str, tmp_path: Path) -> None:
    saved(tmp_path, prod=PROD | ({"baseUrl": own} if own else {}))
    settings = resolved(tmp_path, GIGSTACK_BASE_URL=asked)
    assert settings.api_key is None
    with pytest.raises(ConfigError, match="is not sent to") as refused:
        settings.key()
    assert "key-of-prod" not in f"{refused.value.message} {refused.value.hint} {settings!r}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_file_that_others_may_read_is_not_used(mode: int, tmp_path: Path) -> None:
    path = saved(tmp_path, mode, prod=PROD)
    settings = resolved(tmp_path)
    assert settings.api_key is None
    with pytest.raises(ConfigError, match="others may read it") as refused:
        settings.key()
    assert refused.value.hint == f"Run: chmod 600 {path}"
    path.chmod(stat.S_IRUSR)
    assert resolved(tmp_path).key() == "key-of-prod"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"profiles": 3}', b'{"profiles":{"a":{}}}', b"\xff\xfe"])
def test_a_file_of_another_form_is_told_and_harms_nobody_who_needs_no_key(content: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(content)
    settings = resolved(tmp_path)
    with pytest.raises(ConfigError, match="does not hold credentials"):
        settings.key()


def test_no_file_and_no_active_profile_are_no_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no API key"):
        resolved(tmp_path).key()
    saved(tmp_path)
    with pytest.raises(ConfigError, match="There is no API key"):
        resolved(tmp_path).key()


@pytest.mark.parametrize("active", [None, "gone"])
def test_where_no_profile_is_active_those_there_are_are_named(active: str | None, tmp_path: Path) -> None:
    path = saved(tmp_path, prod=PROD, broken={"apiKey": None})
    path.write_text(json.dumps(json.loads(path.read_text()) | {"activeProfile": active}))
    with pytest.raises(ConfigError, match=r"no profile of .* is active") as refused:
        resolved(tmp_path).key()
    assert refused.value.hint == "Choose one with --profile: prod."
    assert resolved(tmp_path, profile="prod").key() == "key-of-prod"
