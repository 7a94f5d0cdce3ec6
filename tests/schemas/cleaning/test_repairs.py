"""Cells repaired without loss and told, or damaged and refused (RULES 1)."""

from __future__ import annotations

import unicodedata
from typing import Any

import polars as pl
import pytest
from judging import a_client, a_payment, a_service, checked, errors, said, told

from schemas.cleaning.repair.normalise import clean_block, normalise_cells, repair_cells
from schemas.rule_options import RuleOptions
from schemas.sat.frames import unit_keys

REPAIRS = [
    ("rfc", "eku-900317-3c9", "EKU9003173C9", "NORM-RFC"),
    ("rfc", "EKU 900317.3C9", "EKU9003173C9", "NORM-RFC"),
    ("rfc", "MXEKU9003173C9", "EKU9003173C9", "NORM-RFC"),
    ("rfc", "EKU\u2013900317/3C9", "EKU9003173C9", "NORM-RFC"),
    ("rfc", "\uff25\uff2b\uff35\uff190\uff103173C9", "EKU9003173C9", "NORM-RFC"),
    ("rfc", "H&amp;E951128469", "H&E951128469", "NORM-HTML"),
    ("rfc", unicodedata.normalize("NFD", "RAQÑ7701212M3"), "RAQÑ7701212M3", "NORM-TEXT"),
    ("rfc", "\ufeffEKU9003173C9\u200b", "EKU9003173C9", "NORM-TEXT"),
    ("legal_name", "Escuela Kemper", "ESCUELA KEMPER", "CLIENT-NAME-UPPER"),
    ("legal_name", "UNO\u00a0DOS", "UNO DOS", "NORM-TEXT"),
    ("legal_name", "A&amp;B", "A&B", "NORM-HTML"),
    ("name", "A &amp;amp; B", "A & B", "NORM-HTML"),
    ("legal_name", "MU&#209;OZ", "MUÑOZ", "NORM-HTML"),
    ("name", "Caf&eacute; &#xf1;u", "Café ñu", "NORM-HTML"),
    ("description", "Ma&iacute;z &amp; frijol", "Maíz & frijol", "NORM-HTML"),
    ("metadata.internalId", "a&amp;b", "a&b", "NORM-HTML"),
    ("address.zip", "6600", "06600", "NORM-PAD"),
    ("address.zip", "6600.0", "06600", "NORM-PAD"),
    ("address.zip", "26015.0", "26015", "NORM-CODE"),
    ("address.zip", "\uff126015", "26015", "NORM-CODE"),
    ("tax_system", "601.0", "601", "NORM-CODE"),
    ("tax_system", "612 - Personas Físicas", "612", "CLIENT-REGIME-TEXT"),
    ("tax_system", "sueldos y salarios e ingresos asimilados a salarios", "605", "CLIENT-REGIME-TEXT"),
    ("use", "g03", "G03", "NORM-CODE"),
    ("use", "G03 - Gastos en general", "G03", "NORM-CODE"),
    ("product_key", "84111506.0", "84111506", "NORM-CODE"),
    ("product_key", "1010101", "01010101", "NORM-PAD"),
    ("unit_key", "5", "05", "NORM-PAD"),
    ("unit_key", "h87", "H87", "SERVICE-UNIT-CASE"),
    ("unit_key", "OHM", "Ohm", "SERVICE-UNIT-CASE"),
    ("paymentMethod", "3", "03", "NORM-PAD"),
    ("paymentMethod", "3.0", "03", "NORM-PAD"),
    ("currency", "usd", "USD", "PAY-CURRENCY"),
    ("name", "N/A", None, "NORM-NULL"),
    ("metadata.note", " hola ", "hola", "NORM-TEXT"),
]
KEYS = (
    "metadata.internalId", "metadata.order_id", "metadata.orderId", "metadata.reference", "clientId", "client_ref",
    "items.service_ref", "invoiceConfig.folio", "phone", "client.phone", "foreign_tax_id",
)  # fmt: skip
REPAIRS += [(key, "1001.0", "1001", "NORM-CODE") for key in KEYS]
REPAIRS += [(key, '="001001"', "001001", "NORM-WRAPPED") for key in KEYS]
REPAIRS += [(key, "'001001", "001001", "NORM-WRAPPED") for key in KEYS]
IDS = tuple(key for key in KEYS if "phone" not in key)
REPAIRS += [(key, f"A{dash}7", "A-7", "NORM-ID") for key in IDS for dash in "–—−‑‐"]
REPAIRS += [(key, "２００１", "2001", "NORM-ID") for key in IDS]
REPAIRS += [(key, "ﬁ1-ﬂ", "fi1-fl", "NORM-ID") for key in IDS]
REPAIRS += [
    ("metadata.internalId", "=+1001", "1001", "NORM-WRAPPED"),
    ("metadata.internalId", '"1001"', "1001", "NORM-WRAPPED"),
    ("metadata.internalId", "“1001”", "1001", "NORM-WRAPPED"),
    ("metadata.internalId", "’1001", "1001", "NORM-WRAPPED"),
    ("metadata.internalId", "1001.000", "1001", "NORM-CODE"),
    ("metadata.internalId", '="CLI-1"', "CLI-1", "NORM-WRAPPED"),
    ("metadata.internalId", '="1001.0"', "1001", "NORM-CODE"),
    ("rfc", '="EKU9003173C9"', "EKU9003173C9", "NORM-WRAPPED"),
    ("product_key", "'84111506", "84111506", "NORM-WRAPPED"),
    ("paymentMethod", '="03"', "03", "NORM-WRAPPED"),
    ("items.total", '="4800.00"', "4800.00", "NORM-WRAPPED"),
    ("date", "'2026-06-01", "2026-06-01", "NORM-WRAPPED"),
    ("address.city", '="León"', "León", "NORM-WRAPPED"),
    ("metadata.note", '="dice ""hola"""', 'dice "hola"', "NORM-WRAPPED"),
]
REPAIRS += [
    ("email", written, "ana.b@uno.mx", "NORM-EMAIL")
    for written in (
        "mailto:ana.b@uno.mx", "MAILTO: ana.b@uno.mx", "mailto:ana.b@uno.mx?subject=Hola", "Correo: ana.b@uno.mx",
        "Ana <ana.b@uno.mx>", "<ana.b@uno.mx>", "ana.b@uno.mx;", "smtp:ana.b@uno.mx",
    )
]  # fmt: skip
LEFT_ALONE = [
    ("address.zip", "670"),
    ("product_key", "8411150"),
    ("tax_system", "601.5"),
    ("unit_key", "NA"),
    ("unit_key", "NIL"),
    ("metadata.internalId", "100.5"),
    ("metadata.internalId", "v1.0"),
    ("metadata.internalId", "1.0.0"),
    ("metadata.internalId", "A='1'"),
    ("metadata.version", "1.0"),
    ("metadata.paid", "1.0"),
    ("name", "'Los Tres'"),
    ("items.description", "'21, edición"),
    ("phone", "+52 (55) 5550-0001 ext. 3"),
    ("metadata.internalId", "0042"),
    ("metadata.rfc", "abc-1"),
    ("items.name", "Café, 2a. edición (única)"),
    ("currency", "pesos"),
    ("items.total", "1,234"),
    ("date", "05/06/2026"),
]


