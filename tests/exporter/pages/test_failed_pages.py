"""Answers with `success: false` on a 200: an error without rows; with rows these are kept and the list is not whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from listing import pulled
from odd_pages import answering

from pipeline import run_export
from pipeline.errors import ApiStop
from pipeline.exporter.pages.pull import Pulled
from schemas.dialects import dialect

SPOKEN = dialect("2026")
FAILED = {"success": False, "error": {"code": "some_parts_failed", "message": "two shards did not answer"}}
PASSES = {"success": False, "error": {"code": "database_error", "message": "come back"}}


def page(names: str, onward: str | None, **more: Any) -> dict[str, Any]:
    rows = [{"id": f"client_{name}", "created_at": 1_735_689_600} for name in names]
    return {"success": True, "data": rows, "next": onward, "has_more": onward is not None, "total_results": 6} | more


WHOLE = {"": page("ab", "1"), "1": page("cd", "2"), "2": page("ef", None)}


def read(pages: dict[str, dict[str, Any]], folder: Path) -> tuple[Pulled, list[str]]:
    def body(query: dict[str, str]) -> bytes:
        return json.dumps(pages[query.get("next", "")]).encode()

    came: list[str] = []
    with answering(body) as base_url:
        done = pulled(
            base_url, "clients", folder, lambda rows: came.extend(row["id"][-1:] for row in rows), spoken=SPOKEN
        )
    return done, came


def test_rows_of_a_failed_page_are_kept_the_list_is_read_on_and_the_part_is_named(tmp_path: Path) -> None:
    done, came = read(WHOLE | {"1": page("c", "2", **FAILED)}, tmp_path)
    assert came == [*"abcef"]
    assert not done.complete
    assert done.why is not None
    assert "Of 1 pages" in done.why
    assert "two shards did not answer" in done.why
    assert "page at next=1" in done.why


def test_a_failed_page_without_a_way_on_ends_the_list(tmp_path: Path) -> None:
    done, came = read(WHOLE | {"1": page("c", None, **FAILED)}, tmp_path)
    assert (came, done.complete) == ([*"abc"], False)


@pytest.mark.parametrize("rows", [{}, {"data": []}, {"data": [None]}, {"data": {"summary": 1}}])
def test_one_without_rows_is_an_error_and_what_came_before_is_kept(rows: dict[str, Any], tmp_path: Path) -> None:
    done, came = read(WHOLE | {"1": {**FAILED, "next": "2", "has_more": True, **rows}}, tmp_path)
    assert (came, done.complete) == ([*"ab"], False)
    assert done.stopped is not None
    assert "two shards did not answer" in done.stopped.message
    assert "next=1" in done.stopped.message


def test_a_first_page_without_rows_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(ApiStop, match="two shards"):
        read(WHOLE | {"": FAILED}, tmp_path)


def test_a_key_that_is_refused_is_refused_whatever_rows_come_with_it(tmp_path: Path) -> None:
    with pytest.raises(ApiStop, match="let us go on"):
        read({"": page("ab", None, success=False, error="unauthorized")}, tmp_path)


def test_a_failed_page_that_is_whole_at_the_second_try_is_no_matter(tmp_path: Path) -> None:
    answers = iter([WHOLE[""], page("c", "2", **PASSES), WHOLE["1"], WHOLE["2"]])
    with answering(lambda query: json.dumps(next(answers)).encode()) as base_url:
        done = pulled(base_url, "clients", tmp_path, spoken=SPOKEN)
    assert (done.rows, done.complete) == (6, True)


def test_one_that_fails_each_time_is_kept_as_it_is(tmp_path: Path) -> None:
    done, came = read(WHOLE | {"1": page("c", "2", **PASSES)}, tmp_path)
    assert (came, done.complete) == ([*"abcef"], False)


def test_a_failed_page_on_disk_is_asked_for_anew(tmp_path: Path) -> None:
    """What stopped the first run is gone; so is what failed in it."""
    stops = WHOLE | {"1": page("c", "2", **FAILED), "2": FAILED}
    assert read(stops, tmp_path)[0].stopped is not None
    done, came = read(WHOLE, tmp_path)
    assert (came, done.complete) == ([*"abcdef"], True)


def test_a_list_with_a_failed_page_ends_with_exit_6_and_its_rows_are_written(tmp_path: Path) -> None:
    with answering(lambda query: json.dumps(page("ab", None, **FAILED)).encode()) as base_url:
        done = run_export(
            ["clients"], output=tmp_path / "out", base_url=base_url, api_key="any-key", dialect="2026",
            state_dir=tmp_path / "state",
        )  # fmt: skip
    assert (done["exit_code"], done["resources"]["clients"]["rows"]) == (6, 2)
