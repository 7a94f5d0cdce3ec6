"""Cells that hold no value: the words of databases and libraries, and formulas that failed."""

from __future__ import annotations

import polars as pl
import pytest
from judging import a_client, a_payment, a_service, checked, errors, said, told

from schemas.cleaning.repair.normalise import normalise_cells

MARKERS = ["\\N", "NULL", "(null)", "None", "NaN", "NaT", "<NA>", "[NULL]", "<null>", "undefined", "N/A", " \\N ", "-"]
BROKEN = [
    "#¿NOMBRE?", "#¡DIV/0!", "#N/D", "#NAME?", "#REF!", "#¡REF!", "#¡VALOR!", "#VALUE!", "#NULL!", "#¡NULO!", "#NUM!",
    "#¡NUM!", "#N/A", "#DIV/0!", "#SPILL!", "#CALC!", "########", "#VALOR!", "#NOME?", "#ref!",
    "Err:502", "err:508",
]  # fmt: skip
COLUMNS = {
    "clients": [
        "internalId", "name", "legal_name", "rfc", "email", "phone", "tax_system", "use", "address.street",
        "address.city", "address.state", "address.zip", "address.country", "tax_residence", "foreign_tax_id",
        "metadata.reference", "metadata.anything", "metadata",
    ],
    "services": ["category", "price", "currency", "unit", "taxRate", "isActive", "product_key", "unit_key"],
    "payments": [
        "clientId", "client_ref", "currency", "exchange", "paymentMethod", "cfdi_method", "paid", "date",
        "invoiceConfig.folio", "from", "items.service_ref", "items.discount", "items.taxes", "items",
    ],
}  # fmt: skip
EVERY = sorted({f if f != "internalId" else "metadata.internalId" for fields in COLUMNS.values() for f in fields})


@pytest.mark.parametrize("field", EVERY)
def test_in_every_column_a_marker_or_a_broken_cell_holds_no_value(field: str) -> None:
    for word in (*MARKERS, *BROKEN):
        assert normalise_cells(pl.DataFrame({field: [word]}), [field])[field].to_list() == [None], word


@pytest.mark.parametrize(
    "text",
    ["NULL SA", "Sin N/A", "Nonesuch", "None of it", "Nulo", "#1 en ventas", "#REF! en la hoja", "UNDERGROUND", "Und",
     "(nulla osta)", "-5 %", "NAN GONZALEZ", "Nandú", "U", "UN", "Uno", "ULTRA"],
)  # fmt: skip
@pytest.mark.parametrize("field", ["items.description", "name", "legal_name", "metadata.internalId", "address.street"])
def test_a_text_that_merely_contains_such_a_word_is_untouched(field: str, text: str) -> None:
    written = text.upper() if field == "legal_name" else text
    assert normalise_cells(pl.DataFrame({field: [written]}), [field])[field].to_list() == [written]


def test_an_empty_cell_in_place_of_a_marker_is_told() -> None:
    findings = said(checked("clients", [a_client(phone="\\N")]))
    assert [(f.rule, f.severity, f.column, f.value, f.proposal) for f in findings] == [
        ("NORM-NULL", "fix", "phone", "\\N", "")
    ]


@pytest.mark.parametrize("word", ["#¿NOMBRE?", "#N/D", "#REF!"])
def test_a_broken_cell_is_an_error_where_a_value_is_needed_and_told_elsewhere(word: str) -> None:
    assert told("clients", a_client(phone=word)) == {("NORM-BROKEN", "fix")}
    for row, name in (
        (a_client(rfc=word), "clients"),
        (a_client(legal_name=word), "clients"),
        (a_payment(items_total=word), "payments"),
        (a_payment(items_discount=word), "payments"),
        (a_payment(currency=word), "payments"),
        (a_payment(date=word), "payments"),
        (a_service(price=word), "services"),
    ):
        assert "NORM-BROKEN" in errors(name, row), row


def test_a_marker_is_no_legal_name_and_no_name() -> None:
    assert errors("clients", a_client(legal_name="NULL")) == {"NORM-NULL"}
    assert "API-REQUIRED" in errors("clients", a_client(name="NULL"))


def test_records_whose_id_is_a_marker_are_not_one_record() -> None:
    rows = [a_payment(internalId="NULL"), a_payment(internalId="NULL")]
    assert checked("payments", rows).records.is_empty()
    assert {f.rule for f in said(checked("payments", rows)) if f.severity == "error"} == {"API-REQUIRED"}
