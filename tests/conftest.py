"""Fixtures are states of the world: a folder, a journal, an account, a running sandbox. Builders are in `builders`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import Files, RecordingEvents
from hypothesis import HealthCheck, settings

from pipeline.journal import Claim
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account
from pipeline.sandbox import EmbeddedSandbox, Options

settings.register_profile(
    "gigbulk", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("gigbulk")

NOBODY = 65534


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Makes input files in a folder of their own."""
    return Files(tmp_path / "files")


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state folder that no run has used yet; it does not exist."""
    return tmp_path / "state"


@pytest.fixture
def account() -> Account:
    """A test-mode account."""
    return Account("https://api.example.test/v2 team t1", livemode=False)


@pytest.fixture
def empty_journal(state_dir: Path) -> Iterator[SqliteJournal]:
    """A journal that remembers nothing, whose clock stands still."""
    with SqliteJournal(state_dir / "journal.sqlite", lambda: datetime(2026, 5, 31, 12, tzinfo=UTC)) as journal:
        yield journal


@pytest.fixture
def claim(empty_journal: SqliteJournal, account: Account) -> Claim:
    """The right to write the fates of the account's records in the empty journal."""
    return empty_journal.next_fence(account.name, "r1")


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    """The pretend API on a free port, empty and without faults."""
    with EmbeddedSandbox(Options()) as running:
        yield running


@pytest.fixture
def console() -> RecordingEvents:
    """Keeps what a flow says; agrees to nothing."""
    return RecordingEvents()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder every user of the machine may enter and write to."""
    folder = Path(tempfile.mkdtemp(prefix="gigbulk-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ordinary_user() -> Callable[[], AbstractContextManager[None]]:
    """A block run by a user without privileges: permissions mean nothing to root, and CI is often root."""

    @contextmanager
    def acting() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return acting