@pytest.mark.parametrize(("field", "raw", "clean", "rule"), REPAIRS)
def test_a_cell_that_lost_nothing_is_repaired_under_its_rule(
    field: str, raw: str, clean: str | None, rule: str
) -> None:
    cells = pl.DataFrame({field: [raw, raw]})
    assert normalise_cells(cells, [field])[field].to_list() == [clean, clean]
    assert repair_cells(cells[field], field).to_list() == [rule, rule]


@pytest.mark.parametrize(("field", "raw"), LEFT_ALONE)
def test_a_cell_that_could_mean_something_else_is_left_as_it_is(field: str, raw: str) -> None:
    assert normalise_cells(pl.DataFrame({field: [raw]}), [field])[field].to_list() == [raw]


@pytest.mark.parametrize(("field", "raw", "clean", "rule"), REPAIRS)
def test_repairing_twice_changes_nothing(field: str, raw: str, clean: str | None, rule: str) -> None:
    once = normalise_cells(pl.DataFrame({field: [raw]}), [field])
    assert normalise_cells(once, [field]).equals(once)


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "-", "N/A", "#N/A", "#REF!", "null", "NaN"])
def test_words_for_nothing_are_no_value(blank: str) -> None:
    assert normalise_cells(pl.DataFrame({"use": [blank]}), ["use"])["use"].to_list() == [None]


def test_one_odd_cell_leaves_every_other_cell_of_the_frame_as_it_was() -> None:
    frame = pl.DataFrame({"rfc": ["EKU9003173C9"] * 5, "address.zip": ["06600", "6600", "64000", None, "01000"]})
    clean, unfit = clean_block(frame, frame.columns)
    assert clean["address.zip"].to_list() == ["06600", "06600", "64000", None, "01000"]
    assert unfit.to_list() == [False, True, False, False, False]


