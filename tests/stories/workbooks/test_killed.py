"""A killed import of a workbook is resumed, and the workbook that comes back is that of an import nobody killed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from stage import KILLED, Desk, Recorder, client, payment

from pipeline.sandbox import EmbeddedSandbox

DEATHS = ("planned:1", "intent_durable:2", "answered:3", "outcome_durable:4", "pushed:1", "written:1")
CLIENTS = [client(1), client(2, rfc="NO ES UN RFC"), client(3)]
PAYMENTS = [payment(n, client_ref="c1") for n in range(6)] + [payment(9, client_ref="c1", **{"items.total": "mucho"})]


def write_book(path: Path) -> Path:
    book = openpyxl.Workbook()
    for title, rows in (("Clientes", CLIENTS), ("Pagos", PAYMENTS)):
        sheet = book.create_sheet(title)
        sheet["A1"] = "Molinos del Bajío"
        for row in ([*rows[0]], *([*row.values()] for row in rows)):
            sheet.append([cell or None for cell in row])
    del book["Sheet"]
    book.save(path)
    return path


def seen(path: Path, server: Recorder) -> dict[str, list[tuple[Any, ...]]]:
    """By sheet: value and ground of every cell; of an id, the record it belongs to."""
    names = {r["id"]: r["metadata"]["internalId"] for kind in ("clients", "payments") for r in server.stored(kind)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            (
                cell.coordinate,
                names.get(cell.value, cell.value),
                cell.fill.fgColor.rgb,
                cell.comment and cell.comment.text,
            )
            for row in sheet.iter_rows()
            for cell in row
        ]
        for sheet in book
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    with EmbeddedSandbox() as sandbox:
        desk = Desk(tmp_path_factory.mktemp("undisturbed"), sandbox.base_url)
        ran = desk.gigbulk("import", write_book(desk.folder / "libro.xlsx"), "--yes")
        assert ran.code == 1, ran.said
        return seen(desk.folder / "libro.rejects.xlsx", Recorder(sandbox.origin))


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS)
def test_the_workbook_of_a_resumed_run_says_what_that_of_an_undisturbed_one_says(
    death: str, tmp_path: Path, sandbox: EmbeddedSandbox, undisturbed: dict[str, list[tuple[Any, ...]]]
) -> None:
    desk, server = Desk(tmp_path / "desk", sandbox.base_url), Recorder(sandbox.origin)
    book = write_book(desk.folder / "libro.xlsx")
    assert desk.gigbulk("import", book, "--yes", "--rejects", "vuelta.xlsx", death=death).code == KILLED
    resumed = desk.gigbulk("runs", "resume", "--yes")
    back = Path(resumed.result["outputs"]["rejects"])
    assert back == desk.folder / "vuelta.xlsx", resumed.said
    assert server.ids("payments") == {f"p{n}": 1 for n in range(6)}
    found = seen(back, server)
    assert found == undisturbed
    ids = [value for coordinate, value, *_ in found["Pagos"] if coordinate.startswith("O")]
    assert ids == [None, "_id", *(f"p{n}" for n in range(6)), None], "beside its verdict the id of each payment"
