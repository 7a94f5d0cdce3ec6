"""One at a time, on any machine: a lease in the table of claims, renewed by a thread as long as its holder lives."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection

from pipeline.errors import JournalError
from pipeline.journal.postgres.migrations import prepare_claims
from pipeline.journal.postgres.server import open_connection, opened
from pipeline.journal.rows import Claim
from pipeline.journal.terms import Terms
from pipeline.language.say import say

__all__ = ["hold_place", "leased", "take_fence"]

_CLAIM = """
    INSERT INTO claims AS held (name, fence, run, process, host, lease_until)
    VALUES (%(name)s, 1, %(run)s, %(process)s, %(host)s, clock_timestamp() + make_interval(secs => %(lease_s)s))
    ON CONFLICT (name) DO UPDATE SET fence = held.fence + 1, run = excluded.run, process = excluded.process,
        host = excluded.host, lease_until = excluded.lease_until,
        strays_until = greatest(held.send_by, held.strays_until), batch = NULL
    WHERE held.lease_until < clock_timestamp() OR %(anyway)s
    RETURNING fence
"""
_RENEW = """
    UPDATE claims SET lease_until = clock_timestamp() + make_interval(secs => %s) WHERE name = %s AND fence = %s
"""
_RELEASE = """
    UPDATE claims SET lease_until = '-infinity', send_by = strays_until WHERE name = %s AND fence = %s
"""
"""Whoever gives it back has no request under way: those of older fences are left to be waited for."""

_HOLDER = """
    SELECT run, process, host, ceil(extract(epoch FROM lease_until - clock_timestamp()))::int
    FROM claims WHERE name = %s
"""


def take_fence(db: Connection[Any], name: str, run: str, lease_s: float = 0.0, *, anyway: bool = True) -> Claim | None:
    """The next claim of the name; None where another one's lease runs, unless it is to be overrun `anyway`."""
    told = {"name": name, "run": run, "process": os.getpid(), "host": socket.gethostname(), "lease_s": lease_s}
    taken = db.execute(_CLAIM, told | {"anyway": anyway}).fetchone()
    return None if taken is None else Claim(name, int(taken[0]))


@contextmanager
def leased(address: str, name: str, run: str, what: str, terms: Terms) -> Iterator[Claim]:
    """Hold `name` for a block, over a connection of its own. JournalError naming the holder when there is one."""
    with opened(address) as db:
        claim = take_fence(db, name, run, terms.lease_s, anyway=False)
        if claim is None:
            raise _refusal(db, name, what)
    keeper = _Keeper(address, claim, terms.lease_s)
    keeper.start()
    try:
        yield claim
    finally:
        keeper.stop()


@contextmanager
def hold_place(address: str, name: str, run: str, what: str, terms: Terms) -> Iterator[None]:
    """As `leased`, for a run that remembers nothing: of the journal, only the table of claims is made."""
    with opened(address) as db:
        prepare_claims(db)
    with leased(address, name, run, what, terms):
        yield


class _Keeper(threading.Thread):
    """Renews a lease three times before it runs out. Where that fails nothing is said: whoever writes is told, if the
    claim is another's by then."""

    def __init__(self, address: str, claim: Claim, lease_s: float) -> None:
        super().__init__(name="lease", daemon=True)
        self._address, self._claim, self._lease_s = address, claim, lease_s
        self._ended = threading.Event()

    def run(self) -> None:
        db: Connection[Any] | None = None
        while not self._ended.wait(self._lease_s / 3):
            try:
                if db is None or db.closed:
                    db = open_connection(self._address)
                if db.execute(_RENEW, (self._lease_s, *self._claim)).rowcount == 0:
                    break
            except psycopg.Error:
                continue
        if db is not None:
            db.close()

    def stop(self) -> None:
        """Give the lease back, so that the next one need not wait until it has run out."""
        self._ended.set()
        self.join()
        with suppress(JournalError), opened(self._address) as db:
            db.execute(_RELEASE, self._claim)


def _refusal(db: Connection[Any], name: str, what: str) -> JournalError:
    run, process, host, left_s = db.execute(_HOLDER, (name,)).fetchone() or ("", 0, "", 0)
    return JournalError(
        say("Another {what} is under way (run {run}, process {pid}).", what=what, run=run, pid=process),
        say(
            "Wait until it ends, or stop it on {host}. If it has died, its claim ends by itself in {seconds} s.",
            host=host,
            seconds=max(left_s, 0),
        ),
    )