def test_every_unit_key_of_the_catalogue_keeps_its_spelling_and_is_found_in_any_case() -> None:
    keys = unit_keys()["key"]
    for written in (keys, keys.str.to_lowercase(), keys.str.to_uppercase()):
        assert (
            normalise_cells(written.alias("unit_key").to_frame(), ["unit_key"])["unit_key"].to_list() == keys.to_list()
        )


def test_a_repair_is_told_with_before_and_after_and_the_repaired_cell_is_what_goes_on() -> None:
    outcome = checked("clients", [a_client(rfc="eku-900317-3c9")])
    (finding,) = said(outcome)
    assert finding == ("NORM-RFC", "fix", "rfc", None, "eku-900317-3c9", "EKU9003173C9", 2)
    assert outcome.records["rfc"].to_list() == ["EKU9003173C9"]


def test_without_repairs_a_cell_that_would_need_one_is_an_error() -> None:
    outcome = checked(
        "clients", [a_client(zip="6600"), a_client(internalId="C-2", rfc="XAXX010101000")], RuleOptions(no_fix=True)
    )
    assert {(f.rule, f.severity) for f in said(outcome) if f.line == 2} == {("NORM-PAD", "error")}
    assert "--no-fix" in outcome.findings.filter(rule="NORM-PAD")["advice"][0]
    assert 2 in outcome.rejected["@line"].to_list()


def test_a_finding_shows_the_cell_as_the_user_wrote_it_not_as_it_was_repaired() -> None:
    found = said(checked("clients", [a_client(rfc="gode-561331-gr8", tax_system="612")]))
    assert ("CLIENT-RFC-FORMAT", "gode-561331-gr8") in {(f.rule, f.value) for f in found}


@pytest.mark.parametrize(
    ("row", "rule", "severity"),
    [
        (a_service(product_key="8.41115E+07"), "NORM-SCIENTIFIC", "error"),
        (a_client(internalId="1.23457E+15"), "NORM-SCIENTIFIC", "error"),
        (a_service(price="8.4E+07"), "NORM-SCIENTIFIC", "error"),
        (a_client(name="NUÃ±EZ"), "NORM-MOJIBAKE", "error"),
        (a_client() | {"internalId": "Ã‘1"}, "NORM-MOJIBAKE", "error"),
        (a_client(legal_name="NU\ufffdEZ"), "NORM-MOJIBAKE", "error"),
        (a_client(legal_name="NU?EZ"), "NORM-MOJIBAKE", "error"),
        (a_client(legal_name="MU?OZ Y CIA"), "NORM-MOJIBAKE", "error"),
        (a_client(name="Mu?oz"), "NORM-MOJIBAKE", "error"),
        (a_client() | {"address.city": "Canc?n"}, "NORM-MOJIBAKE", "error"),
        (a_client(name="Mu¤oz"), "NORM-MOJIBAKE", "error"),
        (a_client() | {"address.city": "Le¢n"}, "NORM-MOJIBAKE", "error"),
        (a_client(name="PE¥A"), "NORM-MOJIBAKE", "error"),
        (a_client(name="Mu√±oz"), "NORM-MOJIBAKE", "error"),
        (a_client(name="Mu├▒oz"), "NORM-MOJIBAKE", "error"),
        (a_client(legal_name="[object Object]"), "NORM-BROKEN", "error"),
        (a_client(internalId="01/06/2026"), "NORM-DATE-ID", "warning"),
        (a_client(internalId="1234567890123450"), "NORM-LONG-ID", "warning"),
        (a_client(internalId="12345678901234500"), "NORM-LONG-ID", "error"),
        (a_client(internalId="1234567890123456768.0"), "NORM-LONG-ID", "error"),
        (a_client(internalId="1234567890123456800"), "NORM-LONG-ID", "warning"),
        (a_client(internalId="1.2345678901234568e18"), "NORM-SCIENTIFIC", "error"),
        (a_client(internalId="5-oct"), "NORM-DATE-ID", "error"),
        (a_client(internalId="may-26"), "NORM-DATE-ID", "error"),
        (a_client(internalId="2026-10-05 00:00:00"), "NORM-DATE-ID", "error"),
        (a_client(internalId="2026-10-05T00:00:00.000"), "NORM-DATE-ID", "error"),
        (a_client(internalId="05/10/2026 00:00"), "NORM-DATE-ID", "error"),
    ],
)
def test_what_a_spreadsheet_or_an_encoding_broke_is_told_and_never_guessed(
    row: dict[str, str], rule: str, severity: str
) -> None:
    name = "services" if "price" in row else "clients"
    assert (rule, severity) in told(name, row)


