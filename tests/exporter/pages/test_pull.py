"""A list is read to its end, or the reason why not is said. A real sandbox answers."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listing import KEY, listing, pulled
from odd_pages import answering

from pipeline.edge import utc_now
from pipeline.errors import ApiStop
from pipeline.exporter.pages.checkpoint import KEPT_S, PageCheckpoint
from pipeline.exporter.pages.pull import Row
from schemas.dialects import dialect
from schemas.tables import without_secrets


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


def test_every_row_comes_once_and_in_order_with_pages_in_flight(tmp_path: Path) -> None:
    seen: list[Row] = []
    with listing(payments=1234) as sandbox:
        result = pulled(sandbox.base_url, "payments", tmp_path, seen.extend)
    assert ids(seen) == [f"payment_seed{n:09d}" for n in range(1234)]
    assert (result.rows, result.pages, result.total_reported) == (1234, 13, 1234)
    assert result.complete
    assert result.why is None


def test_an_empty_list_is_complete(tmp_path: Path) -> None:
    with listing() as sandbox:
        result = pulled(sandbox.base_url, "receipts", tmp_path)
    assert (result.rows, result.pages, result.complete) == (0, 1, True)


@pytest.mark.parametrize("fault", ["ignore_offset", "repeat_page"])
def test_a_server_that_gives_the_same_page_again_is_noticed(fault: str, tmp_path: Path) -> None:
    with listing({fault: 1}, clients=500) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert not result.complete
    assert result.why is not None
    assert "same rows again" in result.why
    assert result.rows == 100
    assert not PageCheckpoint(tmp_path, now=utc_now).pages()  # reading on would be no use


def test_rows_lost_while_reading_make_it_incomplete(tmp_path: Path) -> None:
    with listing({"shrinking_list": 1}, clients=500) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert not result.complete
    assert result.why is not None
    assert "moved up" in result.why


def test_null_rows_are_counted_and_skipped(tmp_path: Path) -> None:
    seen: list[Row] = []
    with listing({"null_rows": 1}, clients=250) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path, seen.extend)
    assert len(seen) == result.rows == 250
    assert result.null_rows == 3
    assert result.complete


def test_trouble_that_passes_is_not_seen(tmp_path: Path) -> None:
    with listing({"read_error_500": 0.2, "read_drop": 0.1}, clients=900) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.complete) == (900, True)


def test_rows_added_while_reading_do_not_make_it_incomplete(tmp_path: Path) -> None:
    with listing(clients=250) as sandbox:

        def add(_: list[Row]) -> None:
            body = {"name": "Nueva", "rfc": "XAXX010101000", "email": "n@empresa.example"}
            reply = httpx.post(f"{sandbox.base_url}/clients", json=body, headers={"Authorization": f"Bearer {KEY}"})
            assert reply.status_code == 200

        result = pulled(sandbox.base_url, "clients", tmp_path, add)
    assert result.complete, result.why
    assert result.rows >= 250
    assert any("grew" in note for note in result.notes)


def test_when_nothing_can_be_read_the_api_stops_us(tmp_path: Path) -> None:
    with listing({"read_error_500": 1}, clients=10) as sandbox, pytest.raises(ApiStop, match="clients"):
        pulled(sandbox.base_url, "clients", tmp_path)


def test_an_error_on_a_late_page_loses_nothing_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """The key expires while page 6 of 11 is read; with a good key only the missing pages are asked for."""
    with listing({"expired_token": 5}, clients=1000) as sandbox:
        first = pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    assert (first.rows, first.complete) == (496, False)
    assert first.stopped is not None
    assert "key" in first.stopped.message
    seen: list[Row] = []
    with listing(clients=1000) as sandbox:
        second = pulled(sandbox.base_url, "clients", tmp_path, seen.extend)
    assert (second.rows, second.complete, second.continued) == (1000, True, 4)
    assert ids(seen) == [f"client_seed{n:09d}" for n in range(1000)]


def test_pages_of_a_list_that_begins_otherwise_are_not_used(tmp_path: Path) -> None:
    with listing({"expired_token": 5}, services=1000) as sandbox:
        pulled(sandbox.base_url, "services", tmp_path, concurrency=1)
    with listing(clients=300) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.continued, result.complete) == (300, 0, True)


def test_a_kept_page_that_was_cut_off_is_read_anew(tmp_path: Path) -> None:
    with listing({"expired_token": 5}, clients=1000) as sandbox:
        pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    page = PageCheckpoint(tmp_path, now=utc_now).pages()[2]
    page.write_bytes(page.read_bytes()[:1000])
    with listing(clients=1000) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.complete, result.continued) == (1000, True, 3)


def test_pages_of_yesterday_are_not_used(tmp_path: Path) -> None:
    with listing({"expired_token": 5}, clients=1000) as sandbox:
        pulled(sandbox.base_url, "clients", tmp_path, concurrency=1)
    for page in PageCheckpoint(tmp_path, now=utc_now).pages():
        os.utime(page, (page.stat().st_atime, page.stat().st_mtime - KEPT_S - 1))
    with listing(clients=1000) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path)
    assert (result.rows, result.complete, result.continued) == (1000, True, 0)


def test_no_secret_is_kept_on_disk_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    with listing(payments=150) as sandbox:
        pulled(sandbox.base_url, "payments", tmp_path)
    pages = PageCheckpoint(tmp_path, now=utc_now).pages()
    assert len(pages) == 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert page.stat().st_mode & 0o077 == 0
        assert not [word for word in ("token", "secret", "shortU", "eyJ", "pay.sandbox") if word in text]


def test_secrets_below_a_row_are_not_kept_either(tmp_path: Path) -> None:
    checkpoint = PageCheckpoint(tmp_path, frozenset({"url"}), now=utc_now)
    checkpoint.save(
        0, {}, {"data": [{"id": "1", "url": "u", "deep": [{"accessToken": "x", "kept": 1}]}, None], "hasMore": False}
    )
    assert checkpoint.load(0, {}) == {"data": [{"id": "1", "deep": [{"kept": 1}]}, None], "hasMore": False}


NAMES = st.sampled_from(["id", "items", "deep", "token", "client_secret", "shortURL", "access token", "url"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", '"token":', "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(envelope=st.dictionaries(NAMES | st.just("data"), JSON, max_size=4))
def test_a_page_of_any_shape_is_kept_as_it_is_but_for_its_secrets(envelope: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        checkpoint = PageCheckpoint(Path(folder), now=utc_now)
        checkpoint.save(0, {}, envelope)
        assert checkpoint.load(0, {}) == without_secrets(envelope)


def test_a_filter_reaches_the_server(tmp_path: Path) -> None:
    with listing(clients=300) as sandbox:
        result = pulled(sandbox.base_url, "clients", tmp_path, query={"email": "cliente7@empresa.example"})
    assert (result.rows, result.complete) == (1, True)


@pytest.mark.parametrize(
    ("totals", "order", "missing"),
    [
        ((4, 5), {}, None),  # one came before the begin of the cursor
        ((4, 7), {}, None),
        ((5, 6), {}, 1),  # one that was there at the begin did not come
        ((5, 5), {}, 1),
        ((4, 5), {"sort": "asc"}, 1),  # a new one stands at the end, where it would have been read
    ],
)
def test_a_list_by_cursor_is_whole_with_all_that_was_there_when_it_was_begun(
    totals: tuple[int, int], order: dict[str, str | int], missing: int | None, tmp_path: Path
) -> None:
    def body(query: dict[str, str]) -> bytes:
        late = "next" in query
        rows = [{"id": name} for name in ("cd" if late else "ab")]
        onward = {} if late else {"next": "b"}
        return json.dumps({"data": rows, "has_more": not late, "total_results": totals[late], **onward}).encode()

    with answering(body) as base_url:
        result = pulled(base_url, "clients", tmp_path, spoken=dialect("2026"), query=order)
    assert result.complete is (missing is None), result.why
    assert missing is None or f"{missing} are missing" in (result.why or "")
    grew = totals[1] > totals[0]
    assert any("grew" in note for note in result.notes) is grew
