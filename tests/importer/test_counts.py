"""Counts come from what the check found and from the journal, by the records of the call."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import Files, a_client
from journals import claimed, planned

from pipeline.delivery.outbox import Outbox
from pipeline.findings.rejects import Rejects
from pipeline.importer.context import InputSource
from pipeline.importer.counts import count_records
from pipeline.journal import Intent, Journal, Outcome
from pipeline.model import Account, Counts, State
from pipeline.source.read import inspect_file


@pytest.fixture
def entry(files: Files, tmp_path: Path) -> InputSource:
    """A file of clients of which nothing is known yet."""
    [source] = inspect_file(files.csv([a_client()]), "clients.csv", "clients")
    return InputSource(0, source, Outbox(tmp_path), Rejects(source, tmp_path))


def test_each_record_counts_once_by_its_state(entry: InputSource, empty_journal: Journal, account: Account) -> None:
    ids = planned(empty_journal, account, *(f"id:{n}" for n in range(7)))
    claim = claimed(empty_journal, account)
    fates = {State.DONE: ids[0], State.REJECTED: ids[2], State.REFUSED: ids[3], State.IN_DOUBT: ids[4]}
    empty_journal.commit([Outcome(record_id, state) for state, record_id in fates.items()], claim)
    empty_journal.commit([Outcome(ids[1], State.DONE, "r1", matched=True), Intent(ids[5], 1, b"h")], claim)
    entry.record_ids.extend(ids)
    entry.known = Counts(read=11, rejected=1, created=1, existing=2)

    counts = count_records([entry], empty_journal)["clients"]

    assert counts == Counts(read=11, created=2, existing=3, rejected=2, refused=1, in_doubt=2, unsent=1)
    assert counts.balanced


def test_files_of_one_resource_are_counted_together_and_one_of_which_nothing_was_read_not_at_all(
    entry: InputSource, empty_journal: Journal
) -> None:
    assert count_records([entry], empty_journal) == {}
    entry.known = Counts(read=2, rejected=2)
    assert count_records([entry, entry], empty_journal) == {"clients": Counts(read=4, rejected=4)}


def test_a_record_of_another_run_counts_and_one_that_was_not_passed_on_does_not(
    entry: InputSource, empty_journal: Journal, account: Account
) -> None:
    [doubt] = planned(empty_journal, account, "id:doubt", run="earlier")
    planned(empty_journal, account, "id:fails-the-check-by-now", run="this")
    empty_journal.commit([Outcome(doubt, State.DONE, "r1")], claimed(empty_journal, account))
    entry.record_ids.append(doubt)
    entry.known = Counts(read=2, rejected=1)
    assert count_records([entry], empty_journal) == {"clients": Counts(read=2, created=1, rejected=1)}


def test_a_dry_run_would_create_what_is_unsent(entry: InputSource, empty_journal: Journal, account: Account) -> None:
    entry.record_ids.extend(planned(empty_journal, account, "id:1", "id:2"))
    entry.known = Counts(read=3, existing=1)
    counts = count_records([entry], empty_journal, dry_run=True)["clients"]
    assert counts == Counts(read=3, existing=1, unsent=2, would_create=2)


def test_without_a_journal_that_can_be_read_nobody_can_tell(entry: InputSource) -> None:
    entry.record_ids.extend([1, 2, 3])
    entry.known = Counts(read=4, rejected=1)
    assert count_records([entry], None) == {"clients": Counts(read=4, rejected=1, in_doubt=3)}
