"""What an output name means: a file of a format that is written, a folder, or a mistake that is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from exporter import Desk

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.exporter.output import open_sinks
from pipeline.exporter.request import ExportRequest
from pipeline.sink.destination import Destination

NOON = datetime(2026, 6, 1, 18, tzinfo=UTC)


def place(output: object, folder: Path, **asked: str) -> Destination:
    """Where the payments go."""
    request = ExportRequest(("payments",), str(output), **asked)  # type: ignore[arg-type]
    found = open_sinks(request, NOON, "20260601-180000-abcd", folder, Edge(folder=lambda: folder))[
        "payments"
    ].destination
    assert isinstance(found, Destination)
    return found


@pytest.mark.parametrize(
    "name", ["x.xlsm", "x.XLSB", "x.xls", "june.ods", "x.tsv", "x.json", "x.txt", "{date}.ods", "payments.csv.gz"]
)
def test_a_file_of_a_kind_that_is_not_written_is_refused_and_the_kinds_that_are_are_named(
    name: str, tmp_path: Path
) -> None:
    for output in (tmp_path / name, f"s3://lake/{name}"):
        with pytest.raises(ConfigError) as refused:
            place(output, tmp_path, format="csv")
        assert ".csv, .jsonl, .parquet and .xlsx" in refused.value.message
        assert name.rpartition(".")[2].lower() in refused.value.message


def test_the_command_ends_with_2_and_makes_nothing(desk: Desk) -> None:
    ran = desk.gigbulk("export", "payments", "-o", "x.ods")
    assert (ran.code, ran.result["status"]) == (2, "failed")
    assert "x.ods" in ran.err
    assert not (desk.folder / "x.ods").exists()


@pytest.mark.parametrize("name", ["out", "out.d", "exports-v1.2", "2026.06", ".hidden", "x.xlsx/", "june.csv/"])
def test_any_other_name_with_a_dot_is_a_folder(name: str, tmp_path: Path) -> None:
    assert place(f"{tmp_path}/{name}", tmp_path) == Destination(tmp_path / name)


def test_a_folder_that_is_there_stays_one_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("x.xlsx", "june.csv"):
        (tmp_path / name).mkdir()
        assert place(tmp_path / name, tmp_path) == Destination(tmp_path / name)


@pytest.mark.parametrize("suffix", ["csv", "CSV", "jsonl", "ndjson", "parquet", "pq"])
def test_a_file_of_a_kind_that_is_written_is_one_file(suffix: str, tmp_path: Path) -> None:
    assert place(tmp_path / f"june.{suffix}", tmp_path) == Destination(tmp_path, f"june.{suffix}")


def test_a_place_is_one_however_it_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that two exports to it cannot overlap, and the pages of one are found by the other."""
    monkeypatch.chdir("/")
    here = Edge(folder=lambda: tmp_path)
    (tmp_path / "lake").mkdir()
    (tmp_path / "link").symlink_to("lake")
    (tmp_path / "round").symlink_to("round")
    for spellings in (
        ("lake", "link", "sub/../lake", "./lake/", f"{tmp_path}/link"),
        ("lake/{run}", "link/{run}", "sub/../link/{run}/"),
        ("s3://lake/out", "s3://lake/out/"),
    ):
        assert len({ExportRequest(("payments",), output).place_name(here) for output in spellings}) == 1
    others = ("lake", "lake/{run}", "lake/{date}", "lake.csv", "round", "s3://lake", "-")
    assert len({ExportRequest(("payments",), output).place_name(here) for output in others}) == len(others)


@pytest.mark.parametrize("address", ["file:///tmp/zz", "https://host/out", "S3://lake/out", "://x", "{resource}://x"])
def test_an_address_that_is_none_of_ours_is_refused_and_ours_are_named(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        place(address, tmp_path)
    assert "s3://, gs:// and az://" in refused.value.message


def test_the_command_refuses_an_address_with_2_and_makes_nothing(desk: Desk) -> None:
    ran = desk.gigbulk("export", "clients", "-o", "file:///tmp/zz")
    assert (ran.code, ran.result["status"]) == (2, "failed")
    assert not (desk.folder / "file:").exists()


def test_a_tilde_that_no_shell_expanded_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "{ana}"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert place("~/o", tmp_path) == Destination(home / "o")
    assert place("~/{date}.csv", tmp_path) == Destination(home, "2026-06-01.csv")
    assert place("~", tmp_path) == Destination(home)
    assert place("~o", tmp_path) == Destination(tmp_path / "~o", base=tmp_path)


@pytest.mark.parametrize(
    ("output", "shown"),
    [("out/p.csv", "out/p.csv"), ("./p.csv", "p.csv"), ("../p.csv", "../p.csv"), (".", "payments.csv")],
)
def test_a_path_begins_in_the_folder_of_the_edge_and_is_shown_as_it_was_written(
    output: str, shown: str, tmp_path: Path
) -> None:
    found = place(output, tmp_path)
    assert found.path("payments", "csv") == tmp_path / shown
    assert str(found.shown(tmp_path / shown)) == shown
