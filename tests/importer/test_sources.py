"""Which files an import takes in, and where its result files may go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builders import Files, RecordingEvents, a_client

from pipeline.edge import PROCESS, Edge
from pipeline.errors import ConfigError, InputError, OutputError
from pipeline.importer.flow import check_files
from pipeline.importer.request import ImportRequest
from pipeline.importer.sources import inspect_files
from pipeline.settings import Settings


def inspected(tmp_path: Path, *names: str, edge: Edge = PROCESS, **asked: Path) -> RecordingEvents:
    told = RecordingEvents()
    request = ImportRequest(tuple(str(tmp_path / "files" / name) for name in names), **asked)  # type: ignore[arg-type]
    inspect_files(request, tmp_path, told, Settings(lang="en"), edge)
    return told


CLASHES: list[tuple[tuple[str, ...], dict[str, str], type[Exception], str]] = [
    (("a.csv",), {"problems": "a.csv"}, ConfigError, "--problems .* is also the input"),
    (("a.csv",), {"rejects": "a.csv"}, ConfigError, "--rejects .* is also the input"),
    (("a.csv",), {"report": "x.csv", "problems": "x.csv"}, ConfigError, "is also --problems"),
    (("a.csv",), {"problems": "none/x.csv"}, OutputError, "cannot be written there"),
    (("a.csv",), {"report": "x" * 250 + ".html"}, OutputError, "cannot be written there"),
    (("a.csv",), {"created": "a.csv/x.csv"}, OutputError, "cannot be written there"),
    (("a.csv",), {"problems": "x.xyz"}, ConfigError, "the suffix must be one of"),
    (("a.csv",), {"rejects": "x.parquet"}, ConfigError, "does not say what would be in it"),
    (("a.csv", "b.csv"), {"rejects": "x.csv"}, ConfigError, "names one file, but there are several inputs"),
    (("a.csv", "a.rejects.csv"), {}, ConfigError, "The rejects of .* would go to .* is also the input"),
]


@pytest.mark.parametrize(("names", "asked", "kind", "says"), CLASHES)
def test_a_result_file_never_takes_the_place_of_another(
    files: Files, tmp_path: Path, names: tuple[str, ...], asked: dict[str, str], kind: type[Exception], says: str
) -> None:
    for name in names:
        files.csv([a_client()], name)
    with pytest.raises(kind, match=says):
        inspected(tmp_path, *names, **{flag: files.folder / name for flag, name in asked.items()})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_result_file_is_never_a_device_or_a_pipe(files: Files, tmp_path: Path) -> None:
    files.csv([a_client()], "a.csv")
    os.mkfifo(files.folder / "pipe.csv")
    for flag in ("rejects", "problems", "report", "created"):
        with pytest.raises(OutputError, match="cannot be written there"):
            inspected(tmp_path, "a.csv", **{flag: files.folder / "pipe.csv"})


def test_a_file_named_twice_is_read_once_and_one_that_is_missing_says_where_it_was_looked_for(
    files: Files, tmp_path: Path
) -> None:
    files.csv([a_client()], "a.csv")
    told = inspected(tmp_path, "a.csv", "../files/a.csv")
    assert [note.partition(": ")[2] for note in told.notes] == ["1 row of clients (told by its columns)"]
    assert "is the same as" in told.warnings[0]
    with pytest.raises(InputError) as missing:
        inspected(tmp_path, "b.csv", edge=Edge(folder=lambda: Path("/home/ana/desk")))
    assert missing.value.hint == "Check the path; this command runs in desk/."


def test_names_are_those_of_the_folder_that_was_handed_in(files: Files, tmp_path: Path) -> None:
    """Not of the folder the process happens to be in: inputs, results, and what would take another's place."""
    files.csv([a_client(), a_client(internalId="c2", rfc="x")], "a.csv")
    here = Edge(folder=lambda: files.folder)
    asked = {"problems": Path("p.csv"), "report": Path("r.html")}
    result = check_files(ImportRequest(("a.csv",), **asked), Settings(state_dir=tmp_path), RecordingEvents(), here)
    assert result.outputs["rejects"] == "a.rejects.csv"
    assert {path.name for path in files.folder.iterdir()} == {"a.csv", "a.rejects.csv", "p.csv"}
    for flag, path in {"problems": files.folder / "a.csv", "rejects": Path("../files/a.csv")}.items():
        with pytest.raises(ConfigError, match=r"is also the input a\.csv"):
            inspect_files(
                ImportRequest(("a.csv",), **{flag: path}), tmp_path, RecordingEvents(), Settings(lang="en"), here
            )


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_sheet_of_a_file_that_has_none_is_a_usage_error_naming_the_file(
    files: Files, tmp_path: Path, name: str
) -> None:
    (files.jsonl if name.endswith("jsonl") else files.csv)([a_client()], name)
    with pytest.raises(ConfigError, match=f"{name} has no sheets, and --sheet Pagos asks for one"):
        inspected(tmp_path, name, sheet="Pagos")  # type: ignore[arg-type]


@pytest.mark.parametrize(("spoken", "told"), [("2025-06", ["product_key", "unit_key"]), ("2026", [])])
def test_a_column_is_told_to_stay_here_only_where_the_dialect_does_not_send_it(
    spoken: str, told: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "services.csv"
    path.write_text("name,description,price,product_key,unit_key\nPlan,Mensual,1,84111506,E48\n", "utf-8")
    events = RecordingEvents()
    inspect_files(ImportRequest((str(path),)), tmp_path, events, Settings(lang="en", dialect=spoken), PROCESS)
    kept = [note.rpartition(": ")[2] for note in events.notes if "used here, not sent" in note]
    assert kept == ([", ".join(told)] if told else [])
