"""Many waiting intents and outcomes written by one commit, off the event loop.

Whoever awaits `write` goes on only when its event is durable. While one commit runs, the next ones collect: under load
a commit carries many events and one fsync, alone it carries one at once.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pipeline.journal.protocol import Journal
from pipeline.journal.rows import Claim, Intent, Outcome

__all__ = ["GroupCommit"]

T = TypeVar("T")

SWITCH_S = 0.0005
"""How long the busy event loop may hold the interpreter while the writing thread wants it, instead of Python's 5 ms.
The thread gives it up at every step of SQLite, so a commit of ten records asks for it ten times: 7 ms, now 2."""


class GroupCommit:
    """Group commit over a journal, under one claim; one thread owns the writing. Close it: it hurries the interpreter's
    switching."""

    def __init__(self, journal: Journal, claim: Claim) -> None:
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH_S, self._switch_s))
        self._journal, self._claim = journal, claim
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: list[tuple[Sequence[Intent | Outcome], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, event: Intent | Outcome) -> None:
        """Return when the event is on disk. JournalError when it cannot be, or may not (`Records.commit`)."""
        await self.write_all((event,))

    async def write_all(self, events: Sequence[Intent | Outcome]) -> None:
        """As `write`, of several that go into one commit."""
        if not events:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                events = [event for events, _ in batch for event in events]
                await loop.run_in_executor(self._thread, self._journal.commit, events, self._claim)
            except Exception as error:  # noqa: BLE001  (handed to those who wait, who would else wait for ever)
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def ask(self, question: Callable[[], T]) -> T:
        """Run a read of the journal in the thread that owns it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    async def close(self) -> None:
        if self._writing is not None:
            await self._writing
        self._thread.shutdown(wait=True)
        sys.setswitchinterval(self._switch_s)
