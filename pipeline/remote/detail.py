"""One record of the account, asked for by its id: a list shows less of a record than it shows itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.api.cause import CauseKind
from pipeline.api.no_such_path import names_path
from pipeline.api.session import ApiSession
from pipeline.api.verdict import Judgement, Verdict
from pipeline.language.say import say

__all__ = ["Detail", "is_absent", "read_detail"]


_GONE = (404, 410)


class Detail(NamedTuple):
    """What the account says of a record; None where it could not be asked for, and `unread` says why. `gone`: the API
    says that there is none of that id."""

    row: Mapping[str, Any] | None
    unread: str = ""
    gone: bool = False


def is_absent(judgement: Judgement) -> bool:
    """Whether the API itself says that there is no record of that id. A proxy's page says nothing of records, and
    words about the path only that the address is wrong."""
    own = judgement.cause is not None and judgement.cause.kind is CauseKind.REFUSED
    return own and judgement.status in _GONE and not names_path(judgement.message)


async def read_detail(session: ApiSession, resource: str, remote_id: str, *, masked: bool = False) -> Detail:
    """The record of that id, and of no other. What could not be read says nothing, also not that there is none. Secrets
    are `masked` where it is kept."""
    if masked:
        judgement = await session.read_record(resource, remote_id)
    else:
        judgement = await session.read(session.record_path(resource, remote_id))
    if judgement.verdict is not Verdict.DONE or judgement.data is None:
        return Detail(None, judgement.message, is_absent(judgement))
    row = judgement.data.get(session.dialect.envelope.data)
    if not isinstance(row, Mapping) or str(row.get(session.dialect.identifier)) != remote_id:
        return Detail(None, say("the API answered something else"))
    return Detail(row)
