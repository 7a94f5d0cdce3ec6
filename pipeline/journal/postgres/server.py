"""The one door to the server of a journal: how it is connected, found fit, read, written, and waited for.

A commit that returned is on the server's disk, and on its synchronous standbys where it has any. A server that went
away is waited for; what was being written is written again only by those who can tell whether it was.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self, TypeVar

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from pipeline.errors import JournalError
from pipeline.journal.postgres.address import name_place
from pipeline.journal.postgres.migrations import find_version, read_identity, update_tables
from pipeline.journal.terms import Terms
from pipeline.language.say import say

__all__ = ["PostgresServer", "build_fault", "has_journal", "open_connection", "opened"]

T = TypeVar("T")

_NAP_S = 0.25
_UNLESS_SAID: Mapping[str, str | int] = {
    "application_name": "gigbulk",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What the address may say otherwise. A line that was cut is noticed after 15 to 25 seconds, not after two hours."""

_IDLE_S = 10.0
_END_IDLE = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"
"""A process that is paused, or cut off, in the midst of a transaction holds its rows. The server ends it after so long,
and at the latest when its lease runs out: else nobody could take the account over."""

_LOCALLY_ONLY = "01000"
"""SQLSTATE of the warning that a commit is on this server and perhaps on no standby: psycopg raises nothing for it."""


class PostgresServer:
    """A connection that may pass from thread to thread, used by one at a time; another one when it broke."""

    def __init__(self, address: str, now: Callable[[], datetime], terms: Terms) -> None:
        self.address, self.terms = address, terms
        self.place = name_place(address)
        self._now = now
        self._warned = False
        with self._door():
            self._db = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def _connect(self) -> Connection[Any]:
        db = open_connection(self.address)
        try:
            db.execute(_END_IDLE, (str(round(1000 * min(_IDLE_S, self.terms.lease_s))),))
            check_fitness(db, self.place)
            update_tables(db)
            check_identity(db, self.place)
        except BaseException:
            db.close()
            raise
        db.add_notice_handler(self._heed)
        return db

    def _heed(self, notice: psycopg.errors.Diagnostic) -> None:
        self._warned = self._warned or notice.sqlstate == _LOCALLY_ONLY

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="milliseconds")

    def _read(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._persist(lambda db, again: db.execute(sql.encode(), values).fetchall())

    def _write(self, body: Callable[[Connection[Any]], T]) -> T:
        """One transaction. Where the answer to its commit is lost it is carried out again: `body` must not mind."""

        def write(db: Connection[Any], again: bool) -> T:
            with self.transaction(db):
                return body(db)

        return self._persist(write)

    @contextmanager
    def transaction(self, db: Connection[Any]) -> Iterator[None]:
        """One transaction; JournalError where its commit is on this server alone."""
        self._warned = False
        with db.transaction():
            yield
        self._check_committed()

    def _check_committed(self) -> None:
        if self._warned:
            raise JournalError(
                say("{place} has written a commit on itself alone, and perhaps on no standby.", place=self.place),
                say("See to its standbys (synchronous_standby_names), then run: gigbulk runs resume"),
            )

    def _persist(
        self,
        body: Callable[[Connection[Any], bool], T],
        ticks: Callable[[], float] = time.monotonic,
        nap: Callable[[float], None] = time.sleep,
    ) -> T:
        """Do it, and again over a new connection where the old one broke; `body` is told whether it is again."""
        again, until = False, 0.0
        while True:
            try:
                with self._door():
                    if self._db.closed:
                        self._db = self._connect()
                    return body(self._db, again)
            except _Away:
                self._db.close()
                until = until if again else ticks() + self.terms.wait_s
                if ticks() >= until:
                    raise
                again = True
                nap(_NAP_S)

    @contextmanager
    def _door(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            db = getattr(self, "_db", None)
            away = db is not None and (db.closed or isinstance(error, _COMES_BACK))
            raise build_fault(self.place, error, away=away) from error


_COMES_BACK = (psycopg.errors.CannotConnectNow, psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown)


class _Away(JournalError):
    """The server does not answer; it may come back."""


def open_connection(address: str) -> Connection[Any]:
    """A connection in which each statement is a transaction, unless it is in one. psycopg.Error."""
    said = conninfo_to_dict(address)
    unsaid: dict[str, Any] = {name: value for name, value in _UNLESS_SAID.items() if name not in said}
    return psycopg.connect(address, autocommit=True, **unsaid)


@contextmanager
def opened(address: str) -> Iterator[Connection[Any]]:
    """A connection for a block. JournalError for what fails in it."""
    try:
        with open_connection(address) as db:
            yield db
    except psycopg.Error as error:
        raise build_fault(name_place(address), error) from error


def has_journal(address: str) -> bool:
    """Whether the tables are there. JournalError when that cannot be seen."""
    with opened(address) as db:
        return find_version(db) > 0


def check_fitness(db: Connection[Any], place: str) -> None:
    """JournalError where a commit that returned may be gone after the power, or cannot be made at all."""
    found = db.execute(
        "SELECT pg_is_in_recovery(), current_setting('fsync'), current_setting('synchronous_commit'), "
        "current_setting('server_version_num')::int"
    ).fetchone()
    standby, fsync, synchronous, version = found or (True, "off", "off", 0)
    if standby:
        raise JournalError(
            say("{place} is a standby, which takes no writing.", place=place),
            say("Name its primary, or all of them with target_session_attrs=read-write."),
        )
    if version < _OLDEST:
        raise JournalError(say("{place} is older than PostgreSQL 15.", place=place), say("Use a newer server."))
    for name, value in (("fsync", fsync), ("synchronous_commit", synchronous)):
        if value == "off":
            raise JournalError(
                say("{place} has {name} = off: it may forget what was sent.", place=place, name=name),
                say("Set {name} = on for the journal's database or role.", name=name),
            )


_OLDEST = 150_000


def check_identity(db: Connection[Any], place: str) -> None:
    """JournalError where this is not the server, or not the history of it, that the journal was begun on."""
    known = db.execute("SELECT system_identifier, timeline FROM journal").fetchone()
    if known != read_identity(db):
        raise JournalError(
            say("{place} is another server than before, or a standby that took over; it may have forgotten what was "
                "sent.", place=place),
            say("Nothing is sent before every account was looked at anew. Agree to that with: gigbulk runs adopt"),
        )  # fmt: skip


def build_fault(place: str, error: psycopg.Error, *, away: bool = False) -> JournalError:
    """What the user is told of it: the server's own first line, which holds no values."""
    told = error.diag.message_primary or str(error).strip().partition("\n")[0]
    kind = _Away if away else JournalError
    return kind(
        say("The journal at {place} cannot be used: {error}.", place=place, error=told.rstrip(".")),
        say("See that the server runs and lets you in (docs/shared-journal.md), then run: gigbulk runs resume"),
    )
