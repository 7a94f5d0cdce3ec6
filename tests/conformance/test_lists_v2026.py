"""Every list of dialect 2026, by the command a user would give, from a server as odd as the documents say it may be.

What a list is asked by stands here as the documents have it (REFERENCE 1 and 2, FACTS F9, F15), not as the dialect
does: a list that is added without a line here fails.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from exporter import Desk
from odd_lists import listing_oddly

from pipeline import run_export
from pipeline.sandbox.v2026 import GENERATION
from schemas.dialects import dialect


class List(NamedTuple):
    """`asks` is the cursor's name in a query, `tells` in an answer; `bounds` the names of the time bounds and their
    unit; `time` the member with the creation time of a row; `items`: rows have lines with taxes."""

    path: str
    time: str = "created_at"
    asks: str = "next"
    tells: str = "next"
    bounds: tuple[str, str, str] | None = ("created[gte]", "created[lte]", "s")
    identifier: str = "id"
    items: bool = False


LISTS = {
    "clients": List("/clients"),
    "services": List("/services"),
    "payments": List("/payments", items=True),
    "invoices": List("/invoices/income", identifier="uuid", items=True),
    "invoices_egress": List("/invoices/egress", identifier="uuid", items=True),
    "invoices_payment": List("/invoices/payment", identifier="uuid", items=True),
    "invoices_transfer": List("/invoices/transfer", identifier="uuid", items=True),
    "invoices_draft": List("/invoices/draft", items=True),
    "invoices_sat": List(
        "/invoices/sat", "issue_date", asks="starting_after", bounds=("from", "to", "day"), identifier="uuid"
    ),
    "receipts": List("/receipts", "created"),
    "retentions": List("/retentions", bounds=("created_gte", "created_lte", "ms")),
    "webhooks": List("/webhooks", asks="cursor", tells="next_cursor", bounds=None),
    "teams": List("/teams", bounds=None),
    "users": List("/users"),
}
BY_PATH = {each.path: each for each in LISTS.values()}
every_list = pytest.mark.parametrize("name", LISTS)

AT = datetime(2026, 3, 1, 18, tzinfo=UTC)
SECONDS = int(AT.timestamp())
TIMES: tuple[Any, ...] = (SECONDS, SECONDS * 1000, {"_seconds": SECONDS, "_nanoseconds": 0}, "2026-03-01T18:00:00Z")
TAX = {"type": "IVA", "rate": "0.16", "factor": "Tasa", "base": "10.50", "withholding": False}
ITEM = {"description": "Plan", "quantity": 1, "unit_price": 10.5, "taxes": [TAX]}
ERRORS = (  # REFERENCE 1.2: the two shapes
    (503, {"message": "come back", "error": "service_unavailable"}),
    (500, {"success": False, "error": {"code": "database_error", "message": "oh", "details": ["a shard"]}}),
)


def a_row(each: List, n: int) -> dict[str, Any]:
    row = {each.identifier: f"{each.path}#{n}", each.time: TIMES[n]}
    return row | ({"items": [ITEM]} if each.items else {})


class Odd:
    """Each page fails once before it comes: a null and a row told in another form of time, nothing at all with more
    behind it, a row that came before."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._times: Counter[str] = Counter()

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append((path, query))
        each = BY_PATH[path]
        token = query.get(each.asks, "")
        self._times[path + token] += 1
        if self._times[path + token] == 1 and token != "b":
            return ERRORS[bool(token)]
        rows = {
            "": [a_row(each, 0), None, a_row(each, 1)],
            "a": [],
            "b": [a_row(each, 1), a_row(each, 2), a_row(each, 3)],
        }
        onward = {"": {each.tells: "a"}, "a": {each.tells: "b"}, "b": {}}
        told = {"success": True, "data": rows[token], "has_more": token != "b", "total_results": 5, "timestamp": 1}
        return 200, told | onward[token]


def shown(name: str, folder: Path, table: str | None = None) -> pl.DataFrame:
    return pl.read_csv(folder / f"{table or name}.csv", infer_schema=False)


