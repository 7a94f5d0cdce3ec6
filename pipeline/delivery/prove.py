"""A canary whose answer was lost is asked for by its id: a list shows less of a record than its answer would have."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pipeline.api.verdict import Verdict
from pipeline.delivery.context import SendContext
from pipeline.model import Action, Doubt

__all__ = ["check_found"]


async def check_found(found: Iterable[Doubt], context: SendContext) -> None:
    """Hold each record that still has something to prove against what the account says of it.

    What cannot be read proves nothing: the next record of that shape goes alone.
    """
    for doubt in found:
        if not context.stop.is_set() and context.canary.awaits(doubt.action):
            remote_id = await _find_id(doubt.action, context)
            record = await _read(doubt.action, remote_id, context) if remote_id else None
            context.check(doubt.action, remote_id, record)
    await context.remember_proofs()


async def _find_id(action: Action, context: SendContext) -> str | None:
    account = context.account._replace(livemode=action.livemode)
    entries = await context.commits.ask(partial(context.journal.latest, account, action.resource, [action.key]))
    return entries[action.key].remote_id if action.key in entries else None


async def _read(action: Action, remote_id: str, context: SendContext) -> Mapping[str, Any] | None:
    dialect = context.session.dialect
    judgement = await context.session.read(f"{dialect.endpoints[action.resource].path}/{remote_id}")
    if judgement.verdict is not Verdict.DONE or judgement.data is None:
        return None
    record = judgement.data.get(dialect.envelope.data)
    return record if isinstance(record, Mapping) else None
