"""What comes out goes in again: export, import to an empty account, export: equal, in every format."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exporter import ROOT, Desk

from pipeline.sandbox import EmbeddedSandbox, Options

SAMPLES = ROOT / "samples"
GIVEN = ("id", "timestamp", "updatedAt")
"""What the server gives a record of its own, and so differs in another account."""


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own(path: Path) -> list[dict[str, Any]]:
    rows = [{k: v for k, v in row.items() if not k.startswith(GIVEN)} for row in rows_of(path)]
    return sorted(rows, key=lambda row: str(row["metadata.internalId"]))


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Desk]:
    """An account with the clients and services of the samples."""
    for name in ("clients.csv", "services.csv"):
        shutil.copyfile(SAMPLES / name, tmp_path / name)
    with EmbeddedSandbox(Options()) as sandbox:
        desk = Desk(tmp_path, sandbox.base_url)
        ran = desk.gigbulk("import", "clients.csv", "services.csv")
        assert ran.code == 0, ran.err
        yield desk


@pytest.mark.slow
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_clients_and_services_survive_export_import_export(format: str, filled: Desk, tmp_path: Path) -> None:
    flags = ("export", "clients", "services", "--format", format, "-o")
    assert filled.gigbulk(*flags, "first").code == 0
    with EmbeddedSandbox(Options()) as empty:
        there = {"GIGSTACK_BASE_URL": empty.base_url}
        ran = filled.gigbulk("import", f"first/clients.{format}", f"first/services.{format}", **there)
        assert ran.code == 0, ran.err
        assert filled.gigbulk(*flags, "second", **there).code == 0
    for resource, count in (("clients", 48), ("services", 28)):
        first, second = own(tmp_path / f"first/{resource}.{format}"), own(tmp_path / f"second/{resource}.{format}")
        assert len(first) == count
        assert first == second
