"""New records whose internalId was sent before as a spreadsheet had changed it: the same payment under another key.

Some of it is repaired (`schemas.cleaning.repair.wrappers`), but a journal that learnt one unrepaired would not know it
again; some cannot be (`schemas.cleaning.ids`).
"""

from collections.abc import Iterable

import polars as pl

from pipeline.journal import Journal
from pipeline.model import Account, Action, RecordKey, State
from schemas.cleaning.ids import changed_spellings

__all__ = ["find_sent_before"]

_SENT = (State.SENDING, State.IN_DOUBT, State.DONE)

Who = tuple[bool, str]
"""Mode and key of a record."""


def find_sent_before(
    journal: Journal, account: Account, resource: str, actions: Iterable[Action], generation: int
) -> dict[Who, str]:
    """By mode and key: the internalId that was sent in place of this one. `actions` are those the journal knows not."""
    asked: dict[bool, dict[str, Who]] = {}
    for action in actions:
        if (own := RecordKey(action.key).internal_id) is not None:
            asked.setdefault(action.livemode, {})[own] = (action.livemode, action.key)
    found: dict[Who, str] = {}
    for livemode, whose in asked.items():
        spelt = changed_spellings(pl.Series(list(whose), dtype=pl.String))
        keys = {RecordKey.of(other) for other in spelt["other"]}
        known = journal.known(account._replace(livemode=livemode), resource, list(keys), generation)
        sent = {key for key, entry in known.items() if entry.begun or entry.state in _SENT}
        if sent:
            found |= {whose[own]: other for own, other in spelt.iter_rows() if RecordKey.of(other) in sent}
    return found
