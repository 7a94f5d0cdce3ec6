"""The page from the first step to the last, without script: each step is a plain form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
import xlsxwriter
from page import Page, Reader, open_page

SAMPLES = Path(__file__).parent.parent.parent / "samples"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page with its sandbox for all tests of the module; each drops files of its own."""
    with open_page(tmp_path_factory.mktemp("state"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def user(page: Page) -> Reader:
    """The one who opened it."""
    return Reader(page)


with (SAMPLES / "clients.csv").open(encoding="utf-8", newline="") as listed:
    UNUSED = (row for row in [*csv.DictReader(listed)] if row["tax_system"] == "601")
"""Clients with nothing wrong; each is used once, for two of one RFC are a warning."""


def clients(path: Path, *ids: str, **cells: str) -> Path:
    """Clients under these ids, with nothing wrong but these cells."""
    rows = [next(UNUSED) | {"internalId": own} | cells for own in ids]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def held(page: Page, ids: set[str]) -> list[str]:
    """Which of these the account holds, by its own list."""
    answer = httpx.get(f"{page.api}/clients?limit=100", headers={"authorization": "Bearer sandbox"})
    return sorted(i for row in answer.json()["data"] if (i := row.get("metadata", {}).get("internalId")) in ids)


def test_a_file_is_understood_confirmed_and_sent(page: Page, user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "clientes.csv", "F-1", "F-2"))
    assert "What was understood" in user.text and "2 good" in user.text
    user.confirm().until_sent()
    assert "all is in the account" in user.text
    assert held(page, {"F-1", "F-2"}) == ["F-1", "F-2"]


def test_a_cell_is_corrected_and_only_then_all_is_sent(page: Page, user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "E-1", "E-2", tax_system="999")).step("correct")
    assert "2 with errors" in user.text and "999" in user.text
    edit = {"table": "0", "line": "2", "heading": "tax_system", "value": "601", "show": "errors"}
    user.send(f"/b/{user.basket}/edits", **edit)
    assert "1 good" in user.text and "1 with errors" in user.text
    user.send(f"/b/{user.basket}/edits", **edit | {"line": "3"})
    assert "2 good" in user.text
    user.confirm().until_sent()
    assert held(page, {"E-1", "E-2"}) == ["E-1", "E-2"]


def test_the_same_is_written_in_all_equal_cells_and_taken_back(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "S-1", "S-2", "S-3", tax_system="999")).step("correct")
    assert "the same in all 3 equal cells" in user.text
    user.send(
        f"/b/{user.basket}/edits", table="0", line="3", heading="tax_system", value="601", same="1", show="errors"
    )
    assert "3 good" in user.text and "0 with errors" in user.text
    user.send(f"/b/{user.basket}/undo")
    assert "0 good" in user.text and "3 with errors" in user.text


def test_a_question_is_asked_with_both_readings_and_answered_on_the_page(user: Reader, tmp_path: Path) -> None:
    path = tmp_path / "pagos.csv"
    path.write_text(
        "internalId,client.name,client.email,client.rfc,client.legal_name,client.tax_system,client.use,"
        "client.address.zip,currency,paymentMethod,paid,date,items.name,items.quantity,items.total,items.product_key,"
        "items.unit_key,items.unit_name,items.taxes\n"
        "Q-1,Ana,ana@correo.example,GODE561231GR8,ANA LOPEZ,612,G03,06700,MXN,03,true,02/03/2026,Curso,1,100.00,"
        "86101700,E48,Servicio,IVA 16%\n"
    )
    user.drop(path)
    assert "2026-03-02" in user.text and "2026-02-03" in user.text
    user.send(f"/b/{user.basket}/understood", choice="dates:dmy").until_read()
    assert "What was understood" in user.text


def test_after_one_was_sent_first_nobody_is_told_that_all_is_in_the_account(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "FI-1", "FI-2")).confirm("one").until_sent()
    assert "The first record is in the account" in user.text and "all is in the account" not in user.text
    assert "Send the others" in user.text
    user.confirm().until_sent()
    assert "all is in the account" in user.text


def test_what_a_column_of_taxes_is_may_be_answered_in_words(user: Reader, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        "internalId;client_ref;date;paymentMethod;currency;items.name;items.quantity;items.total;items.product_key;"
        "items.unit_key;items.unit_name;Impuesto\nX-1;C-1;2026-03-20;03;MXN;Curso;1;100;86101700;E48;Servicio;IVA 16%\n"
    )
    user.drop(path)
    assert "the column “Impuesto” is items.taxes" in user.text
    assert "items.taxes is IVA 16% in all rows" in user.text


