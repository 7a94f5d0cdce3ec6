"""Codes of SAT's catalogues as people write them: with their description, in any coded column."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from judging import a_client, a_payment, checked, errors, told

from schemas import RESOURCE_NAMES, resource
from schemas.cleaning.catalogues import CODED
from schemas.cleaning.codes import find_other_descriptions
from schemas.cleaning.repair.normalise import normalise_cells
from schemas.rules.tax.lines import parse
from schemas.sat.frames import product_keys, unit_keys
from schemas.sat.small import CURRENCIES, PAYMENT_FORMS, PAYMENT_METHODS, REGIMES, USES
from schemas.spec import Kind

EXAMPLES = {
    "paymentMethod": ("03", "Transferencia electrónica de fondos"),
    "cfdi_method": ("PUE", "Pago en una sola exhibición"),
    "currency": ("MXN", "Peso Mexicano"),
    "items.currency": ("USD", "Dolar americano"),
    "items.unit_key": ("E48", "Unidad de servicio"),
    "items.product_key": ("84111506", "Servicios de facturación"),
    "product_key": ("84111506", "Servicios de facturación"),
    "client.tax_system": ("601", "General de Ley Personas Morales"),
    "tax_system": ("612", "Personas Físicas con Actividades Empresariales y Profesionales"),
    "client.use": ("G03", "Gastos en general"),
    "use": ("CP01", "Pagos"),
    "tax_residence": ("USA", "Estados Unidos de América"),
    "client.address.country": ("MEX", "México"),
}
WAYS = (
    "{} - {}", "{} – {}", "{} — {}", "{}- {}", "{}-{}", "{}: {}", "{}. {}", "{} ({})", "({}) {}", "[{}] {}",
    "{} {}", "{} | {}", " {}  -  {} ",
)  # fmt: skip


@pytest.mark.parametrize("field", EXAMPLES)
@pytest.mark.parametrize("way", WAYS)
def test_a_code_with_its_description_is_the_code_in_every_coded_column_alike(field: str, way: str) -> None:
    code, description = EXAMPLES[field]
    for written in (way.format(code, description), way.format(code.lower(), description.upper())):
        assert normalise_cells(pl.DataFrame({field: [written]}), [field])[field].to_list() == [code]


@pytest.mark.parametrize("name", RESOURCE_NAMES)
def test_every_column_that_rules_hold_against_a_catalogue_reads_its_codes_this_way(name: str) -> None:
    ids = {"rfc", "zip", "clientId", "client_ref", "service_ref", "folio", "series", "foreign_tax_id"}
    leaves = {c.field.rpartition(".")[2] for c in resource(name).columns if c.kind is Kind.CODE}
    assert leaves - ids <= set(CODED)


def test_every_code_of_every_catalogue_with_its_own_description_is_read_as_itself() -> None:
    small = {
        "tax_system": {k: r.description for k, r in REGIMES.items()},
        "use": {k: u.description for k, u in USES.items()},
        "paymentMethod": {k: f.description for k, f in PAYMENT_FORMS.items()},
        "cfdi_method": dict(PAYMENT_METHODS),
        "currency": {k: c.description for k, c in CURRENCIES.items()},
        "unit_key": dict(unit_keys().select("key", "name").iter_rows()),
        "product_key": dict(
            product_keys().drop_nulls("description").select("key", "description").head(5_000).iter_rows()
        ),
    }
    for field, listed in small.items():
        written = pl.DataFrame({field: [f"{key} - {text}" for key, text in listed.items()]})
        assert normalise_cells(written, [field])[field].to_list() == list(listed)
        assert find_other_descriptions(written.rename({field: "raw"}), field).is_empty()


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("paymentMethod", "3 meses"),
        ("paymentMethod", "03.5"),
        ("paymentMethod", "03 - 04"),
        ("paymentMethod", "55 - Otra"),
        ("tax_system", "601, 612"),
        ("tax_system", "601.5"),
        ("product_key", "8411150 - Facturación"),
        ("unit_key", "DE LUJO"),
        ("currency", "pesos"),
        ("currency", "MXN/USD"),
        ("currency", "USD - MXN"),
        ("use", "G03 / S01"),
        ("cfdi_method", "PUE/PPD"),
        ("use", "por definir"),
        ("address.country", "Estados Unidos - Texas"),
    ],
)
def test_what_is_no_code_with_a_description_is_left_as_it_is(field: str, written: str) -> None:
    assert normalise_cells(pl.DataFrame({field: [written]}), [field])[field].to_list() == [written]


@pytest.mark.parametrize(
    ("field", "written", "others"),
    [
        ("paymentMethod", "03 - Efectivo", "01"),
        ("paymentMethod", "04 – Tarjeta de débito", "28"),
        ("cfdi_method", "PPD: Pago en una sola exhibición", "PUE"),
        ("client.tax_system", "612 General de Ley", "601"),
        ("client.use", "G03 - Adquisición de mercancías", "G01"),
        ("items.unit_key", "E48 - Pieza", "H87"),
        ("items.product_key", "81111811 - Servicios de facturación", "84111506"),
        ("currency", "USD - Peso", "MXN"),
    ],
)
def test_a_description_that_belongs_to_another_code_is_a_warning_that_names_both(
    field: str, written: str, others: str
) -> None:
    found = checked("payments", [a_payment(**{field: written})]).findings
    (row,) = found.filter(pl.col("rule") == "NORM-CODE-OTHER").iter_rows(named=True)
    assert (row["severity"], row["value"], row["proposal"]) == ("warning", written, others)
    assert written in row["message"]
    assert others in row["message"]


@pytest.mark.parametrize(
    ("field", "said", "code"),
    [("paymentMethod", "SPEI", "03"), ("cfdi_method", "Parcialidades", "PPD"), ("currency", "M.N.", "MXN")],
)
def test_a_word_that_is_no_description_is_refused_with_the_code_it_probably_means(
    field: str, said: str, code: str
) -> None:
    outcome = checked("payments", [a_payment(**{field: said})])
    refused = outcome.findings.filter((pl.col("severity") == "error") & (pl.col("value") == said))
    assert refused["proposal"].to_list() == [code]


def test_an_official_description_alone_is_its_code() -> None:
    assert not errors("clients", a_client(use="Gastos en general"))
    assert ("NORM-CODE", "fix") in told("payments", a_payment(paymentMethod="Efectivo"))


@pytest.mark.parametrize("written", ["002 - IVA 16%", "002 IVA 0.16", "IVA (16%)", "IVA16%", "002: 16 %"])
def test_taxes_are_understood_with_the_code_sat_gives_them(written: str) -> None:
    assert parse(written) == parse("IVA 0.16")
    assert parse('[{"type": "002 - IVA", "rate": 0.16}]') == parse("IVA 0.16")


def test_the_code_of_one_tax_with_the_name_of_another_is_not_understood() -> None:
    with pytest.raises(ValueError, match="ISR"):
        parse("002 - ISR 16%")


@given(st.sampled_from(sorted(CODED)), st.text(max_size=40))
@example("paymentMethod", "¯")
@example("paymentMethod", "ｎａ")
@example("product_key", "８４１１１５０６.0")
def test_any_text_of_a_coded_column_is_read_the_same_twice(field: str, text: str) -> None:
    once = normalise_cells(pl.DataFrame({field: [text]}), [field])
    assert normalise_cells(once, [field]).equals(once)
