"""Answers that are no good JSON: mended where nothing is lost, else said truthfully and without a word of them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from listing import DIALECT, KEY, a_session, exported
from odd_pages import answering, one_row

from pipeline.api.verdict import Judgement
from pipeline.errors import ApiStop
from pipeline.events import SILENT
from pipeline.exporter.flow import export_resources
from pipeline.exporter.request import ExportRequest
from pipeline.settings import Settings

LONG_KEY = "a-key-that-looks-like-no-key-at-all"


def read_once(base_url: str) -> Judgement:
    async def run() -> Judgement:
        async with a_session(base_url) as session:
            query = {DIALECT.paging.limit: 100, DIALECT.paging.position: 300}
            return await session.read_page("/payments", query, tries=1)

    return asyncio.run(run())


def test_half_an_emoji_is_replaced_and_the_list_exported_with_a_note(tmp_path: Path) -> None:
    with answering(lambda _: one_row(r'"clientId":"cut \ud83d"')) as base_url:
        result = exported(base_url, "payments", tmp_path / "out", tmp_path / "s", format="parquet")
    assert result.complete
    assert pl.read_parquet(result.files["payments"])["clientId"].to_list() == ["cut \ufffd"]
    assert any("half characters" in note for note in result.notes)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ('"clientId":"Juana","x":NaN', "not valid JSON"),
        ('"clientId":"Juana","x":' + "9" * 5000, "a number too long"),
        ('"clientId":"Juana","x":1e' + "9" * 500, "a number too long"),
        ('"clientId":"Juana","x":' + "[" * 3000 + "]" * 3000, "nested too deeply"),
        ('"clientId":"Juana"}]},{"x":', "not valid JSON"),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_with_its_page_and_not_a_word_of_it(members: str, said: str) -> None:
    with answering(lambda _: one_row(members)) as base_url:
        judgement = read_once(base_url)
    assert said in judgement.message
    assert "offset=300" in judgement.message
    assert "Juana" not in repr(judgement)
    assert "try again" not in judgement.message


def test_values_shaped_like_keys_and_our_own_key_are_in_no_file_under_whatever_name(tmp_path: Path) -> None:
    page = one_row(f'"a":"sk_live_LEAK","b":"{LONG_KEY}","clientId":"x?token=LEAK","event":{{"jwt":"LEAK","sig":[1]}}')
    with answering(lambda _: page) as base_url:
        exported(base_url, "payments", tmp_path / "out", tmp_path / "s", raw=True, key=LONG_KEY)
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.*") if path.is_file()]
    assert len(texts) == 5
    assert not any(word in text for text in texts for word in ("LEAK", LONG_KEY))
    assert sum("x?token=***" in text for text in texts) == 2


def test_a_value_nested_hundreds_of_levels_deep_stops_the_list_and_is_said(tmp_path: Path) -> None:
    with (
        answering(lambda _: one_row('"x":' + "[" * 900 + "]" * 900)) as base_url,
        pytest.raises(ApiStop, match="nested hundreds of levels"),
    ):
        exported(base_url, "payments", tmp_path / "out", tmp_path / "s")


@pytest.mark.parametrize(("begin", "end"), [("2025-06-01", "2025-06-30"), ("1970-01-01", "9998-12-30")])
def test_no_row_is_lost_to_a_server_whose_dates_are_exclusive_or_cut_to_the_day(
    begin: str, end: str, tmp_path: Path
) -> None:
    """The server's own June begins after the moment asked for and ends with the UTC day."""
    june = [datetime(2025, 6, 1, 6, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 30 * 24, 8)]

    def page(query: dict[str, str]) -> bytes:
        after, before = (datetime.fromisoformat(query[name]) for name in ("from", "to"))
        listed = [at for at in june if after < at < before.replace(hour=0)]
        rows = [{"id": f"c{n}", "timestamp": int(at.timestamp() * 1000)} for n, at in enumerate(listed)]
        return json.dumps({"data": rows, "hasMore": False, "totalResults": len(rows)}).encode()

    with answering(page) as base_url:
        settings = Settings(api_key=KEY, base_url=base_url, state_dir=tmp_path / "state")
        request = ExportRequest(("clients",), str(tmp_path / "june.parquet"), since=begin, until=end)
        assert export_resources(request, settings, SILENT).complete
    assert pl.read_parquet(tmp_path / "june.parquet")["timestamp_utc"].to_list() == june
