"""What goes into the journal and comes out of it, as plain rows."""

import json
from typing import Any, NamedTuple

from pipeline.api.cause import Cause, CauseKind
from pipeline.model import Action, State, label_table

__all__ = [
    "NO_CLAIM",
    "ChangeRow",
    "Claim",
    "DoneRow",
    "DoubtfulRow",
    "Fates",
    "InputRow",
    "Intent",
    "LatencyRow",
    "NotableRow",
    "Outcome",
    "Owner",
    "Planned",
    "ProofRow",
    "Revised",
    "RuleCount",
    "RunRow",
    "SlotRow",
    "SnapshotRow",
    "WatermarkRow",
    "read_cause",
    "run_row",
]


class Claim(NamedTuple):
    """The right to write the fate of an account's records. Each claim of a `name` has a higher `fence` than any before;
    with a lower one than the newest, nothing can be written."""

    name: str
    fence: int


NO_CLAIM = Claim("", 0)
"""For a check, which sends nothing. Fences count from 1, so the journal takes neither intent nor outcome with it."""


class Intent(NamedTuple):
    """A request is about to leave: which record, which attempt (from 1), the hash of its body."""

    record_id: int
    attempt: int
    body_hash: bytes


class Outcome(NamedTuple):
    """What became of a record. `matched`: it was there already, and was not created by us.

    `cause` is the last answer or failure; None keeps the one before, for a look-up says what is, not what went wrong.
    A record that is DONE by its own answer (with a `status`) has none. `link` is a secret and only kept when asked for.
    `begun`: the record is created, and from now on its state is that of its second request; its id stays.
    """

    record_id: int
    state: State
    remote_id: str | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    matched: bool = False
    cause: Cause | None = None
    link: str | None = None
    begun: bool = False


class InputRow(NamedTuple):
    """One table of a run: its number from 0, what the user called its file, where that is, its hash, what the table
    holds, and its sheet in a file of several."""

    position: int
    name: str
    path: str
    sha256: str
    resource: str
    rows: int
    sheet: str | None = None

    @property
    def label(self) -> str:
        """What messages call it: `pagos.csv`, `libro.xlsx[Pagos]`."""
        return label_table(self.name, self.sheet)


class Planned(NamedTuple):
    """A record to be created, and its fingerprint."""

    action: Action
    fields: tuple[str, ...]
    digests: bytes


class Revised(NamedTuple):
    """A record that is done and was changed in the account, and its fingerprint from now on."""

    record_id: int
    fields: tuple[str, ...]
    digests: bytes


class ChangeRow(NamedTuple):
    """A record of the account that a run changes, and what is known of the change: SENDING from its intent (with the
    hash of its body) to its outcome, as a record that is created. Old values are no business of the journal."""

    resource: str
    remote_id: str
    state: State
    body_hash: bytes | None = None
    cause: Cause | None = None


class ProofRow(NamedTuple):
    """A feature of a resource's records that an answer has spoken of (pipeline.delivery.canary.watch)."""

    resource: str
    feature: str


class RuleCount(NamedTuple):
    """How many findings of one rule a run has, at one severity."""

    severity: str
    rule: str
    sat_code: str | None
    findings: int


class LatencyRow(NamedTuple):
    """How many requests that ended in a second, or in a slot of several, took so long.

    `second` is since 1970, or the number of the slot; `step` is a length of time (`pipeline.journal.latencies`).
    """

    second: int
    step: int
    requests: int


class RunRow(NamedTuple):
    """One run as the history shows it."""

    run: str
    command: str
    account: str
    livemode: bool
    started_at: str
    finished_at: str | None
    status: str
    settings: dict[str, Any]
    result: dict[str, Any] | None


class Fates(NamedTuple):
    """How many of a run's records of one resource have which fate, by their state in the journal.

    `created` are done, by us; `existing` done and matched; `in_doubt` in doubt or sending; `unsent` planned.
    """

    created: int = 0
    existing: int = 0
    rejected: int = 0
    refused: int = 0
    in_doubt: int = 0
    unsent: int = 0


class SlotRow(NamedTuple):
    """How many of a run's records got the fate they have in one slot of time, by its number from 0."""

    slot: int
    fates: Fates


class NotableRow(NamedTuple):
    """A record that was refused, is in doubt, or was sent and is still not created; and why."""

    resource: str
    key: str
    line: int
    state: State
    code: str | None
    message: str | None
    cause: Cause | None = None

    @property
    def why(self) -> str:
        """Its message and its cause in one line; empty where the journal knows neither."""
        told = self.message or ""
        cause = self.cause.text if self.cause and self.cause.text not in told else ""
        return "; ".join(filter(None, (told, cause)))


class DoneRow(NamedTuple):
    """A record that is done: its id at the API, by which run and of which line it was planned last, whether it was
    found and not created, the text of its last cause, and its link where links are kept."""

    key: str
    remote_id: str | None
    run: str
    position: int
    line: int
    matched: bool
    cause: str | None
    link: str | None


class DoubtfulRow(NamedTuple):
    """A record in doubt. `fields` are those it has; `begun`: it is created, and its second request is in doubt."""

    record_id: int
    key: str
    resource: str
    fields: tuple[str, ...]
    begun: bool


class MadeRow(NamedTuple):
    """A record that a run created and the account holds: its id at the API, and how it looked when it was sent."""

    resource: str
    key: str
    remote_id: str
    fields: tuple[str, ...]
    digests: bytes


class SnapshotRow(NamedTuple):
    """A record the account holds; `shown` is what its list showed of it, as JSON."""

    internal_id: str
    remote_id: str
    shown: str | None


class Owner(NamedTuple):
    """The record to which a remote id was given."""

    resource: str
    livemode: bool
    key: str


class WatermarkRow(NamedTuple):
    """Where an incremental export left off; what the two mean is the business of `pipeline.exporter.watermark`."""

    moment: str
    digests: bytes


def run_row(row: tuple[Any, ...]) -> RunRow:
    """A row of the table `runs`."""
    run, command, account, livemode, started, finished, status, settings, result = row
    return RunRow(
        run, command, account, bool(livemode), started, finished, status, json.loads(settings),
        json.loads(result) if result else None,
    )  # fmt: skip


def read_cause(kind: str | None, text: str | None) -> Cause | None:
    """The two columns of a cause, as they are stored."""
    return None if kind is None or text is None else Cause(CauseKind(kind), text)
