"""How a column is written is decided from the whole of it, or the file stops (issue 4, point 4)."""

from __future__ import annotations

import polars as pl
import pytest
from columns import evidence
from judging import a_client, a_payment, checked, said

from pipeline.errors import InputError
from pipeline.formats import LINE
from pipeline.source.sniff import ColumnSniffer
from schemas import resource
from schemas.cleaning.cell_formats import CellFormats, DateOrder, Decimal
from schemas.cleaning.dates import instant


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["2026-05-31", "2026-06-01T10:00:00"], None),
        (["2026-05-31", "2026-06-01", "25/10/2026"], None),
        (["05/06/2026", "13/02/2026"], DateOrder.DMY),
        (["05/06/2026", "02/13/2026 9:30"], DateOrder.MDY),
        (["13.02.2026", "01-02-2026"], DateOrder.DMY),
        (["hoy", "mañana"], None),
    ],
)
def test_one_day_above_twelve_decides_the_whole_column(dates: list[str], order: DateOrder | None) -> None:
    for frames in (1, len(dates)):
        assert evidence({"Fecha": dates}, frames=frames).cell_formats().dates.get("date") == order


@pytest.mark.parametrize(
    ("dates", "forms"),
    [
        (["2026-06-05", "05/06/2026"], "2026-06-05 (line 2), 05/06/2026 (line 3)"),
        (["25/06/2026", "2026-06-05", "2026-06-06"], "2026-06-05 (line 3), 25/06/2026 (line 2)"),
        (["46174", "2026-06-01"], "2026-06-01 (line 3), 46174 (line 2)"),
        (["01-ene-2026", "46174"], "01-ene-2026 (line 2), 46174 (line 3)"),
        (["25/06/2026", "46174"], "25/06/2026 (line 2), 46174 (line 3)"),
        (["2026-06-01", "46174", "25/06/2026"], "2026-06-01 (line 2), 25/06/2026 (line 4), 46174 (line 3)"),
    ],
)
def test_forms_of_dates_that_one_reading_cannot_all_have_are_told_with_the_first_row_of_each(
    dates: list[str], forms: str
) -> None:
    for frames in (1, len(dates)):
        gathered = evidence({"Fecha": dates}, frames=frames)
        gathered.cell_formats()
        assert gathered.notes[-1].en == (
            f"'Fecha' mixes forms of dates: {forms}; only the first is read. Write all as YYYY-MM-DD"
        )


@pytest.mark.parametrize(
    "dates", [["2026-06-05", "01-ene-2026"], ["25/06/2026", "2026-06-05", "26/06/2026"], ["46174"]]
)
def test_forms_that_are_read_side_by_side_are_not_told(dates: list[str]) -> None:
    gathered = evidence({"Fecha": dates})
    gathered.cell_formats()
    assert not [note for note in gathered.notes if "mixes" in note.en]


def test_where_no_day_is_above_twelve_the_file_stops_with_both_readings_and_the_flag() -> None:
    with pytest.raises(InputError) as stop:
        evidence({"Fecha": ["05/06/2026", "01/02/2026"]}).cell_formats()
    assert stop.value.exit_code == 3
    assert all(said in stop.value.message for said in ("Fecha", "05/06/2026", "line 2", "2026-06-05", "2026-05-06"))
    assert "--dates dmy or --dates mdy" in (stop.value.hint or "")


def test_dates_of_both_orders_stop_the_file() -> None:
    with pytest.raises(InputError, match="both orders"):
        evidence({"Fecha": ["31/12/2026", "12/31/2026"]}).cell_formats()


@pytest.mark.parametrize("order", [DateOrder.DMY, DateOrder.MDY])
def test_the_flag_settles_the_order_of_a_column_that_cannot_decide(order: DateOrder) -> None:
    assert evidence({"Fecha": ["05/06/2026"]}).cell_formats(dates=order).dates == {"date": order}


@pytest.mark.parametrize(
    ("amounts", "mark"),
    [
        (["1500", "4800.00", "4800.125"], None),
        (["1.234,56", "100"], Decimal.COMMA),
        (["1,234.56", "$ 1,500.00 MXN"], Decimal.POINT),
        (["1,234", "5.50"], Decimal.POINT),
        (["1.234", "5,50"], Decimal.COMMA),
        (["1.234.567"], Decimal.COMMA),
        (["mil quinientos", "NaN"], None),
    ],
)
def test_one_telling_amount_decides_the_whole_column(amounts: list[str], mark: Decimal | None) -> None:
    for frames in (1, len(amounts)):
        assert evidence({"Importe": amounts}, frames=frames).cell_formats().decimals.get("items.total") == mark


