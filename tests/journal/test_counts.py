"""Counts come from what the check found and from the journal, by the records of the call."""

from __future__ import annotations

from journals import claimed, planned

from pipeline.journal import Intent, Journal, KnownRecords, Outcome, count_records
from pipeline.model import Account, Counts, State


def test_each_record_counts_once_by_its_state(empty_journal: Journal, account: Account) -> None:
    ids = planned(empty_journal, account, *(f"id:{n}" for n in range(7)))
    claim = claimed(empty_journal, account)
    fates = {State.DONE: ids[0], State.REJECTED: ids[2], State.REFUSED: ids[3], State.IN_DOUBT: ids[4]}
    empty_journal.commit([Outcome(record_id, state) for state, record_id in fates.items()], claim)
    empty_journal.commit([Outcome(ids[1], State.DONE, "r1", matched=True), Intent(ids[5], 1, b"h")], claim)
    table = KnownRecords("clients", Counts(read=11, rejected=1, created=1, existing=2), ids)

    counts = count_records([table], empty_journal)["clients"]

    assert counts == Counts(read=11, created=2, existing=3, rejected=2, refused=1, in_doubt=2, unsent=1)
    assert counts.balanced


def test_files_of_one_resource_are_counted_together_and_one_of_which_nothing_was_read_not_at_all(
    empty_journal: Journal,
) -> None:
    empty, table = KnownRecords("clients", Counts(), []), KnownRecords("clients", Counts(read=2, rejected=2), [])
    assert count_records([empty], empty_journal) == {}
    assert count_records([table, table], empty_journal) == {"clients": Counts(read=4, rejected=4)}


def test_a_record_of_another_run_counts_and_one_that_was_not_passed_on_does_not(
    empty_journal: Journal, account: Account
) -> None:
    [doubt] = planned(empty_journal, account, "id:doubt", run="earlier")
    planned(empty_journal, account, "id:fails-the-check-by-now", run="this")
    empty_journal.commit([Outcome(doubt, State.DONE, "r1")], claimed(empty_journal, account))
    table = KnownRecords("clients", Counts(read=2, rejected=1), [doubt])
    assert count_records([table], empty_journal) == {"clients": Counts(read=2, created=1, rejected=1)}


def test_a_dry_run_would_create_what_is_unsent(empty_journal: Journal, account: Account) -> None:
    table = KnownRecords("clients", Counts(read=3, existing=1), planned(empty_journal, account, "id:1", "id:2"))
    counts = count_records([table], empty_journal, dry_run=True)["clients"]
    assert counts == Counts(read=3, existing=1, unsent=2, would_create=2)


def test_without_a_journal_that_can_be_read_nobody_can_tell() -> None:
    table = KnownRecords("clients", Counts(read=4, rejected=1), [1, 2, 3])
    assert count_records([table], None) == {"clients": Counts(read=4, rejected=1, in_doubt=3)}
