"""Which rules run and how hard (issue 4, point 3; RULES 7)."""

from __future__ import annotations

from datetime import date

import pytest
from judging import TODAY, a_client, a_payment, a_service, checked, errors, told

from schemas.rule_options import RuleOptions
from schemas.rulebook import unknown_rules

SUFFIXED = a_client(legal_name="ESCUELA KEMPER URGATE SA DE CV")


def test_strict_makes_a_warning_reject_the_record() -> None:
    assert told("clients", SUFFIXED) == {("CLIENT-NAME-SUFFIX", "warning")}
    assert errors("clients", SUFFIXED, RuleOptions(strict=True)) == {"CLIENT-NAME-SUFFIX"}


def test_strict_leaves_fixes_and_information_alone() -> None:
    assert told("clients", a_client(zip="6600"), RuleOptions(strict=True)) == {("NORM-PAD", "fix")}


def test_an_ignored_rule_is_silent_and_the_others_are_not() -> None:
    row = SUFFIXED | {"use": "P01"}
    assert told("clients", row, RuleOptions(ignore=frozenset({"CLIENT-USE-LEGACY"}))) == {
        ("CLIENT-NAME-SUFFIX", "warning")
    }


def test_only_the_named_rules_run() -> None:
    row = SUFFIXED | {"use": "P01", "address.zip": "6600"}
    assert told("clients", row, RuleOptions(only=frozenset({"CLIENT-USE-LEGACY"}))) == {("CLIENT-USE-LEGACY", "error")}


@pytest.mark.parametrize(
    "cells", [{"items_total": None}, {"items_total": "mil"}, {"items_taxes": "x y"}, {"date": "ayer"}]
)
def test_what_the_tool_relies_on_cannot_be_silenced(cells: dict[str, str]) -> None:
    row = a_payment(**cells)
    (rule,) = errors("payments", row)
    assert errors("payments", row, RuleOptions(ignore=frozenset({rule}))) == {rule}
    assert errors("payments", row, RuleOptions(only=frozenset({"CLIENT-ZIP-STATE"}))) == {rule}


def test_a_quiet_rule_speaks_only_when_it_is_asked_for() -> None:
    row = a_client(zip="42501")
    assert told("clients", row) == set()
    asked = RuleOptions(only=frozenset({"CLIENT-ZIP-UNASSIGNED"}))
    assert told("clients", row, asked) == {("CLIENT-ZIP-UNASSIGNED", "info")}


def test_a_key_not_found_in_an_old_catalogue_is_one_step_down() -> None:
    later = RuleOptions(today=date(2028, 6, 1))
    assert told("services", a_service(product_key="99999999")) == {("SERVICE-PRODKEY-CATALOG", "error")}
    assert told("services", a_service(product_key="99999999"), later) == {("SERVICE-PRODKEY-CATALOG", "warning")}
    assert told("clients", a_client(zip="17000"), later) == {("CLIENT-ZIP-CATALOG", "info")}
    assert told("clients", a_client(zip="00000"), later) == {("CLIENT-ZIP-CATALOG", "error")}


def test_names_that_are_no_rule_are_found_out() -> None:
    assert unknown_rules(["TAX-RATE", "TAX-RATES", "NORM-PAD"]) == ("TAX-RATES",)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_finding_has_its_sentences_in_both_languages_with_no_hole_left(lang: str) -> None:
    rows = [a_client(internalId=f"{n}", email=f"{n}@x.mx", **cells) for n, cells in enumerate(BAD)]
    found = checked("clients", rows, RuleOptions(today=TODAY), lang=lang).findings
    for text in (*found["message"], *found["advice"]):
        assert text
        assert "{" not in text


BAD: list[dict[str, str]] = [
    {"rfc": "GODE56123IGR8"},
    {"legal_name": "Uno sa de cv"},
    {"zip": "670"},
    {"tax_system": "612"},
    {"use": "P01"},
    {"rfc": "XAXX010101000"},
    {"legal_name": "PUBLICO EN GENERAL"},
]
