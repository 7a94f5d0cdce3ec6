"""All that a journal holds, as tables of plain rows: by it one journal becomes another, and two are compared."""

from typing import NamedTuple

__all__ = ["FLAGS", "JOURNAL_TABLES", "JournalTable"]


class JournalTable(NamedTuple):
    """One table: its columns, and by which of them its rows are ordered (`@` is the order in which they came)."""

    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...]


FLAGS = frozenset({"livemode", "matched", "begun"})
"""Columns that are true or false."""


def _table(name: str, columns: str, order: str) -> JournalTable:
    return JournalTable(name, tuple(columns.split()), tuple(order.split()))


JOURNAL_TABLES = (
    _table("runs", "run command account livemode started_at finished_at status settings result", "@"),
    _table("inputs", "run position name path sha256 resource rows sheet", "run position"),
    _table("shapes", "shape fields", "shape"),
    _table(
        "records",
        "id account livemode resource key generation state run input line shape digests body_hash attempt remote_id "
        "matched status code message local updated_at fence cause cause_text link begun",
        "id",
    ),
    _table("watermarks", "account livemode resource asked moment marks updated_at", "account livemode resource asked"),
    _table("acquainted", "account livemode resource learnt_at", "account livemode resource"),
    _table(
        "held",
        "account livemode resource internal_id remote_id shown",
        "account livemode resource internal_id remote_id",
    ),
    _table("claims", "name fence run", "name"),
    _table("proofs", "run account livemode resource feature", "run account livemode resource feature"),
    _table("latencies", "run second step requests", "run second step"),
    _table("broken_rules", "run severity rule sat_code findings", "run severity rule"),
    _table(
        "changes", "run resource remote_id state body_hash cause cause_text fence updated_at", "run resource remote_id"
    ),
)
"""In an order in which they can be filled."""
