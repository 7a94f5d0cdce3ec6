"""Settings: flag, environment, ./gigbulk.toml, the user's gigbulk.toml, default; the first that has a value wins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from pipeline.api.transport import TRANSPORTS
from pipeline.errors import ConfigError
from pipeline.settings import Settings, TransportName, find_config_files, resolve_settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and a user of this machine without a settings file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "config" / "gigbulk").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text)
    path.chmod(mode)


def refused(here: Path, flags: dict[str, Any] | None = None, environ: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve_settings(flags or {}, environ or {}, here)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


def test_each_place_gives_way_to_the_one_before_it(here: Path) -> None:
    project, user = find_config_files(here)
    given = {"flag": "https://flag.example", "env": "https://env.example"}
    assert resolve_settings({}, {}, here).base_url is None
    write(user, 'base_url = "https://user.example"\naccount = "of the user"\n')
    assert resolve_settings({}, {}, here).base_url == "https://user.example"
    write(project, 'base_url = "https://project.example"\n')
    assert resolve_settings({}, {}, here).base_url == "https://project.example"
    environ = {"GIGSTACK_BASE_URL": given["env"]}
    assert resolve_settings({}, environ, here).base_url == given["env"]
    settings = resolve_settings({"base_url": given["flag"]}, environ, here)
    assert (settings.base_url, settings.account) == (given["flag"], "of the user"), "each setting finds its own place"
    assert resolve_settings({"base_url": None}, environ, here).base_url == given["env"], (
        "a flag that was not given is none"
    )


def test_defaults_are_those_of_the_contract(here: Path, tmp_path: Path) -> None:
    settings = resolve_settings({}, {}, here)
    assert settings == Settings(state_dir=tmp_path / "state" / "gigbulk")
    assert (settings.dialect, settings.concurrency, settings.rate, settings.lang) == ("2025-06", None, None, "en")


def test_the_variables_of_the_contract_are_read_and_empty_ones_are_not_there(here: Path) -> None:
    environ = {
        "GIGSTACK_API_KEY": " key-with-a-line-end\n",
        "GIGSTACK_BASE_URL": "https://x.example",
        "GIGSTACK_DIALECT": "2025-06",
        "GIGBULK_STATE_DIR": "/somewhere",
    }
    settings = resolve_settings({}, environ, here)
    assert (settings.key(), settings.base_url, settings.state_dir) == (
        "key-with-a-line-end",
        "https://x.example",
        Path("/somewhere"),
    )
    assert resolve_settings({}, dict.fromkeys(environ, ""), here) == resolve_settings({}, {}, here)


def test_a_home_folder_is_understood_in_a_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    write(find_config_files(here)[0], 'state_dir = "~/gigbulk"\n')
    assert resolve_settings({}, {}, here).state_dir == Path("/home/ana/gigbulk")


@pytest.mark.parametrize(
    ("locale", "lang"), [("es_MX.UTF-8", "es"), ("ES", "es"), ("en_US.UTF-8", "en"), ("C", "en"), ("", "en")]
)
def test_the_language_is_that_of_the_locale_unless_told(locale: str, lang: str, here: Path) -> None:
    assert resolve_settings({}, {"LANG": locale}, here).lang == lang
    assert resolve_settings({}, {"LANG": "en", "LC_ALL": locale or "en"}, here).lang == lang
    assert resolve_settings({"lang": "es"}, {"LANG": locale}, here).lang == "es"


def test_a_profile_asked_for_by_name_comes_before_what_no_profile_holds(here: Path) -> None:
    """Else the project's own key would be used silently where the user asked for another account."""
    project, user = find_config_files(here)
    write(project, 'api_key = "project"\nrate = 5\n[profiles.live]\nrate = 7\n')
    write(user, 'account = "user"\n[profiles.live]\napi_key = "live"\nrate = 9\n[profiles.other]\nlang = "es"\n')
    settings = resolve_settings({}, {}, here, profile="live")
    assert (settings.key(), settings.rate, settings.account, settings.lang) == ("live", 7.0, "user", "en")
    assert resolve_settings({}, {"GIGSTACK_API_KEY": "env"}, here, profile="live").key() == "env"
    assert resolve_settings({}, {}, here).key() == "project"
    with pytest.raises(ConfigError, match="no profile 'missing'"):
        resolve_settings({}, {}, here, profile="missing")


