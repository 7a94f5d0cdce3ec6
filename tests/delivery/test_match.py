"""What becomes of a record that the account holds already."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import an_action

from pipeline.delivery.match import Matched, set_aside
from pipeline.delivery.outbox import Outbox
from pipeline.model import Expected, State
from pipeline.remote.members import Money

PAYMENT = an_action(expected=Expected("MXN", 100, 116, 0))
SAME, OTHER = Money(116), Money(5)


@pytest.mark.parametrize(
    ("found", "shown", "skip", "state", "where"),
    [
        (("r1",), SAME, True, State.DONE, None),
        (("r1",), None, True, State.DONE, None),
        (("r1",), SAME, False, State.REJECTED, "existing"),
        (("r1",), OTHER, True, State.REJECTED, "other"),
        (("r1",), OTHER, False, State.REJECTED, "other"),
        (("r1", "r2"), SAME, True, State.REJECTED, "several"),
        (("r1", "r2"), OTHER, False, State.REJECTED, "several"),
    ],
)
def test_a_record_the_account_holds_is_done_if_it_is_the_same_one_and_may_be_skipped(
    found: tuple[str, ...], shown: Money | None, skip: bool, state: State, where: str | None, tmp_path: Path
) -> None:
    matched = Matched(Outbox(tmp_path))
    outcome = set_aside(7, PAYMENT, found, shown, matched, skip)
    assert (outcome.record_id, outcome.state) == (7, state)
    assert (outcome.remote_id, outcome.matched) == (("r1", True) if state is State.DONE else (None, False))
    listed = {name for name in ("existing", "several", "other") if getattr(matched, name)}
    assert listed == ({where} if where else set())
