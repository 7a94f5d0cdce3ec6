"""A walk over all steps of the page in a browser, and its other pages, stopping at each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

__all__ = ["a_list", "walk"]

_HEAD = "internalId,name,legal_name,rfc,email,tax_system,use,zip,country,Vendedor"
_AMBIGUOUS = (
    "internalId,client.name,client.email,client.rfc,client.legal_name,client.tax_system,client.use,client.address.zip,"
    "currency,paymentMethod,paid,date,items.name,items.quantity,items.total,items.product_key,items.unit_key,items.unit_name,items.taxes\n"
    "Q-1,Ana,ana@correo.example,GODE561231GR8,ANA LOPEZ,612,G03,06700,MXN,03,true,02/03/2026,Curso,1,100.00,86101700,"
    "E48,Unidad de servicio,IVA 16%\n"
)


def a_list(path: Path, name: str = "W") -> Path:
    """Clients: a good one, one under a regime that is not for persons, one with a bad RFC and a long postal code."""
    rows = [
        f"{name}-1,Ana,ANA LOPEZ,XAXX010101000,ana.{name}@correo.example,616,S01,06700,MEX,Lupita",
        f"{name}-2,Berta,BERTA LUNA,XAXX010101000,berta.{name}@correo.example,601,S01,06700,MEX,Lupita",
        f"{name}-3,Carla,CARLA SOL,GODE56123IGR8,carla.{name}@correo.example,612,G03,67000000,MEX,Juan",
    ]
    path.write_text("\n".join([_HEAD, *rows]) + "\n")
    return path


def walk(page: Page, address: str, folder: Path, name: str = "W") -> Iterator[str]:
    """Go on from step to step, with the name of where the page is; whoever looks sees it whole, styles included."""
    for where in _steps(page, address, folder, name):
        page.wait_for_load_state("load")
        yield where


def _steps(page: Page, address: str, folder: Path, name: str) -> Iterator[str]:
    page.goto(address)
    yield "drop"
    _drop(page, _question(folder))
    page.wait_for_selector("input[type=radio]")
    yield "question"
    page.goto(address)
    _drop(page, a_list(folder / f"{name}.csv", name))
    page.wait_for_selector("button[name=next]")
    yield "understood"
    page.click("button[name=next]")
    page.wait_for_selector("form[data-htmx-powered]", state="attached")
    yield "correct"
    page.keyboard.press("F8")
    page.keyboard.type("616")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    yield "corrected"
    page.click("main a.primary")
    page.wait_for_selector("input[name=sure]")
    yield "confirm"
    page.check("input[name=sure]")
    page.click("button[name=how][value=all]")
    page.wait_for_selector(".downloads", timeout=60_000)
    yield "progress"
    page.goto(f"{address}/runs")
    yield "runs"
    page.click("main table a")
    page.wait_for_selector("main a.button")
    yield "run"
    page.goto(f"{address}/exports")
    yield "exports"
    page.goto(f"{address}/b/0123456789abcdef/correct")
    yield "error"


def _question(folder: Path) -> Path:
    path = folder / "pagos.csv"
    path.write_text(_AMBIGUOUS)
    return path


def _drop(page: Page, path: Path) -> None:
    page.set_input_files("#files", path)
    page.click("form.drop button.primary")
