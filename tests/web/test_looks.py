"""Every part of the page, looked at by a browser: light, dark, on a phone, enlarged, by keyboard, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from gallery import COLUMNS, COUNTS, a_finding, a_row, gallery, render
from playwright.sync_api import Browser, Page, Route, expect

STATIC = Path(__file__).parents[2] / "pipeline" / "web" / "static"
ADDRESS = "http://page.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

Answer = Callable[[dict[str, str]], tuple[int, str]]
Open = Callable[..., Page]


def fixed(form: dict[str, str]) -> tuple[int, str]:
    """The row as it is after its cell was corrected."""
    row = a_row(int(form["line"]), edited=(form["heading"],))
    row["cells"][[column["heading"] for column in COLUMNS].index(form["heading"])] = form["value"]
    return 200, swapped(row)


def still_wrong(form: dict[str, str]) -> tuple[int, str]:
    return 200, swapped(a_row(int(form["line"]), a_finding(form["heading"], int(form["line"]), value=form["value"])))


def refused(form: dict[str, str]) -> tuple[int, str]:
    html = '<main><div class="notice error"><p>El disco está lleno.</p></div></main>'
    return 400, html


def swapped(row: dict[str, object]) -> str:
    known = {"columns": COLUMNS, "table": 0, "show": "errors", "coded": [], "window": {"rows": [row]}}
    return render(
        "rows.html",
        told={"counts": COUNTS, "edits": 1, "by_table": [COUNTS]},
        tables=[{"file": "p.xlsx", "sheet": None}],
        start=0,
        **known,
    )


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens the gallery under the page's own policy. What it complains of on the console fails the test."""
    told: list[str] = []
    contexts = []

    def opened(
        width: int = 1280, height: int = 900, scheme: str = "light", answer: Answer = fixed, rows: int = 12
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)

        def serve(route: Route) -> None:
            path = route.request.url.removeprefix(ADDRESS)
            if path.startswith("/static/"):
                route.fulfill(path=STATIC / path.rpartition("/")[2])
            elif route.request.method == "POST":
                form = dict(parse_qsl(route.request.post_data or "", keep_blank_values=True))
                status, html = answer(form)
                route.fulfill(status=status, body=html, content_type="text/html; charset=utf-8")
            elif "/catalogue" in path:
                html = '<ul class="keys"><li><button type="button" data-key="626">626</button></li></ul>'
                route.fulfill(body=html, content_type="text/html")
            else:
                body = gallery(rows=rows)
                headers = {"content-security-policy": POLICY, "content-type": "text/html; charset=utf-8"}
                route.fulfill(body=body, headers=headers)

        context.route("**/*", serve)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(f"{ADDRESS}/b/x/correct")
        page.wait_for_selector("form[data-htmx-powered]", state="attached")  # until then a form is a plain form
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in told if "status of 400" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_everybody_can_use_every_part(
    open_page: Open, axe: Callable[[Page], list[str]], scheme: str, width: int
) -> None:
    assert axe(open_page(width=width, scheme=scheme)) == []


@pytest.mark.parametrize(("width", "height"), [(380, 800), (640, 450)], ids=["on a phone", "at 200 %"])
def test_the_page_never_scrolls_sideways(open_page: Open, width: int, height: int) -> None:
    page = open_page(width=width, height=height)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_every_red_cell_has_its_reason_in_words(open_page: Open) -> None:
    page = open_page()
    cells = page.locator("td.bad input")
    assert cells.count() > 5
    for cell in cells.all():
        reason = page.locator(f"[id='{cell.get_attribute('aria-describedby')}']")
        assert len(reason.inner_text()) > 20
    assert page.locator("tbody.error th .icon, tbody.warning th .icon").count() == page.locator("tbody.row").count() - 1


def test_f8_goes_to_the_next_error_and_with_shift_back(open_page: Open) -> None:
    page = open_page()
    seen = []
    for _ in range(3):
        page.keyboard.press("F8")
        seen.append(page.evaluate("document.activeElement.id"))
    page.keyboard.press("Shift+F8")
    assert seen == ["c-17-2", "c-23-3", "c-23-4"]
    assert page.evaluate("document.activeElement.id") == "c-23-3"


def test_escape_takes_back_what_was_typed(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("F8")
    before = page.locator("#c-17-2").input_value()
    page.keyboard.type("999")
    page.keyboard.press("Escape")
    expect(page.locator("#c-17-2")).to_have_value(before)


def test_enter_saves_a_cell_and_focus_stays_in_its_row_and_it_is_said(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("F8")
    page.keyboard.type("612")
    page.keyboard.press("Enter")
    expect(page.locator("#row-17 .verdict")).to_contain_text("ya está bien")
    expect(page.locator("#row-17 td.edited")).to_contain_text("612")
    expect(page.locator("#live")).to_contain_text("ya está bien")
    assert page.evaluate("document.activeElement.closest('tbody')?.id") == "row-17"
    page.keyboard.press("F8")
    assert page.evaluate("document.activeElement.id") == "c-23-3"


def test_a_cell_that_is_still_wrong_keeps_the_focus(open_page: Open) -> None:
    page = open_page(answer=still_wrong)
    page.keyboard.press("F8")
    page.keyboard.type("999")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_contain_text("C17")
    assert page.evaluate("document.activeElement.id") == "c-17-2"


def test_a_proposal_is_one_press(open_page: Open) -> None:
    page = open_page()
    page.locator("#row-17 .proposal").press("Enter")
    expect(page.locator("#row-17 td.edited")).to_contain_text("612")


def test_a_key_is_found_in_the_catalogue_and_written(open_page: Open) -> None:
    page = open_page()
    page.locator("#row-17 summary").press("Enter")
    page.locator("#row-17 input[type=search]").type("conf")
    page.locator("#row-17 button[data-key]").press("Enter")
    expect(page.locator("#row-17 td.edited")).to_contain_text("626")


def test_any_other_cell_is_corrected_in_its_place(open_page: Open) -> None:
    page = open_page()
    page.locator("#row-17 td").nth(1).dblclick()
    page.keyboard.type("OTRO NOMBRE")
    page.keyboard.press("Enter")
    expect(page.locator("#row-17 td.edited")).to_contain_text("OTRO NOMBRE")


def test_what_is_refused_is_shown_and_what_was_typed_stays(open_page: Open) -> None:
    page = open_page(answer=refused)
    page.keyboard.press("F8")
    page.keyboard.type("612")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("El disco está lleno.")
    expect(page.locator("#c-17-2")).to_have_value("612")


def test_what_a_file_holds_is_text_and_nothing_else() -> None:
    html = gallery()
    assert "<b>&" not in html and "&lt;b&gt;&amp;" in html


def test_two_hundred_rows_of_twenty_columns_are_less_than_a_megabyte() -> None:
    assert len(gallery(rows=200)) < 1_000_000


def test_in_the_dark_it_is_still_printed_on_white(open_page: Open) -> None:
    page = open_page(scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_no_part_has_a_style_or_a_script_of_its_own() -> None:
    html = gallery()
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src=)", html)
