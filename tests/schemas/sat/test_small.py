"""The small SAT catalogues: every cell against the oracle, and what the rules page says of them."""

from dataclasses import FrozenInstanceError
from decimal import Decimal

import polars as pl
import pytest
from oracle import needs_oracle, oracle

from schemas.sat import small as sat


def said(text: str) -> str:
    """A description without what the sources differ in: spaces and the final full stop."""
    return " ".join(text.split()).rstrip(".")


@needs_oracle
def test_every_regime_has_the_description_and_persons_sat_gives_it() -> None:
    expected = {
        row["key"]: (said(row["description"]), row["fisica"], row["moral"])
        for row in oracle("regimenes_fiscales").iter_rows(named=True)
    }
    found = {
        regime.key: (regime.description, "F" in regime.persons, "M" in regime.persons)
        for regime in sat.REGIMES.values()
    }
    assert found == expected
    assert len(found) == 19


@needs_oracle
def test_every_use_has_the_persons_and_regimes_sat_gives_it() -> None:
    expected = {
        row["key"]: (said(row["description"]), row["fisica"], row["moral"], set(row["regimenes"]))
        for row in oracle("usos_cfdi").iter_rows(named=True)
    }
    found = {
        use.key: (use.description, "F" in use.persons, "M" in use.persons, set(use.regimes))
        for use in sat.USES.values()
    }
    assert found == expected
    assert len(found) == 24


def legal_combinations() -> set[tuple[str, str, str]]:
    """Use, régime and person, as the two catalogues allow them together."""
    return {
        (use.key, regime, person)
        for use in sat.USES.values()
        for regime in use.regimes
        for person in use.persons & sat.REGIMES[regime].persons
    }


@needs_oracle
def test_every_combination_of_use_regime_and_person_agrees_with_the_oracle() -> None:
    """The 24 x 19 x 2 matrix, cell by cell."""
    regimes = oracle("regimenes_fiscales")
    persons = {
        "F": set(regimes.filter("fisica")["key"]),
        "M": set(regimes.filter("moral")["key"]),
    }
    flags = {"F": "fisica", "M": "moral"}
    expected = {
        (row["key"], regime, person)
        for row in oracle("usos_cfdi").iter_rows(named=True)
        for person in ("F", "M")
        for regime in regimes["key"]
        if row[flags[person]] and regime in row["regimenes"] and regime in persons[person]
    }
    assert legal_combinations() == expected


@pytest.mark.parametrize(
    ("use", "regime", "person", "legal"),
    [
        ("G03", "601", "M", True),
        ("G03", "612", "M", False),
        ("G03", "605", "F", False),
        ("D10", "605", "F", True),
        ("D01", "626", "F", False),
        ("D01", "601", "M", False),
        ("G03", "626", "M", True),
        ("G03", "610", "F", False),
        ("S01", "616", "F", True),
        ("G03", "616", "F", False),
        ("CN01", "605", "F", True),
        ("P01", "612", "F", False),
    ],
)
def test_the_cases_of_the_rules_page_come_out_as_it_says(use: str, regime: str, person: str, legal: bool) -> None:
    assert ((use, regime, person) in legal_combinations()) is legal


@needs_oracle
def test_every_payment_form_has_its_name_and_account_patterns() -> None:
    """Form 99 is left out of the patterns: SAT's `\\V*` for it is no pattern."""
    rows = oracle("formas_pago").to_dicts()
    assert {row["key"]: said(row["description"]) for row in rows} == {
        form.key: form.description for form in sat.PAYMENT_FORMS.values()
    }
    assert len(rows) == 22
    for row in rows:
        if row["key"] != "99":
            form = sat.PAYMENT_FORMS[row["key"]]
            assert (form.payer_account or "") == row["patron_ordenante"]
            assert (form.beneficiary_account or "") == row["patron_beneficiario"]


