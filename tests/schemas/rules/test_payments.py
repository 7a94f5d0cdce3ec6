"""What SAT asks of services, items, taxes and payments (RULES 4, 5, 10)."""

from __future__ import annotations

import pytest
from judging import a_payment, a_service, checked, errors, said, told

from pipeline.validation.references import References
from schemas.rule_options import RuleOptions


@pytest.mark.parametrize(
    ("cells", "rule", "severity"),
    [
        ({"price": "0"}, "SERVICE-PRICE", "error"),
        ({"price": "-1"}, "SERVICE-PRICE-NEG", "error"),
        ({"price": "100.1234567"}, "SERVICE-PRICE-DEC", "error"),
        ({"description": "uno|dos"}, "SERVICE-DESC", "error"),
        ({"description": "a" * 1001}, "SERVICE-DESC", "error"),
        ({"unit_name": "un nombre de unidad demasiado largo"}, "SERVICE-UNITNAME", "error"),
        ({"product_key": "1010101"}, "NORM-PAD", "fix"),
        ({"product_key": "1010101"}, "SERVICE-PRODKEY-GENERIC", "warning"),
        ({"product_key": "84111506"}, "SERVICE-PRODKEY-BILLING", "warning"),
        ({"product_key": "46111500"}, "SERVICE-PRODKEY-XSDONLY", "warning"),
        ({"product_key": "99999999"}, "SERVICE-PRODKEY-CATALOG", "error"),
        ({"product_key": "8411150"}, "SERVICE-PRODKEY-SHAPE", "error"),
        ({"product_key": "801015"}, "SERVICE-PRODKEY-SHAPE", "error"),
        ({"product_key": "84111506X"}, "SERVICE-PRODKEY-FORMAT", "error"),
        ({"unit_key": "h87"}, "SERVICE-UNIT-CASE", "fix"),
        ({"unit_key": "DX"}, "SERVICE-UNIT-CATALOG", "warning"),
        ({"taxRate": "0.16"}, "TAX-PERCENT", "warning"),
        ({"taxRate": "11"}, "TAX-RATE", "warning"),
        ({"currency": "GBP"}, "API-CHOICE", "error"),
    ],
)
def test_a_service_that_breaks_a_rule_is_told_by_it(cells: dict[str, str], rule: str, severity: str) -> None:
    assert (rule, severity) in told("services", a_service(**cells))


@pytest.mark.parametrize("key", ["84111506", "81112100", "80101500", "10101500", "01010101"])
def test_product_keys_of_the_catalogue_are_no_error(key: str) -> None:
    assert not errors("services", a_service(product_key=key))


@pytest.mark.parametrize("key", ["E48", "H87", "ACT", "KGM", "HUR", "DAY", "MON", "XBX", "KT", "05", "NA", "NIL"])
def test_unit_keys_of_the_catalogue_are_fine_even_those_that_look_like_nothing(key: str) -> None:
    assert told("services", a_service(unit_key=key)) == set()


@pytest.mark.parametrize(
    ("written", "meant"), [("PZA", "H87"), ("SERV", "E48"), ("UNIDAD", "H87"), ("PIEZA", "H87"), ("NO APLICA", None)]
)
def test_a_word_in_the_unit_column_is_refused_with_the_key_that_was_meant(written: str, meant: str | None) -> None:
    finding = next(f for f in said(checked("services", [a_service(unit_key=written)])))
    assert (finding.rule, finding.severity, finding.proposal) == ("SERVICE-UNIT-CATALOG", "error", meant)


def test_the_name_of_a_proposed_key_stands_in_the_advice() -> None:
    outcome = checked("services", [a_service(unit_key="PZA")], lang="es")
    assert "¿Es «H87» (Pieza)?" in outcome.findings["advice"][0]


@pytest.mark.parametrize(
    ("taxes", "rule", "code"),
    [
        ("más el impuesto", "TAX-SYNTAX", None),
        ("ISH 0.03", "TAX-TYPE", "CFDI40175"),
        ("ISH ret 0.03", "TAX-TYPE", "CFDI40182"),
        ('[{"type": "IVA", "factor": "Fijo", "rate": 0.16}]', "TAX-FACTOR", "CFDI40176"),
        ("IVA exento 0", "TAX-EXENTO", "CFDI40177"),
        ("IVA ret exento", "TAX-EXENTO", "CFDI40184"),
        ("IVA", "TAX-RATE-REQUIRED", "CFDI40178"),
        ("IVA 16", "TAX-PERCENT", "CFDI40179"),
        ("IVA 0.11", "TAX-RATE", "CFDI40179"),
        ("IVA ret 0.17", "TAX-RATE", "CFDI40185"),
        ("ISR ret 0.36", "TAX-RATE", "CFDI40185"),
        ("ISR 0.10", "TAX-ISR-TRANSFER", "CFDI40179"),
        ("IEPS 0.10", "TAX-RATE", "CFDI40179"),
        ("ISR exento", "TAX-RATE", "CFDI40179"),
        ("IVA -0.16", "TAX-RATE", "CFDI40179"),
    ],
)
def test_a_tax_that_sat_does_not_know_is_an_error_with_its_code(taxes: str, rule: str, code: str | None) -> None:
    found = [f for f in said(checked("payments", [a_payment(items_taxes=taxes)])) if f.severity == "error"]
    assert [(f.rule, f.sat_code, f.column) for f in found] == [(rule, code, "items.taxes")]


