"""A key that another program prints: asked when it is needed, quoted nowhere, named by no folder's file."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from stage import Desk, payment

from pipeline.errors import ConfigError
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings, resolve_settings
from pipeline.settings.key_command import read_printed_key

SECRET = "sk_test_printed_4711"


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "xdg" / "gigbulk").mkdir(parents=True)


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_the_line_that_is_printed_is_the_key_without_its_line_end() -> None:
    assert Settings(api_key_command=python(f"print('{SECRET}')")).key() == SECRET


def test_the_command_is_asked_once_however_often_the_key_is_needed(tmp_path: Path) -> None:
    count = tmp_path / "asked"
    command = python(f"open({str(count)!r}, 'a').write('x'); print('{SECRET}')")
    settings = Settings(api_key_command=command)
    assert {settings.key() for _ in range(3)} == {SECRET}
    assert count.read_text() == "x"


REFUSED = [
    (python("import sys; print('half-a-key'); sys.exit(3)"), "failed: it ended with 3"),
    (python("pass"), "printed no key"),
    (python("print('half-a-key'); print('second line')"), "printed no key"),
    (python("print('half-a-key\\u00f1')"), "printed no key"),
    (python("print('half-a-key' * 1000)"), "printed no key"),
    ("no-such-program --print", "could not be run"),
    ("'unended", "could not be run"),
]


@pytest.mark.parametrize(("command", "said"), REFUSED)
def test_a_command_that_prints_no_key_is_refused_without_a_word_of_what_it_printed(command: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        read_printed_key(command)
    assert "half-a-key" not in refused.value.message + refused.value.hint


def test_a_key_of_an_earlier_place_comes_before_a_command_of_a_later_one_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    own = tmp_path / "xdg" / "gigbulk" / "gigbulk.toml"
    own.write_text(
        f"api_key_command = '''{python('print(1)')}'''\n[profiles.there]\napi_key = \"k-there\"\n", encoding="utf-8"
    )
    own.chmod(0o600)
    assert resolve_settings({}, {"GIGSTACK_API_KEY": "k-env"}, tmp_path).key() == "k-env"
    assert resolve_settings({}, {}, tmp_path).key() == "1"
    assert resolve_settings({}, {}, tmp_path, "there").key() == "k-there"
    said = python("print(2)")
    assert resolve_settings({}, {"GIGBULK_API_KEY_COMMAND": said}, tmp_path, "there").key() == "2"


def test_a_folder_may_not_say_what_is_run(tmp_path: Path) -> None:
    for text in ('api_key_command = "x"', '[profiles.p]\napi_key_command = "x"'):
        (tmp_path / "gigbulk.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="names an api_key_command") as refused:
            resolve_settings({}, {}, tmp_path)
        assert "GIGBULK_API_KEY_COMMAND" in refused.value.hint


def keyless(folder: Path, base_url: str, command: str) -> Desk:
    """A desk whose user has a command in place of a key."""
    desk = Desk(folder, base_url)
    own = folder / ".config" / "gigbulk" / "gigbulk.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f"api_key_command = '''{command}'''\n", encoding="utf-8")
    return desk


def test_an_import_sends_with_the_printed_key_and_tells_it_to_nobody(sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    desk = keyless(tmp_path / "desk", sandbox.base_url, python(f"print('{SECRET}'[::-1][::-1])"))
    path = desk.csv("payments.csv", [payment(1)])
    done = desk.gigbulk("import", path, "--log-json", "--report", "report.html", key="")
    assert done.code == 0, done.said
    left = [file for file in desk.folder.rglob("*") if file.is_file() and file.suffix != ".toml"]
    assert len(left) >= 3
    assert SECRET not in done.said and not any(SECRET.encode() in file.read_bytes() for file in left)


def test_a_check_asks_no_command(sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    desk = keyless(tmp_path / "desk", sandbox.base_url, python(f"open('{asked}', 'w'); print('{SECRET}')"))
    path = desk.csv("payments.csv", [payment(1)])
    assert desk.gigbulk("check", path, key="").code == 0
    assert not asked.exists()
    told = desk.gigbulk("doctor", key="")
    assert "printed by api_key_command" in str(told.result) + told.said
    assert asked.exists()


def test_the_settings_for_a_child_hold_the_printed_key_and_those_with_a_key_ask_nobody() -> None:
    assert Settings(api_key_command=python(f"print('{SECRET}')")).with_key().api_key == SECRET
    with_both = Settings(api_key="k", api_key_command="no-such-program")
    assert (with_both.with_key(), Settings().with_key()) == (with_both, Settings())
