"""Records read one by one, by their ids and in the order asked for, instead of a list.

A batch of them is kept on disk as a page of a list is, so an export that was cut off goes on. An id is missing only
when the API itself says so; whatever else comes in the place of a record stops the reading.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from pipeline.api.cause import CauseKind
from pipeline.api.paging.listing import envelope_of
from pipeline.api.paging.page import Query, RawPage
from pipeline.api.session import ApiSession
from pipeline.errors import ApiStop
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.pages.pull import Pulled, Row
from pipeline.language.say import name_few, say, say_count

__all__ = ["pull_by_id"]

BATCH = 100
"""Records kept on disk together: as many as a page of a list holds."""

_NAMED = 10
"""Missing ids that a message names; the result and the manifest name all of them."""

_GONE = (404, 410)


async def pull_by_id(
    session: ApiSession,
    resource: str,
    ids: Sequence[str],
    *,
    checkpoint: PageCheckpoint,
    on_page: Callable[[list[Row]], None],
    on_total: Callable[[int], None] = lambda total: None,
) -> Pulled:
    """Read every record of `ids`, each once, and hand them to `on_page` in order, batch by batch.

    `missing` of what comes back names the ids that the account does not hold. ApiStop when nothing could be read.
    """
    wanted = list(dict.fromkeys(ids))
    batches = [wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH)]
    pulled = Pulled(duplicate_rows=len(ids) - len(wanted))
    on_total(len(wanted))
    with closing(_Batches(session, resource, checkpoint, batches)) as reader:
        for number in range(len(batches)):
            try:
                batch = await reader.take(number)
            except ApiStop as stop:
                if not pulled.pages:
                    raise
                pulled.stopped, pulled.why = stop, stop.message
                break
            pulled.pages += 1
            pulled.rows += len(batch.rows)
            pulled.continued += batch.kept
            pulled.missing |= batch.missing
            on_page(batch.rows)
    if pulled.missing and pulled.why is None:
        pulled.why = _name_missing(pulled.missing, len(wanted))
    pulled.complete = pulled.why is None
    if pulled.duplicate_rows:
        pulled.notes.append(
            say_count("{count:,} id is asked for again: each record is given once.",
                      "{count:,} ids are asked for again: each record is given once.", pulled.duplicate_rows)
        )  # fmt: skip
    return pulled


def _name_missing(missing: dict[str, str], asked: int) -> str:
    """`2 of 5 ids are not in the account: a, b`, with what the API said where that is more than that."""
    named = [say("{id} ({why})", id=id, why=why) if why else id for id, why in missing.items()]
    return say(
        "{missing:,} of {asked:,} records could not be had: {ids}.",
        missing=len(missing), asked=asked, ids=name_few(named, _NAMED),
    )  # fmt: skip


@dataclass(slots=True)
class _Batch:
    """The records of one batch in order, the ids that are missing and what the API said beyond that; `kept` on disk."""

    rows: list[Row]
    missing: dict[str, str]
    kept: bool = False


class _Batches:
    """Batches in order, the next one asked for meanwhile."""

    def __init__(
        self, session: ApiSession, resource: str, checkpoint: PageCheckpoint, batches: Sequence[Sequence[str]]
    ) -> None:
        self._session = session
        self._resource = resource
        self._checkpoint = checkpoint
        self._batches = batches
        self._tasks: dict[int, asyncio.Task[_Batch]] = {}
        self._room = asyncio.Semaphore(session.in_flight)

    async def take(self, number: int) -> _Batch:
        """ApiStop when a record can neither be had nor be known to be missing."""
        for ahead in (number, number + 1):
            if ahead < len(self._batches) and ahead not in self._tasks:
                self._tasks[ahead] = asyncio.ensure_future(self._read(ahead))
        return await self._tasks.pop(number)

    async def _read(self, number: int) -> _Batch:
        batch = self._batches[number]
        query: Query = {"ids": ",".join(batch)}
        kept = self._checkpoint.load(number, query)
        if kept is not None and [row.get(self._identifier) for row in self._rows(kept)] == list(batch):
            return _Batch(self._rows(kept), {}, kept=True)
        try:
            async with asyncio.TaskGroup() as gets:
                asked = [gets.create_task(self._get(identity)) for identity in batch]
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        answers = [task.result() for task in asked]
        rows = [answer for answer in answers if isinstance(answer, dict)]
        missing = {id: answer for id, answer in zip(batch, answers, strict=True) if isinstance(answer, str)}
        self._checkpoint.save(number, query, {self._session.dialect.envelope.data: rows})
        return _Batch(rows, missing)

    async def _get(self, identity: str) -> Row | str:
        """The record; where it is missing, what the API said beyond that, or nothing."""
        async with self._room:
            judgement = await self._session.read_record(self._resource, identity)
        if judgement.cause is not None and judgement.cause.kind is CauseKind.REFUSED:
            return "" if judgement.status in _GONE else judgement.message
        record = envelope_of(judgement, self._resource).get(self._session.dialect.envelope.data)
        if record is None:
            return ""
        if isinstance(record, dict) and record.get(self._identifier) == identity:
            return record
        return say("the API answered something else")

    @property
    def _identifier(self) -> str:
        return self._session.dialect.speak_of(self._resource).identifier

    def _rows(self, envelope: RawPage) -> list[Row]:
        rows = envelope.get(self._session.dialect.envelope.data)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def close(self) -> None:
        """Give up what was asked for; what failed meanwhile is of no interest any more."""
        for task in self._tasks.values():
            task.cancel()
            task.add_done_callback(lambda t: t.cancelled() or t.exception())
        self._tasks.clear()
