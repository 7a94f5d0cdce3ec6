"""Capital letters without their accents, to compare what people write with and without; Ñ is a letter of its own."""

import polars as pl

__all__ = ["without_accents"]

_PLAIN = {"Á": "A", "É": "E", "Í": "I", "Ó": "O", "Ú": "U", "Ü": "U"}


def without_accents(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_PLAIN)
