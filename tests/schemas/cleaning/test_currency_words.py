"""A currency beside an amount is held against the record's, never dropped."""

from __future__ import annotations

import polars as pl
import pytest
from judging import a_payment, a_service, checked, said

from pipeline.formats import LINE
from pipeline.model import RECORD
from pipeline.validation.canonical import canonicalise_block
from schemas import resource
from schemas.cleaning.cell_formats import CellFormats, Decimal

READ = CellFormats(decimals=dict.fromkeys(("items.total", "items.discount", "price"), Decimal.POINT))
WRITTEN = {
    "USD": ["USD 4800", "4800 USD", "USD4800", "US$4,800.00", "4,800 DLLS", "4800 dlls.", "4800 dólares", "$4800 USD"],
    "EUR": ["€4800", "4800 €", "4800 EUR", "4,800.00 euros"],
    "MXN": ["MXN 4800", "4,800.00 M.N.", "$4,800.00 MN", "4800 pesos", "MX$4800", "4800MXN", "4800 M.N"],
}
EVERY = [(code, cell) for code, cells in WRITTEN.items() for cell in cells]


@pytest.mark.parametrize(("code", "cell"), EVERY)
def test_a_currency_the_record_has_is_read_and_told(code: str, cell: str) -> None:
    outcome = checked("payments", [a_payment(currency=code, items_total=cell, exchange="")], None, READ)
    assert float(outcome.lines["items.total"][0]) == 4800
    assert ("PAY-CURRENCY-CELL", "fix", cell) in {(f.rule, f.severity, f.value) for f in said(outcome)}


@pytest.mark.parametrize(("code", "cell"), EVERY)
def test_where_the_record_has_no_currency_it_is_taken_and_told(code: str, cell: str) -> None:
    outcome = checked("payments", [a_payment(currency=None, items_total=cell)], None, READ)
    assert outcome.records["currency"].to_list() == [code]
    found = {(f.rule, f.severity, f.value, f.proposal) for f in said(outcome)}
    assert ("PAY-CURRENCY-TAKEN", "fix", cell, code) in found


@pytest.mark.parametrize(("code", "cell"), EVERY)
def test_another_currency_than_the_record_s_is_an_error_that_names_both(code: str, cell: str) -> None:
    other = "EUR" if code == "USD" else "USD"
    outcome = checked("payments", [a_payment(currency=other, exchange="18", items_total=cell)], None, READ)
    assert outcome.records.is_empty()
    finding = outcome.findings.filter(rule="PAY-CURRENCY-CELL").row(0, named=True)
    assert finding["severity"] == "error"
    assert cell in finding["message"]
    assert other in finding["message"]


def test_a_cell_of_two_currencies_contradicts_itself() -> None:
    assert checked("payments", [a_payment(items_total="USD 100 MXN")], None, READ).records.is_empty()
    assert checked("payments", [a_payment(currency=None, items_total="USD 100 MXN")], None, READ).records.is_empty()


def test_a_discount_in_another_currency_than_its_total_is_an_error() -> None:
    row = a_payment(currency=None, items_total="USD 100", items_discount="€5")
    assert checked("payments", [row], None, READ).records.is_empty()


@pytest.mark.parametrize("currency", ["MXN", "USD", None])
def test_a_dollar_sign_agrees_with_pesos_and_dollars_and_says_neither(currency: str | None) -> None:
    outcome = checked("payments", [a_payment(currency=currency, items_total="$ 1,500.00")], None, READ)
    assert outcome.records["currency"].to_list() == [currency]


def test_a_dollar_sign_in_euros_is_an_error() -> None:
    assert checked("payments", [a_payment(currency="EUR", items_total="$ 1,500.00")], None, READ).records.is_empty()


def test_the_record_s_currency_counts_on_each_of_its_lines() -> None:
    raw = pl.DataFrame(
        {"internalId": ["P", "P", "P"], "currency": ["MXN", None, None], "items.total": ["5", "USD 5", "5 MN"]}
    ).with_columns(pl.lit(0, dtype=pl.UInt32).alias(RECORD), pl.int_range(3, dtype=pl.UInt32).alias(LINE))
    fields = {"internalId": "metadata.internalId", "currency": "currency", "items.total": "items.total"}
    written = canonicalise_block(raw, fields, resource("payments"), READ)
    assert written.frame["currency"].to_list() == ["MXN", None, None]
    assert written.currencies is not None
    assert written.currencies.differing["value"].to_list() == ["USD 5"]
    assert written.currencies.agreeing["value"].to_list() == ["5 MN"]


def test_a_price_is_judged_alike() -> None:
    assert checked("services", [a_service(price="USD 10")], None, READ).records.is_empty()
    taken = checked("services", [a_service(price="USD 10", currency=None)], None, READ)
    assert taken.records["currency"].to_list() == ["USD"]


@pytest.mark.parametrize(("field", "cell"), [("items.quantity", "2 USD"), ("items.quantity", "$2")])
def test_a_currency_where_no_amount_belongs_is_an_error(field: str, cell: str) -> None:
    outcome = checked(
        "payments", [a_payment(**{field: cell})], cell_formats=CellFormats(decimals={field: Decimal.POINT})
    )
    found = outcome.findings.filter((pl.col("rule") == "PAY-CURRENCY-CELL") & (pl.col("severity") == "error"))
    assert found["value"].to_list() == [cell]
