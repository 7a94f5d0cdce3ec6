"""What cells say of how a column is written: a mark or an order is proven, doubtful, or not told at all."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.cleaning.cell_formats import DateOrder, Decimal
from schemas.cleaning.sniff import Cell, DateColumn, NumberColumn


def column(cells: list[str | None]) -> tuple[pl.Series, pl.Series]:
    return pl.Series(cells, dtype=pl.String), pl.Series(range(2, len(cells) + 2), dtype=pl.UInt32)


def numbers(*cells: str | None) -> NumberColumn:
    seen = NumberColumn()
    seen.add(*column(list(cells)))
    return seen


def dates(*cells: str | None) -> DateColumn:
    seen = DateColumn()
    seen.add(*column(list(cells)))
    return seen


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ([], None),
        ([None, "12", "-3"], None),
        (["4800.50"], Decimal.POINT),
        (["4800,50"], Decimal.COMMA),
        (["1,234.5"], Decimal.POINT),
        (["1.234,5"], Decimal.COMMA),
        (["1.234.567"], Decimal.COMMA),
        (["1,234,567"], Decimal.POINT),
        (["0.125"], Decimal.POINT),
        (["0,125"], Decimal.COMMA),
        (["4'800.00"], Decimal.POINT),
        (["$ 1,5", "7"], Decimal.COMMA),
        (["1.234"], None),
        (["1,234", "2,345"], None),
        (["1.5", "1,5"], None),
        (["x", "-"], None),
    ],
)
def test_a_decimal_mark_is_proven_by_what_can_be_read_in_one_way_only(
    cells: list[str | None], mark: Decimal | None
) -> None:
    assert numbers(*cells).decimal is mark


def test_the_cells_that_prove_and_that_leave_a_doubt_are_named_as_they_are_written() -> None:
    seen = numbers("1.234", " 1,5 ", "2.5", "3.5")
    assert (seen.doubtful, seen.comma, seen.point) == (Cell("1.234", 2), Cell(" 1,5 ", 3), Cell("2.5", 4))


@pytest.mark.parametrize(
    ("cells", "plain"),
    [(["12", "1.5", None], True), (["x"], True), (["1.234", "1,234"], False), (["$5"], False), (["1,5"], False)],
)
def test_a_column_is_plain_while_its_numbers_are_digits_and_at_most_a_point(
    cells: list[str | None], plain: bool
) -> None:
    assert numbers(*cells).plain is plain


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ([], DateOrder.ISO),
        (["hoy"], DateOrder.ISO),
        (["2026-05-31", "05/06/2026"], DateOrder.ISO),
        (["05/06/2026"], None),
        (["05/06/2026", "13/06/2026"], DateOrder.DMY),
        (["05/06/2026", "06/13/2026"], DateOrder.MDY),
        (["13/06/2026", "06/13/2026"], None),
        (["31-may-2026"], DateOrder.ISO),
        (["46000", "46001"], DateOrder.SERIAL),
        (["46000", "2026-05-31"], DateOrder.ISO),
        (["N/A", "13.06.2026"], DateOrder.DMY),
    ],
)
def test_an_order_of_day_and_month_is_proven_by_a_day_above_twelve(
    cells: list[str | None], order: DateOrder | None
) -> None:
    assert dates(*cells).order is order


def test_what_is_seen_of_dates_does_not_depend_on_how_the_column_was_cut() -> None:
    cells = ["05/06/2026", None, "2026-05-31", "13/06/2026", "46000", "06/14/2026"]
    whole, piecewise = dates(*cells), DateColumn()
    texts, lines = column(cells)
    for at in range(len(cells)):
        piecewise.add(texts[at : at + 1], lines[at : at + 1])
    assert piecewise == whole
    assert (whole.example, whole.day_first, whole.month_first, whole.serial) == (
        Cell("05/06/2026", 2), Cell("13/06/2026", 5), Cell("06/14/2026", 7), Cell("46000", 6),
    )  # fmt: skip
