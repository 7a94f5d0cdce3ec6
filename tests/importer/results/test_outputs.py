"""Which files a run leaves, where, and what its result says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import Files, RecordingEvents, a_client

from pipeline.edge import Edge
from pipeline.errors import OutputError
from pipeline.importer.offline import check_offline
from pipeline.importer.request import ImportRequest
from pipeline.settings import Settings

GOOD, BAD = a_client(), a_client(internalId="c2", rfc="x")

LEFT: list[tuple[dict[str, list[dict[str, str]]], dict[str, Path], dict[str, Any], set[str]]] = [
    ({"a.csv": [GOOD]}, {}, {"rejects": None, "rejects_files": [], "report": None}, set()),
    (
        {"a.csv": [GOOD, BAD]},
        {},
        {"rejects": "a.rejects.csv", "rejects_files": ["a.rejects.csv"], "report": None},
        {"a.rejects.csv"},
    ),
    (
        {"a.csv": [BAD], "b.csv": [a_client(internalId="c3")], "c.csv": [BAD | {"internalId": "c4"}]},
        {},
        {"rejects": "a.rejects.csv", "rejects_files": ["a.rejects.csv", "c.rejects.csv"], "report": None},
        {"a.rejects.csv", "c.rejects.csv"},
    ),
    (
        {"a.csv": [BAD]},
        {"rejects": Path("bad.csv"), "problems": Path("p.jsonl")},
        {"rejects": "bad.csv", "rejects_files": ["bad.csv"], "problems": "p.jsonl", "report": None},
        {"bad.csv", "p.jsonl"},
    ),
    (
        {"a.csv": [GOOD]},
        {"rejects": Path("bad.csv"), "problems": Path("p.csv")},
        {"rejects": None, "rejects_files": [], "problems": "p.csv", "report": None},
        {"p.csv"},
    ),
]


@pytest.mark.parametrize(("inputs", "asked", "outputs", "left"), LEFT)
def test_a_check_leaves_what_was_asked_for_and_rejects_where_there_are_any(
    files: Files,
    tmp_path: Path,
    inputs: dict[str, list[dict[str, str]]],
    asked: dict[str, Path],
    outputs: dict[str, Any],
    left: set[str],
) -> None:
    for name, rows in inputs.items():
        files.csv(rows, name)
    request = ImportRequest(tuple(inputs), **asked)  # type: ignore[arg-type]
    here = Edge(folder=lambda: files.folder)
    with check_offline(request, Settings(state_dir=tmp_path / "state"), RecordingEvents(), here) as checked:
        result = checked.finish()
    assert result.outputs == outputs
    assert {path.name for path in files.folder.iterdir()} - inputs.keys() == left


def test_a_result_that_cannot_be_written_is_an_error_that_names_it(files: Files, tmp_path: Path) -> None:
    files.csv([BAD], "a.csv")
    request = ImportRequest(("a.csv",), problems=Path("sub/p.csv"))
    (files.folder / "sub").mkdir()
    here = Edge(folder=lambda: files.folder)
    with check_offline(request, Settings(state_dir=tmp_path / "state"), RecordingEvents(), here) as checked:
        (files.folder / "sub").rmdir()
        with pytest.raises(OutputError, match=r"p\.csv cannot be written"):
            checked.finish()
