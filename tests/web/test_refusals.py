"""What a server, a key or a file refuses is a sentence on the page, with what to do; and what was prepared is kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from page import Page, Reader, most_memory, open_page
from workbooks import bomb_of_many_parts, cut_short, entity_bomb, stray_cell, write_xlsx, zip_bomb

from pipeline.sandbox import EmbeddedSandbox, Options

HEAD = "internalId,name,legal_name,rfc,email,tax_system,use,zip,country"


def clients(path: Path, count: int) -> Path:
    rows = [f"R-{n},Ana {n},ANA LOPEZ,XAXX010101000,a{n}@correo.example,616,S01,06700,MEX" for n in range(count)]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def test_an_api_that_is_not_there_is_told_and_what_was_prepared_is_sent_later(tmp_path: Path) -> None:
    path, state = clients(tmp_path / "c.csv", 3), tmp_path / "state"
    with EmbeddedSandbox() as sandbox:
        port = int(sandbox.base_url.split(":")[2].split("/")[0])
    known = {"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_BASE_URL": sandbox.base_url}
    with open_page(state, **known) as page:
        user = Reader(page).drop(path).confirm().until_sent(120)
        basket = user.basket
        assert "Error" in user.text and "could not be reached" in user.text, user.text
        with EmbeddedSandbox(Options(port=port)):
            user.go(f"/b/{basket}/progress")
            user.confirm().until_sent()
            assert "all is in the account" in user.text


def test_a_wrong_key_is_told_before_anything_is_created(tmp_path: Path) -> None:
    path = clients(tmp_path / "c.csv", 3)
    with EmbeddedSandbox() as sandbox:
        known = {"GIGSTACK_API_KEY": "my-revoked-key", "GIGSTACK_BASE_URL": sandbox.base_url}
        with open_page(tmp_path / "state", **known) as page:
            user = Reader(page).drop(path).confirm().until_sent()
            assert "refused the key" in user.text, user.text
            assert "mistake in gigbulk" not in user.text


def test_no_key_is_told_when_it_is_wanted_and_not_before(tmp_path: Path) -> None:
    with open_page(tmp_path / "state") as page:
        user = Reader(page).drop(clients(tmp_path / "c.csv", 3)).step("correct")
        assert "0 with errors" in user.text, user.text
        user.confirm().until_sent()
        assert "There is no API key" in user.text and "GIGSTACK_API_KEY" in user.text, user.text


def test_a_key_that_is_refused_in_mid_run_ends_it_and_go_on_is_offered(tmp_path: Path) -> None:
    path, state = clients(tmp_path / "c.csv", 60), tmp_path / "state"
    data = tmp_path / "sandbox.sqlite"
    with EmbeddedSandbox(Options(faults={"expired_token": 20}, data=data)) as sandbox:
        port = int(sandbox.base_url.split(":")[2].split("/")[0])
        known = {"GIGSTACK_API_KEY": "sk_test_x", "GIGSTACK_BASE_URL": sandbox.base_url}
        with open_page(state, **known) as page:
            user = Reader(page).drop(path).confirm().until_sent()
            basket = user.basket
            assert "key" in user.text and "Error" in user.text, user.text
            assert "Go on" in user.text, user.text
    with EmbeddedSandbox(Options(port=port, data=data)), open_page(state, **known) as page:
        user = Reader(page).go(f"/b/{basket}/progress")
        user.send(f"/b/{basket}/resume").until_sent()
        assert "all is in the account" in user.text, user.text


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> object:
    with open_page(tmp_path_factory.mktemp("state"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def user(page: Page) -> Reader:
    return Reader(page)


def whole(path: Path) -> Path:
    return write_xlsx(path.with_name("whole.xlsx"), {"c": [HEAD.split(","), ["a"] * 9] * 50})


HARMFUL = {
    "a zip bomb": zip_bomb,
    "many parts": bomb_of_many_parts,
    "entities": entity_bomb,
    "a stray cell": stray_cell,
    "cut short": lambda path: cut_short(path, whole(path)),
    "no workbook": lambda path: path.write_bytes(b"MZ\x90\x00" * 400),
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_file_made_to_harm_is_refused_in_a_sentence(page: Page, user: Reader, tmp_path: Path, harm: str) -> None:
    path = tmp_path / "b.xlsx"
    HARMFUL[harm](path)
    user.drop(path)
    assert "This file cannot be used as it is" in user.text and "Error:" in user.text, user.text
    assert "mistake in gigbulk" not in user.text
    assert most_memory(page) < 250 << 20
    assert user.go("/").shown.status_code == 200


FORMULAS = ("=1+2", "+SUM(A1)", "-2+3", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")')


def test_no_list_given_back_holds_a_formula_that_a_cell_has_brought(user: Reader, tmp_path: Path) -> None:
    """The user's own file does: its cells are hers, and it is imported again."""
    path = tmp_path / "c.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD.split(","))
        for number, cell in enumerate(FORMULAS):
            rest = ["ANA LOPEZ", "XAXX010101000", f"{number}@c.example", "616", "S01", "06700", "MEX"]
            writer.writerow([f"{cell}{number}", cell, *rest])
            writer.writerow([f"Y-{number}", "Ana", *rest[:-2], cell, "MEX"])
    user.drop(path).confirm().until_sent()
    given = {what: read_list(user, what) for what in ("created", "problems", "rejects")}
    assert [cell for row in given["created"] + given["problems"] for cell in row if cell[:1] in tuple("=+-@")] == []
    told = {cell for row in given["problems"] for cell in row} | {cell for row in given["created"] for cell in row}
    assert {f"'{cell}" for cell in FORMULAS} <= told
    assert {*FORMULAS} <= {cell for row in given["rejects"] for cell in row}


def read_list(user: Reader, what: str) -> list[list[str]]:
    answer = user.client.get(f"/b/{user.basket}/download/2/{what}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
