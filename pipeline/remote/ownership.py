"""Which records of the account may be the ones asked for: none that the journal has given to another record.

Without this, two records that look alike to the account (one name, one RFC, a trial in test mode of what is now sent in
live mode) would be taken for one, and one of them never created.
"""

from collections import Counter
from collections.abc import Sequence

from pipeline.journal import Journal, Owner
from pipeline.model import Account, Action, RecordKey
from pipeline.remote.answer import Lookup

__all__ = ["find_ambiguous", "without_foreign"]


def without_foreign(
    actions: Sequence[Action], answers: Sequence[Lookup], journal: Journal, account: Account
) -> list[Lookup]:
    """What was found of each action, less what belongs to another record; where nothing is left, it is absent if the
    answer was proven, else unknown.

    Another record is one of the other mode, or one with another internalId of its own; a record without one may be
    the same under another key.
    """
    ids = sorted({remote_id for answer in answers for remote_id in answer.found})
    owners = journal.owners(account, ids) if ids else {}
    return [
        answer._replace(found=tuple(i for i in answer.found if not any(_other(action, o) for o in owners.get(i, ()))))
        for action, answer in zip(actions, answers, strict=True)
    ]


def find_ambiguous(answers: Sequence[Lookup]) -> frozenset[str]:
    """Remote ids that several of the records asked for may be."""
    counts = Counter(remote_id for answer in answers for remote_id in answer.found)
    return frozenset(remote_id for remote_id, count in counts.items() if count > 1)


def _other(action: Action, owner: Owner) -> bool:
    if owner.resource != action.resource:
        return False
    return owner.livemode is not action.livemode or (
        owner.key != action.key and None not in (RecordKey(owner.key).internal_id, RecordKey(action.key).internal_id)
    )
