"""A list read in stretches of time is whole only where each stretch is, by its own count."""

from __future__ import annotations

import json
from pathlib import Path

from listing import pulled
from odd_pages import answering

from pipeline.exporter.pages.pull import Pulled
from schemas.dialects import dialect

SPOKEN = dialect("2026")
DAY = 86_400
BOUNDS = {"created[gte]": 0, "created[lte]": 2 * DAY}


def read(folder: Path, early: tuple[str, int], late: tuple[str, int], everything: int) -> Pulled:
    """Two stretches, each with the letters of its rows and the count it is said to have."""

    def body(query: dict[str, str]) -> bytes:
        names, total = "", everything
        if "created[gte]" in query:
            names, total = early if query["created[gte]"] == "0" else late
        rows = [{"id": name} for name in names]
        return json.dumps({"data": rows, "has_more": False, "total_results": total}).encode()

    with answering(body) as base_url:
        return pulled(base_url, "clients", folder, spoken=SPOKEN, query=BOUNDS)


def test_stretches_that_hold_equally_many_are_whole(tmp_path: Path) -> None:
    done = read(tmp_path, ("ab", 2), ("cd", 2), everything=9)
    assert (done.complete, done.total_reported, done.notes) == (True, 4, [])


def test_a_row_too_many_in_one_does_not_hide_one_missing_in_the_other(tmp_path: Path) -> None:
    done = read(tmp_path, ("ab", 3), ("cde", 2), everything=9)
    assert done.why == "The server counts 6 rows and gave 5: 1 are missing."


def test_a_row_missing_from_one_of_two_equal_counts_is_missed(tmp_path: Path) -> None:
    done = read(tmp_path, ("a", 2), ("cd", 2), everything=9)
    assert done.why == "The server counts 4 rows and gave 3: 1 are missing."
    assert done.total_reported == 4


def test_a_count_that_is_always_that_of_the_whole_list_proves_nothing_and_is_no_fault(tmp_path: Path) -> None:
    done = read(tmp_path, ("a", 9), ("cd", 9), everything=9)
    assert (done.complete, done.total_reported) == (True, 9)
    assert done.notes == ["The server's count (9) ignores the filter: nothing to compare the rows with."]
