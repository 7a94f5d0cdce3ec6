"""The disk takes no more: each button of the page says so and what to do, and works when there is room again.

The kernel refuses what processes of the page would write (RLIMIT_FSIZE), as it does on a full disk.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from page import Page, Reader, open_page
from walk import a_list

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no prlimit here: a disk cannot be filled")


def processes_of(page: Page) -> list[int]:
    """The page and its benches."""
    children = Path(f"/proc/{page.process.pid}/task/{page.process.pid}/children").read_text().split()
    return [page.process.pid, *map(int, children)]


@contextmanager
def full_disk(page: Page) -> Iterator[None]:
    """Nothing that the page, its benches or its jobs write is taken, until the block ends."""
    resource.prlimit(page.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    for process in processes_of(page):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes_of(page):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with open_page(tmp_path / "state", "--sandbox", TMPDIR=str(tmp_path)) as running:
        yield running


def edit(user: Reader) -> Reader:
    fields = {"table": "0", "line": "3", "heading": "tax_system", "value": "616", "show": "errors"}
    return user.send(f"/b/{user.basket}/edits", **fields)


def answer(user: Reader) -> Reader:
    return user.send(f"/b/{user.basket}/understood", dates="dmy")


def undo(user: Reader) -> Reader:
    return user.send(f"/b/{user.basket}/undo", show="errors")


def check_again(user: Reader) -> Reader:
    return user.send(f"/b/{user.basket}/check").go(f"/b/{user.basket}/understood").until_read()


def count(user: Reader) -> Reader:
    return user.go(f"/b/{user.basket}/confirm").until_read()


def send(user: Reader) -> Reader:
    fields = {"plan": user.field("plan"), "word": user.field("word"), "how": "all", "sure": "1"}
    return user.send(f"/b/{user.basket}/send", **fields)


def export(user: Reader) -> Reader:
    return user.go("/exports").send("/exports", **{"resource:clients": "1", "format": "csv"})


def take_template(user: Reader) -> Reader:
    return user.go("/template/clients.xlsx")


def told_of_disk(user: Reader) -> bool:
    """Whether the page says what is wrong with the disk, and what to do."""
    return "Free disk space" in user.text or "Raise the limit" in user.text


@pytest.mark.parametrize("press", [answer, edit, check_again, count, export, take_template])
def test_each_button_says_that_the_disk_is_full_and_works_when_it_is_not(
    page: Page, tmp_path: Path, press: Callable[[Reader], Reader]
) -> None:
    user = Reader(page).drop(a_list(tmp_path / "c.csv"))
    basket = user.basket
    with full_disk(page):
        assert told_of_disk(press(user)), user.text
        assert "mistake in gigbulk" not in user.text
    user.go(f"/b/{basket}/correct").until_read()
    assert press(user).shown.status_code == 200 and not told_of_disk(user), user.text


def test_a_correction_that_cannot_be_kept_is_none(page: Page, tmp_path: Path) -> None:
    user = Reader(page).drop(a_list(tmp_path / "c.csv")).step("correct")
    basket = user.basket
    with full_disk(page):
        assert told_of_disk(edit(user)), user.text
        assert 'value="601"' in user.go(f"/b/{basket}/correct").shown.text
    assert "601" not in edit(user).go(f"/b/{basket}/correct").text
    user.send(f"/b/{basket}/edits", table="0", line="2", heading="name", value="Eva", show="all")
    with full_disk(page):
        assert told_of_disk(undo(user)), user.text
    assert "Eva" in user.go(f"/b/{basket}/correct?show=all").text
    assert 'value="601"' not in user.go(f"/b/{basket}/correct").shown.text


def test_an_upload_that_finds_no_room_leaves_nothing_and_is_taken_later(page: Page, tmp_path: Path) -> None:
    path = a_list(tmp_path / "c.csv")
    user = Reader(page)
    with full_disk(page):
        assert told_of_disk(user.drop(path)), user.text
        assert user.shown.status_code == 507
    assert not [*tmp_path.glob("state/web/me/*")]
    assert "c.csv" in user.drop(path).text


def test_nothing_is_sent_where_it_could_not_be_remembered(page: Page, tmp_path: Path) -> None:
    user = Reader(page).drop(a_list(tmp_path / "c.csv"))
    basket = count(user).basket
    with full_disk(page):
        assert told_of_disk(send(user)), user.text
    assert "Nothing was sent" in user.go("/runs").text
    count(user.go(f"/b/{basket}/understood"))
    send(user).until_sent()
    assert "created" in user.text


def test_what_is_told_of_a_send_that_the_disk_does_not_take_stops_none(tmp_path: Path) -> None:
    """The lines of progress are for whoever watches; the journal is what counts."""
    import subprocess

    program = """
import resource, sys
from pathlib import Path
from pipeline.web.job.telling import Telling
telling = Telling(Path(sys.argv[1]), "en", ())
telling.tell(run="one")
resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
for number in range(3000):
    telling.note(f"note {number}")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
telling.tell(run="last")
"""
    path = tmp_path / "progress.jsonl"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    lines = path.read_bytes().splitlines()
    assert lines[0] == b'{"run":"one"}' and lines[-1] == b'{"run":"last"}'
