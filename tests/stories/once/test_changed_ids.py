"""An id that a spreadsheet changed is never a second payment: not for the journal, the file or the account."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from stage import Desk, Recorder, payment

from tests.stories.once.conftest import Importing

pytestmark = pytest.mark.usefixtures("disarmed")


def named(internal_id: str) -> dict[str, Any]:
    return payment(1) | {"internalId": internal_id}


@pytest.mark.parametrize("changed", ["12", "012", "12.0", '="0012"', "'0012", " 0012 "])
@pytest.mark.parametrize("memory", ["journal", "account"])
def test_a_payment_sent_before_is_not_sent_again_under_a_changed_id(
    changed: str, memory: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("first.csv", [named("0012")]))
    if memory == "account":
        shutil.rmtree(desk.state_dir)
    result = importing(desk.csv("second.csv", [named(changed)]))
    assert len(server.received()) == 1
    counts = result.resources["payments"]
    assert (counts.existing, counts.rejected) == ((0, 1) if changed.strip() in ("12", "012", "12.0") else (1, 0))
    if counts.rejected:
        rejects = (desk.folder / "second.rejects.csv").read_text(encoding="utf-8")
        assert "X-ID-CHANGED" in rejects
        assert "0012" in rejects


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ("1E5", "100000"),
        ("100000", "1E5"),
        ("2-3", "46083"),
        ("1001", "+1001"),
        ("1001", "$1001.00"),
        ("0012", "#0012"),
        ("#0012", "0012"),
        ("#12", "0012"),
        ("A-1", "[A-1]"),
        ("PAG-1", "pag-1"),
        ("Pag-1", "PAG-1"),
        ("12345678901234567", "12345678901234568"),
    ],
)
@pytest.mark.parametrize("memory", ["journal", "account"])
def test_what_a_tool_may_have_made_of_an_id_is_told_with_the_id_that_was_sent(
    sent: str, changed: str, memory: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("first.csv", [named(sent)]))
    if memory == "account":
        shutil.rmtree(desk.state_dir)
    assert importing(desk.csv("second.csv", [named(changed)])).resources["payments"].rejected == 1
    assert "X-ID-CHANGED" in (desk.folder / "second.rejects.csv").read_text(encoding="utf-8")
    assert server.ids() == {sent: 1}


def test_two_ids_of_one_file_that_a_spreadsheet_may_have_made_of_one_are_both_refused(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    result = importing(desk.csv("both.csv", [named("0012"), named("12"), named("13")]))
    assert result.resources["payments"].rejected == 2
    assert server.ids() == {"13": 1}


@pytest.mark.parametrize(
    ("ids", "rule"),
    [
        (("0012", "#0012"), "X-ID-CHANGED"),
        (("PAG-1", "pag-1"), "X-ID-CASE"),
        (("A-1", "«A-1»"), "X-ID-CHANGED"),
        (("A-1", "A–1"), "X-ID-MIXED"),
    ],
)
def test_two_ids_that_a_hand_may_have_made_of_one_are_refused(
    ids: tuple[str, str], rule: str, importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("both.csv", [*(named(i) for i in ids), named("13")]))
    assert server.ids() == {"13": 1}
    assert rule in (desk.folder / "both.rejects.csv").read_text(encoding="utf-8")


def test_two_ids_in_other_letters_are_sent_by_whoever_knows_that_they_are_two(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("both.csv", [named("PAG-1"), named("pag-1")]), ignore=("X-ID-CASE",))
    assert server.ids() == {"PAG-1": 1, "pag-1": 1}


def test_whoever_knows_that_they_are_two_payments_sends_both(
    importing: Importing, desk: Desk, server: Recorder
) -> None:
    importing(desk.csv("both.csv", [named("0012"), named("12")]), ignore=("X-ID-CHANGED",))
    shutil.rmtree(desk.state_dir)
    importing(desk.csv("third.csv", [named("012")]), ignore=("X-ID-CHANGED",))
    assert server.ids() == {"0012": 1, "12": 1, "012": 1}
