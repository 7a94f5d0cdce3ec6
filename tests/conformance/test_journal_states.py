"""Every journal against a model of it."""

from __future__ import annotations

import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from builders import an_action
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from journals import Open, now, open_in

from pipeline.errors import JournalError
from pipeline.journal import Claim, Fates, Intent, Outcome, Planned
from pipeline.journal.open import JOURNALS
from pipeline.model import Account, State

KEYS = [f"id:{n}" for n in range(6)]
keys = st.sampled_from(KEYS)
digests = st.sampled_from([b"1111", b"2222"])
fates = st.sampled_from([State.DONE, State.REFUSED, State.REJECTED, State.IN_DOUBT, State.PLANNED])
ACCOUNT = Account("a", livemode=False)
MEMORY = Path("/dev/shm")
"""Thousands of commits, each of which waits for the disk: here the order is tested, and not that the disk is synced."""

TURNED_AWAY = (State.REFUSED, State.REJECTED)
FATE_OF = {
    State.PLANNED: "unsent",
    State.SENDING: "in_doubt",
    State.IN_DOUBT: "in_doubt",
    State.DONE: "created",
    State.REFUSED: "refused",
    State.REJECTED: "rejected",
}

Remembered = tuple[str, State, bytes, str | None]


class JournalMachine(RuleBasedStateMachine):
    """`model` maps a key to (run, state, digest, remote id); `sender` to the claim and attempt that may go on,
    `told` to the claim that settled it and its words."""

    def __init__(self, opened: Open) -> None:
        super().__init__()
        self.opened = opened
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.model: dict[str, Remembered] = {}
        self.sender: dict[str, tuple[Claim, int]] = {}
        self.told: dict[str, tuple[Claim, Outcome]] = {}
        self.ids: dict[str, int] = {}
        self.stale: list[Claim] = []
        self.run_number = 0
        self.open()

    def open(self) -> None:
        self.run_number += 1
        self.run = f"r{self.run_number}"
        self.journal = self.opened(Path(self.folder.name), now)
        self.journal.begin_run(self.run, "import", ACCOUNT, {})
        self.claim = self.journal.next_fence(ACCOUNT.name, self.run)

    def be(self, key: str, state: State, remote: str | None = None) -> None:
        run, _, digest, _ = self.model[key]
        self.model[key] = (run, state, digest, remote)

    @rule(chosen=st.lists(st.tuples(keys, digests), min_size=1, unique_by=lambda pair: pair[0]))
    def plan(self, chosen: list[tuple[str, bytes]]) -> None:
        rows = [Planned(an_action(key), ("name",), digest) for key, digest in chosen]
        free = (State.PLANNED, *TURNED_AWAY)
        if not all(key not in self.model or self.model[key][1] in free for key, _ in chosen):
            with pytest.raises(JournalError):
                self.journal.plan(ACCOUNT, self.run, 0, rows)
            return
        for (key, digest), record_id in zip(chosen, self.journal.plan(ACCOUNT, self.run, 0, rows), strict=True):
            assert self.ids.setdefault(key, record_id) == record_id, "a record keeps its journal id"
            self.model[key] = (self.run, State.PLANNED, digest, None)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), attempt=st.integers(1, 3))
    def intend(self, data: st.DataObject, attempt: int) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.model)), min_size=1, unique=True))
        events = [Intent(self.ids[key], attempt, b"h") for key in chosen]
        if not all(self.may_be_sent(key, attempt) for key in chosen):
            with pytest.raises(JournalError):
                self.journal.commit(events, self.claim)
            return
        self.journal.commit(events, self.claim)
        for key in chosen:
            self.be(key, State.SENDING)
            self.sender[key] = (self.claim, attempt)

    def may_be_sent(self, key: str, attempt: int) -> bool:
        state = self.model[key][1]
        own_next = state is State.SENDING and self.sender[key] == (self.claim, attempt - 1)
        return state is State.PLANNED or own_next

    @precondition(lambda self: any(entry[1] in (State.SENDING, State.IN_DOUBT) for entry in self.model.values()))
    @rule(data=st.data(), fate=fates, matched=st.booleans())
    def settle(self, data: st.DataObject, fate: State, matched: bool) -> None:
        """Of what this claim sent, or of what an older one left behind."""
        open_ = sorted(k for k, entry in self.model.items() if entry[1] in (State.SENDING, State.IN_DOUBT))
        key = data.draw(st.sampled_from(open_))
        remote = f"remote {key}" if fate is State.DONE else None
        outcome = Outcome(self.ids[key], fate, remote, 200, matched=matched)
        self.journal.commit([outcome], self.claim)
        self.be(key, fate, remote)
        self.told[key] = (self.claim, outcome)

    @precondition(lambda self: self.settled())
    @rule(data=st.data())
    def say_it_again(self, data: st.DataObject) -> None:
        """The same words of the same claim are taken once more; whether it was found or made is one of them."""
        claim, outcome = self.told[data.draw(st.sampled_from(self.settled()))]
        if claim == self.claim:
            self.journal.commit([outcome], claim)
        with pytest.raises(JournalError):
            self.journal.commit([outcome._replace(matched=not outcome.matched)], claim)

    def settled(self) -> list[str]:
        """Records that nobody can settle otherwise any more."""
        final = (State.DONE, *TURNED_AWAY)
        return sorted(key for key, entry in self.model.items() if entry[1] in final and key in self.told)

    @precondition(lambda self: self.model and self.stale)
    @rule(data=st.data(), fate=fates)
    def speak_too_late(self, data: st.DataObject, fate: State) -> None:
        """One who was replaced can write nothing."""
        key, stale = data.draw(st.sampled_from(sorted(self.model))), data.draw(st.sampled_from(self.stale))
        for event in (Outcome(self.ids[key], fate), Intent(self.ids[key], 1, b"h")):
            with pytest.raises(JournalError):
                self.journal.commit([event], stale)

    @rule()
    def take_over(self) -> None:
        """Another process claims the account while this one lives."""
        self.stale.append(self.claim)
        self.claim = self.journal.next_fence(ACCOUNT.name, self.run)
        assert self.claim.fence > max(claim.fence for claim in self.stale)

    @rule()
    def crash(self) -> None:
        """The process ends between two commits; the next one opens the same journal and begins a run of its own."""
        self.stale.append(self.claim)
        self.journal.close()
        self.open()

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        found = self.journal.known(ACCOUNT, "payments", KEYS)
        assert {k: (e.origin.run, e.state, e.digests, e.remote_id) for k, e in found.items()} == self.model

    @invariant()
    def the_fates_of_the_runs_add_up_to_the_records(self) -> None:
        expected: dict[str, Counter[str]] = {}
        for key, (run, state, _, _) in self.model.items():
            found = state is State.DONE and self.told[key][1].matched
            expected.setdefault(run, Counter())["existing" if found else FATE_OF[state]] += 1
        for number in range(1, self.run_number + 1):
            run = f"r{number}"
            told = {"payments": Fates(**expected[run])} if run in expected else {}
            assert self.journal.fates(run) == told

    @invariant()
    def what_may_have_been_sent_is_in_doubt_until_it_is_settled(self) -> None:
        doubtful = {d.record_id for n in range(1, self.run_number + 1) for d in self.journal.doubtful(f"r{n}")}
        unsure = {self.ids[k] for k, e in self.model.items() if e[1] in (State.SENDING, State.IN_DOUBT)}
        assert doubtful == unsure

    @invariant()
    def only_what_is_done_has_a_remote_id(self) -> None:
        for entry in self.journal.known(ACCOUNT, "payments", KEYS).values():
            assert (entry.remote_id is not None) is (entry.state is State.DONE)

    def teardown(self) -> None:
        self.journal.close()
        self.folder.cleanup()


@pytest.mark.parametrize("kept_by", JOURNALS)
def test_a_journal_keeps_its_promises_in_any_order_of_plans_intents_outcomes_takeovers_and_crashes(
    kept_by: str,
) -> None:
    run_state_machine_as_test(
        lambda: JournalMachine(partial(open_in, kept_by)),
        settings=settings(max_examples=30, stateful_step_count=25, deadline=None),
    )
