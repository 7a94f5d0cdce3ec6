"""What of a request a resume knows again."""

from __future__ import annotations

from pathlib import Path

from pipeline.edge import Edge
from pipeline.importer.request import ImportRequest


def test_the_paths_of_results_are_remembered_whole_because_a_resume_may_start_elsewhere(tmp_path: Path) -> None:
    request = ImportRequest(("a.csv",), rejects=Path("r.csv"), created=tmp_path / "c.csv")
    remembered = request.remembered(Edge(folder=lambda: tmp_path / "desk"))
    assert (remembered["rejects"], remembered["created"]) == (
        str(tmp_path / "desk" / "r.csv"), str(tmp_path / "c.csv")
    )  # fmt: skip


def test_a_result_that_nobody_asked_for_is_none() -> None:
    remembered = ImportRequest(("a.csv",)).remembered(Edge())
    assert (remembered["rejects"], remembered["created"]) == (None, None)
