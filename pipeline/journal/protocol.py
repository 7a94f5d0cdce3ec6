"""What every journal promises, whatever keeps it. `tests/conformance/test_journal.py` holds each of them to it.

Synchronous. A method that writes is one transaction: it is durable when it returns, and wrote nothing when it raised.
JournalError whenever the journal cannot be read or written, because without a memory nothing may be sent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from pipeline.journal.rows import (
    ChangeRow,
    Claim,
    DoneRow,
    DoubtfulRow,
    Fates,
    InputRow,
    Intent,
    LatencyRow,
    MadeRow,
    NotableRow,
    Outcome,
    Owner,
    Planned,
    ProofRow,
    Revised,
    RuleCount,
    RunRow,
    SlotRow,
    SnapshotRow,
    WatermarkRow,
)
from pipeline.journal.terms import TERMS, Terms
from pipeline.journal.whole.tables import JournalTable
from pipeline.language.say import say
from pipeline.model import Account, Entry

__all__ = ["Engine", "Journal", "Records", "Runs", "Snapshot", "Watermarks", "Whole"]


class Runs(Protocol):
    """The history: what was run, on which files, with what end."""

    def begin_run(
        self, run: str, command: str, account: Account, settings: dict[str, Any], inputs: Sequence[InputRow] = ()
    ) -> None:
        """Remember a run and all its files at once: a resume that knew only some of them would lose the others."""

    def finish_run(self, run: str, status: str, result: dict[str, Any]) -> None:
        """Close a run. `result` is its result object (docs/exit-codes-and-results.md), plain JSON."""

    def keep_result(self, run: str, result: dict[str, Any]) -> None:
        """What is known of a run that goes on, in place of its result until it is closed."""

    def keep_proofs(self, run: str, account: Account, proofs: Sequence[ProofRow]) -> None:
        """Remember what the account's answers have proven in this run; what is known already stays."""

    def proofs(self, run: str, account: Account) -> list[ProofRow]:
        """What `keep_proofs` was told of that run and account, in no order."""
        ...

    def keep_rule_counts(self, run: str, counts: Sequence[RuleCount]) -> None:
        """Remember how many findings each rule has, in place of what was known."""

    def rule_counts(self, run: str) -> list[RuleCount]:
        """What `keep_rule_counts` was told, the most frequent first."""
        ...

    def add_latencies(self, run: str, rows: Sequence[LatencyRow]) -> None:
        """Count more requests, by the second in which each ended."""

    def latencies(self, run: str, begin: int, width_s: int) -> list[LatencyRow]:
        """The requests counted, by slots of so many seconds from `begin` (seconds since 1970)."""
        ...

    def slots(self, run: str, begin: int, width_s: int) -> list[SlotRow]:
        """The run's records by the slot in which each got its fate; those that are merely planned have none."""
        ...

    def span(self, run: str) -> tuple[int, int] | None:
        """The first and the last second that `latencies` and `slots` tell of. None where they tell of nothing."""
        ...

    def reopen_run(self, run: str) -> None:
        """Mark a run as going on again."""

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The latest runs, newest first."""
        ...

    def run(self, run: str) -> RunRow | None:
        """The run of that name, or whose name begins so when only one does."""
        ...

    def inputs(self, run: str) -> list[InputRow]:
        """The files of a run, by position."""
        ...

    def fates(self, run: str) -> dict[str, Fates]:
        """Per resource, what became of the records this run planned last. A resource without any is not there."""
        ...

    def fates_of(self, record_ids: Sequence[int]) -> Fates:
        """What became of those records, whichever run planned them; one that is named twice counts twice."""
        ...

    def notable(self, run: str, limit: int = 20) -> list[NotableRow]:
        """The run's first records that were refused, are in doubt, or were sent and are still not created."""
        ...

    def doubtful(self, run: str) -> list[DoubtfulRow]:
        """Every record of the run that is in doubt."""
        ...

    def made(self, run: str) -> list[MadeRow]:
        """The records that the run created, and found nowhere, and that are done; in the order they were planned."""
        ...

    def prune(self, before: datetime) -> int:
        """Forget runs that ended before and left nothing in doubt; their records stay. How many."""
        ...


