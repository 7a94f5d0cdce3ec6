"""What every journal promises (`pipeline.journal.protocol`): what it remembers, and that nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import an_action
from journals import ADDRESSES, OTHER_PRINT, PRINT, Open, claimed, now, open_in, planned

from pipeline.api.cause import Cause, CauseKind
from pipeline.errors import JournalError
from pipeline.journal import (
    ChangeRow,
    DoneRow,
    DoubtfulRow,
    Fates,
    InputRow,
    Intent,
    Journal,
    LatencyRow,
    MadeRow,
    NotableRow,
    Outcome,
    Owner,
    Planned,
    ProofRow,
    Revised,
    RuleCount,
    SnapshotRow,
)
from pipeline.journal.open import JOURNALS
from pipeline.model import Account, Entry, State


@pytest.fixture(params=JOURNALS)
def opened(request: pytest.FixtureRequest) -> Open:
    return partial(open_in, request.param)


@pytest.fixture
def journal(opened: Open, state_dir: Path) -> Iterator[Journal]:
    """Remembers nothing; its clock stands still."""
    with opened(state_dir, now) as journal:
        yield journal


def entry_of(journal: Journal, account: Account, key: str = "id:p1") -> Entry:
    return journal.known(account, "payments", [key])[key]


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_new_journal_remembers_nothing(journal: Journal, account: Account) -> None:
    assert journal.known(account, "payments", ["id:p1"]) == {}
    assert (journal.runs(), journal.run("r1"), journal.inputs("r1"), journal.fates("r1")) == ([], None, [], {})


def test_a_run_is_remembered_from_its_begin_with_its_inputs_and_result(journal: Journal, account: Account) -> None:
    files = [InputRow(n, "a.xlsx", "/x/a.xlsx", "ab" * 32, "clients", 3, sheet) for n, sheet in enumerate(("A", None))]
    journal.begin_run("r1", "import", account, {"files": ["a.csv"]}, files)
    begun = journal.run("r1")
    assert begun is not None
    assert (begun.status, begun.finished_at, begun.result) == ("running", None, None)
    journal.keep_result("r1", {"seconds": 0.5})
    going = journal.run("r1")
    assert going is not None
    assert (going.status, going.finished_at, going.result) == ("running", None, {"seconds": 0.5})
    journal.finish_run("r1", "ok", {"seconds": 1.5})
    ended = journal.run("r1")
    assert ended is not None
    assert (ended.status, ended.result, ended.settings) == ("ok", {"seconds": 1.5}, {"files": ["a.csv"]})
    assert (ended.account, ended.livemode) == account
    assert journal.inputs("r1") == files
    journal.reopen_run("r1")
    again = journal.run("r1")
    assert again is not None
    assert (again.status, again.finished_at) == ("running", None)


def test_a_run_is_found_by_the_beginning_of_its_name_when_only_one_begins_so(
    journal: Journal, account: Account
) -> None:
    for name in ("2026-a1", "2026-b2", "2026-b2-more"):
        journal.begin_run(name, "import", account, {})
    found = {part: journal.run(part) for part in ("2026-a", "2026-b2", "2026", "nothing")}
    assert {part: row and row.run for part, row in found.items()} == {
        "2026-a": "2026-a1",
        "2026-b2": "2026-b2",
        "2026": None,
        "nothing": None,
    }


def test_runs_are_listed_newest_first(opened: Open, state_dir: Path, account: Account) -> None:
    moments = iter(now() + timedelta(minutes=n) for n in range(9))
    with opened(state_dir, lambda: next(moments)) as journal:
        for name in "abc":
            journal.begin_run(name, "import", account, {})
        assert [row.run for row in journal.runs()] == ["c", "b", "a"]
        assert [row.run for row in journal.runs(limit=1)] == ["c"]


def test_the_fates_of_a_run_are_counted_by_the_state_of_its_records(journal: Journal, account: Account) -> None:
    ids = planned(journal, account, *(f"id:{n}" for n in range(8)))
    claim = claimed(journal, account)
    journal.commit([Intent(ids[6], 1, b"h")], claim)
    journal.commit(
        [
            Outcome(ids[0], State.DONE, "payment_0"),
            Outcome(ids[1], State.DONE, "payment_1", matched=True),
            Outcome(ids[2], State.REJECTED),
            Outcome(ids[3], State.REJECTED, matched=True),
            Outcome(ids[4], State.REFUSED),
            Outcome(ids[5], State.IN_DOUBT, matched=True),
        ],
        claim,
    )
    journal.plan(account, "r1", 1, [Planned(an_action("id:c", resource="clients"), *PRINT)])
    planned(journal, account, "id:other", run="r2")
    assert journal.fates("r1") == {
        "payments": Fates(created=1, existing=1, rejected=2, refused=1, in_doubt=2, unsent=1),
        "clients": Fates(unsent=1),
    }


def test_the_fates_of_records_are_counted_whichever_run_planned_them_and_as_often_as_they_are_named(
    journal: Journal, account: Account
) -> None:
    [ours] = planned(journal, account, "id:ours", run="r1")
    [theirs, other] = planned(journal, account, "id:theirs", "id:other", run="r2")
    journal.commit([Outcome(theirs, State.DONE, "payment_1"), Outcome(other, State.REFUSED)], claimed(journal, account))
    assert journal.fates_of([]) == Fates()
    assert journal.fates_of([ours, theirs]) == Fates(created=1, unsent=1)
    assert journal.fates_of([theirs, theirs, other]) == Fates(created=2, refused=1)


def test_what_was_refused_or_is_in_doubt_is_notable_and_doubts_are_listed_whole(
    journal: Journal, account: Account
) -> None:
    refused, doubt, sending, _ = planned(journal, account, "id:p1", "id:p2", "id:p3", "id:p4")
    claim = claimed(journal, account)
    journal.commit(
        [
            Outcome(refused, State.REFUSED, None, 400, "invalid", "The RFC is wrong."),
            Outcome(doubt, State.IN_DOUBT),
            Intent(sending, 1, b"h"),
        ],
        claim,
    )
    assert journal.notable("r1") == [
        NotableRow("payments", "id:p1", 2, State.REFUSED, "invalid", "The RFC is wrong."),
        NotableRow("payments", "id:p2", 2, State.IN_DOUBT, None, None),
        NotableRow("payments", "id:p3", 2, State.SENDING, None, None),
    ]
    assert len(journal.notable("r1", limit=1)) == 1
    assert journal.doubtful("r1") == [
        DoubtfulRow(doubt, "id:p2", "payments", PRINT[0], begun=False),
        DoubtfulRow(sending, "id:p3", "payments", PRINT[0], begun=False),
    ]
    assert journal.doubtful("r2") == []


def test_what_is_done_is_told_with_its_id_its_place_and_whether_it_was_found(
    journal: Journal, account: Account
) -> None:
    made, found, _ = planned(journal, account, "id:p1", "id:p2", "id:p3")
    events = [
        Outcome(made, State.DONE, "x1", 201, link="https://pay"),
        Outcome(found, State.DONE, "x2", matched=True, cause=LOST),
    ]
    journal.commit(events, claimed(journal, account))
    assert sorted(journal.done(account, "payments", ["id:p1", "id:p2", "id:p3", "id:p4"])) == [
        DoneRow("id:p1", "x1", "r1", 0, 2, False, None, "https://pay"),
        DoneRow("id:p2", "x2", "r1", 0, 2, True, "reset", None),
    ]
    for who in ((account, "clients"), (account._replace(livemode=True), "payments")):
        assert journal.done(*who, ["id:p1"]) == []
    assert journal.done(account, "payments", ["id:p1"], generation=2) == []


LOST, DENIED = Cause(CauseKind.CONNECTION_LOST, "reset"), Cause(CauseKind.PROXY, "413 from a proxy")


def test_the_last_cause_is_kept_until_the_record_is_created_by_its_own_answer_or_planned_anew(
    journal: Journal, account: Account
) -> None:
    """A look-up says what is, and takes no cause away: found by it, or proven absent by it, the cause stays."""
    (record_id,) = planned(journal, account, "id:p1")
    claim = claimed(journal, account)
    seen = []
    for outcome in (
        Outcome(record_id, State.IN_DOUBT, cause=LOST),
        Outcome(record_id, State.IN_DOUBT, message="looked up: cannot tell"),
        Outcome(record_id, State.PLANNED, message="looked up: not in the account"),
        Outcome(record_id, State.IN_DOUBT, status=413, cause=DENIED),
        Outcome(record_id, State.DONE, "payment_1", message="found in the account"),
    ):
        journal.commit([outcome], claim)
        seen.append(entry_of(journal, account).cause)
    assert seen == [LOST, LOST, LOST, DENIED, DENIED]
    (other,) = planned(journal, account, "id:p2")
    journal.commit([Outcome(other, State.PLANNED, cause=LOST), Outcome(other, State.DONE, "payment_2", 201)], claim)
    assert entry_of(journal, account, "id:p2").cause is None
    (third,) = planned(journal, account, "id:p3")
    journal.commit([Outcome(third, State.REFUSED, cause=DENIED)], claim)
    planned(journal, account, "id:p3")
    assert entry_of(journal, account, "id:p3").cause is None


def test_what_was_sent_and_is_not_created_is_notable_with_its_cause(journal: Journal, account: Account) -> None:
    sent, _ = planned(journal, account, "id:p1", "id:p2")
    journal.commit([Outcome(sent, State.PLANNED, message="looked up", cause=LOST)], claimed(journal, account))
    (row,) = journal.notable("r1")
    assert (row.key, row.state, row.cause, row.why) == ("id:p1", State.PLANNED, LOST, "looked up; reset")


def test_requests_are_added_up_by_slot_and_forgotten_with_their_run(journal: Journal, account: Account) -> None:
    for run in ("r1", "r2"):
        journal.begin_run(run, "import", account, {})
    journal.add_latencies("r1", [LatencyRow(100, -8, 2), LatencyRow(101, -8, 1), LatencyRow(104, 3, 1)])
    journal.add_latencies("r1", [LatencyRow(100, -8, 5)])
    journal.add_latencies("r2", [LatencyRow(9, 0, 1)])
    assert sorted(journal.latencies("r1", 100, 4)) == [(0, -8, 8), (1, 3, 1)]
    assert journal.span("r1") == (100, 104)
    journal.finish_run("r1", "ok", {})
    journal.prune(now() + timedelta(days=1))
    assert journal.latencies("r1", 100, 4) == []
    assert journal.span("r1") is None


def test_records_are_told_by_the_slot_in_which_they_got_their_fate(
    opened: Open, state_dir: Path, account: Account
) -> None:
    moment = [now()]
    with opened(state_dir, lambda: moment[0]) as journal:
        assert journal.slots("r1", 0, 1) == []
        ids = planned(journal, account, *(f"id:{n}" for n in range(4)))
        claim = claimed(journal, account)
        assert journal.span("r1") is None, "what is merely planned has no moment"
        for record_id, seconds, outcome in zip(ids, (1, 2, 61), (State.DONE, State.REFUSED, State.DONE), strict=False):
            moment[0] = now() + timedelta(seconds=seconds + 0.9)
            journal.commit([Outcome(record_id, outcome)], claim)
        begin = int(now().timestamp())
        assert journal.span("r1") == (begin + 1, begin + 61)
        assert journal.slots("r1", begin, 30) == [(0, Fates(created=1, refused=1)), (2, Fates(created=1))]


def test_how_often_rules_were_broken_is_kept_as_it_was_told_last(journal: Journal, account: Account) -> None:
    journal.begin_run("r1", "import", account, {})
    journal.keep_rule_counts("r1", [RuleCount("error", "OLD", None, 1)])
    counts = [RuleCount("error", "B", "CFDI40147", 7), RuleCount("error", "A", None, 2), RuleCount("fix", "A", None, 2)]
    journal.keep_rule_counts("r1", counts[::-1])
    assert journal.rule_counts("r1") == counts
    assert journal.rule_counts("r2") == []


def test_pruning_forgets_ended_runs_that_left_no_doubt_and_keeps_their_records(
    journal: Journal, account: Account
) -> None:
    for run in ("ended", "doubtful", "running"):
        journal.begin_run(run, "import", account, {}, [InputRow(0, "a", "/a", "ab", "payments", 1)])
    planned(journal, account, "id:p1", run="ended")
    (doubt,) = planned(journal, account, "id:p2", run="doubtful")
    journal.commit([Outcome(doubt, State.IN_DOUBT)], claimed(journal, account))
    for run in ("ended", "doubtful"):
        journal.finish_run(run, "ok", {})
    assert journal.prune(now()) == 0, "not before its time"
    assert journal.prune(now() + timedelta(days=1)) == 1
    assert {row.run for row in journal.runs()} == {"doubtful", "running"}
    assert journal.inputs("ended") == []
    assert entry_of(journal, account).state is State.PLANNED


# --- records ----------------------------------------------------------------------------------------------------------


def test_a_record_goes_from_planned_by_sending_to_done(journal: Journal, account: Account) -> None:
    (record_id,) = planned(journal, account, "id:p1")
    claim, seen = claimed(journal, account), []
    for event in (None, Intent(record_id, 1, b"h"), Outcome(record_id, State.DONE, "payment_1", 201)):
        if event is not None:
            journal.commit([event], claim)
        entry = entry_of(journal, account)
        seen.append((entry.state, entry.remote_id))
    assert seen == [(State.PLANNED, None), (State.SENDING, None), (State.DONE, "payment_1")]
    assert (entry.fields, entry.digests) == PRINT
    assert entry.origin == ("r1", 0, 2)


@pytest.mark.parametrize("state", [State.SENDING, State.IN_DOUBT, State.DONE])
def test_what_was_sent_is_never_planned_again(state: State, journal: Journal, account: Account) -> None:
    """A record that is done, or of unknown fate; and of the same call, no other record is planned either."""
    (record_id,) = planned(journal, account, "id:p1")
    sent = Intent(record_id, 1, b"h") if state is State.SENDING else Outcome(record_id, state, "payment_1")
    journal.commit([sent], claimed(journal, account))
    with pytest.raises(JournalError, match="id:p1"):
        planned(journal, account, "id:p2", "id:p1")
    assert set(journal.known(account, "payments", ["id:p1", "id:p2"])) == {"id:p1"}
    assert entry_of(journal, account).state is state


@pytest.mark.parametrize("state", [State.PLANNED, State.REFUSED, State.REJECTED])
def test_what_was_not_sent_or_was_turned_away_is_planned_anew_by_a_later_run(
    state: State, journal: Journal, account: Account
) -> None:
    (first,) = planned(journal, account, "id:p1")
    if state is not State.PLANNED:
        told = Outcome(first, state, None, 400, "invalid", "The RFC is wrong.", matched=True)
        journal.commit([told], claimed(journal, account))
    (second,) = journal.plan(account, "r2", 1, [Planned(an_action("id:p1", line=7), *OTHER_PRINT)])
    entry = entry_of(journal, account)
    assert second == first
    assert (entry.state, entry.origin, entry.digests) == (State.PLANNED, ("r2", 1, 7), OTHER_PRINT[1])
    assert not entry.matched
    assert journal.fates("r1") == {}
    assert journal.fates("r2") == {"payments": Fates(unsent=1)}


def test_records_of_other_accounts_modes_resources_and_generations_are_other_records(
    journal: Journal, account: Account
) -> None:
    (done,) = planned(journal, account, "id:p1")
    journal.commit([Outcome(done, State.DONE, "payment_1")], claimed(journal, account))
    elsewhere = Account("another account", livemode=False)
    live = account._replace(livemode=True)
    assert journal.known(elsewhere, "payments", ["id:p1"]) == {}
    assert journal.known(live, "payments", ["id:p1"]) == {}
    assert journal.known(account, "clients", ["id:p1"]) == {}
    assert journal.known(account, "payments", ["id:p1"], generation=2) == {}
    ids = {
        *journal.plan(elsewhere, "r1", 0, [Planned(an_action("id:p1"), *PRINT)]),
        *journal.plan(live, "r1", 0, [Planned(an_action("id:p1", livemode=True), *PRINT)]),
        *journal.plan(account, "r1", 0, [Planned(an_action("id:p1", resource="clients"), *PRINT)]),
        *journal.plan(account, "r1", 0, [Planned(an_action("id:p1"), *PRINT)], generation=2),
    }
    assert len(ids - {done}) == 4
    assert journal.latest(account, "payments", ["id:p1"])["id:p1"].state is State.PLANNED, "of generation 2"


def test_a_record_that_is_done_is_known_as_it_was_changed_to_and_no_other_may_be_revised(
    journal: Journal, account: Account
) -> None:
    done, open_ = planned(journal, account, "id:p1", "id:p2")
    claim = claimed(journal, account)
    journal.commit([Outcome(done, State.DONE, "payment_1", 201)], claim)
    with pytest.raises(JournalError):
        journal.keep_changes("r1", [], [Revised(done, *OTHER_PRINT), Revised(open_, *OTHER_PRINT)], claim)
    assert (entry_of(journal, account).fields, entry_of(journal, account).digests) == PRINT
    journal.keep_changes("r1", [], [Revised(done, *OTHER_PRINT)], claim)
    entry = entry_of(journal, account)
    assert (entry.state, entry.remote_id, (entry.fields, entry.digests)) == (State.DONE, "payment_1", OTHER_PRINT)
    claimed(journal, account)
    with pytest.raises(JournalError, match="may write no more"):
        journal.keep_changes("r1", [], [Revised(done, *PRINT)], claim)


def test_how_far_changes_are_is_remembered_by_run_and_what_is_done_stays_done(
    journal: Journal, account: Account
) -> None:
    journal.begin_run("r1", "import", account, {})
    claim = claimed(journal, account)
    broken = Cause(CauseKind.NO_ANSWER, "no answer in time")
    sending = ChangeRow("clients", "client_1", State.SENDING, b"hash")
    journal.keep_changes("r1", [sending, ChangeRow("services", "client_1", State.SENDING)], [], claim)
    assert sorted(journal.changes("r1"))[0] == sending
    assert journal.changes("r2") == []
    journal.keep_changes("r1", [ChangeRow("clients", "client_1", State.IN_DOUBT, cause=broken)], [], claim)
    assert sorted(journal.changes("r1"))[0] == sending._replace(state=State.IN_DOUBT, cause=broken)
    journal.keep_changes("r1", [ChangeRow("clients", "client_1", State.DONE)], [], claim)
    journal.keep_changes("r1", [sending], [], claim)
    assert sorted(journal.changes("r1"))[0] == sending._replace(state=State.DONE)
    claimed(journal, account)
    with pytest.raises(JournalError, match="may write no more"):
        journal.keep_changes("r1", [sending], [], claim)


def test_a_record_that_was_deleted_in_the_account_may_be_planned_anew_and_no_other(
    journal: Journal, account: Account
) -> None:
    done, other = planned(journal, account, "id:p1", "id:p2")
    claim = claimed(journal, account)
    journal.commit([Outcome(done, State.DONE, "payment_1", 201), Outcome(other, State.DONE, "payment_2", 201)], claim)
    journal.forget_removed(account, "clients", ["payment_1"], "of another resource", claim)
    assert entry_of(journal, account).state is State.DONE
    journal.forget_removed(account, "payments", ["payment_1", "payment_9"], "deleted by run r2", claim)
    known = journal.known(account, "payments", ["id:p1", "id:p2"])
    assert {key: entry.state for key, entry in known.items()} == {"id:p1": State.REJECTED, "id:p2": State.DONE}
    assert planned(journal, account, "id:p1") == [done]
    claimed(journal, account)
    with pytest.raises(JournalError, match="may write no more"):
        journal.forget_removed(account, "payments", ["payment_2"], "late", claim)


def test_what_a_run_created_is_told_with_how_it_was_sent_and_what_it_found_is_not(
    journal: Journal, account: Account
) -> None:
    made, found, open_ = planned(journal, account, "id:p1", "id:p2", "id:p3")
    claim = claimed(journal, account)
    outcomes = [Outcome(made, State.DONE, "payment_1", 201), Outcome(found, State.DONE, "payment_2", matched=True)]
    journal.commit([*outcomes, Outcome(open_, State.REFUSED, None, 422)], claim)
    assert journal.made("r1") == [MadeRow("payments", "id:p1", "payment_1", *PRINT)]
    assert journal.made("r2") == []


def test_a_begun_record_keeps_its_id_whatever_becomes_of_its_second_request(journal: Journal, account: Account) -> None:
    (record,) = planned(journal, account, "id:p1")
    claim = claimed(journal, account)
    journal.commit([Intent(record, 1, b"a"), Outcome(record, State.PLANNED, "payment_1", 201, begun=True)], claim)
    assert entry_of(journal, account).begun
    for outcome in (Outcome(record, State.IN_DOUBT), Outcome(record, State.PLANNED), Outcome(record, State.REFUSED)):
        if outcome.state is not State.PLANNED:
            journal.commit([Intent(record, 1, b"b")], claim)
        journal.commit([outcome], claim)
        entry = entry_of(journal, account)
        assert (entry.state, entry.remote_id, entry.begun) == (outcome.state, "payment_1", True)
    assert planned(journal, account, "id:p1") == [record]
    assert journal.owners(account, ["payment_1"])["payment_1"][0].key == "id:p1"
    journal.commit([Intent(record, 1, b"c"), Outcome(record, State.DONE, "payment_1", 200)], claim)
    assert [row.remote_id for row in journal.done(account, "payments", ["id:p1"])] == ["payment_1"]


def test_many_thousand_keys_are_looked_up_and_planned_in_order(journal: Journal, account: Account) -> None:
    keys = [f"id:{n}" for n in range(5000)]
    ids = planned(journal, account, *keys)
    assert len(set(ids)) == 5000
    found = journal.known(account, "payments", [*keys, "id:other"])
    assert [found[key].record_id for key in keys] == ids
    assert "id:other" not in found


def test_what_later_files_may_take_is_that_of_records_done_or_to_be_created_in_this_run(
    journal: Journal, account: Account
) -> None:
    actions = [an_action(f"id:{n}", resource="services", local={"price": f"{n}.50"}) for n in range(5)]
    done, refused, _, _, rejected = journal.plan(account, "r1", 0, [Planned(a, *PRINT) for a in actions])
    events = [Outcome(done, State.DONE, "s0"), Outcome(refused, State.REFUSED), Outcome(rejected, State.REJECTED)]
    journal.commit(events, claimed(journal, account))
    keys = [f"id:{n}" for n in range(6)]
    assert journal.local(account, "services", keys, "r1") == {
        "id:0": {"price": "0.50"},
        "id:2": {"price": "2.50"},
        "id:3": {"price": "3.50"},
    }
    assert journal.local(account, "services", keys, "r2") == {"id:0": {"price": "0.50"}}
    assert journal.local(None, "services", keys) == {"id:0": {"price": "0.50"}}
    assert journal.local(Account("other", False), "services", keys) == {}


def test_the_owners_of_a_remote_id_are_the_accounts_records_of_either_mode(journal: Journal, account: Account) -> None:
    (mine,) = planned(journal, account, "id:p1")
    (live,) = journal.plan(account, "r1", 0, [Planned(an_action("id:p2", livemode=True), *PRINT)])
    journal.commit([Outcome(mine, State.DONE, "x"), Outcome(live, State.DONE, "x")], claimed(journal, account))
    assert journal.owners(account, ["x", "y"]) == {
        "x": [Owner("payments", False, "id:p1"), Owner("payments", True, "id:p2")]
    }
    assert journal.owners(Account("other", False), ["x"]) == {}


def test_what_was_written_is_there_for_the_next_process(opened: Open, state_dir: Path, account: Account) -> None:
    with opened(state_dir, now) as journal:
        planned(journal, account, "id:p1")
    with opened(state_dir, now) as journal:
        assert entry_of(journal, account).state is State.PLANNED


# --- compare and set --------------------------------------------------------------------------------------------------


def sending(journal: Journal, account: Account) -> tuple[int, Any]:
    """A record on its way, and the claim that sends it."""
    (record_id,) = planned(journal, account, "id:p1")
    claim = claimed(journal, account)
    journal.commit([Intent(record_id, 1, b"h")], claim)
    return record_id, claim


@pytest.mark.parametrize("state", [State.DONE, State.REFUSED, State.REJECTED, State.IN_DOUBT, State.SENDING])
def test_no_intent_is_taken_but_of_a_planned_record_and_then_nothing_of_the_batch_is(
    state: State, journal: Journal, account: Account
) -> None:
    settled, other = planned(journal, account, "id:p1", "id:p2")
    claim = claimed(journal, account)
    journal.commit([Intent(settled, 1, b"h") if state is State.SENDING else Outcome(settled, state)], claim)
    for attempt in (1, 3):
        with pytest.raises(JournalError):
            journal.commit([Intent(other, 1, b"h"), Intent(settled, attempt, b"h")], claim)
    entries = journal.known(account, "payments", ["id:p1", "id:p2"])
    assert (entries["id:p1"].state, entries["id:p2"].state) == (state, State.PLANNED)


def test_the_claim_that_sends_a_record_may_send_it_in_its_next_attempt_and_in_that_only(
    journal: Journal, account: Account
) -> None:
    record_id, claim = sending(journal, account)
    journal.commit([Intent(record_id, 2, b"h")], claim)
    for attempt in (1, 2, 4):
        with pytest.raises(JournalError):
            journal.commit([Intent(record_id, attempt, b"h")], claim)
    journal.commit([Outcome(record_id, State.PLANNED)], claim)
    journal.commit([Intent(record_id, 1, b"h")], claim)


def test_a_stale_fence_cannot_intend(journal: Journal, account: Account) -> None:
    (record_id,) = planned(journal, account, "id:p1")
    stale = claimed(journal, account)
    newest = journal.next_fence(account.name, "the-other")
    assert newest.fence == stale.fence + 1
    with pytest.raises(JournalError, match="the-other") as caught:
        journal.commit([Intent(record_id, 1, b"h")], stale)
    assert caught.value.exit_code == 5
    assert entry_of(journal, account).state is State.PLANNED
    journal.commit([Intent(record_id, 1, b"h")], newest)


def test_a_late_outcome_of_an_old_fence_is_not_taken_and_the_record_stays_a_doubt(
    journal: Journal, account: Account
) -> None:
    record_id, stale = sending(journal, account)
    newest = claimed(journal, account)
    for late in (Outcome(record_id, State.DONE, "payment_1", 201), Outcome(record_id, State.PLANNED)):
        with pytest.raises(JournalError):
            journal.commit([late], stale)
    assert journal.doubtful("r1") == [DoubtfulRow(record_id, "id:p1", "payments", PRINT[0], begun=False)]
    with pytest.raises(JournalError):
        journal.commit([Intent(record_id, 2, b"h")], newest)


@pytest.mark.parametrize("in_doubt", [False, True])
@pytest.mark.parametrize("fate", [State.DONE, State.PLANNED, State.REFUSED, State.REJECTED, State.IN_DOUBT])
def test_the_new_owner_settles_what_an_older_fence_was_sending(
    fate: State, in_doubt: bool, journal: Journal, account: Account
) -> None:
    record_id, old = sending(journal, account)
    if in_doubt:
        journal.commit([Outcome(record_id, State.IN_DOUBT)], old)
    newest = claimed(journal, account)
    journal.commit([Outcome(record_id, fate, "payment_1" if fate is State.DONE else None)], newest)
    assert entry_of(journal, account).state is fate
    if fate is State.PLANNED:  # proven absent: it may be sent again, under the new fence
        journal.commit([Intent(record_id, 1, b"h")], newest)


def test_an_outcome_said_twice_by_its_claim_is_taken_once_and_another_is_refused(
    journal: Journal, account: Account
) -> None:
    """Whoever lost the answer of a commit may repeat it."""
    record_id, claim = sending(journal, account)
    done = Outcome(record_id, State.DONE, "payment_1", 201)
    journal.commit([done], claim)
    journal.commit([done], claim)
    others = (done._replace(remote_id="payment_2"), done._replace(matched=True), Outcome(record_id, State.PLANNED))
    for other in others:
        with pytest.raises(JournalError):
            journal.commit([other], claim)
    with pytest.raises(JournalError):
        journal.commit([done], claimed(journal, account))
    assert entry_of(journal, account).remote_id == "payment_1"


def test_claims_of_other_names_have_fences_of_their_own(journal: Journal, account: Account) -> None:
    (record_id,) = planned(journal, account, "id:p1")
    claim = claimed(journal, account)
    journal.next_fence("another account", "r2")
    journal.commit([Intent(record_id, 1, b"h")], claim)


def test_events_of_records_that_do_not_exist_are_refused(journal: Journal, account: Account) -> None:
    claim = claimed(journal, account)
    for event in (Intent(99, 1, b"h"), Outcome(99, State.DONE, "payment_1")):
        with pytest.raises(JournalError):
            journal.commit([event], claim)


# --- claims -----------------------------------------------------------------------------------------------------------


def test_one_at_a_time_holds_a_name_and_each_claim_has_a_higher_fence(journal: Journal) -> None:
    with journal.claim("a", "r1") as first:
        message = r"Another import of this account is under way \(run r1, process \d+\)\."
        with pytest.raises(JournalError, match=message), journal.claim("a", "r2"):
            raise AssertionError("two at once")
        with journal.claim("b", "r3", what="export"):
            pass
    with journal.claim("a", "r2") as second:
        assert (first.name, second.name, second.fence) == ("a", "a", first.fence + 1)


def test_every_journal_has_an_address_that_begins_with_its_name(tmp_path: Path) -> None:
    assert {name: address(tmp_path).partition(":")[0] for name, address in ADDRESSES.items()} == {
        n: n for n in JOURNALS
    }


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_two_addresses_are_two_journals_and_one_is_the_same_again(
    kept_by: str, tmp_path: Path, account: Account
) -> None:
    with open_in(kept_by, tmp_path / "a", now) as one, open_in(kept_by, tmp_path / "b", now) as other:
        one.begin_run("r1", "import", account, {})
        assert [len(journal.runs()) for journal in (one, other)] == [1, 0]
        with open_in(kept_by, tmp_path / "a", now) as again:
            assert [row.run for row in again.runs()] == ["r1"]


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_what_is_held_without_a_journal_keeps_claims_out_and_is_kept_out_by_them(kept_by: str, state_dir: Path) -> None:
    """An export that remembers nothing makes no journal; one that does claims the same names."""
    engine, address = JOURNALS[kept_by], ADDRESSES[kept_by](state_dir)

    def hold(run: str) -> AbstractContextManager[None]:
        return engine.hold(address, "a", run, "export to this place")

    with hold("e1"):
        with pytest.raises(JournalError, match="e1"):
            hold("e2").__enter__()
        assert not engine.exists(address), "holding makes no journal"
        with engine.open(address, now) as journal, pytest.raises(JournalError, match="e1"):
            journal.claim("a", "r1").__enter__()
    assert engine.exists(address)
    with engine.open(address, now) as journal, journal.claim("a", "r1"), pytest.raises(JournalError, match="r1"):
        hold("e1").__enter__()


def test_what_failed_under_a_claim_comes_out_unchanged_and_frees_it(journal: Journal) -> None:
    for error in (PermissionError("elsewhere"), ValueError("x"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, journal.claim("a", "r1"):
            raise error
        assert caught.value is error


# --- snapshot and watermarks ------------------------------------------------------------------------------------------


def test_a_snapshot_is_there_once_it_was_kept_even_when_it_is_empty(journal: Journal, account: Account) -> None:
    assert not journal.has_snapshot(account, "payments")
    rows = [SnapshotRow("p1", "x1", '{"a":1}'), SnapshotRow("p1", "x2", None), SnapshotRow("p2", "x3", None)]
    journal.keep_snapshot(account, "payments", iter(rows))
    journal.keep_snapshot(account, "clients", [])
    assert journal.has_snapshot(account, "payments")
    assert journal.has_snapshot(account, "clients")
    assert not journal.has_snapshot(account._replace(livemode=True), "payments")
    assert sorted(journal.snapshot_rows(account, "payments", ["p1", "p9"])) == sorted(rows[:2])
    assert journal.snapshot_rows(account, "clients", ["p1"]) == []


def test_what_answers_have_proven_is_kept_for_its_run_and_account_alone(journal: Journal, account: Account) -> None:
    journal.begin_run("r1", "import", account, {})
    rows = [ProofRow("payments", "discount"), ProofRow("clients", "mode:test")]
    journal.keep_proofs("r1", account, rows[:1])
    journal.keep_proofs("r1", account, rows)
    assert sorted(journal.proofs("r1", account)) == sorted(rows)
    assert journal.proofs("r2", account) == []
    assert journal.proofs("r1", account._replace(name="another")) == []
    assert journal.proofs("r1", account._replace(livemode=True)) == []


def test_a_watermark_is_as_it_was_moved_last(journal: Journal, account: Account) -> None:
    assert journal.watermark(account, "payments", "all") is None
    for moment in ("2026-05-31", "2026-06-01"):
        journal.move_watermark(account, "payments", "all", moment, b"marks")
    assert journal.watermark(account, "payments", "all") == ("2026-06-01", b"marks")
    assert journal.watermark(account, "payments", "paid only") is None
    assert journal.watermark(account._replace(livemode=True), "payments", "all") is None
