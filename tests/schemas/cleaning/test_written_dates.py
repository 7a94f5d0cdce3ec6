"""Dates as people and spreadsheets write them, where they can mean one day only."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from columns import evidence
from judging import a_payment, checked, errors, said

from schemas.cleaning.cell_formats import CellFormats, DateOrder
from schemas.cleaning.dates import instant

READ = {
    "01-ene-2026": "2026-01-01",
    "15-abr-2026": "2026-04-15",
    "15-Nov-26": "2026-11-15",
    "1 de enero de 2026": "2026-01-01",
    "25 DE MARZO DE 2002": "2002-03-25",
    "03/sept./2026": "2026-09-03",
    "5 may 2026 9:30": "2026-05-05T09:30",
    "Jun 25, 2026": "2026-06-25",
    "2026/06/25": "2026-06-25",
    "2026/6/5 9:30:00": "2026-06-05T09:30:00",
    "2026-06-25 01:30:00 p. m.": "2026-06-25T13:30:00",
    "2026-06-25 12:05 a.m.": "2026-06-25T00:05",
    "25-dic-2026 12:00:00 PM": "2026-12-25T12:00:00",
}


@pytest.mark.parametrize(("written", "iso"), READ.items())
def test_a_date_that_can_mean_one_day_only_is_read(written: str, iso: str) -> None:
    outcome = checked("payments", [a_payment(date=written)])
    assert outcome.records["date"].to_list() == [iso]
    assert [f for f in said(outcome) if f.severity in ("error", "fix")] == []


@pytest.mark.parametrize("written", ["32-ene-2026", "01-foo-2026", "2026/13/01", "46174", "2026-06-25 13:00 p. m."])
def test_what_is_no_such_date_is_an_error(written: str) -> None:
    assert "PAY-DATE" in errors("payments", a_payment(date=written))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-06-01T09:00:00.1234567-06:00", datetime(2026, 6, 1, 15, 0, 0, 123456, tzinfo=UTC)),
        ("2026-06-01T09:00:00.123456789Z", datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=UTC)),
        ("2026-06-01T09:00:00,5Z", datetime(2026, 6, 1, 9, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_a_second_may_have_nine_digits_and_a_decimal_comma(written: str, moment: datetime) -> None:
    assert pl.select(instant(pl.lit(written))).item() == moment
    assert "PAY-DATE" not in errors("payments", a_payment(date=written))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-06-01T09:00:00-06", datetime(2026, 6, 1, 15, 0, tzinfo=UTC)),
        ("2026-06-01 09:00:00.123456-06", datetime(2026, 6, 1, 15, 0, 0, 123456, tzinfo=UTC)),
        ("2026-06-01T09:00+00", datetime(2026, 6, 1, 9, 0, tzinfo=UTC)),
        ("2026-06-01T09Z", datetime(2026, 6, 1, 9, 0, tzinfo=UTC)),
        ("2026-06-01T09-06", datetime(2026, 6, 1, 15, 0, tzinfo=UTC)),
        ("2026-06-01 09", None),
        ("2026-06-01-06", None),
    ],
)
def test_an_hour_may_stand_alone_and_an_offset_may_be_of_whole_hours(written: str, moment: datetime | None) -> None:
    """As PostgreSQL writes a moment."""
    assert pl.select(instant(pl.lit(written))).item() == moment
    assert ("PAY-DATE" in errors("payments", a_payment(date=written))) is (moment is None)


def test_a_clock_of_twelve_hours_leaves_day_and_month_to_the_column() -> None:
    column = ["01/06/2026 09:00:00 a. m.", "25/06/2026 01:30:00 p.\u00a0m."]
    formats = evidence({"Fecha": column}).cell_formats()
    assert formats.dates == {"date": DateOrder.DMY}
    rows = [a_payment(internalId=f"P{n}", date=cell) for n, cell in enumerate(column)]
    outcome = checked("payments", rows, None, formats)
    assert outcome.records["date"].to_list() == ["2026-06-01T09:00:00", "2026-06-25T13:30:00"]


def test_a_column_of_nothing_but_day_numbers_is_read_and_said() -> None:
    sniffer = evidence({"Fecha": ["46174", "", "46175.375"]})
    formats = sniffer.cell_formats()
    assert formats.dates == {"date": DateOrder.SERIAL}
    assert any("46174: 2026-06-01" in note.en for note in sniffer.notes)
    outcome = checked("payments", [a_payment(date="46175.375"), a_payment(date="46174")], None, formats)
    assert outcome.records["date"].to_list() == ["2026-06-02T09:00:00", "2026-06-01"]


@pytest.mark.parametrize("other", ["2026-06-01", "25/06/2026", "hoy", "01-ene-2026"])
def test_a_day_number_among_other_dates_is_not_guessed_at(other: str) -> None:
    formats = evidence({"Fecha": ["46174", other]}).cell_formats()
    assert formats.dates.get("date") is not DateOrder.SERIAL
    assert checked("payments", [a_payment(date="46174")], None, CellFormats(formats.dates)).records.is_empty()
