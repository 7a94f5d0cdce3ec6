"""What an API that looks before it creates says of a record that was there (`Create.search`; docs/api.md Q17)."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from pipeline.api.verdict import Judgement
from pipeline.language.say import say
from pipeline.remote.identity import read_internal_id
from schemas.dialects.spec import Endpoint, Verdict

__all__ = ["judge_found"]


def judge_found(
    judgement: Judgement, create: int, sent: Mapping[str, Any], endpoint: Endpoint, *, skip: bool
) -> tuple[Judgement, bool]:
    """The judgement as it stands for the record, and whether the account held the record already.

    Several that fit, or one that has another internalId, ask for a decision: the record is refused, and nothing was
    created. So is one that is there, unless such are to be skipped (or were changed, as was asked).
    """
    search = endpoint.creates[create].search
    if search is None:
        return judgement, False
    if judgement.status is not None and judgement.status == search.several:
        several = say("several records of the account fit; correct them there, or create this one there")
        return _refused(judgement, several), False
    if judgement.verdict is not Verdict.DONE or judgement.status != search.found or judgement.data is None:
        return judgement, False
    ours = read_internal_id(endpoint, sent)
    theirs = read_internal_id(endpoint, judgement.data)
    if ours is not None and theirs is not None and ours != theirs:
        other = say("the account holds it as {id}, under the internalId {other}", id=judgement.remote_id, other=theirs)
        return _refused(judgement, other), False
    if not skip:
        return _refused(judgement, say("the account holds it already, as {id}", id=judgement.remote_id)), False
    return judgement, True


def _refused(judgement: Judgement, message: str) -> Judgement:
    return replace(judgement, verdict=Verdict.REFUSED, remote_id=None, message=message, cause=None)
