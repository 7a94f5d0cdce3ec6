"""`--map`, `--set` and `--save-mapping`, from what is said to what the server holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import Files, RecordingEvents, a_client, a_line
from stage import Desk, Recorder, payment

from pipeline.errors import ConfigError, JournalError
from pipeline.importer.flow import check_files, import_files
from pipeline.importer.request import ImportRequest
from pipeline.journal import hold
from pipeline.result import Result
from pipeline.sandbox import EmbeddedSandbox
from pipeline.settings import Settings
from pipeline.source.columns.layouts import read_layouts

CLIENT = {"internalId": "c1", "Nombre": "Ana", "Mi columna": "LOAA800101AB1", "email": "ana@empresa.example"}


class Importer:
    """Imports files under one setting, with one server to see what came of it."""

    def __init__(self, settings: Settings, server: Recorder, events: RecordingEvents) -> None:
        self.settings = settings
        self.server = server
        self.events = events

    def __call__(self, *paths: Path, **asked: Any) -> Result:
        self.events.notes.clear()
        return import_files(ImportRequest(tuple(map(str, paths)), **asked), self.settings, self.events.caller())

    def held(self, resource: str = "payments") -> dict[str, dict[str, Any]]:
        return {record["metadata"]["internalId"]: record for record in self.server.stored(resource)}

    def noted(self, words: str) -> bool:
        return any(words in note for note in self.events.notes)


@pytest.fixture
def importer(sandbox: EmbeddedSandbox, state_dir: Path, console: RecordingEvents) -> Importer:
    settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=state_dir, settle_s=0.05)
    return Importer(settings, Recorder(sandbox.origin), console)


def test_a_column_nobody_knows_is_sent_as_the_field_that_is_said_and_shown_before(
    files: Files, importer: Importer
) -> None:
    result = importer(files.csv([CLIENT]), map={"mi columna": "rfc"})
    assert result.exit_code == 0
    assert importer.held("clients")["c1"]["rfc"] == "LOAA800101AB1"
    assert importer.noted("read as: Nombre → name, Mi columna → rfc")


def test_a_constant_speaks_for_records_that_say_nothing_and_never_over_one_that_does(
    files: Files, importer: Importer
) -> None:
    """A payment of two lines says its currency when one of them does."""
    rows = [
        payment(1, currency="USD", exchange="18.5"),
        payment(1, currency="", exchange=""),
        payment(2, currency="", exchange=""),
        payment(3, currency="N/A", exchange=""),
    ]
    result = importer(files.csv(rows, "payments.csv"), set={"currency": "mxn", "metadata.lote": "7"})
    assert result.resources["payments"].created == 3, result.examples
    held = importer.held()
    assert {key: one["currency"] for key, one in held.items()} == {"p1": "USD", "p2": "MXN", "p3": "MXN"}
    assert {one["metadata"]["lote"] for one in held.values()} == {"7"}
    assert importer.noted("where a record says nothing: currency=MXN, metadata.lote=7")


def _written(rows: Sequence[dict[str, str]], form: str, files: Files) -> Path:
    if form == "csv":
        return files.csv(rows)
    return files.jsonl(rows) if form == "jsonl" else files.parquet(pl.DataFrame(rows))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_both_are_the_same_for_every_format(form: str, files: Files, importer: Importer) -> None:
    row = {h: cell for h, cell in CLIENT.items() if h != "email"}
    asked: dict[str, Any] = {"map": {"Mi columna": "rfc"}, "set": {"email": "a@empresa.example"}}
    result = importer(_written([row], form, files), **asked)
    assert result.resources["clients"].created == 1, result.examples
    assert importer.held("clients")["c1"]["email"] == "a@empresa.example"


def test_items_in_one_cell_take_constants_too_and_what_a_service_says_goes_before(
    files: Files, importer: Importer
) -> None:
    service = {"internalId": "s1", "name": "Plan", "description": "Plan", "price": "10", "unit_key": "E48"}
    service |= {"product_key": "84111506", "unit_name": "Unidad"}
    items = '[{"name":"A","description":"B","quantity":1,"total":5},{"service_ref":"s1","quantity":2}]'
    one = {h: cell for h, cell in payment(1).items() if not h.startswith("items.")} | {"items": items}
    result = importer(
        files.csv([service], "services.csv"),
        files.csv([one], "payments.csv"),
        set={"items.product_key": "01010101", "items.unit_key": "H87", "items.unit_name": "Pieza"},
    )
    assert result.resources["payments"].created == 1, result.examples
    keys = [(i["product_key"], i["unit_key"], i["unit_name"]) for i in importer.held()["p1"]["items"]]
    assert keys == [("01010101", "H87", "Pieza"), ("84111506", "E48", "Unidad")]


def test_all_payments_may_be_of_one_client_by_its_reference(files: Files, importer: Importer) -> None:
    paths = (
        files.csv([a_client(tax_system="605")]),
        files.csv([payment(1, client_ref="c1") | {"client_ref": ""}], "payments.csv"),
    )
    result = importer(*paths, set={"client_ref": "c1"})
    assert result.resources["payments"].created == 1, result.examples


def test_a_switch_that_a_constant_turns_on_is_asked_about_like_one_of_a_column(
    files: Files, importer: Importer
) -> None:
    with pytest.raises(ConfigError, match="avoidEmail: 1 record"):
        importer(files.csv([a_line()], "payments.csv"), set={"avoidEmail": "no"})
    assert importer.server.received() == []


@pytest.mark.parametrize(
    "asked", [{"map": {"Mi colunma": "rfc"}}, {"map": {"Mi columna": "rcf"}}, {"set": {"items.total": "1"}}]
)
def test_what_is_misspelt_or_taken_up_by_nothing_ends_the_call_before_anything_is_sent(
    asked: dict[str, Any], files: Files, importer: Importer
) -> None:
    with pytest.raises(ConfigError) as caught:
        importer(files.csv([CLIENT | {"rfc": "LOAA800101AB1"}]), **asked)
    assert caught.value.exit_code == 2
    assert importer.server.received() == []


def test_settings_speak_of_columns_for_the_files_that_have_them_and_flags_go_before(
    files: Files, importer: Importer
) -> None:
    importer.settings = replace(importer.settings, map={"Mi columna": "rfc", "Otra": "phone"}, set={"use": "G03"})
    assert importer(files.csv([CLIENT])).exit_code == 0
    assert importer.noted("where a record says nothing: use=G03")
    assert importer(files.csv([CLIENT | {"internalId": "c2"}]), set={"use": "S01"}).exit_code == 0
    assert {key: c["use"] for key, c in importer.held("clients").items()} == {"c1": "G03", "c2": "S01"}


def test_a_mapping_is_remembered_for_its_layout_shown_when_used_and_forgotten_when_asked(
    files: Files, importer: Importer
) -> None:
    first = importer(files.csv([CLIENT]), map={"Mi columna": "rfc"}, set={"use": "G03"}, save_mapping=True)
    assert first.exit_code == 0
    assert importer.noted("Remembered for files with these headings: Mi columna → rfc, use=G03")
    again = importer(files.csv([CLIENT | {"internalId": "c2"}], "otra.csv"))
    assert again.exit_code == 0
    assert importer.noted("otra.csv: as remembered for these headings: Mi columna → rfc, use=G03")
    assert importer.held("clients")["c2"]["use"] == "G03"
    importer(files.csv([CLIENT | {"internalId": "c3", "rfc": "LOAA800101AB1"}], "tercera.csv"))
    assert not importer.noted("as remembered"), "another layout"
    with pytest.raises(Exception, match="no column for rfc"):
        importer(files.csv([CLIENT]), save_mapping=True)


def test_without_a_mapping_save_mapping_forgets(files: Files, importer: Importer) -> None:
    path = files.csv([a_client()])
    importer(path, set={"use": "G03"}, save_mapping=True)
    importer(path, save_mapping=True, dry_run=True)
    assert importer.noted("Forgotten")
    importer(path, dry_run=True)
    assert not importer.noted("use=G03")


def test_a_check_speaks_of_columns_as_an_import_does(files: Files, importer: Importer) -> None:
    request = ImportRequest((str(files.csv([CLIENT])),), map={"Mi columna": "rfc"})
    assert check_files(request, importer.settings, importer.events).exit_code == 0
    assert importer.noted("Mi columna → rfc")


def test_the_flags_of_a_run_that_was_killed_are_those_of_its_resume(sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    desk, server = Desk(tmp_path / "desk", sandbox.base_url), Recorder(sandbox.origin)
    rows = [{"Cuánto" if h == "items.total" else h: cell for h, cell in payment(n).items()} for n in range(9)]
    path = desk.csv("pagos.csv", rows)
    flags = ("--map", "cuanto=items.total", "--set", "metadata.lote=7", "--concurrency", "1")
    assert desk.gigbulk("import", path, *flags, death="answered:3").code < 0
    resumed = desk.gigbulk("runs", "resume")
    assert resumed.code == 0, resumed.said
    assert server.ids() == {f"p{n}": 1 for n in range(9)}
    assert {one["metadata"]["lote"] for one in server.stored()} == {"7"}


def test_the_flags_are_those_of_the_command_and_of_gigbulk_toml(sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    desk, server = Desk(tmp_path / "desk", sandbox.base_url), Recorder(sandbox.origin)
    path = desk.csv("c.csv", [CLIENT])
    wrong = desk.gigbulk("check", path, "--map", "Mi columna")
    assert (wrong.code, "has no two sides" in wrong.said) == (2, True)
    with (desk.folder / "gigbulk.toml").open("a", encoding="utf-8") as file:
        file.write('[map]\n"Mi columna" = "rfc"\n[set]\nuse = "G03"\n')
    assert desk.gigbulk("import", path).code == 0
    assert server.stored("clients")[0]["use"] == "G03"


def test_a_call_whose_files_cannot_be_judged_keeps_no_mapping(files: Files, importer: Importer) -> None:
    """What is only looked at leaves nothing behind."""
    path = files.csv([CLIENT])
    request = ImportRequest((str(path),), map={"Mi columna": "rfc"}, save_mapping=True, only=("NO-SUCH-RULE",))
    with pytest.raises(ConfigError, match="There is no rule"):
        check_files(request, importer.settings, importer.events)
    assert not importer.settings.state_dir.exists() or not [*importer.settings.state_dir.glob("layouts*")]
    assert not importer.noted("Remembered")


def test_a_check_keeps_a_mapping_when_it_is_asked_to(files: Files, importer: Importer) -> None:
    request = ImportRequest((str(files.csv([CLIENT])),), map={"Mi columna": "rfc"}, save_mapping=True)
    check_files(request, importer.settings, importer.events)
    assert read_layouts(importer.settings.state_dir)


def test_two_calls_that_keep_mappings_at_once_never_lose_one(files: Files, importer: Importer) -> None:
    request = ImportRequest((str(files.csv([CLIENT])),), map={"Mi columna": "rfc"}, save_mapping=True)
    with (
        hold(importer.settings, "layouts", "r1", "call with --save-mapping"),
        pytest.raises(JournalError, match=r"Another call with --save-mapping is under way \(run r1"),
    ):
        check_files(request, importer.settings, importer.events)
    assert check_files(request, importer.settings, importer.events).exit_code == 0
