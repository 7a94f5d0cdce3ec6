"""Draw docs/img/page-*.png: the page as a browser shows it, light, dark and on a phone, taken from a real run.

    python scripts/screenshots.py

A workbook of invented clients goes through `gigbulk web --sandbox`, in a folder of its own, so that no path of this
machine gets into a picture. Look at what came of it before it is committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "img"
DESK, PHONE = (1180, 420), (390, 780)
HEADINGS = (
    "Clave",
    "Nombre del cliente",
    "Razón social",
    "R.F.C.",
    "Correo",
    "Régimen",
    "Uso CFDI",
    "C.P.",
    "Vendedor",
)
CLIENTS = (
    ("C-101", "Emilia Gómez", "EMILIA GOMEZ DIAZ", "GODE561231GR8", "emilia@correo.example", "612", "G03", "06700"),
    (
        "C-102",
        "Beatriz Ximénez",
        "BEATRIZ XIMENEZ QUIROZ",
        "XIQB891116QE4",
        "bea@correo.example",
        "601",
        "G03",
        "06700",
    ),
    ("C-103", "Karla Fuentes", "KARLA FUENTES NUÑEZ", "FUNK67I228PH6", "karla@correo.example", "626", "G03", "64000"),
    (
        "C-104",
        "Público en general",
        "PUBLICO EN GENERAL",
        "XAXX010101000",
        "caja@correo.example",
        "616",
        "S01",
        "06700",
    ),
    (
        "C-105",
        "Jaime Iñiguez",
        "JAIME IÑIGUEZ ORTIZ",
        "IAÑL750210963",
        "jaime@correo.example",
        "612",
        "Gastos",
        "44100",
    ),
)


@contextmanager
def served(state: str) -> Iterator[str]:
    """The page with its sandbox, until the block ends: the address that opens it once."""
    words = [sys.executable, "-m", "pipeline", "web", "--sandbox", "--no-browser"]
    known = {**os.environ, "GIGBULK_STATE_DIR": state, "LANG": "C.UTF-8"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=known) as process:
        yield next(line.split()[-1] for line in process.stdout or () if "/open?" in line)
        process.terminate()


def write_workbook(path: Path) -> None:
    """Five clients as a firm keeps them, three of them with a mistake."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Clientes")
        for line, row in enumerate([HEADINGS, *((*client, "Lupita") for client in CLIENTS)]):
            sheet.write_row(line, 0, row)


def take(page: Page, name: str, scheme: str = "light", size: tuple[int, int] = DESK) -> None:
    """One picture of the whole page as it stands."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.screenshot(path=PICTURES / f"page-{name}.png", full_page=True)


def walk(page: Page, address: str, workbook: Path) -> None:
    """Every step, with a picture of each."""
    page.goto(address)
    take(page, "drop")
    page.set_input_files("#files", workbook)
    page.click("form.drop button.primary")
    page.wait_for_selector("button[name=next]")
    take(page, "understood")
    page.click("button[name=next]")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    page.keyboard.press("F8")
    page.keyboard.type("612")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    page.keyboard.press("F8")
    take(page, "correct-phone", size=PHONE)
    take(page, "correct-dark", "dark")
    take(page, "correct")
    page.click("main a.primary")
    page.wait_for_selector("input[name=sure]")
    take(page, "confirm")
    page.check("input[name=sure]")
    page.click("button[name=how][value=all]")
    page.wait_for_selector(".downloads")
    take(page, "result")


def main() -> None:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("No Chromium is installed here.")
    with tempfile.TemporaryDirectory(prefix="gigbulk-pictures-") as folder, sync_playwright() as playwright:
        workbook = Path(folder) / "clientes de mayo.xlsx"
        write_workbook(workbook)
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser: Browser = playwright.chromium.launch(executable_path=program, args=flags)
        with served(f"{folder}/state") as address:
            walk(browser.new_page(locale="es-MX"), address, workbook)
        browser.close()
    print("\n".join(sorted(path.name for path in PICTURES.glob("page-*.png"))))


if __name__ == "__main__":
    main()
