"""Items on several lines and items as JSON in one cell come out alike; what contradicts or cannot be read is told."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.validation.items import Parts, decode_items, split_items
from schemas import resource

PAYMENTS = resource("payments")
assert PAYMENTS.lines is not None
OWN = [column.field for column in PAYMENTS.record.columns]
ITEM = [column.field for column in PAYMENTS.lines.columns]

Cells = dict[str, str | None]


def block(rows: list[tuple[int, Cells]], *more: str) -> pl.DataFrame:
    """The canonical frame of rows: (record, cells), from line 2."""
    schema: dict[str, Any] = {LINE: pl.UInt32, RECORD: pl.UInt32} | dict.fromkeys([*OWN, *ITEM, *more], pl.String)
    made = [{LINE: line, RECORD: record} | cells for line, (record, cells) in enumerate(rows, start=2)]
    return pl.DataFrame(made, schema=schema)


def split(rows: list[tuple[int, Cells]]) -> Parts:
    return split_items(block(rows), PAYMENTS)


def from_json(*cells: str | None) -> Parts:
    return split_items(block([(record, {"items": cell}) for record, cell in enumerate(cells)], "items"), PAYMENTS)


def shown(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return frame.select(LINE, RECORD, *columns).rows()


# --- several lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "records", "lines"),
    [
        pytest.param([(0, {"email": "a", "items.name": "x"})], [(2, 0, "a")], [(2, 0, "x")], id="one line"),
        pytest.param(
            [(0, {"email": "a", "items.name": "x"}), (0, {"email": "a", "items.name": "y"})],
            [(2, 0, "a")], [(2, 0, "x"), (3, 0, "y")],
            id="the record's cells repeated",
        ),
        pytest.param(
            [(0, {"items.name": "x"}), (0, {"email": "a", "items.name": "y"})],
            [(2, 0, "a")], [(2, 0, "x"), (3, 0, "y")],
            id="a cell given on a later line only",
        ),
        pytest.param(
            [(1, {"email": "b", "items.name": "x"}), (0, {"email": "a", "items.name": "y"})],
            [(2, 1, "b"), (3, 0, "a")], [(2, 1, "x"), (3, 0, "y")],
            id="records in the order of their lines",
        ),
        pytest.param([(0, {"email": "a"})], [(2, 0, "a")], [], id="no item"),
        pytest.param(
            [(0, {"email": "a", "items.name": "x"}), (0, {"email": "a"})], [(2, 0, "a")], [(2, 0, "x")],
            id="a line without an item",
        ),
        pytest.param([], [], [], id="no line"),
    ],
)  # fmt: skip
def test_each_record_is_one_row_and_each_item_one_line(
    rows: list[tuple[int, Cells]], records: list[tuple[Any, ...]], lines: list[tuple[Any, ...]]
) -> None:
    parts = split(rows)
    assert shown(parts.records, "email") == records
    assert shown(parts.lines, "items.name") == lines
    assert parts.disagreeing.is_empty()
    assert parts.unreadable.is_empty()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["a", "a"], []),
        (["a", None], []),
        ([None, "a"], []),
        (["a", "b"], [(3, 0, "b", "a")]),
        ([None, "a", "b"], [(4, 0, "b", "a")]),
        (["a", "b", "c"], [(3, 0, "b", "a")]),
        (["a", "b", "a", "b"], [(3, 0, "b", "a")]),
    ],
)
def test_what_contradicts_the_record_is_told_once_at_its_first_line(
    given: list[str | None], told: list[tuple[int, int, str, str]]
) -> None:
    """The first value is the record's."""
    parts = split([(0, {"email": cell, "items.name": "x"}) for cell in given])
    assert shown(parts.disagreeing, "value", "proposal") == told
    assert parts.disagreeing["field"].to_list() == ["email"] * len(told)
    assert parts.records["email"].to_list() == [next(cell for cell in given if cell)]


