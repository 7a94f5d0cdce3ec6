"""A payment that was sent under an id as a spreadsheet had changed it is known by its repaired id too."""

from __future__ import annotations

import pytest
from builders import an_action
from journals import claimed, planned

from pipeline.delivery.sent_before import find_sent_before
from pipeline.journal import Journal, Outcome
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account, State


def found(journal: Journal, account: Account, *keys: str) -> dict[str, str]:
    actions = [an_action(key) for key in keys]
    return {key: other for (_, key), other in find_sent_before(journal, account, "payments", actions, 1).items()}


@pytest.mark.parametrize(
    ("sent", "now", "is_the_same"),
    [
        ("1001.0", "1001", True),
        ('="1001"', "1001", True),
        ("'A-7", "A-7", True),
        ("A-7.0", "A-7", False),
        ("1001", "1001.0", True),
        ("1002.0", "1001", False),
        ("0012", "12", True),
        ("1E5", "100000", True),
        ("100000", "1E5", True),
        ("2-3", "46083", True),
        ("A–7", "A-7", True),
        ("+1001", "1001", True),
    ],
)
def test_an_id_is_known_by_the_spelling_it_was_sent_in(
    sent: str, now: str, is_the_same: bool, empty_journal: SqliteJournal, account: Account
) -> None:
    (record_id,) = planned(empty_journal, account, f"id:{sent}")
    empty_journal.commit([Outcome(record_id, State.DONE, "x1", 201)], claimed(empty_journal, account))
    assert found(empty_journal, account, f"id:{now}") == ({f"id:{now}": sent} if is_the_same else {})


@pytest.mark.parametrize("state", [State.PLANNED, State.REFUSED, State.REJECTED])
def test_what_was_never_carried_out_under_the_other_spelling_is_no_clash(
    state: State, empty_journal: SqliteJournal, account: Account
) -> None:
    (record_id,) = planned(empty_journal, account, "id:1001.0")
    empty_journal.commit([Outcome(record_id, state)], claimed(empty_journal, account))
    assert found(empty_journal, account, "id:1001") == {}


def test_a_record_of_a_natural_key_has_no_other_spelling(empty_journal: SqliteJournal, account: Account) -> None:
    assert found(empty_journal, account, "rfc:XAXX010101000") == {}
