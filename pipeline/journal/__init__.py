"""What the tool remembers, in one SQLite file of the state folder: runs, inputs, and the fate of every record."""

from pipeline.journal.group_commit import GroupCommit
from pipeline.journal.sqlite import InputRow, Intent, Ledger, Outcome, Planned, RunRow
from pipeline.journal.watermarks import WatermarkLedger

__all__ = ["GroupCommit", "InputRow", "Intent", "Ledger", "Outcome", "Planned", "RunRow", "WatermarkLedger"]
