"""A browser for the page. Where there is no Chromium its tests are skipped and say so; in CI they fail instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
