"""Every step as it is served: for everybody, at every size, in Spanish, and in English when that is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page
from tab import Tab
from walk import walk

from scripts.messages import read_catalogue

STEPS = {"drop", "understood", "correct", "confirm", "progress"}
FIELD = re.compile(r"%\((\w+)\)s|\{[^{}]*\}")
WORDS = """() => {
  const told = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data.replace(/\\s+/g, " ").trim();
    if (text && !node.parentElement.closest("code, option, script, [lang], .file, .columns tbody th")) told.push(text);
  }
  for (const element of document.querySelectorAll("[aria-label]")) told.push(element.getAttribute("aria-label"));
  for (const element of document.querySelectorAll("[placeholder]")) told.push(element.getAttribute("placeholder"));
  return [document.title.split(" · ")[0], ...told];
}"""
"""What the page itself says: no keys of a catalogue, no fields, no cells in their own words."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out_on_any_step(
    opened: Tab, axe: Callable[[Page], list[str]], tmp_path: Path, scheme: str
) -> None:
    opened.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = {step: axe(opened.page) for step in walk(opened.page, opened.served.address, tmp_path, f"A{scheme}")}
    assert set(found) >= STEPS
    assert {step: told for step, told in found.items() if told} == {}


@pytest.mark.parametrize(("width", "height"), [(380, 800), (640, 450)], ids=["on a phone", "at 200 %"])
def test_no_step_scrolls_sideways(opened: Tab, tmp_path: Path, width: int, height: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": height})
    steps = walk(opened.page, opened.served.address, tmp_path, f"S{width}")
    wide = {step: opened.page.evaluate("document.documentElement.scrollWidth") for step in steps}
    assert {step: found for step, found in wide.items() if found != width} == {}


def test_a_red_cell_has_words_beside_it(opened: Tab, tmp_path: Path) -> None:
    for step in walk(opened.page, opened.served.address, tmp_path, "R"):
        if step != "correct":
            continue
        cells = opened.page.locator("td.error input").all()
        assert len(cells) >= 3
        for cell in cells:
            reason = opened.page.locator(f"[id='{cell.get_attribute('aria-describedby')}']").inner_text()
            assert len(reason.split()) > 3, reason
        return


def read_words(page: Page) -> list[str]:
    """The texts a person sees. The page of what is being sent goes on by itself, and takes its words with it."""
    try:
        found: list[str] = page.evaluate(WORDS)
    except Error:
        page.wait_for_load_state()
        found = page.evaluate(WORDS)
    return found


def test_every_step_is_spanish(opened: Tab, tmp_path: Path) -> None:
    english = [
        text
        for message in read_catalogue()
        if message.id and message.id != message.string
        for text in ([message.id] if isinstance(message.id, str) else message.id)
    ]
    exact = {text for text in english if not FIELD.search(text)}
    filled = [re.compile(".+".join(map(re.escape, FIELD.split(text)[::2]))) for text in english if FIELD.search(text)]
    filled = [pattern for pattern in filled if re.search("[a-z]{3}", pattern.pattern)]
    told = {}
    for step in walk(opened.page, opened.served.address, tmp_path, "E"):
        assert opened.page.locator("html").get_attribute("lang") == "es"  # it waits where the page is on its way
        words = read_words(opened.page)
        told[step] = [w for w in words if w in exact or any(pattern.fullmatch(w) for pattern in filled)]
    assert {step: found for step, found in told.items() if found} == {}


def test_it_is_english_from_when_that_is_asked_until_spanish_is(opened: Tab) -> None:
    page, address = opened.page, opened.served.address
    page.click("a[hreflang=en]")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.get_by_role("link", name="Past runs").is_visible()
    page.goto(f"{address}/exports")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.click("a[hreflang=es]")
    assert page.evaluate("document.documentElement.lang") == "es"
