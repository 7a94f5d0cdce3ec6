"""Exports from a server that ignores offsets and names each next page. A real sandbox answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exporter import Account, Desk
from listing import exported, listing, pulled

from pipeline.edge import utc_now
from pipeline.exporter.pages.checkpoint import PageCheckpoint
from pipeline.exporter.pages.pull import Row


def ids(count: int) -> list[str]:
    return [f"client_seed{n:09d}" for n in range(count)]


def by_next(**others: float) -> dict[str, float]:
    return {"page_by_next": 1, **others}


def test_a_list_is_read_to_its_end_each_row_once_and_in_order(tmp_path: Path) -> None:
    seen: list[Row] = []
    with listing(by_next(), clients=450) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path, seen.extend)
    assert [row["id"] for row in seen] == ids(450)
    assert (result.complete, result.why, result.follows_next, result.total_reported) == (True, None, True, 450)
    assert (result.duplicate_rows, result.notes) == (0, [])


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200])
def test_lists_of_any_length_are_whole(count: int, tmp_path: Path) -> None:
    with listing(by_next(), clients=count) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.complete, result.follows_next) == (count, True, count > 100)


def test_null_rows_and_trouble_that_passes_are_what_they_are_by_offset(tmp_path: Path) -> None:
    with listing(by_next(null_rows=1, read_error_500=0.2, read_drop=0.1), clients=450) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.null_rows, result.complete) == (450, 5, True)


def test_a_filter_goes_with_every_page(tmp_path: Path) -> None:
    with listing(by_next(), services=350) as sandbox:
        whole = pulled(sandbox.base_url, "services", tmp_path / "1")
        result = pulled(sandbox.base_url, "services", tmp_path / "2", query={"isActive": "true"})
    assert result.complete
    assert 100 < result.rows < whole.rows


def test_rows_lost_while_reading_make_it_incomplete(tmp_path: Path) -> None:
    with listing(by_next(shrinking_list=1), clients=450) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert not result.complete


def test_a_server_that_obeys_neither_is_left_as_before(tmp_path: Path) -> None:
    with listing(by_next(ignore_offset=1), clients=450) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.complete, result.follows_next) == (100, False, False)
    assert "same rows again" in (result.why or "")
    assert not PageCheckpoint(tmp_path, now=utc_now).pages()


def test_an_export_that_was_cut_off_goes_on_from_its_pages(tmp_path: Path) -> None:
    """The key expires at the sixth page of the list; the next run asks for the first and the missing ones."""
    with listing(by_next(expired_token=6), clients=1000) as sandbox:
        first = pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    assert (first.rows, first.complete) == (500, False)
    seen: list[Row] = []
    with listing(by_next(), clients=1000) as sandbox:
        second = pulled(sandbox.base_url, "clients", tmp_path, seen.extend)
    assert (second.rows, second.complete, second.continued) == (1000, True, 5)
    assert [row["id"] for row in seen] == ids(1000)


def test_pages_read_by_next_are_forgotten_when_the_server_takes_none_any_more(tmp_path: Path) -> None:
    with listing(by_next(expired_token=6), clients=1000) as sandbox:
        pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    with listing(clients=1000) as sandbox:
        mixed = pulled(sandbox.base_url, "clients", tmp_path)
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (mixed.rows, mixed.complete) == (500, False)
    assert (result.rows, result.complete, result.follows_next) == (1000, True, False)


def test_a_name_from_disk_that_the_server_knows_no_more_makes_the_next_run_begin_anew(tmp_path: Path) -> None:
    with listing(by_next(expired_token=6), clients=1000) as sandbox:
        pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    last = PageCheckpoint(tmp_path, now=utc_now).pages()[-1]
    last.write_text(last.read_text().replace("page_from_500", "forgotten"))
    with listing(by_next(), clients=1000) as sandbox:
        stuck = pulled(sandbox.base_url, "clients", tmp_path)
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (stuck.complete, stuck.rows) == (False, 500)
    assert (result.complete, result.rows, result.continued) == (True, 1000, 0)


def test_the_pages_kept_beside_the_files_are_numbered_in_order(tmp_path: Path) -> None:
    with listing(by_next(), clients=250) as sandbox:
        result = exported(sandbox.base_url, "clients", tmp_path / "out", tmp_path / "state", raw=True)
    assert result.raw is not None
    files = sorted(result.raw.iterdir())
    assert [path.name for path in files] == [f"page-{n:012d}.json" for n in range(4)]
    pages: list[dict[str, Any]] = [json.loads(path.read_text()) for path in files]
    assert {row["id"] for page in pages for row in page["data"]} == set(ids(250))


def test_the_command_says_it_once_and_the_manifest_too(desk: Desk, account: Account) -> None:
    for n in range(120):
        account.client(n)
    account.misbehave(page_by_next=1)
    ran = desk.gigbulk("export", "clients", "services", "-o", "out")
    assert (ran.code, ran.rows("clients")) == (0, 150)
    assert ran.err.count("whatever the offset") == 1
    entries = desk.manifest("out/manifest.json")["exports"]
    assert (entries["clients"]["follows_next"], entries["services"]["follows_next"]) == (True, False)
