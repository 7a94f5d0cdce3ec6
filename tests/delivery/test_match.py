"""What becomes of a record that the account may hold already."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import an_action

from pipeline.delivery.match import Holding, Matched, Standing, judge_match, judge_matches
from pipeline.delivery.outbox import Outbox
from pipeline.model import Action, Expected, State
from pipeline.remote.answer import Lookup
from pipeline.remote.members import Money

MEANT = Expected("MXN", 100, 116, 0)
PAYMENT = an_action(expected=MEANT)
NAMELESS = an_action("rfc:LOAA800101AB1", resource="clients")
LIST = {"same": Money(116), "net": Money(100), "other": Money(5), "dollars": Money(116, "USD")}
"""What the account's list shows, by remote id; of any other id it shows no money."""


@pytest.mark.parametrize(
    ("action", "answer", "taken", "skip", "holding"),
    [
        (PAYMENT, Lookup(), set(), True, Holding(Standing.ABSENT)),
        (PAYMENT, Lookup(proven=False), set(), True, Holding(Standing.UNKNOWN)),
        (PAYMENT, Lookup(("same",)), set(), True, Holding(Standing.HELD, ("same",))),
        (PAYMENT, Lookup(("net",)), set(), True, Holding(Standing.HELD, ("net",))),
        (PAYMENT, Lookup(("unseen",)), set(), True, Holding(Standing.HELD, ("unseen",))),
        (PAYMENT, Lookup(("same",), proven=False), set(), True, Holding(Standing.HELD, ("same",))),
        (PAYMENT, Lookup(("same",)), set(), False, Holding(Standing.EXISTING, ("same",))),
        (PAYMENT, Lookup(("other",)), set(), True, Holding(Standing.OTHER, ("other",), "amount")),
        (PAYMENT, Lookup(("other",)), set(), False, Holding(Standing.OTHER, ("other",), "amount")),
        (PAYMENT, Lookup(("dollars",)), set(), True, Holding(Standing.OTHER, ("dollars",), "currency")),
        (PAYMENT, Lookup(("same", "net")), set(), True, Holding(Standing.SEVERAL, ("same", "net"))),
        (PAYMENT, Lookup(("same", "other")), set(), False, Holding(Standing.SEVERAL, ("same", "other"))),
        # what is another record's is not this one's; without it, it is absent only where that is proven
        (PAYMENT, Lookup(("same",)), {"same"}, True, Holding(Standing.ABSENT)),
        (PAYMENT, Lookup(("same",), proven=False), {"same"}, True, Holding(Standing.UNKNOWN)),
        (PAYMENT, Lookup(("same", "net")), {"same"}, True, Holding(Standing.HELD, ("net",))),
        (PAYMENT, Lookup(("same", "other")), {"same"}, True, Holding(Standing.OTHER, ("other",), "amount")),
        # known by a natural key it may be the same one under another key
        (NAMELESS, Lookup(("unseen",)), {"unseen"}, True, Holding(Standing.HELD, ("unseen",))),
        (NAMELESS, Lookup(("a", "b")), {"a"}, True, Holding(Standing.SEVERAL, ("a", "b"))),
        (NAMELESS, Lookup(), {"a"}, True, Holding(Standing.ABSENT)),
    ],
)  # fmt: skip
def test_how_the_account_stands_to_a_record_is_told_by_what_was_found_what_is_taken_and_what_it_shows(
    action: Action, answer: Lookup, taken: set[str], skip: bool, holding: Holding
) -> None:
    assert judge_match(action, answer, taken, LIST.get, skip=skip) == holding


@pytest.mark.parametrize(
    ("keys", "skip", "standings", "taken"),
    [
        (("id:a", "id:b"), True, [Standing.HELD, Standing.ABSENT], {"r1"}),
        (("id:a", "name:b"), True, [Standing.HELD, Standing.HELD], {"r1"}),
        (("name:a", "id:b"), True, [Standing.HELD, Standing.HELD], {"r1"}),
        (("name:a", "name:b"), True, [Standing.HELD, Standing.HELD], set()),
        (("id:a", "id:b"), False, [Standing.EXISTING, Standing.EXISTING], set()),
    ],
)
def test_of_two_records_that_are_found_as_one_the_first_with_an_internal_id_takes_it_from_others_that_have_one(
    keys: tuple[str, str], skip: bool, standings: list[Standing], taken: set[str]
) -> None:
    """Else the second would never be created. Where nothing is skipped, both are told."""
    takes: set[str] = set()
    actions = [an_action(key, resource="services") for key in keys]
    holdings = judge_matches(actions, [Lookup(("r1",)), Lookup(("r1",))], takes, LIST.get, skip=skip)
    assert [holding.standing for holding in holdings] == standings
    assert takes == taken


@pytest.mark.parametrize(
    ("holding", "listed", "said"),
    [
        (Holding(Standing.EXISTING, ("r1",)), "existing", "the account holds it already"),
        (Holding(Standing.SEVERAL, ("r1", "r2")), "several", "several records of the account may be it"),
        (Holding(Standing.OTHER, ("r1",), "amount"), "other", "the account holds it with another amount"),
        (Holding(Standing.CHANGED, ("r1",), "P1"), "changed", "the account holds P1, which may be it"),
    ],
)
def test_a_record_set_aside_is_told_in_one_list_and_the_journal_keeps_why_it_is_rejected(
    holding: Holding, listed: str, said: str, tmp_path: Path
) -> None:
    matched = Matched(Outbox(tmp_path))
    outcome = matched.set_aside(7, PAYMENT, holding)
    assert outcome[:3] == (7, State.REJECTED, None)
    assert (outcome.message, outcome.matched) == (said, False)
    lists = {name: getattr(matched, name) for name in ("existing", "several", "other", "changed")}
    (entry,) = lists.pop(listed)
    match, told = entry if holding.told else (entry, "")
    assert (match.line, match.key, match.remote_ids, told) == (PAYMENT.line, PAYMENT.key, holding.found, holding.told)
    assert not any(lists.values())


def test_a_record_that_is_skipped_is_done_under_the_id_it_was_found_by_and_told_in_no_list(tmp_path: Path) -> None:
    matched = Matched(Outbox(tmp_path))
    outcome = matched.set_aside(7, PAYMENT, Holding(Standing.HELD, ("r1",)))
    assert outcome[:3] == (7, State.DONE, "r1")
    assert outcome.matched
    assert not (matched.existing or matched.several or matched.other or matched.changed)
