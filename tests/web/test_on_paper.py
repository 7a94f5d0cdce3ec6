"""What is printed: the report of a run and the rows of a file, white, with no row of a table cut in two."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tab import Tab

ROWS = 120
CUT = """() => {
  const kept = (element) => getComputedStyle(element).breakInside === "avoid";
  const rows = [...document.querySelectorAll("table tr")].filter((row) => row.getClientRects().length);
  return rows.filter((row) => !kept(row) && !kept(row.parentElement)).length;
}"""
"""Rows that a page may end in the middle of."""


def a_bad_list(path: Path) -> Path:
    """Clients that are all wrong, so that tables run over several pages."""
    head = "internalId,name,legal_name,rfc,email,tax_system,use,zip,country"
    rows = [f"P-{n},Ana {n},ANA LOPEZ,GODE56123IGR8,ana{n}@correo.example,601,G03,06700,MEX" for n in range(ROWS)]
    path.write_text("\n".join([head, *rows, "P-good,Ana,ANA LOPEZ,XAXX010101000,a@correo.example,616,S01,06700,MEX"]))
    return path


@pytest.fixture
def corrected(opened: Tab, tmp_path: Path) -> Iterator[Page]:
    """The third step, in the dark."""
    page = opened.page
    page.emulate_media(color_scheme="dark")
    page.set_input_files("#files", a_bad_list(tmp_path / "clientes.csv"))
    page.click("form.drop button.primary")
    page.click("button[name=next]")
    page.wait_for_selector("td.bad")
    yield page


@pytest.fixture
def report(corrected: Page) -> Page:
    """The report of what was sent of it."""
    corrected.click("main a.primary")
    corrected.check("input[name=sure]")
    corrected.click("button[name=how][value=all]")
    corrected.wait_for_selector(".downloads", timeout=60_000)
    corrected.goto(corrected.evaluate("document.querySelector('.downloads a[href$=report]').href"))
    return corrected


@pytest.mark.parametrize("what", ["corrected", "report"])
def test_it_is_white_and_no_row_is_cut(request: pytest.FixtureRequest, tmp_path: Path, what: str) -> None:
    image = pytest.importorskip("PIL.Image")
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        pytest.skip("pdftoppm is not installed: what is printed cannot be looked at")
    page: Page = request.getfixturevalue(what)
    paper = tmp_path / "paper.pdf"
    edge = dict.fromkeys(("top", "bottom", "left", "right"), "12mm")
    page.pdf(path=paper, format="Letter", print_background=True, margin=edge)  # type: ignore[arg-type]
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(CUT) == 0
    subprocess.run([drawer, "-r", "40", "-png", str(paper), str(tmp_path / "sheet")], check=True)
    sheets = sorted(tmp_path.glob("sheet*.png"))
    assert len(sheets) > 1
    for sheet in sheets:
        grey = image.open(sheet).convert("L")
        shades = grey.histogram()
        assert sum(shades[:100]) < 0.2 * sum(shades), f"{sheet.name} is dark"
        assert grey.getpixel((2, 2)) == 255
