"""Which records of the account may be the ones asked for: none that the journal has given to another record.

Without this, two records that look alike to the account (one name, one RFC, a trial in test mode of what is now sent in
live mode) would be taken for one, and one of them never created.
"""

from collections import Counter
from collections.abc import Sequence

from pipeline.journal import Journal, Owner
from pipeline.model import Account, Action
from pipeline.remote.lookup import Found

__all__ = ["find_ambiguous", "without_foreign"]

_OWN = "id:"


def without_foreign(
    actions: Sequence[Action], found: Sequence[Found], ledger: Journal, account: Account, *, proven: bool
) -> list[Found]:
    """What was found of each action, less what belongs to another record; nothing left is absence only if `proven`.

    Another record is one of the other mode, or one with another internalId of its own; a record without one may be
    the same under another key.
    """
    ids = sorted({remote_id for answer in found for remote_id in answer or ()})
    owners = ledger.owners(account, ids) if ids else {}
    left: list[Found] = []
    for action, answer in zip(actions, found, strict=True):
        own = tuple(i for i in answer or () if not any(_other(action, owner) for owner in owners.get(i, ())))
        left.append(own if own or answer == () or (answer and proven) else None)
    return left


def find_ambiguous(found: Sequence[Found]) -> frozenset[str]:
    """Remote ids that several of the records asked for may be."""
    counts = Counter(remote_id for answer in found for remote_id in answer or ())
    return frozenset(remote_id for remote_id, count in counts.items() if count > 1)


def _other(action: Action, owner: Owner) -> bool:
    if owner.resource != action.resource:
        return False
    return owner.livemode is not action.livemode or (
        owner.key != action.key and owner.key.startswith(_OWN) and action.key.startswith(_OWN)
    )
