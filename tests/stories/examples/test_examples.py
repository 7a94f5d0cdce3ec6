"""The examples for schedulers: their plain functions do what they say, and each hands its own to its scheduler."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2 as httpx
import polars as pl
import pytest
from builders import a_line, csv_text, table

from pipeline.errors import PipelineError
from pipeline.sandbox import EmbeddedSandbox

EXAMPLES = Path(__file__).parents[3] / "examples"
SCHEDULERS = ("airflow", "dagster", "prefect")


@pytest.fixture(autouse=True)
def no_scheduler_installed(monkeypatch: pytest.MonkeyPatch, account_in_environment: EmbeddedSandbox) -> None:
    """Even where one is: the examples must do without."""
    for name in SCHEDULERS:
        monkeypatch.setitem(sys.modules, name, None)


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def test_every_scheduler_has_an_example_that_is_tested_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "airflow_export", "dagster_export", "database_rows", "prefect_import",
    }  # fmt: skip


def test_the_airflow_example_exports_one_day_and_its_result_can_be_an_xcom(tmp_path: Path) -> None:
    outcome = example("airflow_export")["export_payments"]("2026-05-31", str(tmp_path))
    assert json.loads(json.dumps(outcome))["status"] == "ok"
    manifest = json.loads((tmp_path / "2026-05-31" / "manifest.json").read_text())
    assert manifest["exports"]["payments"]["query"] != {}
    assert (tmp_path / "2026-05-31" / "payments.parquet").exists()


def test_the_dagster_example_exports_clients_and_services_and_gives_metadata(tmp_path: Path) -> None:
    told = example("dagster_export")["export_catalog"](str(tmp_path))
    assert (told["clients_rows"], told["services_rows"]) == (30, 4)
    assert pl.read_parquet(tmp_path / "clients.parquet").height == 30


def test_the_prefect_example_imports_a_file_once_however_often_it_is_tried(
    tmp_path: Path, account_in_environment: EmbeddedSandbox
) -> None:
    records = f"{account_in_environment.origin}/_sandbox/records"
    client = httpx.get(records, params={"resource": "clients"}).json()[0]["id"]
    path = tmp_path / "payments.csv"
    path.write_text(csv_text(table([a_line(internalId="px-1", clientId=client)])))
    import_payments = example("prefect_import")["import_payments"]
    first, second = import_payments(str(path)), import_payments(str(path))
    assert (first["created"], first["existing"]) == (1, 0)
    assert (second["created"], second["existing"]) == (0, 1)


def test_an_example_that_cannot_do_its_work_raises(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that the scheduler marks the task as failed."""
    monkeypatch.delenv("GIGSTACK_API_KEY")
    for name, function in (("airflow_export", "export_payments"), ("dagster_export", "export_catalog")):
        with pytest.raises(PipelineError):
            example(name)[function]("2026-05-31")
    with pytest.raises(PipelineError):
        example("prefect_import")["import_payments"]("missing.csv")


def stand_in(name: str, **members: Any) -> dict[str, ModuleType]:
    module = ModuleType(name)
    vars(module).update(members)
    return {name: module}


def test_each_example_hands_its_plain_function_to_its_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins for the few names each scheduler is asked for: their servers are not needed to see the wiring."""
    handed: list[str] = []

    def taken(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        handed.append(function.__name__)
        return function if options else (lambda *arguments: handed.append(str(arguments)))

    def configured(**options: Any) -> Callable[..., Any]:
        return lambda function: function

    class Anything:
        def __init__(self, *arguments: Any, **options: Any) -> None:
            handed.append(str(sorted(options)))

    modules = (
        stand_in("airflow")
        | stand_in("airflow.sdk", dag=configured, task=taken)
        | stand_in(
            "dagster", asset=configured, RetryPolicy=Anything, MaterializeResult=Anything, Definitions=Anything,
            ScheduleDefinition=Anything, define_asset_job=Anything,
        )
        | stand_in("prefect", flow=configured, task=taken)
    )  # fmt: skip
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    example("airflow_export")
    assert handed == ["export_payments", "('{{ macros.ds_add(ds, -1) }}',)"]
    handed.clear()
    definitions = example("dagster_export")
    assert "['assets', 'schedules']" in handed and callable(definitions["gigstack_catalog"])
    handed.clear()
    assert callable(example("prefect_import")["payments_flow"]) and handed == ["import_payments"]
