"""A file of several sheets, from its first look to its rejects: every table is an input, the file is one.

No format of ours has sheets yet; the tests' own one stands in its place.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from builders import RecordingEvents, a_client, a_line
from sheets_format import SHEETS

from pipeline.edge import utc_now
from pipeline.errors import ConfigError, InputError
from pipeline.formats import FORMATS, LINE
from pipeline.importer.flow import check_files, import_files, resume_run
from pipeline.importer.request import ImportRequest
from pipeline.journal import open_journal
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings
from pipeline.source.read import inspect_file, read_batches

ANA = a_client(internalId="c1", tax_system="605")
BAD = a_client(internalId="c2", name="Eva", rfc="NO ES UN RFC", email="eva@empresa.example")
PAYMENT = a_line(internalId="p1", client_ref="c1") | {"clientId": ""}
BAD_PAYMENT = a_line(internalId="p2", client_ref="c1", items_total="mucho") | {"clientId": ""}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, SHEETS.name, SHEETS)


def workbook(folder: Path, name: str = "libro.sheets", **sheets: list[dict[str, str]]) -> Path:
    path = folder / name
    SHEETS.write({sheet: pl.LazyFrame(rows) for sheet, rows in sheets.items()}, path, ())
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Payments before the clients they are of; headings in line 3, from column C on."""
    return workbook(tmp_path, Pagos=[PAYMENT, BAD_PAYMENT], Clientes=[ANA, BAD])


def problems(folder: Path) -> list[dict[str, str]]:
    return pl.read_csv(folder / "problems.csv").filter(pl.col("severity") == "error").to_dicts()


def checked(path: Path, console: RecordingEvents, folder: Path, **asked: Path) -> dict[str, object]:
    request = ImportRequest((str(path),), problems=folder / "problems.csv", **asked)
    return check_files(request, Settings(state_dir=folder / "state"), console).as_dict()


def test_every_sheet_is_a_source_of_its_own_under_the_files_name(book: Path) -> None:
    payments, clients = inspect_file(book, "libro.sheets")
    assert [(s.label, s.sheet, s.resource, s.rows) for s in (payments, clients)] == [
        ("libro.sheets[Pagos]", "Pagos", "payments", 2),
        ("libro.sheets[Clientes]", "Clientes", "clients", 2),
    ]
    assert payments.sha256 == clients.sha256, "the file is one"
    assert pl.concat(read_batches(clients))[LINE].to_list() == [4, 5]
    assert (clients.column("internalId"), clients.column("rfc"), clients.column("use")) == ("C", "E", None)


def test_a_sheet_of_no_resource_is_passed_over_and_named_where_another_is_known(tmp_path: Path) -> None:
    book = workbook(tmp_path, Notas=[{"foo": "1"}], Clientes=[ANA])
    (clients,) = inspect_file(book, "libro.sheets")
    assert clients.sheet == "Clientes"
    assert any("no resource is known by their headings: Notas" in note for note in clients.shape.notes)


def test_a_file_none_of_whose_sheets_is_known_is_refused_with_the_first(tmp_path: Path) -> None:
    book = workbook(tmp_path, Notas=[{"foo": "1"}], Otras=[{"bar": "1"}])
    with pytest.raises(InputError, match=r"libro\.sheets\[Notas\]: none of its headings"):
        inspect_file(book, "libro.sheets")


def test_a_finding_has_its_sheet_and_says_the_cell(book: Path, console: RecordingEvents, tmp_path: Path) -> None:
    checked(book, console, tmp_path)
    by_sheet = {found["sheet"]: found for found in problems(tmp_path)}
    clients, payments = by_sheet["Clientes"], by_sheet["Pagos"]
    assert (clients["file"], clients["line"], clients["column"]) == (str(book), 5, "rfc")
    assert clients["message"].startswith("Clientes!E5: ")
    assert (payments["line"], payments["column"]) == (5, "items.total")
    assert payments["message"].startswith("Pagos!H5: ")


