"""What the tool remembers, by default in the state folder: runs, inputs, and the fate of every record.

Those who send take `pipeline.journal.group_commit` besides, which needs the network's event loop; a check does not.
"""

from pipeline.journal.counts import KnownRecords, count_killed, count_records
from pipeline.journal.latencies import Latencies, find_quantile
from pipeline.journal.open import adopt_journal, hold, journal_exists, open_journal, open_scratch_journal
from pipeline.journal.protocol import Journal
from pipeline.journal.rows import (
    NO_CLAIM,
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
)

__all__ = [
    "NO_CLAIM",
    "ChangeRow",
    "Claim",
    "DoneRow",
    "DoubtfulRow",
    "Fates",
    "InputRow",
    "Intent",
    "Journal",
    "KnownRecords",
    "Latencies",
    "LatencyRow",
    "MadeRow",
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
    "adopt_journal",
    "count_killed",
    "count_records",
    "find_quantile",
    "hold",
    "journal_exists",
    "open_journal",
    "open_scratch_journal",
]
