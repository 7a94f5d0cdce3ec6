"""What SAT asks of a client: every fixture and every pass and fail example of the rules page (RULES 2, 10)."""

from __future__ import annotations

import pytest
from judging import TODAY, a_client, checked, errors, said, told

from schemas.rule_options import RuleOptions

COMPANIES = {
    "EKU9003173C9", "IIA040805DZ4", "IVD920810GU2", "IXS7607092R5", "JES900109Q90", "LAN7008173R5", "MAG041126GT8",
    "URE180429TM6", "H&E951128469", "L&O950913MSA", "OÑO120726RX3", "ZUÑ920208KL4", "SAT970701NN3",
}  # fmt: skip
PEOPLE = {
    "XIQB891116QE4", "FUNK671228PH6", "KAHO641101B39", "KICR630120NX3", "MISC491214B86", "WATM640917J45",
    "WERX631016S30", "XAMA620210DQ5", "CACX7605101P8", "RAQÑ7701212M3",
}  # fmt: skip


@pytest.mark.parametrize("rfc", sorted(COMPANIES | PEOPLE))
def test_the_rfcs_sat_publishes_are_right_in_every_way(rfc: str) -> None:
    row = a_client(rfc=rfc, tax_system="601" if rfc in COMPANIES else "612")
    assert not {rule for rule, _ in told("clients", row) if rule.startswith("CLIENT-RFC")}
    assert not errors("clients", row)


@pytest.mark.parametrize(
    ("rfc", "rule", "severity"),
    [
        ("GODE561231", "CLIENT-RFC-FORMAT", "error"),
        ("COMG600703", "CLIENT-RFC-FORMAT", "error"),
        ("GODE561331GR8", "CLIENT-RFC-FORMAT", "error"),
        ("A1C9307148T4", "CLIENT-RFC-FORMAT", "error"),
        ("GODE56123IGR8", "CLIENT-RFC-FORMAT", "error"),
        ("EKU9003173C9X", "CLIENT-RFC-FORMAT", "error"),
        ("GODE560230GR8", "CLIENT-RFC-DATE", "error"),
        ("GODE010229AB1", "CLIENT-RFC-DATE", "error"),
        ("GODE561231GR7", "CLIENT-RFC-CHECKDIGIT", "warning"),
        ("FIMA420127R44", "CLIENT-RFC-CHECKDIGIT", "warning"),
        ("CABL840215RF4", "CLIENT-RFC-CHECKDIGIT", "warning"),
        ("GODE561231008", "CLIENT-RFC-HOMOCLAVE", "warning"),
        ("PUTO561231GR8", "CLIENT-RFC-OBSCENE", "warning"),
        ("EXT990101NI1", "CLIENT-RFC-THIRD", "warning"),
    ],
)
def test_an_rfc_that_is_wrong_is_told_by_its_rule(rfc: str, rule: str, severity: str) -> None:
    assert (rule, severity) in told("clients", a_client(rfc=rfc, tax_system="612", legal_name="EMMA GOMEZ DIAZ"))


@pytest.mark.parametrize("rfc", ["GODE000229AB1", "XAXX010101000", "RAQÑ7701212M3", "OÑO120726RX3"])
def test_dates_that_exist_and_letters_of_two_bytes_are_no_error(rfc: str) -> None:
    rules = {rule for rule, _ in told("clients", a_client(rfc=rfc))}
    assert not rules & {"CLIENT-RFC-FORMAT", "CLIENT-RFC-DATE", "CLIENT-RFC-HOMOCLAVE"}


@pytest.mark.parametrize(
    ("rfc", "meant"),
    [("GODE56123IGR8", "GODE561231GR8"), ("G0DE561231GR8", "GODE561231GR8"), ("EKU9OO3173C9", "EKU9003173C9")],
)
def test_the_rfc_that_was_meant_is_proposed_and_not_applied(rfc: str, meant: str) -> None:
    outcome = checked("clients", [a_client(rfc=rfc)])
    finding = next(f for f in said(outcome) if f.rule == "CLIENT-RFC-FORMAT")
    assert (finding.value, finding.proposal) == (rfc, meant)
    assert outcome.records.is_empty()
    assert meant in outcome.findings.filter(rule="CLIENT-RFC-FORMAT")["advice"][0]


