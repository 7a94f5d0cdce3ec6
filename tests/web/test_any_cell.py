"""Any cell of any row is corrected without a script, and the counts by table are those of now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page import Page, Reader, open_page
from playwright.sync_api import expect
from tab import Tab
from walk import a_list


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with open_page(tmp_path / "state", "--sandbox") as running:
        yield running


def test_the_number_of_a_row_opens_its_cells_and_each_is_a_form(page: Page, tmp_path: Path) -> None:
    user = Reader(page).drop(a_list(tmp_path / "c.csv"))
    basket = user.basket
    user.go(f"/b/{basket}/correct?show=all")
    link = re.search(r'href="(\?[^"]*edit=2#row-2)"', user.shown.text)
    assert link is not None
    user.go(f"/b/{basket}/correct{link[1]}".replace("&amp;", "&"))
    form = re.search(r'(?s)<td class="open" data-label="name"><form.*?</form>', user.shown.text)
    assert form is not None and 'value="Ana"' in form[0] and "<button" in form[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    user.shown = user.client.post(f"/b/{basket}/edits", data=fields | {"value": "Anabel"})
    assert str(user.shown.url).endswith("#row-2") and "Anabel" in user.text


def test_after_a_correction_the_window_is_the_one_it_was_made_in(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = (f"M-{n},Ana {n},XAXX010101000,{n}@correo.example,601,S01,06700,MEX" for n in range(450))
    path.write_text("\n".join(["internalId,name,rfc,email,tax_system,use,zip,country", *rows]) + "\n")
    user = Reader(page).drop(path)
    basket = user.basket
    user.go(f"/b/{basket}/correct?from=200")
    form = re.search(r'(?s)<form id="e-\d+-4".*?</form>', user.shown.text)
    assert form is not None
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    user.shown = user.client.post(f"/b/{basket}/edits", data=fields | {"value": "616"})
    assert "from=200" in str(user.shown.url) and "Rows 201 to 400 of 449" in user.text


def test_the_errors_by_table_are_counted_anew_with_each_correction(opened: Tab, tmp_path: Path) -> None:
    page = opened.page
    page.set_input_files("#files", a_list(tmp_path / "c.csv"))
    page.click("form.drop button.primary")
    page.click("button[name=next]")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    expect(page.locator("#tabs [aria-current] .soft")).to_contain_text("2")
    page.keyboard.press("F8")
    page.keyboard.type("616")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    expect(page.locator("#tabs [aria-current] .soft")).to_contain_text("1")


@pytest.mark.parametrize("width", [1280, 380])
def test_an_opened_row_keeps_nobody_out_and_fits_a_phone(
    opened: Tab, axe: Callable[[Any], list[str]], tmp_path: Path, width: int
) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": 800})
    page.set_input_files("#files", a_list(tmp_path / "c.csv", f"A{width}"))
    page.click("form.drop button.primary")
    page.click("button[name=next]")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    page.locator("#row-3 th a").click()
    page.wait_for_selector("#row-3 td.open")
    assert [told for told in axe(page) if told.startswith(("serious", "critical"))] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.locator("#row-3 td.open button").all():
        assert button.evaluate("element => element.getClientRects().length === 1 && element.offsetHeight < 45")


def test_an_opened_cell_is_saved_by_enter_alone(opened: Tab, tmp_path: Path) -> None:
    page = opened.page
    page.set_input_files("#files", a_list(tmp_path / "c.csv", "K"))
    page.click("form.drop button.primary")
    page.click("button[name=next]")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    opened.press("#row-3 th a")
    page.wait_for_selector("#row-3 td.open")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    opened.reach("#row-3 td[data-label=name] input:not([type=hidden])")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Bertha")
    page.keyboard.press("Enter")
    expect(page.locator("#row-3 td.edited")).to_contain_text("Bertha")


def test_the_same_in_all_is_shown_again_after_it_was_taken_back(opened: Tab, tmp_path: Path) -> None:
    """The address is another each time: at the one it stands at already a browser loads nothing."""
    path = tmp_path / "same.csv"
    rows = (f"T-{n},Ana {n},ANA LOPEZ,XAXX010101000,t{n}@correo.example,601,S01,06700,MEX" for n in range(3))
    path.write_text("\n".join(["internalId,name,legal_name,rfc,email,tax_system,use,zip,country", *rows]) + "\n")
    page = opened.page
    page.set_input_files("#files", path)
    page.click("form.drop button.primary")
    page.click("button[name=next]")

    def say_it(value: str, errors: str) -> None:
        page.wait_for_selector("form[data-htmx-powered]", state="attached")
        page.locator("#row-3 .reason label").first.click()  # the name of a cell beside its reason leads to it
        expect(page.locator("#row-3 td.bad input").first).to_be_focused()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.type(value)
        page.locator("#row-3 .same input").first.check()
        page.locator("#row-3 button.save").first.click()
        expect(page.locator("#counts .error b")).to_have_text(errors)

    page.wait_for_url("**/correct*")
    say_it("616", "0")
    page.click("#undo-button")
    expect(page.locator("#counts .error b")).to_have_text("3")
    expect(page.locator("#row-2 td.bad input").first).to_be_focused()
    say_it("616", "0")
