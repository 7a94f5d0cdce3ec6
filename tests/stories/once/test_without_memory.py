"""Without a memory nothing is sent; what was synced survives."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from stage import Desk, Recorder, payment

from pipeline.errors import JournalError
from pipeline.failpoints import CrashPoint, enable
from pipeline.journal import InputRow
from pipeline.journal.sqlite import SqliteJournal
from pipeline.model import Account
from tests.stories.once.conftest import Importing

pytestmark = pytest.mark.usefixtures("disarmed")

PAYMENTS = [payment(n) for n in range(12)]


def test_on_a_full_disk_the_run_ends_with_exit_5_and_nothing_is_sent_after(desk: Desk, server: Recorder) -> None:
    full = desk.gigbulk(
        "import", desk.csv("payments.csv", PAYMENTS), "--concurrency", "1", death="full:intent_durable:4"
    )

    assert full.code == 5
    assert "journal" in full.said
    assert 3 <= len(server.received()) <= 5  # one more intent may have shared the commit of the fourth
    assert _sent_and_unknown(server, desk.states()) == set()

    resumed = desk.gigbulk("runs", "resume")
    assert (resumed.code, resumed.counts()) == (0, {"read": 12, "created": 12})
    assert server.ids() == {f"p{n}": 1 for n in range(12)}
    assert len(server.received()) == 12


def test_a_state_folder_that_cannot_be_written_ends_with_exit_5_before_anything_is_sent(
    importing: Importing,
    desk: Desk,
    server: Recorder,
    open_folder: Path,
    ordinary_user: Callable[[], AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(open_folder))  # the home folder is another user's
    state = open_folder / "state"
    state.mkdir(mode=0o555)
    payments = open_folder / "payments.csv"
    shutil.copy(desk.csv("payments.csv", PAYMENTS), payments)
    importing.settings = replace(importing.settings, state_dir=state)
    with ordinary_user(), pytest.raises(JournalError, match="cannot be written") as refused:
        importing(payments)
    assert refused.value.exit_code == 5
    assert "GIGBULK_STATE_DIR" in refused.value.hint
    assert server.received() == []


def _sent_and_unknown(server: Recorder, states: dict[str, str]) -> set[str]:
    """What the server received although the journal does not say that it was sent."""
    known = {name for name, state in states.items() if state in ("sending", "done")}
    return {str(request["internalId"]) for request in server.received()} - known


def _after_the_cut(desk: Desk, copy: Path, torn: bytes) -> dict[str, str]:
    """The journal as it stands on disk now, with a torn write behind it, read again."""
    copy.mkdir()
    for name in ("journal.sqlite", "journal.sqlite-wal"):  # the -shm file is memory, and memory is gone
        shutil.copy(desk.state_dir / name, copy / name)
    with (copy / "journal.sqlite-wal").open("ab") as wal:
        wal.write(torn)
    moved = Desk(copy, desk.base_url)
    moved.state_dir = copy
    with SqliteJournal(copy / "journal.sqlite", lambda: datetime.now(UTC)):
        return moved.states()


@pytest.mark.parametrize("torn", [b"", b"\0" * 4120, bytes(range(256)) * 30], ids=["clean", "zeros", "garbage"])
def test_after_a_power_cut_the_journal_says_at_least_as_much_as_the_server_knows(
    torn: bytes, importing: Importing, desk: Desk, server: Recorder
) -> None:
    """The files of the journal are taken as they are at the moment the sixth request is about to leave."""
    after: dict[str, str] = {}
    unknown: set[str] = set()
    reached = 0

    def cut(point: CrashPoint) -> None:
        nonlocal reached
        if point is CrashPoint.INTENT_DURABLE:
            reached += 1
            if reached == 6:
                after.update(_after_the_cut(desk, desk.folder / "after", torn))
                unknown.update(_sent_and_unknown(server, after))

    enable(cut)
    importing(desk.csv("payments.csv", PAYMENTS))

    assert unknown == set()
    assert after["p0"] == after["p3"] == "done"
    assert after["p5"] == "sending"
    assert after["p11"] == "planned"


def test_a_damaged_journal_says_how_to_go_on_without_sending_twice(desk: Desk, server: Recorder) -> None:
    payments = desk.csv("payments.csv", [payment(n) for n in range(3)])
    desk.gigbulk("import", payments)
    journal = desk.state_dir / "journal.sqlite"
    journal.write_bytes(b"no database at all" * 1000)
    for beside in desk.state_dir.glob("journal.sqlite-*"):
        beside.unlink()

    broken = desk.gigbulk("import", payments)
    assert (broken.code, "Move it away" in broken.said) == (5, True)
    journal.unlink()

    assert desk.gigbulk("import", payments).counts() == {"read": 3, "existing": 3}
    assert len(server.received()) == 3


def test_a_commit_of_the_journal_is_synced_before_it_returns(empty_journal: SqliteJournal) -> None:
    """synchronous=FULL (2) in WAL mode: SQLite syncs the log at every commit, which is what survives a power cut."""
    assert empty_journal.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert empty_journal.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_run_and_all_its_files_are_remembered_together_or_not_at_all(
    empty_journal: SqliteJournal, account: Account
) -> None:
    """A run of which only the first file was written down would be resumed without the others, and call itself done."""
    good = InputRow(0, "clients.csv", "/x/clients.csv", "ab" * 32, "clients", 3)
    unwritable = good._replace(position=1, name="payments.csv", rows=None)  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        empty_journal.begin_run("r1", "import", account, {}, [good, unwritable])
    assert empty_journal.run("r1") is None
    assert empty_journal.inputs("r1") == []
