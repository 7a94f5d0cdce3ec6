"""The statements of a commit: intents and outcomes as they are written all at once, or not at all."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pipeline.api.cause import Cause
from pipeline.journal.rows import Claim, Intent, Outcome
from pipeline.journal.terms import Terms

__all__ = ["ALL_OR_NONE", "Told", "split_cause", "tell_claim", "tell_events"]

Told = tuple[str, dict[str, Any]]
_Event = TypeVar("_Event", Intent, Outcome)


_MINE = """
    UPDATE claims SET batch = %(batch)s, send_by = CASE WHEN %(intends)s
        THEN greatest(send_by, clock_timestamp() + make_interval(secs => %(request_s)s)) ELSE send_by END
    WHERE name = %(name)s AND fence = %(fence)s
"""
"""From here to the commit nobody can claim the name. A batch with an intent says when its requests are over."""

_INTENTS = """
    UPDATE records SET state = 'sending', attempt = told.attempt, body_hash = told.body_hash, fence = %(fence)s,
        updated_at = %(stamp)s
    FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(hashes)s::bytea[]) AS told (id, attempt, body_hash)
    WHERE records.id = told.id AND (state = 'planned'
        OR (state = 'sending' AND records.fence = %(fence)s AND records.attempt = told.attempt - 1))
"""
_OUTCOMES = """
    UPDATE records SET state = told.state, begun = records.begun OR told.begun,
        remote_id = CASE WHEN records.begun THEN records.remote_id ELSE told.remote_id END, status = told.status,
        code = told.code, message = told.message, matched = told.matched,
        cause = CASE WHEN told.state = 'done' AND told.status IS NOT NULL THEN NULL
            ELSE coalesce(told.cause, records.cause) END,
        cause_text = CASE WHEN told.state = 'done' AND told.status IS NOT NULL THEN NULL
            ELSE coalesce(told.cause_text, records.cause_text) END,
        link = coalesce(told.link, records.link), fence = %(fence)s, updated_at = %(stamp)s
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(remote_ids)s::text[], %(statuses)s::int[], %(codes)s::text[],
        %(messages)s::text[], %(matched)s::bool[], %(causes)s::text[], %(cause_texts)s::text[], %(links)s::text[],
        %(begun)s::bool[])
        AS told (id, state, remote_id, status, code, message, matched, cause, cause_text, link, begun)
    WHERE records.id = told.id AND (records.state IN ('planned', 'sending', 'in_doubt')
        OR (records.state = told.state AND records.remote_id IS NOT DISTINCT FROM told.remote_id
            AND records.matched = told.matched AND records.fence = %(fence)s))
"""
ALL_OR_NONE = "WITH written AS ({} RETURNING 1) SELECT 1 / (count(*) = %(count)s)::int FROM written"
"""Divides by zero, which undoes the transaction, where not every row was written."""

_NO_CAUSE = (None, None)


def tell_claim(claim: Claim, batch: uuid.UUID | None, intends: bool, terms: Terms) -> Told:
    name, fence = claim
    return _MINE, {"batch": batch, "intends": intends, "request_s": terms.request_s, "name": name, "fence": fence,
                   "count": 1}  # fmt: skip


def tell_events(events: Sequence[Intent | Outcome], claim: Claim, stamp: str) -> list[Told]:
    """The statements of a commit: a record that is twice in it is told of in two, for each sees what was before it."""
    told: list[Told] = []
    fixed: dict[str, Any] = {"fence": claim.fence, "stamp": stamp}
    for intents in _split(Intent, events):
        ids, attempts, hashes = map(list, zip(*intents, strict=True))
        told.append((_INTENTS, fixed | {"ids": ids, "attempts": attempts, "hashes": hashes, "count": len(ids)}))
    for outcomes in _split(Outcome, events):
        told.append((_OUTCOMES, fixed | _columns(outcomes) | {"count": len(outcomes)}))
    return told


def _columns(outcomes: Sequence[Outcome]) -> dict[str, list[Any]]:
    causes = [split_cause(outcome.cause) for outcome in outcomes]
    return {
        "ids": [outcome.record_id for outcome in outcomes],
        "states": [outcome.state.value for outcome in outcomes],
        "remote_ids": [_plain(outcome.remote_id) for outcome in outcomes],
        "statuses": [outcome.status for outcome in outcomes],
        "codes": [_plain(outcome.code) for outcome in outcomes],
        "messages": [_plain(outcome.message) for outcome in outcomes],
        "matched": [outcome.matched for outcome in outcomes],
        "causes": [kind for kind, _ in causes],
        "cause_texts": [text for _, text in causes],
        "links": [_plain(outcome.link) for outcome in outcomes],
        "begun": [outcome.begun for outcome in outcomes],
    }


def split_cause(cause: Cause | None) -> tuple[str | None, str | None]:
    return _NO_CAUSE if cause is None else (cause.kind.value, _plain(cause.text))


def _plain(text: str | None) -> str | None:
    """As PostgreSQL takes it: of one type for all of a column, and without the character of which it takes none."""
    return None if text is None else str(text).replace("\0", "\ufffd")


def _split(kind: type[_Event], events: Sequence[Intent | Outcome]) -> Iterator[list[_Event]]:
    """The events of one kind, in parts in which no record is twice; nearly always one."""
    waiting = [event for event in events if isinstance(event, kind)]
    while waiting:
        part: list[_Event] = []
        again: list[_Event] = []
        seen: set[int] = set()
        for event in waiting:
            (again if event.record_id in seen else part).append(event)
            seen.add(event.record_id)
        yield part
        waiting = again
