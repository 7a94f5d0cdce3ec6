"""What an output name means: a file of a format that is written, a folder, or a mistake that is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from exporter import Desk

from pipeline.edge import Edge
from pipeline.errors import ConfigError
from pipeline.exporter.output import Place, open_sinks, place_output
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


@pytest.mark.parametrize(
    ("filled", "is_there", "asked", "there"),
    [
        ("-", False, {}, ("-", None, "csv")),
        ("-", False, {"format": "jsonl"}, ("-", None, "jsonl")),
        ("out", False, {}, ("out", None, "csv")),
        ("out", True, {"format": "parquet"}, ("out", None, "parquet")),
        ("out", False, {"append": True}, ("out", None, "parquet")),
        ("out", False, {"append": True, "format": "parquet"}, ("out", None, "parquet")),
        ("a/out.d", False, {}, ("a/out.d", None, "csv")),
        ("a/june.csv", False, {}, ("a", "june.csv", "csv")),
        ("june.CSV", False, {"format": "csv"}, (".", "june.CSV", "csv")),
        ("/a/june.pq", False, {}, ("/a", "june.pq", "parquet")),
        ("a/june.csv/", False, {}, ("a/june.csv/", None, "csv")),
        ("a/june.csv", True, {"format": "jsonl"}, ("a/june.csv", None, "jsonl")),
        ("june.csv", True, {"append": True}, ("june.csv", None, "parquet")),
        ("june.ods", True, {}, ("june.ods", None, "csv")),
        ("s3://lake/x/june.jsonl", False, {}, ("s3://lake/x", "june.jsonl", "jsonl")),
        ("s3://lake/v1.2", False, {}, ("s3://lake/v1.2", None, "csv")),
    ],
)
def test_a_filled_name_is_a_folder_or_a_file_of_the_format_it_says(
    filled: str, is_there: bool, asked: dict[str, Any], there: tuple[str, str | None, str]
) -> None:
    request = ExportRequest(("payments",), filled, **asked)
    assert place_output(request, filled, one=False, is_there=is_there) == Place(*there)


BOTH = ("payments", "clients")


@pytest.mark.parametrize(
    ("filled", "resources", "one", "asked", "said"),
    [
        ("june.ods", ("payments",), False, {}, "june.ods: gigbulk writes"),
        ("june.ods", ("payments",), False, {"append": True}, "june.ods: gigbulk writes"),
        ("out", ("payments",), False, {"append": True, "format": "csv"}, "makes a Parquet dataset, not csv"),
        ("june.parquet", ("payments",), False, {"append": True}, "which is a folder"),
        ("june.csv", BOTH, False, {}, "june.csv is one file"),
        ("june.csv", ("payments",), False, {"format": "jsonl"}, "june.csv says csv, --format says jsonl"),
        ("june.pq", ("payments",), False, {"format": "csv"}, "june.pq says pq, --format says csv"),
        ("june.csv", BOTH, True, {"format": "jsonl"}, "june.csv says csv, --format says jsonl"),
    ],
)
def test_a_name_that_contradicts_the_request_is_refused_with_what_they_say(
    filled: str, resources: tuple[str, ...], one: bool, asked: dict[str, Any], said: str
) -> None:
    request = ExportRequest(resources, filled, **asked)
    with pytest.raises(ConfigError) as refused:
        place_output(request, filled, one=one, is_there=False)
    assert said in refused.value.message
    assert refused.value.hint


def test_several_resources_may_each_have_a_file_of_their_own() -> None:
    request = ExportRequest(BOTH, "{resource}.csv")
    assert place_output(request, "clients.csv", one=True, is_there=False) == Place(".", "clients.csv", "csv")