def assert_whole(name: str, folder: Path, told: dict[str, Any]) -> None:
    each, rows = LISTS[name], shown(name, folder)
    assert told["complete"], told
    assert rows["id"].to_list() == [f"{each.path}#{n}" for n in range(4)]
    if "timestamp_utc" in rows.columns:
        assert {datetime.fromisoformat(at) for at in rows["timestamp_utc"]} == {AT}
    assert rows["_extra"].null_count() == 4
    if each.items:
        items = shown(name, folder, f"{name}.items")
        assert items.height == 4
        rates = shown(name, folder, "payments.items.taxes")["rate"] if name == "payments" else items["taxes"]
        assert all("0.16" in str(rate) for rate in rates)


def export(base_url: str, name: str, folder: Path, **asked: Any) -> dict[str, Any]:
    done = run_export(
        [name], output=folder / "out", base_url=base_url, api_key="any-key", dialect="2026",
        state_dir=folder / "state", **asked,
    )  # fmt: skip
    return dict(done["resources"][name])


def test_no_list_of_the_dialect_or_of_the_pretend_api_is_left_out() -> None:
    assert {*LISTS} == {*dialect("2026").endpoints}
    assert {*BY_PATH} == {operation.path for operation in GENERATION.operations if operation.lists}


@every_list
def test_a_list_is_read_whole_from_a_server_as_odd_as_documented(name: str, tmp_path: Path) -> None:
    odd = Odd()
    with listing_oddly(odd.answer) as base_url:
        told = export(base_url, name, tmp_path)
    assert_whole(name, tmp_path / "out", told)
    assert {path for path, _ in odd.asked} == {LISTS[name].path}
    assert all(query["limit"] == "100" for _, query in odd.asked)


def test_the_command_reads_them_all_at_once(tmp_path: Path) -> None:
    with listing_oddly(Odd().answer) as base_url:
        ran = Desk(tmp_path, base_url).gigbulk("export", "--all", "-o", "out", GIGSTACK_DIALECT="2026")
    assert (ran.code, {*ran.result["resources"]}) == (0, {*LISTS})
    for name in LISTS:
        assert_whole(name, tmp_path / "out", ran.result["resources"][name])


@every_list
def test_rows_of_a_page_that_says_it_failed_are_kept_and_the_list_is_not_whole(name: str, tmp_path: Path) -> None:
    each = LISTS[name]

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        more = each.asks not in query
        told = {"success": more, "data": [a_row(each, 0 if more else 1)], "has_more": more, "message": "half of it"}
        return 200, told | ({each.tells: "a"} if more else {})

    with listing_oddly(answer) as base_url:
        told = export(base_url, name, tmp_path)
    assert (told["rows"], told["complete"]) == (2, False)
    assert "half of it" in told["why"]


def test_the_bounds_of_every_unit_are_known() -> None:
    assert {each.bounds[2] for each in LISTS.values() if each.bounds} == {"s", "ms", "day"}


@every_list
def test_a_stretch_of_time_is_asked_for_in_the_lists_own_unit_and_without_holes(name: str, tmp_path: Path) -> None:
    asked: list[dict[str, str]] = []

    def answer(path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked.append(query)
        return 200, {"data": [], "has_more": False, "total_results": 0}

    with listing_oddly(answer) as base_url:
        assert export(base_url, name, tmp_path, since="2026-03-01", until="2026-03-10")["complete"]
    bounds = LISTS[name].bounds
    if bounds is None:
        assert all({*query} == {"limit"} for query in asked)
        return
    since, until, unit = bounds
    stretches = sorted((moment(query[since], unit), moment(query[until], unit)) for query in asked)
    assert stretches[0][0] <= datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert stretches[-1][1] >= datetime(2026, 3, 11, 6, tzinfo=UTC)
    assert all(low[1] == high[0] for low, high in pairwise(stretches))
    assert (len(stretches) > 1) is (unit != "day")  # no day is asked for twice


def moment(text: str, unit: str) -> datetime:
    """Of days the midnight they begin with in UTC."""
    if unit == "day":
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert re.fullmatch({"s": r"\d{10}", "ms": r"\d{13}"}[unit], text)
    return datetime.fromtimestamp(int(text) / {"s": 1, "ms": 1000}[unit], UTC)