@pytest.mark.parametrize(
    "taxes",
    [
        "IVA 0.16", "IVA 0", "IVA 0.08", "IVA 16%; ISR ret 0.10", "IVA ret 0.106667", "IVA ret 0.04", "ISR ret 0.0125",
        "IEPS 0.08", "IEPS 1.6", "IEPS cuota 2.5", "IVA exento", "IEPS cuota 100",
        '[{"type": "IVA", "rate": 0.16, "factor": "Tasa"}]',
    ],
)  # fmt: skip
def test_taxes_of_sats_table_are_no_error(taxes: str) -> None:
    assert not errors("payments", a_payment(items_taxes=taxes))


@pytest.mark.parametrize(
    ("taxes", "rule"),
    [("IVA 0.08", "TAX-BORDER"), ("IVA 0.16; IVA 0.16", "TAX-DUP"), ("IEPS cuota 100", "TAX-RATE")],
)
def test_taxes_that_are_doubtful_are_a_warning(taxes: str, rule: str) -> None:
    assert told("payments", a_payment(items_taxes=taxes)) == {(rule, "warning")}


def test_the_four_keys_that_demand_iva_are_refused_without_it() -> None:
    assert errors("payments", a_payment(items_product_key="84121603", items_taxes=None)) == {"SERVICE-PRODKEY-IVA"}
    assert not errors("payments", a_payment(items_product_key="84121603"))


@pytest.mark.parametrize(
    ("cells", "rule", "severity"),
    [
        ({"paymentMethod": "T"}, "PAY-FORM-CATALOG", "error"),
        *(
            ({"paymentMethod": form}, "PAY-FORM-LEGACY", "error")
            for form in ["07", "09", "10", "11", "16", "18", "22", "98"]
        ),
        ({"paymentMethod": "3"}, "NORM-PAD", "fix"),
        ({"cfdi_method": "PUD"}, "PAY-METHOD", "error"),
        ({"cfdi_method": "PPD"}, "PAY-PPD-99", "error"),
        ({"paymentMethod": "99"}, "PAY-PUE-99", "warning"),
        ({"paymentMethod": "99", "cfdi_method": "PPD"}, "PAY-RECEIVED-99", "error"),
        ({"currency": "PESOS"}, "PAY-CURRENCY", "error"),
        ({"currency": "mxn"}, "PAY-CURRENCY", "fix"),
        ({"currency": "XXX"}, "PAY-CURRENCY-XXX", "error"),
        ({"currency": "GBP"}, "API-CHOICE", "error"),
        ({"currency": "USD"}, "PAY-FX-REQUIRED", "warning"),
        ({"exchange": "17.5"}, "PAY-FX-MXN", "error"),
        ({"currency": None, "exchange": "17.5"}, "PAY-FX-MXN", "error"),
        ({"currency": "USD", "exchange": "0"}, "PAY-FX-FORMAT", "error"),
        ({"currency": "USD", "exchange": "18.1234567"}, "PAY-FX-FORMAT", "error"),
        ({"items_total": "0"}, "PAY-AMOUNT", "error"),
        ({"items_total": "4800.125"}, "PAY-AMOUNT-DEC", "error"),
        ({"items_total": None, "items_unit_price": "33.3333", "items_quantity": "3"}, "PAY-AMOUNT-DEC", "error"),
        ({"items_quantity": "0"}, "PAY-ITEMS", "error"),
        ({"items_quantity": "0.1234567"}, "PAY-ITEMS", "error"),
        ({"items_discount": "1500.01"}, "PAY-DISCOUNT", "error"),
        ({"items_discount": "-1"}, "PAY-DISCOUNT", "error"),
        ({"items_discount": "1500.00"}, "PAY-DISCOUNT", "warning"),
        ({"date": "2026-02-30"}, "PAY-DATE", "error"),
        ({"date": "2026-12-24"}, "PAY-DATE", "warning"),
        ({"date": "2025-11-01"}, "PAY-DATE", "warning"),
        ({"items_unit_key": "PZA"}, "SERVICE-UNIT-CATALOG", "error"),
        ({"items_product_key": "8111181"}, "SERVICE-PRODKEY-SHAPE", "error"),
    ],
)
def test_a_payment_that_breaks_a_rule_is_told_by_it(cells: dict[str, str], rule: str, severity: str) -> None:
    assert (rule, severity) in told("payments", a_payment(**cells))


