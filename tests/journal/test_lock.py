"""One import at a time over one account and state folder: the kernel's lock, gone when its holder dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pipeline.errors import JournalError
from pipeline.journal.lock import locked
from pipeline.model import Account

IMPORT = "import of this account"

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.journal.lock import locked
with locked(Path(sys.argv[1]), sys.argv[2], "run-of-the-other", "import of this account"):
    print("locked", flush=True)
    sys.stdin.read()
"""


def holder(state_dir: Path, account: Account) -> subprocess.Popen[str]:
    """Another process that holds the lock, and says so before this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state_dir), account.name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


def test_a_second_import_is_told_who_holds_the_account_and_may_begin_when_the_holder_was_killed(
    state_dir: Path, account: Account
) -> None:
    with holder(state_dir, account) as process:
        with pytest.raises(JournalError) as caught, locked(state_dir, account.name, "r2", IMPORT):
            raise AssertionError("two imports at once")
        assert caught.value.exit_code == 5
        assert "run run-of-the-other" in caught.value.message
        assert f"process {process.pid}" in caught.value.message
        process.send_signal(signal.SIGKILL)
        process.wait()
    with locked(state_dir, account.name, "r2", IMPORT):
        pass


def test_a_second_import_in_the_same_process_is_refused_too(state_dir: Path, account: Account) -> None:
    with (
        locked(state_dir, account.name, "r1", IMPORT),
        pytest.raises(JournalError, match="r1"),
        locked(state_dir, account.name, "r2", IMPORT),
    ):
        raise AssertionError("two imports at once")


def test_test_and_live_mode_of_an_account_share_one_lock_and_other_accounts_do_not(
    state_dir: Path, account: Account
) -> None:
    live = account._replace(livemode=True)
    with (
        locked(state_dir, account.name, "r1", IMPORT),
        locked(state_dir, "another", "r2", IMPORT),
        pytest.raises(JournalError, match="r1"),
        locked(state_dir, live.name, "r3", IMPORT),
    ):
        raise AssertionError("two imports at once")


def test_the_lock_is_free_again_after_an_import_that_failed_and_its_error_comes_out_unchanged(
    state_dir: Path, account: Account
) -> None:
    """A permission that lacks elsewhere is not the state folder's."""
    for error in (PermissionError("elsewhere"), ValueError("x"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, locked(state_dir, account.name, "r1", IMPORT):
            raise error
        assert caught.value is error
    with locked(state_dir, account.name, "r2", IMPORT):
        pass


def test_nothing_of_the_account_can_be_read_in_the_names_of_the_lock_files(state_dir: Path, account: Account) -> None:
    with locked(state_dir, account.name, "r1", IMPORT):
        names = " ".join(path.name for path in state_dir.iterdir())
    assert "t1" not in names
    assert "example" not in names


def test_a_state_folder_that_cannot_be_used_is_a_journal_error(
    tmp_path: Path,
    open_folder: Path,
    account: Account,
    ordinary_user: Callable[[], AbstractContextManager[None]],
) -> None:
    (tmp_path / "file").write_text("")
    open_folder.chmod(0o555)
    for folder in (tmp_path / "file", tmp_path / "file" / "inside", Path("/proc/gigbulk")):
        with pytest.raises(JournalError, match="cannot be written"), locked(folder, account.name, "r1", IMPORT):
            raise AssertionError("locked without a lock")
    with ordinary_user(), pytest.raises(JournalError, match="cannot be written"):
        for folder in (open_folder, open_folder / "state"):
            with locked(folder, account.name, "r1", IMPORT):
                raise AssertionError("locked without a lock")


def test_exports_of_an_account_to_two_places_do_not_wait_for_each_other_and_the_message_says_what_is_under_way(
    state_dir: Path,
) -> None:
    what = "export to this place"
    with (
        locked(state_dir, "account export /a", "e1", what),
        locked(state_dir, "account export /b", "e2", what),
        pytest.raises(JournalError, match=r"Another export to this place is under way \(run e1, process \d+\)"),
        locked(state_dir, "account export /a", "e3", what),
    ):
        raise AssertionError("two exports into one place")