def test_a_finding_of_a_file_without_sheets_says_no_cell(console: RecordingEvents, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    pl.DataFrame([ANA, BAD]).write_csv(path)
    checked(path, console, tmp_path)
    (found,) = problems(tmp_path)
    assert found["sheet"] is None
    assert "!" not in found["message"]


def test_headings_that_are_not_known_stand_on_the_line_of_the_headings(
    console: RecordingEvents, tmp_path: Path
) -> None:
    checked(workbook(tmp_path, Clientes=[ANA | {"Color": "1"}]), console, tmp_path)
    found = pl.read_csv(tmp_path / "problems.csv").filter(rule="X-COLUMN-UNKNOWN").row(0, named=True)
    assert (found["line"], found["column"]) == (3, "Color")
    assert found["message"].startswith("Clientes!H3: ")
    assert any("[Clientes]: not sent, because not known: Color" in warning for warning in console.warnings)


def test_sheets_of_one_file_share_its_rejects_and_each_keeps_its_own(
    book: Path, console: RecordingEvents, tmp_path: Path
) -> None:
    result = checked(book, console, tmp_path)
    rejects = tmp_path / "libro.rejects.sheets"
    assert result["outputs"]["rejects_files"] == [str(rejects)]  # type: ignore[index]
    by_sheet = {s.sheet: pl.concat(read_batches(s)) for s in inspect_file(rejects, "x")}
    assert by_sheet["Clientes"]["internalId"].to_list() == ["c2"]
    assert by_sheet["Pagos"]["internalId"].to_list() == ["p2"]
    assert by_sheet["Pagos"]["_line"].to_list() == ["5"]
    assert by_sheet["Clientes"].columns == [LINE, *ANA, "_line", "_errors", "_codes"]


def test_a_sheet_without_rejects_is_not_in_the_rejects_file(console: RecordingEvents, tmp_path: Path) -> None:
    checked(workbook(tmp_path, Pagos=[PAYMENT], Clientes=[ANA, BAD]), console, tmp_path)
    assert [s.sheet for s in inspect_file(tmp_path / "libro.rejects.sheets", "x")] == ["Clientes"]


def test_one_name_for_the_rejects_is_enough_for_all_sheets_of_one_file(
    book: Path, console: RecordingEvents, tmp_path: Path
) -> None:
    checked(book, console, tmp_path, rejects=tmp_path / "mine.sheets")
    assert len(inspect_file(tmp_path / "mine.sheets", "x")) == 2


def test_two_files_never_share_their_rejects(console: RecordingEvents, tmp_path: Path) -> None:
    book = workbook(tmp_path, Clientes=[BAD], Pagos=[BAD_PAYMENT])
    other = workbook(tmp_path, "libro.sheets.gz", Clientes=[BAD])
    request = ImportRequest((str(book), str(other)))
    with pytest.raises(ConfigError, match="rejects of"):
        check_files(request, Settings(state_dir=tmp_path / "state"), console)


def test_a_payment_of_one_sheet_refers_to_a_client_of_another(
    console: RecordingEvents, tmp_path: Path, sandbox: EmbeddedSandbox
) -> None:
    book = workbook(tmp_path, Pagos=[PAYMENT], Clientes=[ANA])
    settings = Settings(
        api_key="test_key_of_sheets", base_url=sandbox.base_url, state_dir=tmp_path / "state", settle_s=0
    )
    result = import_files(ImportRequest((str(book),)), settings, console.caller())
    assert {name: counts.created for name, counts in result.resources.items()} == {"clients": 1, "payments": 1}


def test_a_resume_knows_each_table_by_its_file_and_its_sheet(
    book: Path, console: RecordingEvents, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    settings = Settings(api_key="sandbox", base_url=sandbox.base_url, state_dir=tmp_path / "state")
    first = import_files(ImportRequest((str(book),), limit=1), settings, console.caller())
    with open_journal(settings, utc_now) as journal:
        tables = [(file.path, file.sheet) for file in journal.inputs(str(first.run))]
    assert tables == [(str(book), "Clientes"), (str(book), "Pagos")], "in the order they were sent in"
    workbook(tmp_path, Pagos=[PAYMENT], Clientes=[ANA, BAD])
    with pytest.raises(InputError, match=r"libro\.sheets\[(Pagos|Clientes)\] has changed since run"):
        resume_run(first.run, settings, console.caller())
