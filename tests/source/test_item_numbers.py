"""Amounts within items that are written as JSON are read as those of columns are: by one decimal mark, with their
currency."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from builders import Files, inspect_table
from hypothesis import given
from hypothesis import strategies as st
from judging import a_payment, checked, said

from pipeline.errors import InputError
from pipeline.source.item_numbers import ItemNumbers
from pipeline.source.read import read_batches
from schemas.cleaning.cell_formats import Decimal, SaidFormats
from schemas.cleaning.sniff import Cell, NumberColumn

OWN = ("internalId", "clientId", "paid", "paymentMethod", "date")
ITEM = {name.removeprefix("items."): cell for name, cell in a_payment().items() if name.startswith("items.")}


@pytest.fixture
def files(tmp_path: Any) -> Files:
    return Files(tmp_path / "files")


def judge(
    files: Files, items: list[dict[str, Any]], currency: str | None = "MXN", decimal: Decimal | None = None
) -> Any:
    row = {name: a_payment()[name] for name in OWN} | ({"currency": currency} if currency else {})
    path = files("payments.jsonl", json.dumps(row | {"items": [ITEM | item for item in items]}) + "\n")
    source = inspect_table(path, path.name, "payments", SaidFormats(decimal=decimal))
    rows = pl.concat(read_batches(source)).select(source.shape.headings)
    return checked("payments", rows, cell_formats=source.cell_formats)


READ: dict[str, tuple[Any, str]] = {
    "a JSON number": (1500.5, "1500.5"),
    "thousands": ("1,500.00", "1500.00"),
    "a sign": ("$100.00", "100.00"),
    "the record's currency": ("MXN 100", "100"),
    "a decimal comma": ("1.234,56", "1234.56"),
    "points for thousands": ("1.234.567", "1234567"),
}


@pytest.mark.parametrize(("written", "read"), READ.values(), ids=READ)
def test_an_amount_within_items_is_read_as_one_of_a_column(written: Any, read: str, files: Files) -> None:
    outcome = judge(files, [{"quantity": 1, "total": written}])
    assert outcome.lines["items.total"].to_list() == [read]


def test_a_currency_within_items_is_taken_where_the_record_names_none_and_told(files: Files) -> None:
    outcome = judge(files, [{"total": "€100.50"}, {"total": "EUR 5"}], currency=None)
    assert outcome.records["currency"].to_list() == ["EUR"]
    assert outcome.lines["items.total"].to_list() == ["100.50", "5"]
    assert {f.rule for f in said(outcome)} >= {"PAY-CURRENCY-TAKEN"}


STRANGE: dict[str, tuple[list[dict[str, Any]], str | None, str]] = {
    "a total": ([{"total": "USD 100"}], "MXN", "'USD 100' is not in the currency of the record, which is MXN."),
    "a discount": ([{"discount": "US$ 2"}], "MXN", "'US$ 2' is not in the currency of the record, which is MXN."),
    "the second of two items": (
        [{"total": "€1"}, {"total": "USD 5"}], None, "'USD 5' is not in the currency of the record, which is EUR.",
    ),
    "a currency that few write": (
        [{"total": "100 CAD"}], "MXN", "'100 CAD' is not in the currency of the record, which is MXN.",
    ),
    "a quantity": (
        [{"quantity": "USD 2"}], "MXN", "'USD 2' says a currency, and the column items.quantity holds no amount of it.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "currency", "sentence"), STRANGE.values(), ids=STRANGE)
def test_another_currency_within_items_is_refused_with_both(
    items: list[dict[str, Any]], currency: str | None, sentence: str, files: Files
) -> None:
    outcome = judge(files, items, currency)
    assert sentence in outcome.findings["message"].to_list()
    assert "API-NUMBER" not in outcome.findings["rule"].to_list()
    assert outcome.records.is_empty()


def test_an_amount_within_items_that_can_be_read_in_two_ways_stops_the_file_until_it_is_said(files: Files) -> None:
    with pytest.raises(InputError, match=r"'items\.total' can be read in two ways: '1,500' \(line 1\)"):
        judge(files, [{"quantity": 1, "total": "1,500"}])
    assert judge(files, [{"quantity": 1, "total": "1,500"}], decimal=Decimal.POINT).lines["items.total"].to_list() == [
        "1500"
    ]


@pytest.mark.parametrize("number", [1.125, "1.125"])
def test_a_number_with_a_point_beside_a_text_with_a_comma_stops_the_file(number: Any, files: Files) -> None:
    for comma, decimal in (("1.500,00", None), ("1,500", Decimal.COMMA)):
        with pytest.raises(InputError, match="both decimal marks") as caught:
            judge(files, [{"quantity": 1, "total": comma}, {"quantity": 1, "total": number}], decimal=decimal)
        assert "JSON numbers" in (caught.value.hint or "")


@pytest.mark.parametrize("number", ["1.125", '"1.125"'])
def test_json_in_a_cell_of_csv_is_looked_at_alike(number: str) -> None:
    gathered = ItemNumbers(["items.total", "items.quantity"])
    cells = ['[{"total": 15, "name": "x"}]', f'[{{"total": {number}, "name": "x"}}, {{"total": "1.500,00"}}]', None]
    cells += ['[{"metadata": {"total": "7,5"}, "total": 1}]', "no JSON", '[{"quantity": "1,5 pza"}]']
    gathered.add(pl.Series(cells), pl.Series([2, 3, 4, 5, 6, 7], dtype=pl.UInt32))
    total, quantity = gathered.columns.values()
    assert (total.point, total.comma) == (Cell("1.125", 3), Cell("1.500,00", 3))
    assert quantity.point is None
    assert quantity.comma is None


@given(st.lists(st.from_regex(r"(USD |\$)?[0-9]{1,3}([.,][0-9]{1,3}){0,2}", fullmatch=True), min_size=1, max_size=8))
def test_texts_within_items_tell_what_the_same_texts_in_a_column_tell(texts: list[str]) -> None:
    lines = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
    gathered, column = ItemNumbers(["items.total"]), NumberColumn()
    gathered.add(pl.Series([json.dumps([{"total": text}]) for text in texts]), lines)
    odd = pl.Series(texts).str.contains(r"[^0-9.]|\..*\.")
    column.add(pl.Series(texts).filter(odd), lines.filter(odd))
    (found,) = gathered.columns.values()
    assert (found.comma, found.doubtful, found.plain) == (column.comma, column.doubtful, column.plain)
