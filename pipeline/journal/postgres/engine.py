"""How a journal in PostgreSQL is reached. psycopg is loaded by those who reach one, and by nobody else."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.journal.postgres.address import check_address
from pipeline.journal.terms import TERMS, Terms
from pipeline.language.say import say

if TYPE_CHECKING:
    from pipeline.journal.postgres.journal import PostgresJournal

__all__ = ["POSTGRES", "PostgresEngine"]


class PostgresEngine:
    """An `Engine`: the journal stands in the schema that the address's search path names first."""

    def whole(self, address: str, folder: Path) -> str:
        check_address(address)
        return address

    def open(self, address: str, now: Callable[[], datetime], terms: Terms = TERMS) -> "PostgresJournal":
        with _driver():
            from pipeline.journal.postgres.journal import PostgresJournal
        return PostgresJournal(address, now, terms)

    def exists(self, address: str) -> bool:
        with _driver():
            from pipeline.journal.postgres.server import has_journal
        return has_journal(address)

    def hold(self, address: str, name: str, run: str, what: str, terms: Terms = TERMS) -> AbstractContextManager[None]:
        with _driver():
            from pipeline.journal.postgres.lease import hold_place
        return hold_place(address, name, run, what, terms)

    def adopt(self, address: str, terms: Terms = TERMS) -> bool:
        with _driver():
            from pipeline.journal.postgres.adopt import adopt_server
        return adopt_server(address, terms)


POSTGRES = PostgresEngine()


@contextmanager
def _driver() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise ConfigError(
            say("A journal in PostgreSQL needs psycopg, which is not installed."),
            say("Install it: pip install 'gigbulk[postgres]'"),
        ) from error