@pytest.mark.parametrize("table", ["", "[profiles.live]\n"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_with_a_key_that_others_may_read_is_refused(which: int, table: str, here: Path) -> None:
    path = find_config_files(here)[which]
    for mode in (0o644, 0o640, 0o604):
        write(path, f'{table}api_key = "secret"\n', mode)
        error = refused(here)
        assert error.hint == f"Run: chmod 600 {path}"
        assert "secret" not in error.message + error.hint
    write(path, f'{table}api_key = "secret"\n', 0o600)
    resolve_settings({}, {}, here)
    write(path, 'base_url = "https://x.example"\n', 0o644)
    resolve_settings({}, {}, here)


def test_a_key_is_never_shown_and_its_absence_says_what_to_do(here: Path) -> None:
    settings = resolve_settings({}, {"GIGSTACK_API_KEY": "secret"}, here)
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings)
    with pytest.raises(ConfigError, match="no API key") as caught:
        resolve_settings({}, {}, here).key()
    assert "GIGSTACK_API_KEY" in caught.value.hint


def test_unknown_settings_are_refused_by_name_also_in_a_profile_nobody_asked_for(here: Path) -> None:
    project = find_config_files(here)[0]
    write(project, 'base_ulr = "https://x.example"\n')
    assert "'base_ulr' is no setting" in refused(here).message
    write(project, '[profiles.live]\nkey = "x"\n')
    assert "'key' is no setting" in refused(here).message


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("concurrency = 0", "whole number above zero"),
        ("concurrency = -1", "whole number above zero"),
        ("concurrency = 1.5", "whole number above zero"),
        ("concurrency = true", "whole number above zero"),
        ('concurrency = "many"', "whole number above zero"),
        ("rate = 0", "above zero"),
        ("rate = nan", "above zero"),
        ("rate = inf", "above zero"),
        ("rate = [1]", "above zero"),
        ("timeout_s = -3", "above zero"),
        ('dialect = "1999"', "such as 2025-06"),
        ('lang = "fr"', "es or en"),
        ('transport = "curl"', "aiohttp or httpx"),
        ('account = ["a"]', "a text"),
        ("api_key = 5", "a text"),
        ('base_url = ""', "an address"),
        ("state_dir = 5", "a path"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_its_place(line: str, wanted: str, here: Path) -> None:
    path = find_config_files(here)[0]
    write(path, line + "\n")
    error = refused(here)
    assert line.split()[0] in error.message
    assert str(path) in error.message
    assert wanted in error.message


def test_a_state_folder_is_whole_from_the_folder_that_the_settings_are_read_in(here: Path) -> None:
    assert resolve_settings({"state_dir": Path("s")}, {}, here).state_dir == here / "s"
    assert resolve_settings({}, {"GIGBULK_STATE_DIR": "s"}, here).state_dir == here / "s"
    write(find_config_files(here)[0], 'state_dir = "s"\n')
    assert resolve_settings({}, {}, here).state_dir == here / "s"


def test_every_transport_there_is_can_be_chosen(here: Path) -> None:
    assert Settings().transport == next(iter(TRANSPORTS)) == "aiohttp"
    assert get_args(TransportName) == (*TRANSPORTS,)
    [row] = re.findall(
        r"^\| `transport` .*$", (Path(__file__).parents[2] / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    assert all(f"`{name}`" in row for name in TRANSPORTS)
    for name in TRANSPORTS:
        write(find_config_files(here)[0], f'transport = "{name}"\n')
        assert resolve_settings({}, {}, here).transport == name


def test_values_are_taken_as_flags_give_them(here: Path) -> None:
    flags = {"concurrency": "auto", "rate": "2.5", "state_dir": Path("/x"), "dialect": "2025-06"}
    settings = resolve_settings(flags, {}, here)
    assert (settings.concurrency, settings.rate, settings.state_dir) == (None, 2.5, Path("/x"))
    assert resolve_settings({"concurrency": "8"}, {}, here).concurrency == 8
    write(find_config_files(here)[0], "concurrency = 4\n")
    assert resolve_settings({"concurrency": "auto"}, {}, here).concurrency is None, "auto on the command line stands"


@pytest.mark.parametrize(
    "content",
    [
        b"base_url = \n",
        b"\xff\xfe",
        b"[profiles]\nx = 1\n",
        b"profiles = 3\n",
        b"api_key = secret\n",
        b"x = 1\nx = 2\n",
    ],
)
def test_a_file_that_is_not_understood_is_a_settings_error_that_shows_no_key(content: bytes, here: Path) -> None:
    path = find_config_files(here)[0]
    path.write_bytes(content)
    error = refused(here)
    assert str(path) in error.message
    assert "secret" not in error.message + error.hint


def test_a_folder_in_the_place_of_the_file_is_a_settings_error(here: Path) -> None:
    find_config_files(here)[0].mkdir()
    assert "cannot be read" in refused(here).message
