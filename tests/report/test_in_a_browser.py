"""The page as a browser shows it: pictures are drawn in light, in the dark and on paper, and nothing is fetched.

Where there is no Chromium these are skipped, and say so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pages import a_finding, a_result, counts, page

from pipeline.journal import Fates
from pipeline.report.timeline import Slot, Timeline

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
NOON = datetime(2026, 5, 31, 18, tzinfo=UTC)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no browser: none of {', '.join(NAMES)} is installed")


def chromium(*flags: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture
def report(tmp_path: Path) -> Path:
    slots = [
        Slot(NOON + timedelta(seconds=n), Fates(created=90 + n, refused=n % 3), 100, 0.05 + n / 100, 0.2 + n / 50)
        for n in range(12)
    ]
    page(
        tmp_path,
        a_finding(),
        a_finding(severity="warning", rule="OTHER"),
        result=a_result(resources={"payments": counts(created=1146, refused=12, rejected=1)}),
        timeline=Timeline(1, slots),
    )
    return tmp_path / "report.html"


def test_a_browser_reads_every_picture_as_one_with_a_name_and_with_parts(report: Path) -> None:
    dom = chromium("--dump-dom", report.as_uri())
    pictures = re.findall(r"<svg.*?</svg>", dom, re.DOTALL)
    assert len(pictures) == 4
    for picture in pictures:
        assert 'role="img"' in picture
        (named,) = re.findall(r'aria-labelledby="([^"]+)"', picture)
        assert f'<title id="{named}">' in picture
        assert re.search(r"<(rect|polyline)", picture)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_the_pictures_are_on_the_screen(report: Path, tmp_path: Path, scheme: str) -> None:
    """Every colour of a root block that the pictures use is found among the pixels of a screenshot."""
    image = pytest.importorskip("PIL.Image")
    html = report.read_text("utf-8")
    if scheme == "dark":
        html = html.replace("@media (prefers-color-scheme: dark)", "@media all")
    shown = tmp_path / f"{scheme}.html"
    shown.write_text(html, "utf-8")
    chromium("--window-size=1100,3000", f"--screenshot={tmp_path / 'shot.png'}", shown.as_uri())
    pixels = image.open(tmp_path / "shot.png").convert("RGB")
    seen = {colour for _, colour in pixels.getcolors(pixels.width * pixels.height)}
    block = re.findall(r":root \{(.*?)\}", html, re.DOTALL)[scheme == "dark"]
    colours = dict(re.findall(r"--(\w+): #(\w{6})", block))
    for name in ("created", "existing", "rejected", "refused", "in_doubt", "page", "line"):
        assert tuple(bytes.fromhex(colours[name])) in seen, name


def test_it_prints(report: Path, tmp_path: Path) -> None:
    paper = tmp_path / "report.pdf"
    chromium("--no-pdf-header-footer", f"--print-to-pdf={paper}", report.as_uri())
    assert paper.read_bytes().startswith(b"%PDF-")
    if reader := shutil.which("pdftotext"):
        said = subprocess.run([reader, str(paper), "-"], capture_output=True, text=True, check=True).stdout
        assert "12:00:11" in said, "the table of numbers is open on paper"
        assert "1,146 created" in said
