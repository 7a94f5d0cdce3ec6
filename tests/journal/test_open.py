"""The one opener of journals: by the address of the settings, else in their state folder; or one to throw away."""

from __future__ import annotations

from pathlib import Path

import pytest
from journals import now

from pipeline.errors import ConfigError, JournalError, OutputError
from pipeline.journal import NO_CLAIM, Intent, hold, journal_exists, open_journal, open_scratch_journal
from pipeline.model import Account
from pipeline.settings import Settings


def test_a_journal_exists_from_when_it_was_opened_first(state_dir: Path, account: Account) -> None:
    settings = Settings(state_dir=state_dir)
    assert not journal_exists(settings)
    with open_journal(settings, now) as journal:
        journal.begin_run("r1", "import", account, {})
    assert journal_exists(settings)
    with open_journal(settings, now) as journal:
        assert [row.run for row in journal.runs()] == ["r1"]


def test_the_same_trouble_is_the_journals_or_of_a_result_by_whose_memory_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "inside"
    with pytest.raises(JournalError, match="The state folder"):
        open_journal(Settings(state_dir=folder), now)
    with pytest.raises(OutputError, match=f"Temporary files cannot be written to {folder}"):
        open_scratch_journal(folder, now)


def test_nothing_can_be_sent_without_a_claim(state_dir: Path) -> None:
    with (
        open_journal(Settings(state_dir=state_dir), now) as journal,
        pytest.raises(JournalError, match="never claimed"),
    ):
        journal.commit([Intent(1, 1, b"h")], NO_CLAIM)


def test_a_journal_that_is_named_by_its_address_is_there_with_its_locks_and_not_in_the_state_folder(
    tmp_path: Path, account: Account
) -> None:
    settings = Settings(state_dir=tmp_path / "state", journal=f"sqlite:{tmp_path / 'own' / 'memory.sqlite'}")
    with open_journal(settings, now) as journal, journal.claim("a", "r1"):
        journal.begin_run("r1", "import", account, {})
        with pytest.raises(JournalError, match="r1"), hold(settings, "a", "e1", "export"):
            raise AssertionError("two at once")
    assert journal_exists(settings)
    assert (tmp_path / "own" / "memory.sqlite").is_file()
    assert not settings.state_dir.exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://ana:secret@db/gigbulk", "No journal can be kept in mysql."),
        ("/var/lib/secret.sqlite", "does not begin with the name"),
        ("SQLITE:/secret", "does not begin with the name"),
        ("sqlite:", "does not begin with the name"),
        ("password=secret host=db", "does not begin with the name"),
    ],
)
def test_an_address_that_keeps_no_journal_is_refused_with_those_that_do_and_is_not_shown(
    address: str, said: str, tmp_path: Path
) -> None:
    settings = Settings(state_dir=tmp_path / "state", journal=address)
    for refused in (
        lambda: open_journal(settings, now),
        lambda: journal_exists(settings),
        lambda: hold(settings, "a", "r1", "export"),
    ):
        with pytest.raises(ConfigError) as caught:
            refused()
        assert said in caught.value.message
        assert "begins with sqlite:" in caught.value.hint
        assert "secret" not in f"{caught.value.message} {caught.value.hint} {settings!r}"
    assert not settings.state_dir.exists()
