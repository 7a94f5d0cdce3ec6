"""The journal as exports use it: where each incremental export left off."""

from pipeline.journal.sqlite import Ledger
from pipeline.model import Account

__all__ = ["WatermarkLedger"]

_WHO = "account = ? AND livemode = ? AND resource = ? AND asked = ?"


class WatermarkLedger(Ledger):
    """A ledger that also knows watermarks, one per account, resource and what was `asked` of it (its filter)."""

    def watermark(self, account: Account, resource: str, asked: str) -> tuple[str, bytes] | None:
        """(moment, marks) as they were moved last; what they mean is the business of `pipeline.exporter.watermark`."""
        found = self._read(
            f"SELECT moment, marks FROM watermarks WHERE {_WHO}",  # noqa: S608
            (account.name, account.livemode, resource, asked),
        )
        return found[0] if found else None

    def move_watermark(self, account: Account, resource: str, asked: str, moment: str, marks: bytes) -> None:
        """Durable when it returns: call it only after the rows are."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?, ?, ?, ?, ?)",
                (account.name, account.livemode, resource, asked, moment, marks, self._stamp()),
            )