def test_each_column_that_contradicts_is_told_and_other_records_are_not() -> None:
    parts = split([(0, {"email": "a", "currency": "MXN"}), (0, {"email": "b", "currency": "USD"}), (1, {"email": "c"})])
    assert sorted(parts.disagreeing["field"]) == ["currency", "email"]
    assert set(parts.disagreeing[RECORD]) == {0}


def test_items_may_differ_from_line_to_line() -> None:
    parts = split([(0, {"items.total": "1"}), (0, {"items.total": "2"})])
    assert parts.disagreeing.is_empty()


def test_a_resource_without_items_has_records_only() -> None:
    clients = resource("clients")
    frame = pl.DataFrame({LINE: [2], RECORD: [0]} | {column.field: ["a"] for column in clients.record.columns})
    parts = split_items(frame, clients)
    assert parts.records.equals(frame)
    assert parts.lines.is_empty()


# --- one cell ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (None, []),
        ("[]", []),
        ('[{"name": "x"}]', ["x"]),
        ('[{"name": "x"}, {"name": "y"}]', ["x", "y"]),
        ('[{"name": null}]', [None]),
        ('[{"other": "x"}]', [None]),
        ('[{"name": 5}]', ["5"]),
        ('[{"name": true}]', ["true"]),
    ],
)
def test_the_items_of_a_cell_stand_one_on_a_line(cell: str | None, names: list[str | None]) -> None:
    parts = from_json(cell)
    assert shown(parts.lines, "items.name") == [(2, 0, name) for name in names]
    assert parts.unreadable.is_empty()
    assert parts.records.height == 1
    assert not {"items", *ITEM} & {*parts.records.columns}


@pytest.mark.parametrize(
    "cell",
    [
        "", "x", "{", "5", "null", '"text"', '{"name": "x"}', '[{"name": "x"}, 5]', "[[]]", "[null]", "NaN",
        '[{"name": "x", "name": "y"}]', '[{"a": {"b": 1, "b": 2}}]', "[" * 100_000,
    ],
    ids=lambda cell: cell[:30] or "empty",
)  # fmt: skip
def test_a_cell_that_is_no_list_of_objects_is_told_with_what_stands_in_it(cell: str) -> None:
    parts = from_json('[{"name": "good"}]', cell)
    assert parts.unreadable.rows() == [(3, 1, cell)]
    assert shown(parts.lines, "items.name") == [(2, 0, "good")]


@pytest.mark.parametrize("number", ["1500.10", "0.1", "1e2", "12345678901234567890.123456789"])
def test_a_number_keeps_the_digits_it_is_written_with(number: str) -> None:
    lines, _ = decode_items(block([(0, {"items": f'[{{"total": {number}}}]'})], "items"), ITEM)
    assert lines["items.total"].to_list() == [number]


def test_a_repaired_item_is_told_cell_by_cell() -> None:
    parts = from_json('[{"name": " x "}]', '[{"name": "y"}]')
    assert parts.lines["items.name"].to_list() == ["x", "y"]
    assert parts.unfit.to_list() == [0]
    assert shown(parts.rewritten["items.name"], "raw", "cell") == [(2, 0, " x ", "x")]


# --- both -------------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x17F), max_size=8).map("Plan {}".format)
"""Names in shape: cells of the block are repaired before, those of JSON here."""
items = st.lists(
    st.fixed_dictionaries({"name": texts.map(str.strip), "total": st.integers(1, 10**9).map(str)}),
    min_size=1,
    max_size=4,
)


@given(st.lists(items, min_size=1, max_size=4))
def test_both_ways_of_writing_items_come_to_the_same_lines(payments: list[list[dict[str, str]]]) -> None:
    several = split(
        [(n, {f"items.{name}": cell for name, cell in item.items()}) for n, own in enumerate(payments) for item in own]
    )
    one = from_json(*map(json.dumps, payments))
    columns = (RECORD, "items.name", "items.total")
    assert several.lines.select(columns).rows() == one.lines.select(columns).rows()
    assert several.records.height == one.records.height == len(payments)
