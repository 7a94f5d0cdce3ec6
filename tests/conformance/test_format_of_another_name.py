"""A format is known by its line in FORMATS alone: whatever it is called, files of it come in and go out everywhere.

Whoever asks for a format by its name, or for a suffix that is the name of one, fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exporter import KEY, Account, open_account
from pipes_format import PIPES
from running import Gigbulk, run_here

from pipeline.formats import FORMATS
from pipeline.sink.object_store import ObjectStore

GOOD = "internalId|name|email|rfc\nc1|Ana Lima|ana@example.com|XAXX010101000\n"
BAD = GOOD + "c2|Eva Ruiz|eva@example|XAXX010101000\n"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, PIPES.name, PIPES)


@pytest.fixture
def gigbulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gigbulk:
    return run_here(tmp_path, monkeypatch, capsys)


@pytest.fixture
def account(gigbulk: Gigbulk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account with some of everything, and the user's settings for it."""
    with open_account() as opened:
        monkeypatch.setenv("GIGSTACK_API_KEY", KEY)
        monkeypatch.setenv("GIGSTACK_BASE_URL", opened.base_url)
        yield opened


def test_it_is_read_and_gives_back_its_rejects_under_its_own_suffix(gigbulk: Gigbulk) -> None:
    Path("clients.psv").write_text(BAD)
    ran = gigbulk("check", "clients.psv", "--rejects", "wrong.psv")
    assert ran.code == 1, ran.err
    assert Path("wrong.psv").read_text().startswith("internalId|name|email|rfc|")


def test_its_problems_are_written_under_its_suffix_and_not_under_its_name(gigbulk: Gigbulk) -> None:
    Path("clients.psv").write_text(BAD)
    ran = gigbulk("check", "clients.psv", "--problems", "found.psv")
    assert ran.code == 1, ran.err
    assert "|" in Path("found.psv").read_text().splitlines()[0]
    refused = gigbulk("check", "clients.psv", "--problems", "found.pipes")
    assert refused.code == 2
    assert "psv" in refused.err
    assert "pipes," not in refused.err


def test_an_export_is_written_in_it_and_its_ids_are_read_from_it(gigbulk: Gigbulk, account: Account) -> None:
    ran = gigbulk("export", "clients", "-o", "clients.psv")
    assert ran.code == 0, ran.err
    heading, first, *_ = Path("clients.psv").read_text().splitlines()
    place = heading.split("|").index("id")
    Path("ids.psv").write_text(first.split("|")[place] + "\n")
    again = gigbulk("export", "clients", "--ids", "ids.psv", "-o", "one.psv")
    assert again.code == 0, again.err
    assert Path("one.psv").read_text().splitlines()[1] == first


def test_a_folder_of_it_has_its_suffix(gigbulk: Gigbulk, account: Account) -> None:
    ran = gigbulk("export", "clients", "-o", "out/", "--format", "pipes")
    assert ran.code == 0, ran.err
    assert "|" in Path("out/clients.psv").read_text().splitlines()[0]


def test_what_to_call_its_rejects_is_its_suffix(gigbulk: Gigbulk) -> None:
    Path("clients.psv").write_text(GOOD)
    refused = gigbulk("check", "clients.psv", "--rejects", "wrong.jsonl")
    assert refused.code == 2
    assert "ends in .psv" in refused.err


def test_it_may_be_stored_where_its_bytes_allow_it() -> None:
    assert ObjectStore.takes(PIPES.name)
    assert {name for name in FORMATS if not ObjectStore.takes(name)} == {"xlsx"}


def test_suffixes_under_which_it_is_given_too_are_those_of_another() -> None:
    for form in FORMATS.values():
        others = {suffix for other in FORMATS.values() if other is not form for suffix in other.suffixes}
        assert {*form.also_under} <= others
