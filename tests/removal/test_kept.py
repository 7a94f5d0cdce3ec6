"""Deleted records as they were: added to, never twice, readable by nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import OutputError
from pipeline.removal.kept import find_kept, keep_records


def test_a_resume_adds_what_is_new_and_repeats_nothing(tmp_path: Path) -> None:
    path = find_kept(tmp_path, "r1")
    keep_records(path, "clients", {"c1": {"name": "Ana"}, "c2": {"name": "Eva"}})
    keep_records(path, "clients", {"c2": {"name": "Eva"}, "c1": {"name": "Ana María"}})
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["id"], line["record"]["name"]) for line in lines] == [
        ("c1", "Ana"),
        ("c2", "Eva"),
        ("c1", "Ana María"),
    ]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_where_they_cannot_be_kept_it_is_said_and_nothing_goes(tmp_path: Path) -> None:
    (tmp_path / "deleted").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be kept"):
        keep_records(find_kept(tmp_path, "r1"), "clients", {"c1": {}})
