"""What is written with accents and without is compared alike; Ñ is a letter of its own."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.cleaning.accents import without_accents


@pytest.mark.parametrize(
    ("written", "plain"),
    [("MÉXICO", "MEXICO"), ("NUEVO LEÓN", "NUEVO LEON"), ("MUÑOZ", "MUÑOZ"), ("PINGÜINO", "PINGUINO"), ("é", "é")],
)
def test_capital_letters_lose_their_accents_and_nothing_else_changes(written: str, plain: str) -> None:
    assert pl.select(without_accents(pl.lit(written))).item() == plain