def test_a_payment_as_it_should_be_has_nothing_to_say() -> None:
    assert told("payments", a_payment()) == set()


@pytest.mark.parametrize(("date", "late"), [("2026-09-30", True), ("2026-10-01", True), ("2026-11-01", False)])
def test_the_receipt_of_an_instalment_is_due_by_the_fifth_of_the_next_month(date: str, late: bool) -> None:
    row = a_payment(date=date, automateIncomeInvoiceAndComplement="true")
    assert (("PAY-RECEIPT-LATE", "warning") in told("payments", row)) is late


def test_without_a_today_no_date_is_old_or_in_the_future() -> None:
    assert told("payments", a_payment(date="2031-01-01"), RuleOptions()) == set()


def test_a_client_described_inline_is_judged_like_any_other() -> None:
    row = a_payment(clientId=None) | {
        "client.name": "Kemper",
        "client.rfc": "EKU9003173C9",
        "client.legal_name": "ESCUELA KEMPER URGATE",
        "client.tax_system": "612",
        "client.use": "G03",
        "client.address.zip": "26015",
    }
    found = said(checked("payments", [row]))
    assert [(f.rule, f.column) for f in found] == [("CLIENT-REGIME-PERSON", "client.tax_system")]


def test_the_fixture_of_the_rules_page_with_ppd_and_pesos_comes_out_as_it_says() -> None:
    row = a_payment(cfdi_method="PPD", paymentMethod="3", currency="MXN", exchange="17.5", paid="false")
    assert told("payments", row) == {("NORM-PAD", "fix"), ("PAY-PPD-99", "error"), ("PAY-FX-MXN", "error")}


def test_the_service_fixtures_of_the_rules_page_come_out_as_it_says() -> None:
    first = told("services", a_service(product_key="1010101", unit_key="h87", price="100.1234567"))
    assert {("NORM-PAD", "fix"), ("SERVICE-UNIT-CASE", "fix"), ("SERVICE-PRICE-DEC", "error")} <= first
    item = a_payment(items_product_key="46111500", items_unit_key="DX", items_total="10", items_taxes="IVA exento 0")
    second = told("payments", item)
    assert {
        ("SERVICE-PRODKEY-XSDONLY", "warning"),
        ("SERVICE-UNIT-CATALOG", "warning"),
        ("TAX-EXENTO", "error"),
    } <= second


def test_a_service_that_is_not_found_is_the_only_thing_told_of_its_line() -> None:
    row = a_payment(
        items_name=None, items_description=None, items_total=None, items_product_key=None, items_unit_key=None,
        items_unit_name=None,
    ) | {"items.service_ref": "S-9"}  # fmt: skip
    outcome = checked("payments", [row], references=References(lambda _, keys: {}))
    assert [(f.rule, f.column) for f in said(outcome)] == [("X-REF", "items.service_ref")]


@pytest.mark.parametrize("cell", ["[1]", '[{"type": "IVA", "rate": "NaN"}]', "IVA nan", "IVA Infinity", ";"])
def test_taxes_that_mean_no_number_are_not_understood(cell: str) -> None:
    assert errors("payments", a_payment(items_taxes=cell)) == {"TAX-SYNTAX"}


ITEM = (
    '{"name":"a: \\"b\\": c","description":"b","quantity":1,"total":10,"product_key":"80101500","unit_key":"H87",'
    '"unit_name":"Pieza","taxes":[{"type":"IVA","rate":0.16}]}'
)


@pytest.mark.parametrize(
    ("field", "cell", "rule"),
    [
        ("items", f"[{ITEM}]", None),
        ("items", f"[{ITEM},{ITEM}]", None),
        ("items", f"[{ITEM}]".replace('"total":10', '"total":10,"total":20'), "PAY-ITEMS"),
        ("items", f"[{ITEM}]".replace('"rate":0.16', '"rate":0.16,"r\\u0061te":0.08'), "PAY-ITEMS"),
        ("items", "[" * 3000, "PAY-ITEMS"),
        ("items.taxes", '[{"type":"IVA","rate":0.16,"rate":0.08}]', "TAX-SYNTAX"),
        ("items.taxes", '[{"type":"IVA","rate":0.16},{"type":"ISR","rate":0.1,"retained":true}]', None),
        ("metadata", '{"a":"1","a":"2"}', "API-MAP"),
        ("metadata", '{"a":"1","b":"a\\":"}', None),
    ],
)
def test_json_in_a_cell_that_gives_a_key_twice_is_an_error_and_never_the_last_value(
    field: str, cell: str, rule: str | None
) -> None:
    row = {k: v for k, v in a_payment().items() if field != "items" or not k.startswith("items.")} | {field: cell}
    assert errors("payments", row) == ({rule} if rule else set())