@pytest.mark.parametrize(
    "text",
    ["¿Qué? Nada", "https://a.mx/p?id=1", "www.a.mx/p?id", "¡Hola!", "Desde £5", "Errázuriz", "El Molino", "¿sí?"],
)
def test_signs_that_are_no_damaged_letters_are_let_through(text: str) -> None:
    assert told("clients", a_client(name=text) | {"metadata.note": text}) == set()


AMOUNTS = {
    "payments": ("items.total", "items.quantity", "items.discount", "exchange"),
    "services": ("price", "taxRate"),
}


@pytest.mark.parametrize("cell", ["8.4E+07", "8,4e+07", "1E+3"])
@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in AMOUNTS.items() for field in fields])
@pytest.mark.parametrize("how", [{}, {"ignore": frozenset({"NORM-SCIENTIFIC"})}, {"no_fix": True}])
def test_an_amount_a_spreadsheet_shortened_is_an_error_that_cannot_be_switched_off(
    name: str, field: str, cell: str, how: dict[str, Any]
) -> None:
    row = (a_payment() if name == "payments" else a_service()) | {field: cell}
    broken = errors(name, row, RuleOptions(**how))
    assert "NORM-SCIENTIFIC" in broken
    assert "API-NUMBER" not in broken


def test_an_amount_shortened_inside_json_is_told_alike() -> None:
    row = {k: v for k, v in a_payment().items() if not k.startswith("items.")}
    item = (
        '{"name":"a","description":"b","quantity":1,"total":8.4E+07,"product_key":"80101500","unit_key":"HUR",'
        '"unit_name":"Hora"}'
    )
    assert "NORM-SCIENTIFIC" in errors("payments", row | {"items": f"[{item}]"})


@pytest.mark.parametrize("name", ["¿Dónde? SA", "Ana López", "SÃO PAULO COMERCIAL", "Precio: 5?", "A? B?"])
def test_ordinary_letters_and_question_marks_are_not_damage(name: str) -> None:
    assert "NORM-MOJIBAKE" not in errors("clients", a_client(name=name))


def test_items_written_as_json_are_repaired_and_judged_alike() -> None:
    row = {k: v for k, v in a_payment().items() if not k.startswith("items.")} | {
        "items": '[{"name":"a","description":"b","quantity":1,"total":10,"product_key":"1010101","unit_key":"h87",'
        '"unit_name":"Pieza","taxes":[{"type":"IVA","rate":16,"factor":"Tasa"}]}]'
    }
    outcome = checked("payments", [row])
    assert {(f.rule, f.severity) for f in said(outcome)} == {
        ("TAX-PERCENT", "error"),
        ("SERVICE-PRODKEY-GENERIC", "warning"),
        ("NORM-PAD", "fix"),
        ("SERVICE-UNIT-CASE", "fix"),
    }


def test_an_items_cell_over_several_lines_is_not_a_repair() -> None:
    row = {k: v for k, v in a_payment().items() if not k.startswith("items.")} | {
        "items": '[{"name":"a",\n"description":"b","quantity":1,"total":10,"product_key":"80101500","unit_key":"H87",\n'
        '"unit_name":"Pieza"}]'
    }
    assert said(checked("payments", [row])) == []


def test_an_id_a_library_made_a_fraction_is_the_id_of_the_first_import() -> None:
    for written in ("1001.0", '="1001"', "'1001"):
        outcome = checked("payments", [a_payment(internalId=written)])
        assert outcome.records["metadata.internalId"].to_list() == ["1001"]
        assert [f.severity for f in said(outcome)] == ["fix"]


def test_a_phone_a_spreadsheet_shortened_is_told() -> None:
    assert "NORM-SCIENTIFIC" in errors("clients", a_client(phone="5.5555E+09"))


@pytest.mark.parametrize(
    "written",
    ["http:ana@uno.mx", "ana@uno.mx; eva@dos.mx", ".ana@uno.mx", "ana.@uno.mx", "a..b@uno.mx", "ana@uno.1",
     "[ana]@uno.mx",
     "ana@uno", "ana@uno.m", "Ana <ana@uno.mx> <eva@dos.mx>"],
)  # fmt: skip
def test_what_is_no_single_address_is_an_error(written: str) -> None:
    assert "API-EMAIL" in errors("clients", a_client(email=written))


@pytest.mark.parametrize("taxes", ["IVA 16 %", "IVA 16%", "IVA 16 %; ISR ret 10 %"])
def test_a_blank_before_the_percent_sign_is_nothing(taxes: str) -> None:
    assert errors("payments", a_payment(items_taxes=taxes)) == set()


@pytest.mark.parametrize("cell", ["٣٤", "१५", "１５"])
def test_digits_of_other_scripts_are_no_number(cell: str) -> None:
    assert ("API-NUMBER", "error") in told("services", a_service(price=cell))