def test_what_is_confirmed_twice_is_refused_and_sent_once(page: Page, user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "T-1")).step("confirm")
    form = {"plan": user.field("plan"), "word": user.field("word"), "how": "all", "sure": "1"}
    csrf, path = user.csrf, f"/b/{user.basket}/send"
    user.send(path, **form).until_sent()
    again = user.client.post(path, data={"csrf": csrf, **form})
    assert again.status_code == 403
    assert held(page, {"T-1"}) == ["T-1"]


def test_a_confirmation_is_for_the_files_that_were_shown(page: Page, user: Reader, tmp_path: Path) -> None:
    """A correction after the plan makes another file of it."""
    user.drop(clients(tmp_path / "c.csv", "N-1")).step("confirm")
    form = {"plan": user.field("plan"), "word": user.field("word"), "how": "all", "sure": "1"}
    user.send(f"/b/{user.basket}/edits", table="0", line="2", heading="name", value="Otra", show="all")
    user.send(f"/b/{user.basket}/send", **form).until_sent()
    assert "not those that were confirmed" in user.text
    assert held(page, {"N-1"}) == []


def test_one_is_sent_first_and_then_the_others(page: Page, user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "O-1", "O-2", "O-3"))
    user.confirm("one").until_sent()
    assert len(held(page, {"O-1", "O-2", "O-3"})) == 1
    user.confirm().until_sent()
    assert held(page, {"O-1", "O-2", "O-3"}) == ["O-1", "O-2", "O-3"]


def test_the_result_is_taken_away(user: Reader, tmp_path: Path) -> None:
    user.drop(SAMPLES / "clients_mistakes.csv").confirm().until_sent()
    basket, job = user.basket, "2"
    created = user.client.get(f"/b/{basket}/download/{job}/created")
    assert {"internalId", "id"} & {*next(csv.reader(io.StringIO(created.text.lstrip("\ufeff"))))}
    assert user.client.get(f"/b/{basket}/download/{job}/rejects").status_code == 200
    report = user.client.get(f"/b/{basket}/download/{job}/report")
    assert report.headers["content-type"].startswith("text/html")
    assert user.client.get(f"/b/{basket}/download/{job}/basket.json").status_code == 400


def test_past_runs_tell_what_was_sent(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "P-1")).confirm().until_sent()
    user.go("/runs")
    run = user.shown.text.split('href="/runs/')[1].split('"')[0]
    assert run in user.go(f"/runs/{run}").text
    assert user.client.get(f"/runs/{run}/report").status_code == 200


def test_lists_of_the_account_are_exported_and_taken_away(user: Reader) -> None:
    user.go("/exports")
    user.send("/exports", **{"resource:clients": "1", "format": "csv"})
    user.until(lambda text: "Done" in text)
    assert "clients.csv" in user.text
    assert user.client.get(f"{user.shown.url}/files/clients.csv").status_code == 200


@pytest.mark.parametrize("resource", ["all", "clients", "services", "payments"])
def test_a_workbook_to_fill_in_is_given(user: Reader, resource: str) -> None:
    answer = user.client.get(f"/template/{resource}.xlsx")
    assert answer.content.startswith(b"PK")


def test_a_file_that_cannot_be_used_says_why_in_the_words_of_the_command_line(user: Reader, tmp_path: Path) -> None:
    path = tmp_path / "foto.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    user.drop(path)
    assert "foto.csv" in user.text and "cannot be used" in user.text


def test_catalogue_keys_are_found_by_words(user: Reader, tmp_path: Path) -> None:
    user.drop(clients(tmp_path / "c.csv", "K-1"))
    answer = user.client.get(f"/b/{user.basket}/catalogue?field=tax_system&q=confianza")
    assert "626" in answer.text


def test_a_workbook_that_calculates_says_that_stored_values_are_sent(user: Reader, tmp_path: Path) -> None:
    path = clients(tmp_path / "c.csv", "X-1")
    with path.open(encoding="utf-8") as file, xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        sheet = book.add_worksheet("Clientes")
        for number, row in enumerate(csv.reader(file)):
            sheet.write_row(number, 0, row)
        sheet.write_formula("B2", '="Ana"&" S"', value="Ana S")
    assert "This sheet calculates" in user.drop(tmp_path / "c.xlsx").step("correct").text
    assert "This sheet calculates" not in user.drop(path).step("correct").text
