"""Every dialect, every resource, every way to go wrong: each record stands in the account once, and is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from builders import RecordingEvents, csv_text

import schemas
from pipeline.errors import PipelineError
from pipeline.importer.flow import Caller, ImportRequest, import_files, resume_run
from pipeline.result import Result
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings
from schemas.dialects import DIALECTS

FAULTS = (
    "drop_before_commit", "error_500_before_commit", "html_502", "false_success", "rate_429_seconds",
    "drop_after_commit", "error_500_after_commit", "html_502_after_commit", "truncated_reply", "bad_json",
    "read_drop", "read_error_500", "read_bad_json", "null_rows",
)  # fmt: skip
RECORDS = 7
RESUMES = 4


def rows_of(name: str) -> list[dict[str, str]]:
    """The same rows for every dialect: names of 2025-06, which either takes."""
    made = {
        "clients": lambda n: {
            "internalId": f"C-{n}", "name": f"Cliente {n}", "rfc": "XAXX010101000", "email": f"c{n}@empresa.example"
        },
        "services": lambda n: {
            "internalId": f"S-{n}", "name": f"Servicio {n}", "description": f"Servicio {n}", "price": f"{n}.50"
        },
        "payments": lambda n: {
            "internalId": f"P-{n}", "client.name": "Ana", "client.email": f"c{n}@empresa.example",
            "client.rfc": "XAXX010101000", "client.legal_name": "PUBLICO EN GENERAL", "client.tax_system": "616",
            "client.use": "S01", "client.address.zip": "06600", "paid": "true", "paymentMethod": "03",
            "items.name": "Plan", "items.description": "Plan", "items.quantity": "2", "items.total": f"{n}.50",
            "items.product_key": "81112100", "items.unit_key": "E48", "items.unit_name": "Unidad de servicio",
        },
    }  # fmt: skip
    return [made[name](n) for n in range(1, RECORDS + 1)]


def written(name: str, folder: Path) -> Path:
    rows = rows_of(name)
    path = folder / f"{name}.csv"
    path.write_text(csv_text([list(rows[0]), *(list(row.values()) for row in rows)]), "utf-8")
    return path


def key_of(row: Mapping[str, Any]) -> str:
    return str(row.get("metadata", {}).get("internalId") or row.get("sku"))


def imported(path: Path, settings: Settings, calm: Any) -> Result | None:
    """Run, and resumed until nothing is left; the last time by a server that does as it should."""
    caller = Caller(RecordingEvents())
    result: Result | None = None
    for again in range(RESUMES + 1):
        if again == RESUMES:
            calm()
        try:
            if again == 0:
                result = import_files(ImportRequest((str(path),)), settings, caller)
            else:
                result = resume_run(None, settings, caller)
        except PipelineError as stopped:
            if stopped.exit_code == 2:  # nothing to resume
                return result
    return result


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", schemas.RESOURCE_NAMES)
@pytest.mark.parametrize("spoken", DIALECTS)
def test_each_record_stands_in_the_account_once_whatever_goes_wrong(
    spoken: str, name: str, fault: str, tmp_path: Path
) -> None:
    path = written(name, tmp_path)
    with EmbeddedSandbox(Options(dialect=spoken, faults={fault: 0.4}, seed=3)) as server:
        settings = Settings(
            api_key="any-key", base_url=server.base_url, dialect=spoken, state_dir=tmp_path / "state",
            settle_s=0.01, timeout_s=2, concurrency=2,
        )  # fmt: skip
        result = imported(path, settings, lambda: httpx.post(f"{server.origin}/_sandbox/faults", json={}))
        stored = httpx.get(f"{server.origin}/_sandbox/records?resource={name}").json()
    assert Counter(key_of(row) for row in stored) == {row["internalId"]: 1 for row in rows_of(name)}
    assert result is not None
    counts = result.resources[name]
    assert counts.balanced
    assert (counts.read, counts.created + counts.existing) == (RECORDS, RECORDS)
