"""Which letters and marks stand in Spanish words."""

from __future__ import annotations

import pytest

from schemas.cleaning.spanish_words import SPANISH_WORD, case_fits, reads_well


@pytest.mark.parametrize(
    "word",
    ["Peña", "LEÓN", "Agüero", "3º", "1ª", "25°C", "N°", "O’Gorman", "norte–sur", "«año»", "¿Qué", "¡NO",
     "Citroën", "Gonçalves", "João", "m²", "ESPAÑ", "PEñA", "Domino´s", "5½", "ó"],
)  # fmt: skip
def test_a_word_reads_well_where_each_letter_stands_as_its_like_does(word: str) -> None:
    assert reads_well(word)


@pytest.mark.parametrize(
    "word",
    ["PÉrez", "LE”N", "Pe–a", "Le—n", "Garc’a", "Mu√±oz", "Sçnchez", "LEËN", "M‡laga", "25í", "2020ñ2021", "norteñsur",
     "MÇxico", "ÁPerez", "x²", "Ô", "№"],
)  # fmt: skip
def test_a_word_does_not_read_well_where_a_letter_is_that_of_another_encoding(word: str) -> None:
    assert not reads_well(word)


@pytest.mark.parametrize(("word", "fits"), [("Pérez", True), ("PÉREZ", True), ("PÉrez", False), ("JosÚ", False)])
def test_a_letter_is_as_large_as_its_neighbours(word: str, fits: bool) -> None:
    at = next(n for n, char in enumerate(word) if char > "\x7f")
    assert case_fits(word, at) is fits


def test_a_spanish_letter_counts_beside_another_letter() -> None:
    assert SPANISH_WORD.search("año") and not SPANISH_WORD.search("5ñ")
