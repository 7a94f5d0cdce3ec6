"""Letters read in another encoding are told, with what they said; what people write on purpose is not."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import a_client, checked, errors, said, told

from schemas.cleaning.damaged_letters import DAMAGE_SIGNS, mended, mended_doubtful
from schemas.sat.frames import product_keys

WORDS = [
    "Muñoz",
    "MUÑOZ",
    "José",
    "León",
    "García",
    "Pérez",
    "PÉREZ",
    "México",
    "MÉXICO",
    "Núñez",
    "Agüero",
    "Jesús",
    "Bogotá",
    "pingüino",
    "Compañía",
    "año",
]
WAYS = [("cp1252", "cp850"), ("cp1252", "cp437"), ("cp1252", "mac-roman"), ("cp850", "cp1252"), ("mac-roman", "cp1252")]
DAMAGED = {
    "Mu±oz": "Muñoz",
    "MUÐOZ": "MUÑOZ",
    "JosÚ": "José",
    "Nu¤ez": "Nuñez",
    "Mu¤oz": "Muñoz",
    "Le¾n": "León",
    "MarÝa": "María",
    "Gonzßlez": "González",
    "Garcφa": "García",
    "JosΘ": "José",
    "LeÛn": "León",
    "JosÈ": "José",
    "Pe–a": "Peña",
    "Le—n": "León",
    "G—mez": "Gómez",
    "CompaÃ±ero": "Compañero",
    "La Compa±Ýa, S.A.": "La Compañía, S.A.",
    "Bogot·": "Bogotú/Bogotá",
    "µNGEL": "ÁNGEL",
}
DOUBTFUL = {
    "GARCÖA": "GARCÍA",
    "JESéS": "JESÚS",
    "Mart’nez": "Martínez",
    "D’az": "Díaz",
    "MU—OZ": "MUÑOZ",
    "çlvarez": "Álvarez",
    "¡lvarez": "ílvarez/Álvarez",
}
RIGHT = (
    "Müller", "São Paulo", "João Gonçalves", "Citroën", "Björk", "L’Oréal", "O’Brien", "D’Angelo", "McDonald’s",
    "Domino’s", "CRÈME", "Łódź", "Dvořák", "CAFé", "PEñA", "N°1", "N° de serie", "3ª", "5½", "m³", "kg/m³", "10 µm",
    "±5", "5±2", "25°C", "¡hola, vecino!", "¿qué?", "“ACME”", "«ACME»", "norte–sur", "lunes–viernes", "· servicio",
    "ACME®", "Café™", "Única", "¥500", "€ 10", "Niño", "Él",
)  # fmt: skip


def looked_at(text: str) -> tuple[str | None, str | None]:
    found = pl.DataFrame({"a": [text]}).select(certain=mended(pl.col("a")), doubtful=mended_doubtful(pl.col("a")))
    return found.row(0)


def misread(word: str, written: str, shown: str) -> str:
    return "".join(
        byte.decode(shown) if byte not in (b"\x81", b"\x90") else byte.decode("latin-1")
        for byte in (bytes([value]) for value in word.encode(written))
    )


@pytest.mark.parametrize(("written", "shown"), WAYS)
@pytest.mark.parametrize("word", WORDS)
def test_what_a_damaged_word_said_is_known(word: str, written: str, shown: str) -> None:
    damaged = misread(word, written, shown)
    if "\xa0" in damaged or damaged == "JOS…":
        return  # a blank, which is no letter any more
    proposals = [text for text in looked_at(damaged) if text is not None]
    assert any(word in text.split("/") for text in proposals), (damaged, proposals)


@pytest.mark.parametrize(("damaged", "meant"), DAMAGED.items())
def test_a_damaged_name_is_refused_with_what_it_said(damaged: str, meant: str) -> None:
    outcome = checked("clients", [a_client(name=damaged)])
    assert [(f.rule, f.severity, f.value, f.proposal) for f in said(outcome)] == [
        ("NORM-MOJIBAKE", "error", damaged, meant)
    ]


@pytest.mark.parametrize(("damaged", "meant"), DOUBTFUL.items())
def test_a_name_that_may_be_damaged_is_told_with_what_it_may_have_said(damaged: str, meant: str) -> None:
    outcome = checked("clients", [a_client(name=damaged)])
    assert [(f.rule, f.severity, f.proposal) for f in said(outcome)] == [("NORM-MOJIBAKE", "warning", meant)]


@pytest.mark.parametrize("damaged", [d for d in DAMAGED if d[0].isascii()])
@pytest.mark.parametrize("field", ["legal_name", "name", "address.city", "metadata.note"])
def test_damage_is_found_in_every_text(damaged: str, field: str) -> None:
    assert "NORM-MOJIBAKE" in errors("clients", a_client() | {field: damaged})


@pytest.mark.parametrize("damaged", ["Ã‘1", "A±o-1", "MUÐOZ-1", "JosÚ-7", "LeÛn/2", "P\x90REZ-1"])
def test_a_damaged_id_is_refused_and_never_new(damaged: str) -> None:
    assert "NORM-MOJIBAKE" in errors("clients", a_client() | {"internalId": damaged})


def test_a_control_character_that_was_a_letter_is_not_taken_away() -> None:
    assert ("NORM-MOJIBAKE", "error") in told("clients", a_client(name="P\x90REZ"))
    assert looked_at("P\x90REZ")[0] == "PÉREZ"


@pytest.mark.parametrize(
    "text", ["Mu=F1oz", "Jos=C3=A9", "Mu%C3%B1oz", "Mu\\u00f1oz", "Mu\\xf1oz", "АNA LOPEZ", "Lοpez", "Pérеz"]
)
def test_letters_written_as_programs_write_them_or_of_another_alphabet_are_damage(text: str) -> None:
    for row in (a_client(name=text), a_client() | {"metadata.note": text}, a_client() | {"internalId": f"{text}-1"}):
        assert "NORM-MOJIBAKE" in errors("clients", row)


def test_an_address_with_a_letter_of_another_alphabet_is_refused() -> None:
    assert "NORM-MOJIBAKE" in errors("clients", a_client(email="аna@uno.mx"))


@pytest.mark.parametrize("text", ["https://a.mx/Mu%C3%B1oz", "a=1", "50%", "C:\\ux", "Иван", "x=c", "10kΩ", "5μm"])
def test_signs_and_alphabets_of_their_own_are_no_damage(text: str) -> None:
    assert "NORM-MOJIBAKE" not in errors("clients", a_client(name=text))


@pytest.mark.parametrize("text", RIGHT)
def test_what_people_write_on_purpose_is_not_damage(text: str) -> None:
    assert "NORM-MOJIBAKE" not in {rule for rule, _ in told("clients", a_client(name=text) | {"metadata.note": text})}


def test_no_text_of_sats_catalogue_is_damaged() -> None:
    texts = product_keys().select(pl.col(pl.String)).unpivot()["value"].drop_nulls().unique().to_frame("text")
    assert texts.filter(mended(pl.col("text")).is_not_null())["text"].to_list() == []


@given(st.text(alphabet="abcdeñÑéÉóÓ ,.0123", max_size=12))
def test_letters_of_spanish_in_small_are_never_damage(text: str) -> None:
    assert looked_at(text.lower()) == (None, None)


def test_the_signs_hold_no_letter_of_spanish() -> None:
    assert not DAMAGE_SIGNS & set("áéíóúñüÁÉÍÓÚÑÜ")
    assert set("±ÐÝ¾ß¤¢¥ÈÛ") <= DAMAGE_SIGNS
