"""The one opener of journals: of the settings' state folder, or of a folder that is thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import JournalError, OutputError
from pipeline.journal import NO_CLAIM, Intent, journal_exists, open_journal, open_scratch_journal
from pipeline.model import Account
from pipeline.settings import Settings


def test_a_journal_exists_from_when_it_was_opened_first(state_dir: Path, account: Account) -> None:
    settings = Settings(state_dir=state_dir)
    assert not journal_exists(settings)
    with open_journal(settings) as journal:
        journal.begin_run("r1", "import", account, {})
    assert journal_exists(settings)
    with open_journal(settings) as journal:
        assert [row.run for row in journal.runs()] == ["r1"]


def test_the_same_trouble_is_the_journals_or_of_a_result_by_whose_memory_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "inside"
    with pytest.raises(JournalError, match="The state folder"):
        open_journal(Settings(state_dir=folder))
    with pytest.raises(OutputError, match=f"Temporary files cannot be written to {folder}"):
        open_scratch_journal(folder)


def test_nothing_can_be_sent_without_a_claim(state_dir: Path) -> None:
    with open_journal(Settings(state_dir=state_dir)) as journal, pytest.raises(JournalError, match="never claimed"):
        journal.commit([Intent(1, 1, b"h")], NO_CLAIM)