@pytest.mark.parametrize(("cell", "other"), [("1.234", "1234"), ("1,234", "1234")])
def test_where_thousands_and_decimals_look_alike_the_file_stops_with_both_readings(cell: str, other: str) -> None:
    with pytest.raises(InputError) as stop:
        evidence({"Importe": [cell, "12"]}).cell_formats()
    assert all(said in stop.value.message for said in ("Importe", cell, "line 2", other, "1.234"))
    assert "--decimal . or --decimal ," in (stop.value.hint or "")


def test_both_decimal_marks_in_one_column_stop_the_file() -> None:
    with pytest.raises(InputError, match="both decimal marks"):
        evidence({"Importe": ["5.50", "5,50"]}).cell_formats()


def test_a_doubtful_column_takes_what_the_files_other_columns_prove() -> None:
    found = evidence({"Importe": ["1.234,50", "2,5"], "Cantidad": ["1.500", "2.000"]}).cell_formats()
    assert found.decimals == {"items.total": Decimal.COMMA, "items.quantity": Decimal.COMMA}
    assert evidence({"Importe": ["4800.00"], "Cantidad": ["1.500"]}).cell_formats().decimals == {}


def test_an_exchange_rate_and_a_typed_number_have_no_thousands() -> None:
    assert evidence({"TC": ["18.612"]}).cell_formats().decimals == {}
    assert evidence({"Importe": ["1.234"]}, typed=True).cell_formats().decimals == {}


@pytest.mark.parametrize(
    ("rates", "readings"),
    [
        (["1,850"], ("1850", "1.850")),
        (["$18,500 MXN", "17"], ("18500", "18.500")),
        (["18.612", "18,612"], ("18.612", "18612")),
    ],
)
def test_a_rate_that_may_have_a_decimal_comma_is_asked_for_whatever_the_amounts_prove(
    rates: list[str], readings: tuple[str, str]
) -> None:
    for amounts in (["4800.00"], ["4,800.00"], ["4800"]):
        with pytest.raises(InputError, match="can be read in two ways") as stop:
            evidence({"Importe": amounts * len(rates), "TC": rates}).cell_formats()
        assert all(reading in stop.value.message for reading in readings)


def test_a_rate_is_read_by_what_its_own_column_proves_or_the_flag_says() -> None:
    assert evidence({"TC": ["1,850", "17,25"]}).cell_formats().decimals == {"exchange": Decimal.COMMA}
    assert evidence({"TC": ["1,850", "17.25"]}).cell_formats().decimals == {"exchange": Decimal.POINT}
    assert evidence({"Importe": ["1.234,50"], "TC": ["18,612"]}).cell_formats().decimals["exchange"] is Decimal.COMMA
    said_so = evidence({"Importe": ["4800.00"], "TC": ["18,612"]}).cell_formats(decimal=Decimal.COMMA)
    assert said_so.decimals["exchange"] is Decimal.COMMA


def test_a_tax_rate_is_asked_for_alike() -> None:
    fields = {"Precio": "price", "Tasa": "taxRate"}
    gathered = ColumnSniffer("servicios.csv", fields, resource("services"), typed=False)
    raw = pl.DataFrame({"Precio": ["4800.00"], "Tasa": ["16,000"]}).with_columns(pl.lit(2, pl.UInt32).alias(LINE))
    gathered.add(raw, raw.rename(fields))
    with pytest.raises(InputError, match="can be read in two ways"):
        gathered.cell_formats()


def test_a_quantity_of_thousands_is_read_by_what_the_amounts_prove_else_asked_for() -> None:
    found = evidence({"Importe": ["4800.00"], "Cantidad": ["1,500"]}).cell_formats()
    assert found.decimals == {"items.quantity": Decimal.POINT}
    with pytest.raises(InputError, match="can be read in two ways"):
        evidence({"Importe": ["4800"], "Cantidad": ["1,500"]}).cell_formats()


@pytest.mark.parametrize(("mark", "amount"), [(Decimal.POINT, "1.234"), (Decimal.COMMA, "1234")])
def test_the_flag_settles_the_decimal_mark(mark: Decimal, amount: str) -> None:
    cell_formats = evidence({"Importe": ["1.234"]}).cell_formats(decimal=mark)
    outcome = checked("payments", [a_payment(items_total="1.234")], cell_formats=cell_formats)
    judged = outcome.lines["items.total"].to_list() or [f.value for f in said(outcome)]
    assert judged == [amount]


def test_what_was_decided_is_told_in_both_languages() -> None:
    gathered = evidence({"Fecha": ["05/06/2026", "13/02/2026"], "Importe": ["1.234,56", "2"]})
    gathered.cell_formats()
    assert [note.es for note in gathered.notes] == [
        "«Fecha» se lee día/mes/año (por 13/02/2026, 3)",
        "«Importe» se lee con coma decimal",
    ]
    assert "day/month/year" in gathered.notes[0].en


