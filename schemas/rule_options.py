"""What the user asks of the fiscal options: which rules, how strict, on which day, for which issuer."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

__all__ = ["RuleOptions"]


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """Options of one validation; the same for every block of a run.

    `strict` makes warnings errors; `no_fix` makes a fix an error; `only` and `ignore` are rule ids. `today` is the day
    dates and the age of catalogues are judged by; without it neither is. `issuer_rfc` and `issuer_zip` are the
    importing company's own, where known. `catalogs` is the folder of the user's catalogue sets (None: the platform's).
    """

    strict: bool = False
    no_fix: bool = False
    only: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    today: date | None = None
    issuer_rfc: str | None = None
    issuer_zip: str | None = None
    catalogs: Path | None = None
