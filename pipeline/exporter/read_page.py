"""Reading the pages of one list: which page failed is said, and how many had to be mended is counted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from pipeline.api.attempts import read
from pipeline.api.client import Client
from pipeline.api.reply import NoReply, Reply
from pipeline.api.throttle.admission import Throttle
from pipeline.api.verdict import Judgement, Verdict, judge_read
from pipeline.redact import redact_bytes
from schemas.dialects.spec import Dialect

__all__ = ["PageReader"]


class PageReader:
    """Takes the place of `attempts.read`. `repaired` counts the pages with half characters."""

    def __init__(self, reader: Callable[..., Awaitable[Judgement]] = read) -> None:
        self._reader = reader
        self.repaired = 0

    async def __call__(
        self, client: Client, throttle: Throttle, path: str, query: Mapping[str, str | int]
    ) -> Judgement:
        judgement = await self._reader(client, throttle, path, query, judge=_judged)
        self.repaired += judgement.repaired
        if judgement.verdict is Verdict.DONE or judgement.status is None or not 200 <= judgement.status < 300:
            return judgement
        offset = client.dialect.paging.offset
        return replace(judgement, message=f"{judgement.message}, page at {offset}={query.get(offset, 0)}")

    @property
    def notes(self) -> list[str]:
        if not self.repaired:
            return []
        return [f"{self.repaired} pages held half characters (cut emoji): they are replaced by U+FFFD."]


def _judged(dialect: Dialect, outcome: Reply | NoReply) -> Judgement:
    return judge_read(
        dialect, replace(outcome, content=redact_bytes(outcome.content)) if isinstance(outcome, Reply) else outcome
    )