@pytest.mark.parametrize(
    ("rfc", "regime", "use", "codes"),
    [
        ("EKU9003173C9", "601", "G03", set()),
        ("EKU9003173C9", "612", "G03", {"CFDI40158"}),
        ("XIQB891116QE4", "605", "G03", {"CFDI40161"}),
        ("XIQB891116QE4", "605", "D10", set()),
        ("XIQB891116QE4", "626", "D01", {"CFDI40161"}),
        ("EKU9003173C9", "601", "D01", {"CFDI40161"}),
        ("EKU9003173C9", "626", "G03", set()),
        ("XIQB891116QE4", "610", "G03", {"CFDI40161"}),
        ("XIQB891116QE4", "616", "S01", set()),
        ("XAXX010101000", "616", "G03", {"CFDI40161"}),
        ("XAXX010101000", "601", "S01", {"CFDI40158", "CFDI40159"}),
        ("XIQB891116QE4", "612", "P01", {"CFDI40160"}),
        ("XIQB891116QE4", "605", "CN01", set()),
        ("EKU9003173C9", "699", "S01", {"CFDI40157"}),
        ("EKU9003173C9", "609", "S01", {"CFDI40157"}),
        ("EKU9003173C9", "601", "G04", {"CFDI40160"}),
    ],
)
def test_rfc_regime_and_use_must_go_together(rfc: str, regime: str, use: str, codes: set[str]) -> None:
    row = a_client(rfc=rfc, tax_system=regime, use=use, legal_name="BERENICE XIMO QUEZADA")
    found = said(checked("clients", [row]))
    assert {f.sat_code for f in found if f.severity == "error"} == codes


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ESCUELA KEMPER URGATE SA DE CV", "ESCUELA KEMPER URGATE"),
        ("ESCUELA KEMPER URGATE, S.A. de C.V.", "ESCUELA KEMPER URGATE"),
        ("TECNOLOGIA X S. DE R.L. DE C.V.", "TECNOLOGIA X"),
        ("FINTECH Y S.A.P.I. DE C.V.", "FINTECH Y"),
        ("COOP V SC DE RL DE CV", "COOP V"),
        ("RANCHO U SPR DE RI", "RANCHO U"),
        ("STARTUP T S.A.S.", "STARTUP T"),
        ("FUNDACION W A.C.", "FUNDACION W"),
        ("MOLINOS SOCIEDAD ANÓNIMA DE CAPITAL VARIABLE", "MOLINOS"),
    ],
)
def test_a_company_type_at_the_end_of_a_name_is_taken_off_in_the_proposal(name: str, kept: str) -> None:
    finding = next(f for f in said(checked("clients", [a_client(legal_name=name)])) if f.rule == "CLIENT-NAME-SUFFIX")
    assert (finding.severity, finding.proposal, finding.sat_code) == ("warning", kept, "CFDI40145")


@pytest.mark.parametrize(
    "name",
    ["EKUSA", "MASA", "CASA BLANCA", "INDUSTRIAS SAC", "LA VILLA ESP0", "PUBLICO EN GENERAL", "MUÑOZ & HIJOS"],
)
def test_a_name_that_only_resembles_a_company_type_is_left_alone(name: str) -> None:
    assert not {r for r, _ in told("clients", a_client(legal_name=name)) if r.startswith("CLIENT-NAME")}


@pytest.mark.parametrize(
    ("cells", "rule", "severity"),
    [
        ({"legal_name": "A" * 301}, "CLIENT-NAME-LEN", "error"),
        ({"legal_name": "UNO|DOS"}, "CLIENT-NAME-LEN", "error"),
        ({"legal_name": "ESCUELA  KEMPER"}, "CLIENT-NAME-SPACES", "warning"),
        ({"legal_name": "ESCUELA KEMPER."}, "CLIENT-NAME-SPACES", "warning"),
        ({"legal_name": "ESCUELA “KEMPER”"}, "CLIENT-NAME-CHARS", "warning"),
        ({"legal_name": "FACTURAS@KEMPER.MX"}, "CLIENT-NAME-CHARS", "warning"),
        ({"legal_name": "5512345678"}, "CLIENT-NAME-CHARS", "warning"),
        ({"legal_name": "Escuela Kemper"}, "CLIENT-NAME-UPPER", "fix"),
        ({"legal_name": "BERENICE SA DE CV", "rfc": "XIQB891116QE4"}, "CLIENT-NAME-SUFFIX-PF", "warning"),
        ({"legal_name": "JUAN PEREZ LOPEZ", "rfc": "XIQB891116QE4"}, "CLIENT-NAME-INITIALS", "warning"),
        ({"legal_name": "PUBLICO EN GENERAL"}, "CLIENT-PG-RFC", "error"),
        ({"zip": "670"}, "CLIENT-ZIP-FORMAT", "error"),
        ({"zip": "17000"}, "CLIENT-ZIP-CATALOG", "warning"),
        ({"zip": "00000"}, "CLIENT-ZIP-CATALOG", "error"),
        ({"zip": "64000", "state": "Jalisco"}, "CLIENT-ZIP-STATE", "warning"),
        ({"zip": "6600"}, "NORM-PAD", "fix"),
        ({"tax_system": "629"}, "CLIENT-REGIME-LEGACY", "error"),
        ({"tax_system": "régimen raro"}, "CLIENT-REGIME-TEXT", "error"),
        ({"tax_system": "RESICO"}, "CLIENT-REGIME-TEXT", "fix"),
        ({"use": "CP01"}, "CLIENT-USE-TYPE", "warning"),
        ({"rfc": "XAXX010101000", "tax_system": "601", "use": "S01"}, "CLIENT-GEN-REGIME", "error"),
        ({"rfc": "XAXX010101000", "tax_system": "616", "use": "S01"}, "CLIENT-GEN-ZIP", "warning"),
    ],
)
def test_a_client_that_breaks_a_rule_is_told_by_it(cells: dict[str, str], rule: str, severity: str) -> None:
    assert (rule, severity) in told("clients", a_client(**cells))


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [("01000", "CDMX"), ("26015", "Coahuila"), ("64000", "Nuevo León"), ("99999", "Zacatecas"), ("06600", "D.F.")],
)
def test_a_postal_code_in_its_state_is_fine_however_the_state_is_written(zip_code: str, state: str) -> None:
    assert told("clients", a_client(zip=zip_code, state=state)) == set()


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"rfc": "XEXX010101000", "tax_residence": "MEX"}, "CFDI40152"),
        ({"tax_residence": "USA"}, "CFDI40151"),
        ({"foreign_tax_id": "123456789"}, "CFDI40154"),
        ({"rfc": "XEXX010101000", "foreign_tax_id": "123456789"}, "CFDI40153"),
        ({"rfc": "XEXX010101000", "tax_residence": "USA", "foreign_tax_id": "12345"}, "CFDI40156"),
    ],
)
def test_residence_and_tax_id_abroad_go_with_the_foreign_rfc_only(cells: dict[str, str], code: str) -> None:
    row = a_client(**({"tax_system": "616", "use": "S01"} | cells))
    assert code in {f.sat_code for f in said(checked("clients", [row]))}


