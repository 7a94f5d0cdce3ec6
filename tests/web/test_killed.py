"""The page, or what sends for it, is killed in the middle: nothing is lost or doubled, and the page goes on."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2 as httpx
import pytest
from page import Page, Reader, open_page

from pipeline.sandbox import EmbeddedSandbox, Options

COUNT = 600


def payments(path: Path) -> set[str]:
    ids = [f"KP-{n}" for n in range(COUNT)]
    head = "internalId,name,legal_name,rfc,email,tax_system,use,zip,country"
    rows = [f"{i},Ana {i},ANA LOPEZ,XAXX010101000,ana{i}@correo.example,616,S01,06700,MEX" for i in ids]
    path.write_text("\n".join([head, *rows]) + "\n")
    return {*ids}


@pytest.fixture
def api() -> Iterator[str]:
    """A pretend API that outlives the page, slow enough that a send is killed in its middle."""
    with EmbeddedSandbox(Options(latency_ms=40)) as running:
        yield running.base_url


def held(api: str) -> Counter[str]:
    rows, offset = Counter[str](), 0
    while True:
        answer = httpx.get(f"{api}/clients?limit=100&offset={offset}", headers={"authorization": "Bearer sk_test_x"})
        data = answer.json()["data"]
        rows.update(row["metadata"]["internalId"] for row in data)
        if len(data) < 100:
            return rows
        offset += 100


def page_at(tmp_path: Path, api: str) -> AbstractContextManager[Page]:
    return open_page(tmp_path / "state", GIGSTACK_API_KEY="sk_test_x", GIGSTACK_BASE_URL=api)


def kill_job(state: Path) -> None:
    (pid,) = (int(path.read_text()) for path in state.glob("web/me/*/jobs/2/pid"))
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("with_job", [False, True], ids=["the page", "the page and what sends"])
def test_a_page_that_is_killed_while_it_sends_loses_and_doubles_nothing(
    api: str, tmp_path: Path, with_job: bool
) -> None:
    ids = payments(tmp_path / "c.csv")
    with page_at(tmp_path, api) as page:
        user = Reader(page).drop(tmp_path / "c.csv").confirm()
        basket = user.basket
        end = time.monotonic() + 30
        while not held(api) and time.monotonic() < end:
            time.sleep(0.05)
        if with_job:
            kill_job(tmp_path / "state")
        assert 0 < len(held(api)) < COUNT
        page.kill()
    with page_at(tmp_path, api) as again:
        user = Reader(again)
        user.go(f"/b/{basket}/progress")
        if with_job:
            assert "cut short" in user.text
            assert "cut short" in user.go("/").text
            user.go(f"/b/{basket}/progress").send(f"/b/{basket}/resume")
        user.until_sent()
        assert "all is in the account" in user.text
    assert held(api) == Counter(dict.fromkeys(ids, 1))


def test_a_send_is_paused_and_gone_on_with(api: str, tmp_path: Path) -> None:
    ids = payments(tmp_path / "c.csv")
    with page_at(tmp_path, api) as page:
        user = Reader(page).drop(tmp_path / "c.csv").confirm()
        end = time.monotonic() + 30
        while not held(api) and time.monotonic() < end:
            time.sleep(0.05)
        user.send(f"/b/{user.basket}/stop").until_sent()
        assert "Paused" in user.text
        paused = held(api)
        assert 0 < len(paused) < COUNT
        time.sleep(0.5)
        assert held(api) == paused
        user.send(f"/b/{user.basket}/resume")
        assert str(tmp_path) not in user.until(lambda text: "reading c.csv" in text or "Result" in text).text
        user.until_sent()
        assert "all is in the account" in user.text
        found = re.search(r'href="(/b/\w+/download/\d+/created)"', user.shown.text)
        assert found is not None, user.text
        created = [line.split(",") for line in user.client.get(found[1]).text.splitlines()]
        assert len(created) == COUNT + 1
    assert held(api) == Counter(dict.fromkeys(ids, 1))


def test_a_run_gone_on_with_from_past_runs_has_its_lists_at_its_files(api: str, tmp_path: Path) -> None:
    payments(tmp_path / "c.csv")
    with page_at(tmp_path, api) as page:
        user = Reader(page).drop(tmp_path / "c.csv").confirm()
        end = time.monotonic() + 30
        while not held(api) and time.monotonic() < end:
            time.sleep(0.05)
        kill_job(tmp_path / "state")
        user.go("/")
        run = re.search(r'href="(/runs/[^"]+)"', user.shown.text.partition("cut short")[2])
        assert run is not None, user.text
        user.go(run[1]).send(f"{run[1]}/resume").until_sent()
        assert "all is in the account" in user.text and "List of what was created" in user.text
        assert f'href="/b/{user.basket}/progress"' in user.go(run[1]).shown.text
    assert len(held(api)) == COUNT


def test_who_stops_a_send_before_it_has_begun_is_told_that_nothing_was_sent(api: str, tmp_path: Path) -> None:
    ids = payments(tmp_path / "c.csv")
    with page_at(tmp_path, api) as page:
        user = Reader(page).drop(tmp_path / "c.csv").confirm()
        kill_job(tmp_path / "state")
        user.until_sent()
        assert "nothing was sent" in user.text and "Go on" not in user.text
        assert not held(api)
        user.confirm().send(f"/b/{user.basket}/stop").until_sent()
        assert "Go on" in user.text or "nothing was sent" in user.text.lower(), user.text
        user.confirm().until_sent()
        if "all is in the account" not in user.text:
            user.send(f"/b/{user.basket}/resume").until_sent()
        assert "all is in the account" in user.text
    assert held(api) == Counter(dict.fromkeys(ids, 1))
