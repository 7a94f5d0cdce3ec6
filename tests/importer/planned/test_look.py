"""What is looked up for a plan: as a send would find it, with nothing remembered of any record."""

from __future__ import annotations

from pathlib import Path

from stage import Desk, Recorder, payment

from pipeline.importer.planned.look import Outlook
from pipeline.model import Action, Counts, Expected
from pipeline.sandbox import EmbeddedSandbox


def action(key: str, cents: int) -> Action:
    return Action("payments", key, False, 2, b"{}", expected=Expected("MXN", cents, cents * 2, 1))


def test_an_outlook_sums_what_would_be_created_and_knows_other_bodies() -> None:
    one, other = Outlook(), Outlook()
    for outlook, cents in ((one, 5), (other, 6)):
        outlook.add(action("id:a", cents))
        outlook.add(action("id:b", 1))
    assert dict(one.money["MXN"]) == {"payments": 2, "net": 6, "gross": 12}
    assert one.digest.hexdigest() != other.digest.hexdigest()


def test_what_the_account_holds_is_counted_out_of_what_waits() -> None:
    counts = Counts(read=9, unsent=9, would_create=9)
    Outlook(creates=5, holds=3, sets_aside=1).move(counts)
    assert counts.balanced and (counts.existing, counts.rejected, counts.unsent, counts.would_create) == (3, 1, 5, 5)


def test_a_record_that_was_looked_at_for_a_plan_is_not_remembered_as_done(
    sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    desk = Desk(tmp_path / "desk", sandbox.base_url)
    assert desk.gigbulk("import", desk.csv("a.csv", [payment(1)]), key="another-key").code == 0
    assert desk.gigbulk("import", desk.csv("b.csv", [payment(1)]), "--plan", "p.json").code == 0
    assert "planned" in {state for (state,) in desk.journal("SELECT state FROM records")} | set(desk.states().values())
    assert len(Recorder(sandbox.origin).stored()) == 1