def test_a_foreign_client_with_residence_and_tax_id_has_no_error() -> None:
    row = a_client(
        rfc="XEXX010101000", legal_name="ACME INC", tax_system="616", use="S01", tax_residence="USA",
        foreign_tax_id="123456789",
    )  # fmt: skip
    assert not errors("clients", row)


def test_the_generic_rfc_takes_the_issuers_postal_code_once_it_is_known() -> None:
    row = a_client(rfc="XAXX010101000", legal_name="VENTAS", tax_system="616", use="S01", zip="06600")
    assert told("clients", row, RuleOptions(issuer_zip="06600")) == set()
    assert told("clients", row, RuleOptions(issuer_zip="64000")) == {("CLIENT-GEN-ZIP", "error")}


def test_the_importing_company_is_hardly_its_own_client() -> None:
    assert ("CLIENT-RFC-ISSUER", "warning") in told("clients", a_client(), RuleOptions(issuer_rfc="EKU9003173C9"))


FIXTURES = [
    (("EKU9003173C9", "ESCUELA KEMPER URGATE", "601", "G03", "26015"), set()),
    (
        ("eku-900317-3c9", "Escuela Kemper Urgate SA de CV", "601.0", "G03", "26015"),
        {
            ("NORM-RFC", "fix"),
            ("CLIENT-NAME-UPPER", "fix"),
            ("NORM-CODE", "fix"),
            ("CLIENT-NAME-SUFFIX", "warning"),
        },
    ),
    (("XIQB891116QE4", "BERENICE XIMO QUEZADA", "605", "G03", "06600"), {("CLIENT-USE-REGIME", "error")}),
    (("XIQB891116QE4", "BERENICE XIMO QUEZADA", "605", "D10", "6600"), {("NORM-PAD", "fix")}),
    (("EKU9003173C9", "ESCUELA KEMPER URGATE", "612", "G03", "26015"), {("CLIENT-REGIME-PERSON", "error")}),
    (
        ("XAXX010101000", "PÚBLICO EN GENERAL", "616", "G03", "01000"),
        {("CLIENT-GEN-USE", "error"), ("CLIENT-PG-SPELL", "warning"), ("CLIENT-GEN-ZIP", "warning")},
    ),
    (("EKU9003173C9", "PUBLICO EN GENERAL", "601", "S01", "26015"), {("CLIENT-PG-RFC", "error")}),
    (
        ("GODE56123IGR8", "EMMA GOMEZ DIAZ", "612", "P01", "1000"),
        {("CLIENT-RFC-FORMAT", "error"), ("CLIENT-USE-LEGACY", "error"), ("NORM-PAD", "fix")},
    ),
    (
        ("GODE561231GR7", "EMMA GOMEZ DIAZ", "612", "D01", "17000"),
        {("CLIENT-RFC-CHECKDIGIT", "warning"), ("CLIENT-ZIP-CATALOG", "warning")},
    ),
]


@pytest.mark.parametrize(("cells", "expected"), FIXTURES)
def test_the_fixtures_of_the_rules_page_come_out_as_it_says(
    cells: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    row = a_client(**dict(zip(("rfc", "legal_name", "tax_system", "use", "zip"), cells, strict=True)))
    assert told("clients", row, RuleOptions(today=TODAY)) == expected


def test_the_foreign_fixture_of_the_rules_page_is_refused_for_its_residence() -> None:
    row = a_client(
        rfc="XEXX010101000", legal_name="ACME INC", tax_system="616", use="S01", zip="01000", tax_residence="MEX"
    )
    assert errors("clients", row) == {"CLIENT-FOREIGN-RES"}
