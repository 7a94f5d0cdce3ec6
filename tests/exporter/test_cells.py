"""Values to typed columns: exactly, or named a misfit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.exporter.cells import DTYPES, decode_json, encode_json, read_cells
from schemas.dialects.spec import Unit
from schemas.tables import FieldKind

MEXICO_2025 = timedelta(hours=-6)  # no summer time since 2022


def one(kind: FieldKind, value: Any) -> tuple[Any, ...]:
    """The cells one value becomes, and whether it is a misfit."""
    cells = read_cells(kind, [value])
    return (*(column[0] for column in cells.columns), bool(cells.misfits))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1500", "1500"), ("1500.00", "1500.00"), ("0.1", "0.1"), ("1e3", "1000"), ("-0.000001", "-0.000001"),
     ("12345678901234567890.0123456789", "12345678901234567890.0123456789")],
)  # fmt: skip
def test_a_number_keeps_every_digit(text: str, number: str) -> None:
    assert one(FieldKind.NUMBER, decode_json(text.encode())) == (Decimal(number), False)


def test_a_number_with_more_than_ten_decimals_is_rounded_and_told() -> None:
    assert one(FieldKind.NUMBER, Decimal("16.000000000000004")) == (Decimal("16.0000000000"), True)


@pytest.mark.parametrize("value", ["abc", True, [1], {"a": 1}, Decimal("1e400"), 10**30, "1_000", " 1", "007"])
def test_what_is_no_number_that_fits_is_null_and_told(value: Any) -> None:
    assert one(FieldKind.NUMBER, value) == (None, True)


@given(st.lists(st.none() | st.integers(-(10**26), 10**26) | st.decimals(-(10**15), 10**15, places=6), max_size=8))
def test_numbers_come_out_equal_whatever_stands_beside_them(values: list[Any]) -> None:
    cells = read_cells(FieldKind.NUMBER, values)
    assert not cells.misfits
    assert cells.columns[0].to_list() == values


def test_text_keeps_zeros_and_a_number_in_a_text_column_keeps_its_digits() -> None:
    assert read_cells(FieldKind.TEXT, ["06600", 6600, Decimal("1.50"), "", None]).columns[0].to_list() == [
        "06600", "6600", "1.50", "", None,
    ]  # fmt: skip


def test_cents_stand_raw_and_as_a_decimal() -> None:
    assert one(FieldKind.CENTS, 150000) == (150000, Decimal("1500.00"), False)
    assert one(FieldKind.CENTS, -5) == (-5, Decimal("-0.05"), False)
    assert one(FieldKind.CENTS, Decimal("150000.0")) == (150000, Decimal("1500.00"), False)
    assert one(FieldKind.CENTS, Decimal("1500.5")) == (None, None, True)


@pytest.mark.parametrize(
    ("answered", "cents", "units", "misfit"),
    [
        (1500, 150000, "1500.00", False),
        (Decimal("-0.05"), -5, "-0.05", False),
        (Decimal("1500.50"), 150050, "1500.50", False),
        ("12.34", 1234, "12.34", False),
        (Decimal("10.005"), None, None, True),
        (Decimal("1e30"), None, None, True),
        (Decimal("99999999999999999999"), None, None, True),
        ("much", None, None, True),
        (None, None, None, False),
    ],
)
def test_money_in_units_becomes_the_same_two_columns_exactly_or_not_at_all(
    answered: Any, cents: int | None, units: str | None, misfit: bool
) -> None:
    columns, misfits = read_cells(FieldKind.CENTS, [7, answered], Unit.UNITS)
    assert [column.dtype for column in columns] == list(DTYPES[FieldKind.CENTS])
    assert [column.to_list()[1] for column in columns] == [cents, None if units is None else Decimal(units)]
    assert misfits == ((1,) if misfit else ())


@pytest.mark.parametrize("value", [True, "x", 2**63, Decimal("0.5")])
def test_what_is_no_whole_number_of_64_bits_is_null_and_told(value: Any) -> None:
    assert one(FieldKind.INTEGER, value) == (None, True)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (1748779200, "1748779200"),
        (1748779200000, "1748779200000"),
        ("1748779200000", "1748779200000"),
        (Decimal("1748779200.0"), "1748779200.0"),
        ("2025-06-01T12:00:00Z", "2025-06-01T12:00:00Z"),
        ("2025-06-01T06:00:00.000-06:00", "2025-06-01T06:00:00.000-06:00"),
        ("2025-06-01T12:00:00.000000000Z", "2025-06-01T12:00:00.000000000Z"),
        (Decimal("1.7487792e12"), "1.7487792E+12"),
        (Decimal("1748779200000.00000000000"), "1748779200000.00000000000"),
        (1748779200000000, "1748779200000000"),
        ("1748779200000000", "1748779200000000"),
        ({"_seconds": 1748779200, "_nanoseconds": 0}, '{"_seconds":1748779200,"_nanoseconds":0}'),
        ({"seconds": 1748779200}, '{"seconds":1748779200}'),
    ],
)
def test_seconds_milliseconds_iso_and_objects_are_the_same_instant(value: Any, raw: str) -> None:
    text, utc, mexico, misfit = one(FieldKind.TIME, value)
    assert (text, misfit) == (raw, False)
    assert utc == mexico == datetime(2025, 6, 1, 12, tzinfo=UTC)
    assert utc.utcoffset() == timedelta(0)
    assert mexico.utcoffset() == MEXICO_2025


def test_nanoseconds_count_to_the_microsecond() -> None:
    assert one(FieldKind.TIME, {"_nanoseconds": 123456789, "_seconds": 1748779200})[1].microsecond == 123456
    assert one(FieldKind.TIME, "2025-06-01T10:00:00.123456789Z")[1].microsecond == 123456
    assert one(FieldKind.TIME, 1748779200123456)[1].microsecond == 123456


@pytest.mark.parametrize("value", [0, 5, 10**18, -1748779200, "soon", "2025-02-30"])
def test_what_is_no_time_stays_as_it_came_without_an_instant(value: Any) -> None:
    assert one(FieldKind.TIME, value) == (str(value), None, None, False)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "0000-01-01", "9999-12-31T23:59:59-06:00", "1899-12-31"])
def test_a_year_nobody_means_is_no_instant_and_stays_as_it_came(value: str) -> None:
    assert one(FieldKind.TIME, value) == (value, None, None, False)


@given(st.lists(st.none() | st.integers(10**12, 253402300799999), max_size=6))
def test_milliseconds_are_kept_to_the_millisecond(values: list[int | None]) -> None:
    utc = read_cells(FieldKind.TIME, values).columns[1]
    assert utc.dt.epoch("ms").to_list() == values


def test_canceled_has_one_spelling_beside_the_original() -> None:
    cells = read_cells(FieldKind.STATUS, ["cancelled", "canceled", "Cancelled", "succeeded", "new_one", None])
    assert cells.columns[0].to_list()[:3] == ["cancelled", "canceled", "Cancelled"]
    assert cells.columns[1].to_list() == ["canceled"] * 3 + ["succeeded", "new_one", None]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(FieldKind), st.lists(JSON, max_size=5))
def test_any_json_value_gives_columns_of_the_declared_types(kind: FieldKind, values: list[Any]) -> None:
    """Whatever an API answers, no kind fails, and the types never depend on the values."""
    values = decode_json(encode_json(values))
    cells = read_cells(kind, values)
    assert tuple(column.dtype for column in cells.columns) == DTYPES[kind]
    assert all(len(column) == len(values) for column in cells.columns)


@given(st.lists(JSON, min_size=1, max_size=5))
def test_a_value_that_is_not_in_its_text_column_is_a_misfit(values: list[Any]) -> None:
    values = decode_json(encode_json(values))
    column, misfits = read_cells(FieldKind.TEXT, values)[0][0], read_cells(FieldKind.TEXT, values).misfits
    for row, value in enumerate(values):
        assert (row in misfits) == (value is not None and column[row] is None)


def test_the_columns_of_an_empty_page_have_their_types() -> None:
    assert read_cells(FieldKind.CENTS, []).columns[1].dtype == pl.Decimal(38, 2)
