"""Amounts with tax: their taxes come off to the cent, or the row is refused with both amounts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import a_payment, checked

from pipeline.formats import LINE
from pipeline.model import RECORD, JudgedRows
from pipeline.validation.net_amounts import take_off_taxes
from schemas.cleaning.cell_formats import CellFormats

WITH_TAX = CellFormats(with_tax=frozenset({"items.total"}))
CENT = Decimal("0.01")


def judged(**cells: str) -> JudgedRows:
    return checked("payments", [a_payment(**cells)], cell_formats=WITH_TAX)


def taken_off(total: str, taxes: str | None, discount: str | None = None) -> tuple[str, list[str]]:
    """What becomes of a total, and the rules that refuse it with what they propose."""
    cells = {"items.total": total, "items.taxes": taxes, "items.discount": discount}
    lines = pl.DataFrame([{LINE: 2, RECORD: 0, **cells}], schema_overrides=dict.fromkeys(cells, pl.String))
    net = take_off_taxes(lines)
    return net.lines["items.total"][0], [cells["proposal"][0] or "" for _, cells in net.refused if cells.height]


@pytest.mark.parametrize(
    ("total", "taxes", "net"),
    [
        ("1160.00", "IVA 16%", "1000.00"),
        ("1160", "IVA 0.16", "1000.00"),
        ("100", "IVA 16%", "86.21"),
        ("1060.00", "IVA 16%; ISR ret 0.10", "1000.00"),
        ("500.00", "IVA exento", "500.00"),
        ("500.00", "IVA 0", "500.00"),
        ("999999999999.99", "IVA 0.16", "862068965517.23"),
    ],
)
def test_the_taxes_of_the_row_come_off_to_the_cent(total: str, taxes: str, net: str) -> None:
    outcome = judged(**{"items.total": total, "items.taxes": taxes})
    assert outcome.lines["items.total"].to_list() == [net]


def test_an_amount_that_comes_of_no_amount_before_tax_is_refused_with_both() -> None:
    outcome = judged(**{"items.total": "0.04"})
    (row,) = outcome.findings.filter(pl.col("rule") == "PAY-TOTAL-TAXED").iter_rows(named=True)
    assert (row["severity"], row["value"], row["proposal"]) == ("error", "0.04", "0.03 → 0.03")
    assert outcome.lines.is_empty()


@pytest.mark.parametrize(
    "cells",
    [{"items.taxes": ""}, {"items.discount": "10"}, {"items.taxes": "IEPS cuota 2.5"}, {"items.taxes": "ISR ret 1.0"}],
)
def test_a_row_whose_taxes_nobody_can_take_off_is_refused(cells: dict[str, str]) -> None:
    found = judged(**{"items.total": "116", **cells}).findings
    assert found.filter(pl.col("severity") == "error")["rule"].to_list().count("PAY-TOTAL-TAXED") == 1


@given(st.decimals("0.01", "9999999999.99", places=2), st.sampled_from(["0", "0.08", "0.16"]))
def test_every_amount_before_tax_is_found_again_from_the_amount_with_tax(net: Decimal, rate: str) -> None:
    gross = net + (net * Decimal(rate)).quantize(CENT, ROUND_HALF_UP)
    assert taken_off(str(gross), f"IVA {rate}") == (str(net), [])


@given(st.decimals("0.01", "99999999.99", places=2))
def test_no_amount_with_tax_becomes_one_whose_taxes_do_not_give_it_back(gross: Decimal) -> None:
    text, refused = taken_off(str(gross), "IVA 0.16; ISR ret 0.0125")
    net = Decimal(text)
    back = (net * Decimal("1.1475")).quantize(CENT, ROUND_HALF_UP)
    assert (back == gross and not refused) or (net == gross and len(refused) == 1)