@needs_oracle
def test_methods_taxes_factors_and_tax_objects_are_sats() -> None:
    def names(catalog: str) -> dict[str, str]:
        return {key: said(text) for key, text in oracle(catalog).select("key", "description").rows()}

    assert names("metodos_pago") == dict(sat.PAYMENT_METHODS)
    assert names("impuestos") == dict(sat.TAXES)
    assert set(names("tipos_factores")) == set(sat.FACTORS)
    assert names("objetos_impuestos") == dict(sat.TAX_OBJECTS)


@needs_oracle
def test_every_currency_has_its_name_and_decimals() -> None:
    expected = {
        key: (said(text), decimals)
        for key, text, decimals in oracle("monedas").select("key", "description", "decimals").rows()
    }
    assert {key: tuple(currency) for key, currency in sat.CURRENCIES.items()} == expected
    assert len(expected) == 183


@needs_oracle
def test_every_rate_is_one_of_sats_nineteen() -> None:
    expected = {
        (
            row["impuesto"].split()[0],
            row["factor"],
            Decimal(row["minimum"] or row["value"]),
            Decimal(row["value"]),
            row["traslado"],
            row["retencion"],
            "50%" in row["impuesto"],
        )
        for row in oracle("reglas_tasa_cuota").iter_rows(named=True)
    }
    found = {(r.tax, r.factor, r.low, r.high, r.transfer, r.withholding, r.border) for r in sat.RATES}
    assert found == expected
    assert len(sat.RATES) == 19


@pytest.mark.parametrize(
    ("tax", "rate", "withholding", "allowed"),
    [
        ("IVA", "0.16", False, True),
        ("IVA", "0", False, True),
        ("IVA", "0.08", False, True),
        ("IVA", "16", False, False),
        ("IVA", "0.11", False, False),
        ("IVA", "0.106667", True, True),
        ("IVA", "0.04", True, True),
        ("IVA", "0.17", True, False),
        ("ISR", "0.10", True, True),
        ("ISR", "0.0125", True, True),
        ("ISR", "0.36", True, False),
        ("ISR", "0.10", False, False),
        ("IEPS", "0.08", False, True),
        ("IEPS", "1.6", False, True),
        ("IEPS", "0.10", False, False),
        ("IEPS", "0.03", True, False),
    ],
)
def test_rates_of_the_rules_page_are_allowed_or_not(tax: str, rate: str, withholding: bool, allowed: bool) -> None:
    value = Decimal(rate)
    listed = sat.rates(tax, "Tasa", withholding=withholding)
    assert any(one.low <= value <= one.high for one in listed) is allowed


def test_exempt_has_no_rate_and_isr_no_transfer() -> None:
    assert sat.rates("IVA", "Exento", withholding=False) == ()
    assert sat.rates("ISR", "Tasa", withholding=False) == ()


@needs_oracle
def test_the_first_two_digits_of_every_postal_code_give_its_state() -> None:
    pairs = oracle("codigos_postales").filter(pl.col("key") != sat.UNASSIGNED_ZIP).select(
        pl.col("key").str.head(2), "estado"
    )  # fmt: skip
    expected: dict[str, set[str]] = {}
    for prefix, state in pairs.unique().rows():
        expected.setdefault(prefix, set()).add(state)
    assert {prefix: set(states) for prefix, states in sat.STATES_OF_ZIP.items()} == expected
    assert set(sat.STATES) == set(pairs["estado"])
    assert len(sat.STATES) == 32


def test_legacy_keys_are_in_no_catalogue() -> None:
    assert not sat.LEGACY_REGIMES & set(sat.REGIMES)
    assert not sat.LEGACY_USES & set(sat.USES)
    assert not sat.LEGACY_PAYMENT_FORMS & set(sat.PAYMENT_FORMS)


def test_spellings_of_currencies_lead_to_currencies_and_are_none_themselves() -> None:
    assert set(sat.CURRENCY_SPELLINGS.values()) <= set(sat.CURRENCIES)
    assert not set(sat.CURRENCY_SPELLINGS) & set(sat.CURRENCIES)


def test_the_tables_cannot_be_changed_by_whoever_reads_them() -> None:
    with pytest.raises(TypeError):
        sat.USES["P01"] = sat.USES["S01"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        sat.USES["S01"].key = "P01"  # type: ignore[misc]
