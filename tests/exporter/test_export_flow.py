"""One resource from a real sandbox to files: complete or said."""

import csv
import hashlib
import io
import json
from pathlib import Path

import polars as pl
import pytest
from listing import exported, listing

from pipeline.errors import Interrupted, OutputError
from pipeline.events import Progress, Silent, Stop
from pipeline.exporter.flatten import schema_of
from pipeline.exporter.flow import export_resources
from pipeline.exporter.request import ExportRequest, list_exportable
from pipeline.settings import Settings
from pipeline.sink.destination import Destination
from schemas.dialects import dialect
from schemas.tables import TABLES


def manifest(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_payments_items_and_taxes_join_without_a_loose_end(format: str, tmp_path: Path) -> None:
    with listing(payments=321) as sandbox:
        result = exported(sandbox.base_url, "payments", tmp_path / "out", tmp_path / "checkpoint", format)
    assert result.complete
    assert result.rows == 321
    if format == "parquet":
        payments, items, taxes = (pl.read_parquet(result.files[t.name]) for t in TABLES["payments"].family)
        assert payments.schema == schema_of(TABLES["payments"])
        assert payments["id"].n_unique() == 321
        assert items.join(payments, left_on="payment_id", right_on="id", how="anti").is_empty()
        of_item = ["payment_id", "position"]
        assert taxes.join(items, left_on=["payment_id", "item_position"], right_on=of_item, how="anti").is_empty()


@pytest.mark.parametrize("resource", list_exportable(dialect("2025-06")))
def test_every_list_endpoint_can_be_exported(resource: str, tmp_path: Path) -> None:
    seeded = {resource: 3} if resource in ("clients", "services", "payments") else {}
    with listing(**seeded) as sandbox:
        result = exported(sandbox.base_url, resource, tmp_path / "out", tmp_path / "checkpoint")
    assert result.complete
    assert set(result.files) == {table.name for table in TABLES[resource].family}
    for name, path in result.files.items():
        declared = next(t for t in TABLES[resource].family if t.name == name)
        with path.open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == declared.columns


def test_no_secret_is_in_any_file(tmp_path: Path) -> None:
    with listing(payments=30) as sandbox:
        exported(sandbox.base_url, "payments", tmp_path / "out", tmp_path / "checkpoint", "jsonl", raw=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 5  # three tables, manifest, one raw page; the checkpoint is cleared
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in ("token", "secret", "eyJ", "pay.sandbox") if word in text], path


def test_raw_keeps_each_page_as_json(tmp_path: Path) -> None:
    with listing(clients=250) as sandbox:
        result = exported(sandbox.base_url, "clients", tmp_path / "out", tmp_path / "checkpoint", raw=True)
    assert result.raw is not None
    pages = [json.loads(page.read_text(encoding="utf-8")) for page in sorted(result.raw.iterdir())]
    assert [len(page["data"]) for page in pages] == [100, 100, 52]  # each begins with the last row of the one before
    assert pages[0]["totalResults"] == 250


def test_the_manifest_proves_what_the_files_hold(tmp_path: Path) -> None:
    with listing(payments=120, clients=5) as sandbox:
        exported(sandbox.base_url, "payments", tmp_path / "out", tmp_path / "checkpoint")
        exported(sandbox.base_url, "clients", tmp_path / "out", tmp_path / "checkpoint")
    found = manifest(tmp_path / "out")["exports"]
    assert found["payments"]["rows"] == found["payments"]["rows_reported"] == 120
    assert found["payments"]["complete"] is True
    assert found["payments"]["earliest"] == "2024-01-01T06:00:00+00:00"
    assert found["clients"]["rows"] == 5
    for entry in found.values():
        for file in entry["files"].values():
            content = (tmp_path / "out" / file["file"]).read_bytes()
            assert (file["sha256"], file["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_an_incomplete_export_leaves_the_complete_one_and_the_next_complete_one_ends_it(tmp_path: Path) -> None:
    out, checkpoint = tmp_path / "out", tmp_path / "checkpoint"
    with listing(clients=300) as sandbox:
        exported(sandbox.base_url, "clients", out, checkpoint)
        before = (out / "clients.csv").read_bytes()
    with listing({"shrinking_list": 1}, clients=300) as sandbox:
        bad = exported(sandbox.base_url, "clients", out, checkpoint)
    assert not bad.complete
    assert bad.files == {"clients": out / "clients.incomplete.csv"}
    assert (out / "clients.csv").read_bytes() == before
    assert manifest(out)["exports"]["clients"]["complete"] is True
    assert "moved up" in str(manifest(out)["incomplete"]["clients"]["why"])
    with listing(clients=310) as sandbox:
        exported(sandbox.base_url, "clients", out, checkpoint)
    assert sorted(p.name for p in out.iterdir()) == ["clients.csv", "manifest.json"]
    assert manifest(out)["incomplete"] == {}


def test_an_export_that_was_cut_off_goes_on_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    with listing({"expired_token": 5}, payments=900) as sandbox:
        cut = exported(sandbox.base_url, "payments", tmp_path / "a", tmp_path / "checkpoint", concurrency=1)
    assert cut.stopped is not None
    assert cut.rows == 496
    with listing(payments=900) as sandbox:
        resumed = exported(sandbox.base_url, "payments", tmp_path / "a", tmp_path / "checkpoint")
        whole = exported(sandbox.base_url, "payments", tmp_path / "b", tmp_path / "other")
    assert resumed.continued == 4
    for name, path in resumed.files.items():
        assert path.read_bytes() == whole.files[name].read_bytes()


def test_one_file_has_its_nested_tables_and_manifest_beside_it(tmp_path: Path) -> None:
    with listing(payments=3) as sandbox:
        exported(sandbox.base_url, "payments", Destination(tmp_path, "june.csv"), tmp_path / "checkpoint")
    names = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert names == ["june.csv", "june.csv.manifest.json", "june.items.csv", "june.items.taxes.csv"]


def test_a_place_that_cannot_be_written_is_known_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with listing(clients=3) as sandbox, pytest.raises(OutputError, match="cannot be written"):
        exported(sandbox.base_url, "clients", tmp_path / "file" / "out", tmp_path / "checkpoint")
    assert not (tmp_path / "checkpoint").exists()


def test_progress_is_told_with_the_rows_there_are(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with listing(clients=250) as sandbox:
        exported(sandbox.base_url, "clients", tmp_path / "out", tmp_path / "s", on_rows=lambda *now: told.append(now))
    assert told == [(100, 250), (199, 250), (250, 250)]


def test_a_stream_gets_the_rows_and_nothing_else_is_written(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with listing(clients=3) as sandbox:
        result = exported(sandbox.base_url, "clients", stream, tmp_path / "checkpoint", "jsonl")
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == 3
    assert (result.files, result.manifest) == ({}, None)


class StopAtSecondPage(Silent):
    """Sets its stop as soon as more rows were told than a page has."""

    def __init__(self) -> None:
        self.stop = Stop()

    def progress(self, progress: Progress) -> None:
        if progress.done > 100:
            self.stop.set()


def test_an_export_ends_after_the_page_it_is_at_when_that_is_wished_and_the_next_goes_on(tmp_path: Path) -> None:
    """By a `Stop` set from any thread; nothing stands at the output that is not whole."""
    out = tmp_path / "out"
    with listing(payments=321) as sandbox:
        settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=tmp_path / "state")
        request = ExportRequest(("payments", "clients"), str(out))
        told = StopAtSecondPage()
        with pytest.raises(Interrupted, match="Interrupted") as ended:
            export_resources(request, settings, told, stop=told.stop)
        assert ended.value.exit_code == 130 and ended.value.result is not None
        assert not [*out.glob("payments.*")]
        again = export_resources(request, settings, Silent())
    assert (again.complete, again.resources["payments"].rows) == (True, 321)
    assert again.resources["payments"].continued


def test_an_export_that_is_not_wished_any_more_asks_for_no_list(tmp_path: Path) -> None:
    stop = Stop()
    stop.set()
    with listing(clients=3) as sandbox:
        settings = Settings(api_key="any", base_url=sandbox.base_url, state_dir=tmp_path / "state")
        with pytest.raises(Interrupted):
            export_resources(ExportRequest(("clients",), str(tmp_path / "out")), settings, Silent(), stop=stop)
    assert not [*(tmp_path / "out").glob("clients.*")]
