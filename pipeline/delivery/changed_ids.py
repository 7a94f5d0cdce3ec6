"""New records whose internalId was sent before as a spreadsheet had changed it: the same payment under another key.

Such ids are repaired now (`schemas.cleaning.wrappers`). A journal that learnt one unrepaired would not know it again.
"""

from collections.abc import Iterable

from pipeline.journal import Journal
from pipeline.model import Account, Action, RecordKey, State
from schemas.cleaning.wrappers import changed_spellings

__all__ = ["find_changed_ids"]

_SENT = (State.SENDING, State.IN_DOUBT, State.DONE)

Who = tuple[bool, str]
"""Mode and key of a record."""


def find_changed_ids(
    journal: Journal, account: Account, resource: str, actions: Iterable[Action], generation: int
) -> dict[Who, str]:
    """By mode and key: the internalId that was sent in place of this one. `actions` are those the journal knows not."""
    spelt: dict[bool, dict[str, list[tuple[Who, str]]]] = {}
    for action in actions:
        own = RecordKey(action.key).internal_id
        for other in changed_spellings(own) if own else ():
            others = spelt.setdefault(action.livemode, {}).setdefault(RecordKey.of(other), [])
            others.append(((action.livemode, action.key), other))
    found: dict[Who, str] = {}
    for livemode, spellings in spelt.items():
        known = journal.known(account._replace(livemode=livemode), resource, list(spellings), generation)
        sent = (key for key, entry in known.items() if entry.state in _SENT)
        found |= {who: other for key in sent for who, other in spellings[key]}
    return found
