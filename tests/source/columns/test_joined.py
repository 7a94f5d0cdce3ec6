"""Fields that a file says in several columns, from its headings to what the server holds."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import Files, RecordingEvents, read_rows
from stage import Recorder

from pipeline.importer.flow import ImportRequest, import_files
from pipeline.model import JoinedColumn
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings
from pipeline.source.columns.headings import match_headings
from pipeline.source.columns.joined import join_columns

STREET = JoinedColumn("street", "address.street", (("Calle", " "), ("Ext", " "), ("Int", " int. "), ("Col", ", ")))


@pytest.mark.parametrize(
    ("cells", "street"),
    [
        (("Reforma", "12", "3", "Juárez"), "Reforma 12 int. 3, Juárez"),
        (("Reforma", "12.0", None, " "), "Reforma 12"),
        (("Reforma", "S/N", "N/A", "Juárez"), "Reforma S/N, Juárez"),
        (("", None, None, "Juárez"), "Juárez"),
        (("Reforma", "", "", ""), "Reforma"),
        ((None, "", " ", "-"), None),
    ],
)
def test_pieces_are_put_together_and_those_that_say_nothing_left_out(
    cells: tuple[str | None, ...], street: str | None
) -> None:
    headings = [heading for heading, _ in STREET.pieces]
    frame = pl.DataFrame([cells], schema=dict.fromkeys(headings, pl.String), orient="row")
    assert join_columns(frame, (STREET,))["street"].to_list() == [street]
    assert join_columns(frame, (STREET,)).drop("street").equals(frame), "the user's own columns stay as they are"


def test_a_column_of_the_field_itself_goes_before_and_the_legal_name_comes_last() -> None:
    each = JoinedColumn("n", "name", (("Nombre", " "), ("Paterno", " ")), ("Comercial",), ("Razón",))
    rows = [("La Ola", "Ana", "López", ""), ("", "Ana", "López", "X"), ("", "", "", "ACME"), ("", "", "", "")]
    frame = pl.DataFrame(rows, schema=["Comercial", "Nombre", "Paterno", "Razón"], orient="row")
    assert join_columns(frame, (each,))["n"].to_list() == ["La Ola", "Ana López", "ACME", None]


@pytest.mark.parametrize(
    ("headings", "field", "heading"),
    [
        (("Nombre", "RFC", "Correo"), "name", "Nombre"),
        (("Nombre", "Segundo apellido", "RFC", "Correo"), "name", "Nombre + Segundo apellido"),
        (("Cliente", "Apellido paterno", "RFC", "Correo"), "name", "Cliente"),
        (("Nombre", "RFC", "Correo", "Calle"), "address.street", "Calle"),
        (("Nombre", "RFC", "Correo", "Calle", "Colonia contacto"), "address.street", "Calle"),
    ],
)
def test_a_join_needs_its_first_piece_and_another(headings: tuple[str, ...], field: str, heading: str) -> None:
    fields = match_headings(headings, "clients", "a.csv").fields
    assert next(h for h, f in fields.items() if f == field) == heading


def test_whoever_says_what_a_piece_means_has_it_alone() -> None:
    headings = ("Nombre", "RFC", "Correo", "Calle", "Colonia")
    matched = match_headings(headings, "clients", "a.csv", {"Calle": "address.street"})
    assert matched.fields["Calle"] == "address.street"
    assert matched.joined == ()
    assert "Colonia" in matched.passed_over


def test_the_certificate_of_persons_and_companies_becomes_clients_and_its_rejects_hold_its_own_columns(
    files: Files, sandbox: EmbeddedSandbox, tmp_path: Path, console: RecordingEvents
) -> None:
    empty = dict.fromkeys(
        ("RFC", "Denominación/Razón Social", "Nombre (s)", "Primer Apellido", "Segundo Apellido", "Nombre Comercial",
         "Correo", "Nombre de Vialidad", "Número Exterior", "Nombre de la Colonia"), "",
    )  # fmt: skip
    ana = {"RFC": "LOAA800101AB1", "Nombre (s)": "ANA", "Primer Apellido": "LÓPEZ", "Correo": "ana@empresa.example"}
    ana |= {"Nombre de Vialidad": "REFORMA", "Número Exterior": "12", "Nombre de la Colonia": "JUÁREZ"}
    acme = {"RFC": "ACM010101AB9", "Denominación/Razón Social": "ACME", "Correo": "acme@empresa.example"}
    bad = ana | {"RFC": "MAL", "Correo": "eva@empresa.example"}
    path = files.csv([empty | row for row in (ana, acme, bad)])
    settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=tmp_path / "state")
    result = import_files(ImportRequest((str(path),)), settings, console.caller())
    held = {c["rfc"]: c for c in Recorder(sandbox.origin).stored("clients")}
    assert (held["LOAA800101AB1"]["name"], held["LOAA800101AB1"]["legal_name"]) == ("ANA LÓPEZ", "ANA LÓPEZ")
    assert held["LOAA800101AB1"]["address"]["street"] == "REFORMA 12, JUÁREZ"
    assert (held["ACM010101AB9"]["name"], held["ACM010101AB9"]["legal_name"]) == ("ACME", "ACME")
    assert any("Primer Apellido + Segundo Apellido → legal_name" in note for note in console.notes)
    rejects = pl.read_csv(str(result.outputs["rejects"]))
    assert [c for c in rejects.columns if not c.startswith("_")] == list(empty)


def test_the_rows_of_a_file_have_the_joined_column_behind_the_users_own(files: Files) -> None:
    row = {"Nombre": "Ana", "Apellido paterno": "López", "RFC": "LOAA800101AB1", "Correo": "a@empresa.example"}
    rows = read_rows(files.csv([row]))
    assert rows["Nombre + Apellido paterno"].to_list() == ["Ana López"]
    assert rows["Nombre"].to_list() == ["Ana"]
