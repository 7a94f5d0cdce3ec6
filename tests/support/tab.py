"""The page in a tab of a real browser, and a user at its keyboard."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from page import Page as Served
from playwright.sync_api import Locator, Page

__all__ = ["Tab"]

_MOST_TABS = 200


@dataclass(slots=True)
class Tab:
    """A tab, the page that is served to it, what it has asked for, and what its console complains of."""

    page: Page
    served: Served
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def reach(self, selector: str) -> Locator:
        """Press Tab until the element has the focus: who has no mouse must come there."""
        wanted = self.page.locator(selector).first
        wanted.wait_for(state="attached")
        for _ in range(_MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return wanted
            self.page.keyboard.press("Tab")
        pytest.fail(f"never reached by the Tab key: {selector}")

    def press(self, selector: str, key: str = "Enter") -> None:
        """Reach it, and press a key there."""
        self.reach(selector)
        self.page.keyboard.press(key)
