"""The journal against a model of it: it keeps its promises in any order of plans, intents, outcomes, crashes."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import an_action
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pipeline.errors import JournalError
from pipeline.journal import Intent, Ledger, Outcome, Planned
from pipeline.model import Account, State

KEYS = [f"id:{n}" for n in range(6)]
keys = st.sampled_from(KEYS)
digests = st.sampled_from([b"1111", b"2222"])
fates = st.sampled_from([State.DONE, State.REFUSED, State.IN_DOUBT])
ACCOUNT = Account("a", livemode=False)
MEMORY = Path("/dev/shm")
"""Thousands of commits, each of which waits for the disk: here the order is tested, and not that the disk is synced."""


class Journal(RuleBasedStateMachine):
    """`model` maps a key to (run, state, digest, remote id); `sent` holds every key whose request ever left."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.model: dict[str, tuple[str, State, bytes, str | None]] = {}
        self.ids: dict[str, int] = {}
        self.run_number = 0
        self.open()

    def open(self) -> None:
        self.run_number += 1
        self.run = f"r{self.run_number}"
        self.ledger = Ledger(Path(self.folder.name) / "journal.sqlite", lambda: datetime(2026, 5, 31, tzinfo=UTC))
        self.ledger.begin_run(self.run, "import", ACCOUNT, {})

    @rule(chosen=st.lists(st.tuples(keys, digests), min_size=1, unique_by=lambda pair: pair[0]))
    def plan(self, chosen: list[tuple[str, bytes]]) -> None:
        rows = [Planned(an_action(key), ("name",), digest) for key, digest in chosen]
        free = all(key not in self.model or self.model[key][1] in (State.PLANNED, State.REFUSED) for key, _ in chosen)
        if not free:
            with pytest.raises(JournalError):
                self.ledger.plan(ACCOUNT, self.run, 0, rows)
            return
        for (key, digest), record_id in zip(chosen, self.ledger.plan(ACCOUNT, self.run, 0, rows), strict=True):
            assert self.ids.setdefault(key, record_id) == record_id, "a record keeps its journal id"
            self.model[key] = (self.run, State.PLANNED, digest, None)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def intend(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.model)), min_size=1, unique=True))
        events = [Intent(self.ids[key], 1, b"h") for key in chosen]
        if any(self.model[key][1] in (State.DONE, State.REFUSED) for key in chosen):
            with pytest.raises(JournalError):
                self.ledger.commit(events)
            return
        self.ledger.commit(events)
        for key in chosen:
            run, _, digest, remote = self.model[key]
            self.model[key] = (run, State.SENDING, digest, remote)

    @precondition(lambda self: any(entry[1] is State.SENDING for entry in self.model.values()))
    @rule(data=st.data(), fate=fates)
    def settle(self, data: st.DataObject, fate: State) -> None:
        key = data.draw(st.sampled_from(sorted(k for k, entry in self.model.items() if entry[1] is State.SENDING)))
        remote = f"remote {key}" if fate is State.DONE else None
        self.ledger.commit([Outcome(self.ids[key], fate, remote, 200)])
        self.model[key] = (self.model[key][0], fate, self.model[key][2], remote)

    @rule()
    def crash(self) -> None:
        """The process ends between two commits; the next one opens the same file and begins a run of its own."""
        self.ledger.close()
        self.open()

    @invariant()
    def the_journal_says_what_the_model_says(self) -> None:
        found = self.ledger.known(ACCOUNT, "payments", KEYS)
        assert {k: (e.origin[0], e.state, e.digests, e.remote_id) for k, e in found.items()} == self.model

    @invariant()
    def the_counts_of_the_runs_add_up_to_the_records(self) -> None:
        counted: Counter[tuple[str, State]] = Counter()
        for number in range(1, self.run_number + 1):
            for (_, state), count in self.ledger.tally(f"r{number}").items():
                counted[f"r{number}", state] += count
        assert counted == Counter((run, state) for run, state, _, _ in self.model.values())

    @invariant()
    def what_may_have_been_sent_is_in_doubt_until_it_is_settled(self) -> None:
        doubtful = {i for n in range(1, self.run_number + 1) for i in self.ledger.doubtful(f"r{n}")}
        unsure = {self.ids[k] for k, e in self.model.items() if e[1] in (State.SENDING, State.IN_DOUBT)}
        assert doubtful == unsure

    @invariant()
    def only_what_is_done_has_a_remote_id(self) -> None:
        for entry in self.ledger.known(ACCOUNT, "payments", KEYS).values():
            assert (entry.remote_id is not None) is (entry.state is State.DONE)

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()


TestJournal = Journal.TestCase
TestJournal.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
