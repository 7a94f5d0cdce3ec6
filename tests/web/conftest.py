"""A browser for the page. Where there is no Chromium its tests are skipped and say so; in CI they fail instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from page import Page as Served
from page import open_page
from playwright.sync_api import Browser, Page, sync_playwright
from tab import Tab

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
_JUDGED = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's own Chromium. It ends with the module: while it is open, its loop runs in this thread, and no other
    test could run one."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        missing = f"no browser: none of {', '.join(_NAMES)} is installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=program, args=flags)
        yield running
        running.close()


Judge = Callable[[Page], list[str]]


@pytest.fixture
def axe() -> Judge:
    """What axe-core finds on a page as it stands, serious and critical first: rule, element, what is wrong."""

    def judge(page: Page) -> list[str]:
        page.evaluate(_AXE)
        found: list[dict[str, Any]] = page.evaluate(_JUDGED)["violations"]
        return [f"{v['impact']} {v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"][:3]]

    return judge


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real page with its sandbox, for all tests of a module; its word is used by the first who opens it."""
    with open_page(tmp_path_factory.mktemp("state"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def session(served: Served, browser: Browser) -> Any:
    """The cookies of who opened the page."""
    context = browser.new_context()
    context.new_page().goto(served.opening)
    known = context.storage_state()
    context.close()
    return known


@pytest.fixture
def opened(served: Served, browser: Browser, session: Any) -> Iterator[Tab]:
    """The page's first step. Whatever it asks of another host, and every complaint on the console, fails the test."""
    context = browser.new_context(storage_state=session, locale="es-MX", viewport={"width": 1280, "height": 900})
    tab = Tab(context.new_page(), served)
    tab.page.on("request", lambda request: tab.asked.append(request.url))
    tab.page.on("console", lambda said: tab.complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.page.goto(served.address)
    yield tab
    context.close()
    assert [told for told in tab.complaints if "status of 400" not in told] == []  # a refusal is an answer
    assert [url for url in tab.asked if not url.startswith((served.address, "data:"))] == []
