"""Rows that clash with other rows of the file (RULES 6)."""

from __future__ import annotations

from judging import a_client, checked, said

EKU, XIQ = "EKU9003173C9", "XIQB891116QE4"


def crossed(*rows: dict[str, str | None]) -> list[tuple[int, str, str]]:
    found = said(checked("clients", list(rows)))
    return sorted((f.line, f.rule, f.severity) for f in found if f.rule.startswith(("X-", "API-UNIQUE")))


def test_one_rfc_under_two_names_is_an_error_on_both_and_says_where_the_other_is() -> None:
    rows = [a_client(internalId="a"), a_client(internalId="b", legal_name="OTRA ESCUELA", email="b@x.mx")]
    assert crossed(*rows) == [(2, "X-DUP-RFC", "error"), (3, "X-DUP-RFC", "error")]
    finding = next(f for f in said(checked("clients", rows)) if f.rule == "X-DUP-RFC")
    assert finding.proposal == "file.csv 2, file.csv 3"


def test_one_rfc_with_two_postal_codes_is_an_error_on_both() -> None:
    rows = a_client(internalId="a"), a_client(internalId="b", zip="64000", email="b@x.mx")
    assert [rule for _, rule, _ in crossed(*rows)] == ["X-DUP-RFC", "X-DUP-RFC"]


def test_one_rfc_with_two_regimes_is_legal_and_told() -> None:
    person = {"rfc": XIQ, "legal_name": "BERENICE XIMO QUEZADA"}
    rows = (
        a_client(internalId="a", tax_system="612", **person),
        a_client(internalId="b", tax_system="606", email="b@x.mx", **person),
    )
    assert crossed(*rows) == [(2, "X-DUP-RFC-REGIME", "warning"), (3, "X-DUP-RFC-REGIME", "warning")]


def test_the_same_row_twice_without_an_internal_id_is_a_warning_and_goes_on() -> None:
    row = a_client(internalId=None)
    outcome = checked("clients", [row, row])
    assert [(f.rule, f.severity) for f in said(outcome)] == [("X-DUP-ROW", "warning")] * 2
    assert outcome.records.height == 2


def test_rows_that_differ_and_share_their_only_key_are_refused() -> None:
    rows = a_client(internalId=None), a_client(internalId=None, email="otra@x.mx")
    assert crossed(*rows) == [(2, "API-UNIQUE", "error"), (3, "API-UNIQUE", "error")]


def test_two_records_with_one_internal_id_are_refused_even_when_equal() -> None:
    rules = [rule for _, rule, _ in crossed(a_client(), a_client())]
    assert rules.count("API-UNIQUE") == 2


def test_generic_rfcs_are_nobodys_and_may_repeat() -> None:
    generic = {"rfc": "XAXX010101000", "tax_system": "616", "use": "S01"}
    rows = (
        a_client(internalId="a", legal_name="UNO", email="a@x.mx", **generic),
        a_client(internalId="b", legal_name="DOS", email="b@x.mx", **generic),
    )
    assert crossed(*rows) == []


def test_the_public_needs_one_client_only() -> None:
    public = {"rfc": "XAXX010101000", "legal_name": "PUBLICO EN GENERAL", "tax_system": "616", "use": "S01"}
    rows = a_client(internalId="a", email="a@x.mx", **public), a_client(internalId="b", email="b@x.mx", **public)
    assert crossed(*rows) == [(2, "X-GENERIC-MANY", "warning"), (3, "X-GENERIC-MANY", "warning")]


def test_an_email_on_three_rfcs_is_told_for_information() -> None:
    shared = [
        a_client(internalId=rfc, rfc=rfc, legal_name="BERENICE XIMO QUEZADA", tax_system="626")
        for rfc in (EKU, XIQ, "IIA040805DZ4")
    ]
    assert crossed(*shared) == [(n, "X-EMAIL-SHARED", "info") for n in (2, 3, 4)]