@pytest.mark.parametrize(
    ("cell", "mark", "read"),
    [
        ("$ 1,500.00 MXN", Decimal.POINT, "1500.00"),
        ("1.234,56", Decimal.COMMA, "1234.56"),
        ("1,234,567.8", Decimal.POINT, "1234567.8"),
        ("-5,5", Decimal.COMMA, "-5.5"),
        ("USD 20", Decimal.POINT, "20"),
        ("1 500,25 €", Decimal.COMMA, "1500.25"),
        ("12,34.5", Decimal.POINT, "12,34.5"),
        ("mil", Decimal.POINT, "mil"),
    ],
)
def test_an_amount_is_read_by_its_mark_and_left_alone_when_it_does_not_fit(cell: str, mark: Decimal, read: str) -> None:
    from schemas.cleaning.cell_formats import read_number

    assert pl.DataFrame({"c": [cell]}).select(read_number(pl.col("c"), mark)).item() == read


def test_a_column_read_day_first_becomes_iso_and_no_repair_is_told_of_each_cell() -> None:
    cell_formats = CellFormats({"date": DateOrder.DMY}, {"items.total": Decimal.COMMA})
    row = a_payment(date="2/11/2026 9:30", items_total="1.500,00")
    outcome = checked("payments", [row], cell_formats=cell_formats)
    assert said(outcome) == []
    assert outcome.records["date"].to_list() == ["2026-11-02T09:30"]
    assert outcome.lines["items.total"].to_list() == ["1500.00"]
    assert outcome.records.select(instant(pl.col("date"))).item() is not None


def test_a_date_that_does_not_exist_is_shown_as_it_was_written() -> None:
    cell_formats = CellFormats({"date": DateOrder.DMY})
    (finding,) = said(checked("payments", [a_payment(date="30/02/2026")], cell_formats=cell_formats))
    assert (finding.rule, finding.value) == ("PAY-DATE", "30/02/2026")


def test_a_column_of_the_wrong_thing_stops_the_file_once() -> None:
    rows = [a_client(rfc="ESCUELA KEMPER URGATE", legal_name="EKU9003173C9")] * 12
    raw = pl.DataFrame(rows).with_columns(pl.int_range(2, 14, dtype=pl.UInt32).alias(LINE))
    fields = {"rfc": "rfc", "legal_name": "legal_name"}
    gathered = ColumnSniffer("clientes.csv", fields, resource("clients"), typed=False)
    gathered.add(raw, raw)
    with pytest.raises(InputError, match=r"X-COLUMN-SHIFT.*12 of 12 cells of 'rfc'"):
        gathered.cell_formats()


def test_a_file_of_mistyped_rfcs_is_not_taken_for_a_shifted_column() -> None:
    wrong = ["GODE561331GR8", "GODE56123IGR8", "EKU9003173C9X", "A1C9307148T4", "GODE561231"] * 4
    raw = pl.DataFrame({"rfc": wrong}).with_columns(pl.int_range(2, 22, dtype=pl.UInt32).alias(LINE))
    gathered = ColumnSniffer("clientes.csv", {"rfc": "rfc"}, resource("clients"), typed=False)
    gathered.add(raw, raw)
    assert gathered.cell_formats() == CellFormats()


def test_an_apostrophe_is_a_thousands_mark_beside_commas_and_alone() -> None:
    column = ["1'234,567.89", "4'800.00", "12", "1’000", "1'234'567"]
    formats = evidence({"Importe": column}).cell_formats()
    assert formats.decimals == {"items.total": Decimal.POINT}
    rows = [a_payment(internalId=f"P{n}", items_total=cell) for n, cell in enumerate(column)]
    read = checked("payments", rows, None, formats).lines["items.total"].to_list()
    assert read == ["1234567.89", "4800.00", "12", "1000", "1234567"]


def test_an_apostrophe_and_points_go_with_a_decimal_comma() -> None:
    formats = evidence({"Importe": ["1'234.567,89"]}).cell_formats()
    assert formats.decimals == {"items.total": Decimal.COMMA}
    assert checked("payments", [a_payment(items_total="1'234.567,89")], None, formats).lines[
        "items.total"
    ].to_list() == ["1234567.89"]


def test_an_apostrophe_and_one_mark_is_read_as_the_column_is_or_asked_for() -> None:
    assert evidence({"Importe": ["1'234,567", "5.50"]}).cell_formats().decimals == {"items.total": Decimal.POINT}
    with pytest.raises(InputError, match="two ways"):
        evidence({"Importe": ["1'234,567"]}).cell_formats()
