"""Whose records a run speaks of, by key, settings and request."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.importer.account import account_of_run, check_key_mode, find_account, plans_blindly
from pipeline.importer.request import ImportRequest
from pipeline.settings import Settings


def a_key(livemode: bool) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "HS256"}, {"livemode": livemode}, {})
    )


MODES = [
    (a_key(True), True, None),
    (a_key(False), False, None),
    ("opaque", True, None),
    ("opaque", False, None),
    (a_key(True), False, "The API key is a live key, but the run is for test mode."),
    (
        a_key(False),
        True,
        "The API key is a test key, but the run is for --live.",
    ),
]


@pytest.mark.parametrize(("key", "live", "says"), MODES)
def test_a_key_must_fit_the_mode(key: str, live: bool, says: str | None) -> None:
    if says is None:
        check_key_mode(key, live=live)
        return
    with pytest.raises(ConfigError) as refused:
        check_key_mode(key, live=live)
    assert refused.value.message == says
    assert ("add --live" in refused.value.hint) is not live


def test_an_account_has_the_name_of_the_settings_or_one_made_of_key_and_address() -> None:
    assert find_account(Settings(account="ours"), live=True).name == "ours"
    one, other = (find_account(Settings(api_key=key), live=False).name for key in ("a", "b"))
    assert one != other
    with pytest.raises(ConfigError, match="There is no API key"):
        find_account(Settings(), live=False)


WHOSE: list[tuple[dict[str, Any], Settings, str, bool]] = [
    ({}, Settings(api_key="k", account="ours"), "ours", False),
    ({"dry_run": True}, Settings(api_key="k", account="ours"), "ours", False),
    ({"dry_run": True}, Settings(account="ours"), "ours", False),
    ({"dry_run": True}, Settings(base_url="https://a.example"), "https://a.example no key", True),
    ({"live": True}, Settings(api_key=a_key(True), account="ours"), "ours", False),
]


@pytest.mark.parametrize(("asked", "settings", "name", "blind"), WHOSE)
def test_a_run_writes_to_the_account_of_its_key_and_a_plan_without_one_to_none(
    asked: dict[str, Any], settings: Settings, name: str, blind: bool
) -> None:
    request = ImportRequest(("a.csv",), **asked)
    account = account_of_run(request, settings)
    assert (account.name, account.livemode) == (name, request.live)
    assert plans_blindly(request, settings) is blind


NO_ACCOUNT = [
    ({}, Settings(account="ours"), "There is no API key"),
    ({"dry_run": True, "live": True}, Settings(api_key=a_key(False)), "is a test key"),
    ({}, Settings(api_key=a_key(True)), "is a live key"),
]


@pytest.mark.parametrize(("asked", "settings", "says"), NO_ACCOUNT)
def test_a_run_without_a_fitting_key_has_no_account(asked: dict[str, Any], settings: Settings, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        account_of_run(ImportRequest(("a.csv",), **asked), settings)
