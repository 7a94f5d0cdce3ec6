"""Whatever clean client is generated has no error, and one field spoilt in a listed way always has one."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from judging import checked, errors

from schemas.sat.small import REGIMES, STATES_OF_ZIP, USES

VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ")} | {"Ñ": 38}
LETTERS = "ABCDEFGHJLMNPRSTVZÑ"
WORDS = st.sampled_from(
    [
        "ACEROS",
        "BARRO",
        "CEDRO",
        "DUNAS",
        "ESPIGA",
        "FARO",
        "GRANO",
        "HIERRO",
        "LAGUNA",
        "MUÑOZ",
        "NOPAL",
        "PERLA",
        "RIO",
        "SOL",
        "TORRE",
    ]
)
ZIPS = st.sampled_from(["01000", "06600", "20000", "26015", "37000", "44100", "64000", "72000", "76000", "97000"])


def with_digit(first: str) -> str:
    """The RFC, its check digit worked out from the definition."""
    total = sum(VALUES[c] * (13 - i) for i, c in enumerate(first.rjust(12)))
    return first + "0123456789A"[(11 - total % 11) % 11]


@st.composite
def clients(draw: st.DrawFn) -> dict[str, str]:
    person = draw(st.sampled_from("FM"))
    name = " ".join(draw(st.lists(WORDS, min_size=3, max_size=4, unique=True)))
    head = "".join(draw(st.lists(st.sampled_from(LETTERS), min_size=3, max_size=3)))
    if person == "F":  # two surnames after the given name; the second letter is a vowel of the first surname
        given_name, first, second = name.split()[:3]
        head = first[0] + "X" + second[0] + given_name[0]
    day = draw(st.dates(date(1930, 1, 1), date(2020, 12, 31)))
    homoclave = draw(st.sampled_from("123456789ABCDEFGHIJKLMNOPQRSTUV")) + draw(st.sampled_from("123456789ABCXYZ"))
    regime = draw(st.sampled_from([key for key, r in REGIMES.items() if person in r.persons]))
    uses = [k for k, u in USES.items() if person in u.persons and regime in u.regimes]
    return {
        "internalId": draw(st.from_regex(r"[A-Z]{3}-[0-9]{4}", fullmatch=True)),
        "name": name.title(),
        "legal_name": name,
        "rfc": with_digit(f"{head}{day:%y%m%d}{homoclave}"),
        "email": "facturas@empresa.example",
        "tax_system": regime,
        "use": draw(st.sampled_from(uses)),
        "address.zip": draw(ZIPS),
    }


SPOILT: dict[str, Any] = {
    "month 13": ("rfc", lambda c: c["rfc"][:-7] + "13" + c["rfc"][-5:]),
    "30 February": ("rfc", lambda c: c["rfc"][:-7] + "0230" + c["rfc"][-3:]),
    "no homoclave": ("rfc", lambda c: c["rfc"][:-3]),
    "one character more": ("rfc", lambda c: c["rfc"] + "1"),
    "a digit among the letters": ("rfc", lambda c: "4" + c["rfc"][1:]),
    "a letter in the date": ("rfc", lambda c: c["rfc"][:-8] + "I" + c["rfc"][-7:]),
    "no rfc": ("rfc", lambda _: ""),
    "three digits of zip": ("address.zip", lambda c: c["address.zip"][1:4]),
    "zip 00000": ("address.zip", lambda _: "00000"),
    "letters in the zip": ("address.zip", lambda c: c["address.zip"][:4] + "A"),
    "régime gone": ("tax_system", lambda _: "629"),
    "régime unknown": ("tax_system", lambda _: "699"),
    "the other kind of person's régime": ("tax_system", lambda c: "601" if len(c["rfc"]) == 13 else "612"),
    "use gone": ("use", lambda _: "P01"),
    "use unknown": ("use", lambda _: "G09"),
    "a bar in the name": ("legal_name", lambda c: c["legal_name"] + "|"),
    "the public's name": ("legal_name", lambda _: "PUBLICO EN GENERAL"),
    "scientific id": ("internalId", lambda _: "1.23E+12"),
    "damaged letters": ("name", lambda _: "NUÃ‘EZ"),
    "no e-mail": ("email", lambda _: "facturas.empresa.example"),
}


@given(clients())
def test_a_clean_client_has_no_error(client: dict[str, str]) -> None:
    found = checked("clients", [client]).findings.filter(severity="error")
    assert found["rule"].to_list() == []


@given(clients(), st.sampled_from(sorted(SPOILT)))
def test_one_field_spoilt_is_always_found(client: dict[str, str], how: str) -> None:
    field, spoil = SPOILT[how]
    assert errors("clients", client | {field: spoil(client)})


def test_the_zips_of_the_generator_are_of_known_states() -> None:
    assert {"01", "06", "20", "26", "37", "44", "64", "72", "76", "97"} <= STATES_OF_ZIP.keys()
