"""A canary whose answer was lost is asked for by its id: a list shows less of a record than its answer would have."""

from collections.abc import Iterable
from functools import partial

from pipeline.delivery.context import SendContext
from pipeline.model import Action, Doubt
from pipeline.remote.detail import read_detail

__all__ = ["compare_found"]


async def compare_found(found: Iterable[Doubt], context: SendContext) -> None:
    """Hold each record that still has something to prove against what the account says of it.

    What cannot be read proves nothing: the next record of its kind goes alone.
    """
    for doubt in found:
        if not context.stop.is_set() and context.canary.awaits(doubt.action):
            remote_id = await _find_id(doubt.action, context)
            if remote_id is not None:
                detail = await read_detail(context.session, doubt.action.resource, remote_id)
                context.compare_again(doubt.action, remote_id, detail.row)
    await context.remember_proofs()


async def _find_id(action: Action, context: SendContext) -> str | None:
    account = context.account._replace(livemode=action.livemode)
    entries = await context.commits.ask(partial(context.journal.latest, account, action.resource, [action.key]))
    return entries[action.key].remote_id if action.key in entries else None
