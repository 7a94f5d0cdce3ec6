"""Files on their way in: streamed, cut at the limit, named safely, gone when told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page import Page, Reader, most_memory, open_page
from starlette.datastructures import Headers

from pipeline.errors import ConfigError
from pipeline.web.access import Access
from pipeline.web.job.asked import Asked
from pipeline.web.kept.baskets import Answers, Baskets, name_safely
from pipeline.web.kept.expiry import remove_expired

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def page(state: Path) -> Iterator[Page]:
    with open_page(state, "--sandbox", "--max-upload", "1") as running:
        yield running


@given(st.text())
def test_a_name_is_never_a_path(name: str) -> None:
    safe = name_safely(name)
    assert safe == Path(safe).name and safe not in ("", ".", "..") and len(safe) <= 80
    assert not re.search(r"[/\\\x00]", safe) and not safe.startswith(".")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("pagos mayo.xlsx", "pagos mayo.xlsx"), ("../../etc/passwd", "passwd"), (r"C:\datos\año.csv", "año.csv"),
        ("...", "file"), ("a" * 200 + ".csv", "a" * 76 + ".csv"),
    ],
)  # fmt: skip
def test_a_name_stays_as_like_the_users_as_may_be(name: str, safe: str) -> None:
    assert name_safely(name) == safe


def test_a_file_beyond_the_limit_is_cut_while_it_arrives(page: Page, state: Path) -> None:
    user = Reader(page)
    answer = user.client.post("/baskets", data={"csrf": user.csrf}, files={"files": ("big.csv", b"x" * (3 << 20))})
    assert answer.status_code == 413 and "1 MB" in answer.text
    assert not [*state.glob("web/me/*/files/*")]


def test_an_upload_that_breaks_off_leaves_nothing(page: Page, state: Path) -> None:
    user = Reader(page)
    user.begin_upload(100_000).close()
    user.until(lambda text: not [*state.glob("web/me/*/files/*")], "/")


def test_files_of_a_basket_are_for_their_owner_only(page: Page, state: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("internalId,name\n1,Ana\n")
    user = Reader(page).drop(path)
    folders = [state / "web/me", state / "web/me" / user.basket, state / "web/me" / user.basket / "files"]
    assert [oct(folder.stat().st_mode & 0o777) for folder in folders] == ["0o700"] * 3


def test_all_is_deleted_when_that_is_asked_for(page: Page, state: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("internalId,name\n1,Ana\n")
    user = Reader(page).drop(path)
    assert [*state.glob("web/me/*")]
    user.go("/").send("/delete-all")
    assert not [*state.glob("web/me/*")]


def test_two_files_of_one_name_are_two_files(tmp_path: Path) -> None:
    basket = Baskets(tmp_path).make(NOW)
    for content in ("1", "2"):
        path = basket.reserve("a.csv")
        path.write_text(content)
        basket.keep(path)
    assert basket.files == ("a.csv", "a-2.csv")
    assert Baskets(tmp_path).open(basket.name).files == basket.files


def test_what_was_answered_is_kept(tmp_path: Path) -> None:
    basket = Baskets(tmp_path).make(NOW)
    basket.answer(Answers(dates="dmy", map={"A": "rfc"}))
    assert Baskets(tmp_path).open(basket.name).answers == Answers(dates="dmy", map={"A": "rfc"})


@pytest.mark.parametrize("name", ["..", "", "0123456789abcdef", "../0123456789abcdef", "a/b", "%2e%2e"])
def test_a_basket_that_is_not_there_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        Baskets(tmp_path).open(name)


def test_what_is_old_is_deleted_and_what_is_younger_is_not(tmp_path: Path) -> None:
    """Baskets of two users by the clock that is handed in; exports and files by their own dates."""
    old, young = Baskets(tmp_path / "ana").make(NOW - timedelta(days=31)), Baskets(tmp_path / "eva").make(NOW)
    export, report = tmp_path / "ana" / "exports" / "1", tmp_path / "ana" / "run.report.html"
    export.mkdir(parents=True)
    report.write_text("")
    (export / "request.json").write_bytes(msgspec.json.encode(Asked(step="export")))
    for path in (export, report):
        os.utime(path, (0, (NOW - timedelta(days=31)).timestamp()))
    assert remove_expired(tmp_path, 30, NOW) == 3
    assert not old.folder.exists() and not export.exists() and not report.exists() and young.folder.exists()


def test_what_is_being_sent_is_not_deleted_however_old_it_is(tmp_path: Path) -> None:
    basket = Baskets(tmp_path / "ana").make(NOW - timedelta(days=31))
    folder = basket.jobs / "1"
    folder.mkdir()
    (folder / "request.json").write_bytes(msgspec.json.encode(Asked(step="send")))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", str(folder)]) as process:
        (folder / "pid").write_text(str(process.pid))
        assert remove_expired(tmp_path, 30, NOW) == 0
        process.kill()
    assert remove_expired(tmp_path, 30, NOW) == 1


def test_too_many_parts_are_refused(page: Page, state: Path) -> None:
    user = Reader(page)
    parts = [("files", (f"{n}.csv", b"")) for n in range(200)]
    answer = user.client.post("/baskets", data={"csrf": user.csrf}, files=parts)
    assert answer.status_code == 400 and "too many" in answer.text
    assert not [*state.glob("web/me/*/files/*")]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: name.strip() == name),
        min_size=2,
        max_size=2,
        unique=True,
    )
)
def test_two_users_never_share_a_folder(names: list[str]) -> None:
    access = Access(frozenset(), "s" * 32)
    users = [
        access.find_user(Headers(raw=[(b"x-gigbulk-secret", b"s" * 32), (b"x-forwarded-user", name.encode())]), {})
        for name in names
    ]
    folders = {user.folder for user in users if user is not None}
    assert len(folders) == 2 and not {"me", ""} & folders


def test_the_server_stays_small_whatever_is_sent_to_it(page: Page) -> None:
    user = Reader(page)
    for _ in range(3):
        user.client.post("/baskets", data={"csrf": user.csrf}, files={"files": ("big.csv", os.urandom(20 << 20))})
    assert most_memory(page) < 250 << 20  # the sandbox runs in the same process
