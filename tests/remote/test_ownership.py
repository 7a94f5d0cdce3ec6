"""A record of the account that the journal gave to another record is not the one asked for."""

from __future__ import annotations

import pytest
from builders import an_action
from journals import PRINT, claimed

from pipeline.journal import Journal, Outcome, Planned
from pipeline.model import Account, State
from pipeline.remote.answer import Lookup
from pipeline.remote.ownership import find_ambiguous, without_foreign

OURS = an_action("id:p1")
NAMELESS = an_action("email:ana@empresa.example")


def give(journal: Journal, account: Account, key: str, remote_id: str, **members: object) -> None:
    """Let the journal know whose a remote id is."""
    action = an_action(key, **members)
    [record_id] = journal.plan(account._replace(livemode=action.livemode), "r1", 0, [Planned(action, *PRINT)])
    journal.commit([Outcome(record_id, State.DONE, remote_id)], claimed(journal, account))


@pytest.mark.parametrize(
    ("owner", "is_ours"),
    [
        ({"key": "id:p1"}, True),
        ({"key": "id:p2"}, False),
        ({"key": "email:ana@empresa.example"}, True),
        ({"key": "id:p1", "livemode": True}, False),
        ({"key": "email:ana@empresa.example", "livemode": True}, False),
        ({"key": "id:p2", "resource": "clients"}, True),
    ],
    ids=["itself", "another internalId", "one without internalId", "the other mode", "of it too", "another resource"],
)
def test_what_belongs_to_another_record_is_not_found(
    owner: dict[str, object], is_ours: bool, empty_journal: Journal, account: Account
) -> None:
    give(empty_journal, account, remote_id="r_1", **owner)  # type: ignore[arg-type]
    [left] = without_foreign([OURS], [Lookup(("r_1",))], empty_journal, account)
    assert left == Lookup(("r_1",) if is_ours else ())


def test_a_record_without_internal_id_may_be_one_that_has_one(empty_journal: Journal, account: Account) -> None:
    give(empty_journal, account, "id:p2", "r_1")
    [left] = without_foreign([NAMELESS], [Lookup(("r_1",))], empty_journal, account)
    assert left.found == ("r_1",)


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (Lookup(("foreign",)), Lookup()),
        (Lookup(("foreign", "own")), Lookup(("own",))),
        (Lookup(("foreign",), False, "short"), Lookup((), False, "short")),
        (Lookup(("foreign", "own"), False, "short"), Lookup(("own",), False, "short")),
        (Lookup(), Lookup()),
        (Lookup((), False, "short"), Lookup((), False, "short")),
    ],
)
def test_where_nothing_is_left_it_is_absent_only_if_the_answer_was_proven(
    answer: Lookup, left: Lookup, empty_journal: Journal, account: Account
) -> None:
    give(empty_journal, account, "id:p2", "foreign")
    assert without_foreign([OURS], [answer], empty_journal, account) == [left]


@pytest.mark.parametrize(
    ("found", "ambiguous"),
    [
        ([], set()),
        ([(), ()], set()),
        ([("a",), ("b",)], set()),
        ([("a",), ("a",)], {"a"}),
        ([("a", "b"), ("b", "c"), ("c",)], {"b", "c"}),
    ],
)
def test_a_remote_id_is_ambiguous_when_several_records_may_be_it(
    found: list[tuple[str, ...]], ambiguous: set[str]
) -> None:
    assert find_ambiguous([Lookup(ids) for ids in found]) == ambiguous