class Records(Protocol):
    """The fate of every record, and who may write it.

    A record is known by account, mode, resource, key and generation. It is planned, sending from its intent to its
    outcome, and then done, refused, rejected, in doubt, or planned again.
    """

    def claim(self, name: str, run: str, what: str = say("import of this account")) -> AbstractContextManager[Claim]:
        """Be the only one at `name` for a block. JournalError naming the holder and `what` it does when there is one.

        The claim of a process that died is free at once where one machine keeps the journal, and else as soon as its
        lease has run out. One that lives on and was taken for dead can write no more, because its fence is an old one.
        """
        ...

    @property
    def fresh_s(self) -> float:
        """Seconds after its intent within which a request must leave; after them it wants a new intent first.
        Infinity where nobody can take a claim from a process that lives."""
        ...

    def strays_s(self, claim: Claim) -> float:
        """Seconds until no request of an older claim of that name can be under way any more. 0 where a claim is free
        only when its process has ended, for no request outlives its process."""
        ...

    def next_fence(self, name: str, run: str) -> Claim:
        """The fence alone, without asking whether somebody holds `name`: whoever does can write no more from here."""
        ...

    def plan(
        self, account: Account, run: str, position: int, rows: Sequence[Planned], generation: int = 1
    ) -> list[int]:
        """Remember records that are to be created; gives their journal ids, in order.

        A new record, or one that is planned, refused or rejected. JournalError, and nothing planned, when one of them
        is done or may have been sent: two runs cannot both hold the claim.
        """
        ...

    def commit(self, events: Sequence[Intent | Outcome], claim: Claim) -> None:
        """Write intents and outcomes together: one transaction, one sync. All of them or, with JournalError, none.

        Compare and set. Only with the newest claim of its name, and then: an intent only of a record that is planned,
        or that this very claim is sending, in its next attempt; an outcome only of a record that is planned, sending or
        in doubt, or the same outcome of the same claim once more. So of two that believe they own a record, one sends
        it; and a late word of one who was replaced is not taken: the record stays in doubt for the new owner.
        """

    def keep_changes(self, run: str, rows: Sequence[ChangeRow], revised: Sequence[Revised], claim: Claim) -> None:
        """Remember how far changes of the run are, in place of what was known of each; and of records that are done and
        were changed in the account, what they look like now.

        Only with the newest claim of its name; a change that is done stays done. All of it or, with JournalError, none.
        """

    def forget_removed(
        self, account: Account, resource: str, remote_ids: Sequence[str], why: str, claim: Claim
    ) -> None:
        """Records that are done and no longer in the account: they may be created anew. Only with the newest claim."""

    def changes(self, run: str) -> list[ChangeRow]:
        """What `keep_changes` was told last of each."""
        ...

    def known(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> dict[str, Entry]:
        """What is remembered of those keys."""
        ...

    def latest(self, account: Account, resource: str, keys: Sequence[str]) -> dict[str, Entry]:
        """As `known`, of the highest generation of each key."""
        ...

    def done(self, account: Account, resource: str, keys: Sequence[str], generation: int = 1) -> list[DoneRow]:
        """Those of the keys whose records are done, in no order."""
        ...

    def owners(self, account: Account, remote_ids: Sequence[str]) -> dict[str, list[Owner]]:
        """The account's records, of either mode, to which those remote ids were given."""
        ...

    def local(
        self, account: Account | None, resource: str, keys: Sequence[str], run: str = ""
    ) -> dict[str, dict[str, str]]:
        """The fields later files may take from those keys: records that are done, and those this `run` will create.

        Any account when None, for a check without a key.
        """
        ...


class Snapshot(Protocol):
    """What an account held before this journal knew of it."""

    def has_snapshot(self, account: Account, resource: str) -> bool:
        """Whether all that the account held of a resource was learnt."""
        ...

    def keep_snapshot(self, account: Account, resource: str, rows: Iterable[SnapshotRow]) -> None:
        """Remember everything the account holds."""

    def snapshot_rows(self, account: Account, resource: str, internal_ids: Sequence[str]) -> list[SnapshotRow]:
        """What `keep_snapshot` was told of those internalIds."""
        ...


class Watermarks(Protocol):
    """Where each incremental export left off, per account, resource and what was `asked` of it (its filter)."""

    def watermark(self, account: Account, resource: str, asked: str) -> WatermarkRow | None:
        """As it was moved last; None when it never was."""
        ...

    def move_watermark(self, account: Account, resource: str, asked: str, moment: str, digests: bytes) -> None:
        """Call it only after the rows are durable."""


class Whole(Protocol):
    """All of it as plain rows (`pipeline.journal.whole.tables`), for a journal that moves."""

    def read_rows(self, table: JournalTable) -> Iterator[tuple[Any, ...]]:
        """Every row, in the table's order; flags are bool."""
        ...

    def fill(self, rows: Mapping[JournalTable, Iterable[tuple[Any, ...]]]) -> None:
        """Take in what `read_rows` gave of another one; this one is empty."""


class Journal(Runs, Records, Snapshot, Watermarks, Whole, Protocol):
    """The whole memory behind one address. Close it, or use it in a `with` statement."""

    def close(self) -> None:
        """Nothing is waiting to be written: what returned is durable."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Engine(Protocol):
    """One way to keep journals: how the journal of an address is reached, which begins with the name in `JOURNALS`."""

    def whole(self, address: str, folder: Path) -> str:
        """The address that stands for the same journal in every folder, where this one was written in `folder`. The
        other methods are given such."""
        ...

    def open(self, address: str, now: Callable[[], datetime], terms: Terms = TERMS) -> Journal:
        """The journal there, made where there is none. `now` is the clock it writes down."""
        ...

    def exists(self, address: str) -> bool:
        """Whether there is one. Looking makes none; JournalError when it cannot be looked for."""
        ...

    def hold(self, address: str, name: str, run: str, what: str, terms: Terms = TERMS) -> AbstractContextManager[None]:
        """What `Records.claim` holds, without a journal and without a fence: each keeps the other out."""
        ...

    def adopt(self, address: str, terms: Terms = TERMS) -> bool:
        """Take the server for the journal's own, though it is another one than before: what accounts hold is learnt
        anew, and no claim of before can write. False where there is nothing to agree to."""
        ...
