"""Actions and what they refer to: the remote ids of records that were created before them."""

from collections.abc import Sequence
from functools import partial

import msgspec

from pipeline.delivery.context import SendContext
from pipeline.delivery.referred.fill import fill_references
from pipeline.language.say import say
from pipeline.model import Action, State
from schemas import declared_resources
from schemas.dialects.spec import Dialect

__all__ = ["fill_remote_ids", "find_column"]

Queued = Sequence[tuple[int, Action]]
"""Journal ids and actions."""

_TURNED_AWAY = (State.REFUSED, State.REJECTED)
"""Of a record that others refer to: a resume would not create it either. It is among the rejects, and they with it."""

_REFERRED = say("what they refer to was not created, or settled by hand without an id (then name it by clientId)")


async def fill_remote_ids(
    chunk: Queued, context: SendContext
) -> tuple[list[tuple[int, Action]], list[tuple[int, Action, str, str]]]:
    """Actions with the remote ids of what they refer to in their bodies; and those that are blocked, with the column
    that names what was refused, and its key. What refers to a record that is in doubt or unsent stays unsent, and is in
    neither.
    """
    if not any(action.references for _, action in chunk):
        return [*chunk], []
    remote, open_ = await _find_referred(chunk, context)
    ready: list[tuple[int, Action]] = []
    blocked: list[tuple[int, Action, str, str]] = []
    for record_id, action in chunk:
        missing = {path: reference for path, reference in action.references.items() if reference not in remote}
        if not missing:
            ready.append((record_id, _with_ids(action, remote)))
        elif any(reference in open_ for reference in missing.values()):
            context.explain_unsent(_REFERRED, follows=True)
        else:
            path, (_, key) = next(iter(missing.items()))
            blocked.append((record_id, action, find_column(action, path, context.session.dialect), key))
    return ready, blocked


def find_column(action: Action, path: str, spoken: Dialect) -> str:
    """The column that names the record whose id goes to a path of the body."""
    fields = spoken.endpoints[action.resource].creates[action.create].fields
    return next(r.column for r in declared_resources()[action.resource].references if fields.get(r.fills) == path)


def _with_ids(action: Action, remote: dict[tuple[str, str], str]) -> Action:
    if not action.references:
        return action
    ids = {path: remote[reference] for path, reference in action.references.items()}
    return msgspec.structs.replace(action, body=fill_references(action.body, ids), references={})


async def _find_referred(
    chunk: Queued, context: SendContext
) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """Of everything a chunk refers to: the remote ids of what is done, and what may yet be done by a resume."""
    wanted: dict[str, set[str]] = {}
    for _, action in chunk:
        for resource, key in action.references.values():
            wanted.setdefault(resource, set()).add(key)
    remote: dict[tuple[str, str], str] = {}
    open_: set[tuple[str, str]] = set()
    for resource, keys in wanted.items():
        entries = await context.commits.ask(partial(context.journal.latest, context.account, resource, sorted(keys)))
        for key, entry in entries.items():
            if entry.state is State.DONE and entry.remote_id:
                remote[resource, key] = entry.remote_id
            elif entry.state not in _TURNED_AWAY:
                open_.add((resource, key))
    return remote, open_
