"""The columns that hold a key of one of SAT's catalogues, and how people write such keys."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from schemas.sat.frames import product_keys, unit_keys
from schemas.sat.hints import UNIT_SPELLINGS
from schemas.sat.small import CURRENCIES, CURRENCY_SPELLINGS, PAYMENT_FORMS, PAYMENT_METHODS, REGIMES, USES

__all__ = ["CODED", "Catalogue", "fold_description"]

_ACCENTS = {"á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ü": "u"}


def fold_description(cell: pl.Expr) -> pl.Expr:
    """A description without case, accents and punctuation, and without the "Régimen de" of the tax certificate."""
    bare = cell.str.to_lowercase().str.replace_many(_ACCENTS).str.replace_all(r"[^a-z0-9ñ]+", " ").str.strip_chars()
    return bare.str.replace("^regimen (?:de las |de los |del |de )?", "")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """`code` is the shape of a key as people write it, in any case; zeros are put in front up to `length`.

    `described` gives `key` and `text`; `spoken` are further words people use for a key. `closed` catalogues have no
    key but those listed: only with the list is a code known from a word. In `named` ones an official description
    stands for its key, where only one has it; `short` ones are known by the first words of a description too.
    """

    code: str
    described: Callable[[], pl.DataFrame]
    spoken: Mapping[str, str] = field(default_factory=dict)
    length: int = 0
    closed: bool = False
    named: bool = False
    short: bool = False


def _listed(texts: Iterable[tuple[str, str]]) -> Callable[[], pl.DataFrame]:
    rows = list(texts)
    return lambda: pl.DataFrame(rows, schema={"key": pl.String, "text": pl.String}, orient="row")


@cache
def _units() -> pl.DataFrame:
    return unit_keys().select("key", text="name")


@cache
def _products() -> pl.DataFrame:
    return product_keys().select("key", text="description").drop_nulls()


_FORMS = {
    "transferencia": "03", "transferencia electronica": "03", "transferencia bancaria": "03", "spei": "03",
    "deposito": "03", "contado": "01", "efectivo mxn": "01", "cheque": "02", "tarjeta credito": "04", "tdc": "04",
    "credito": "04", "tarjeta debito": "28", "tdd": "28", "debito": "28", "monedero": "05",
}  # fmt: skip
_METHODS = {
    "una sola exhibicion": "PUE", "una exhibicion": "PUE", "pago en una exhibicion": "PUE", "contado": "PUE",
    "parcialidades": "PPD", "pago en parcialidades": "PPD", "pago diferido": "PPD", "credito": "PPD",
    "pago en parcialidades o diferidos": "PPD",
}  # fmt: skip
_RESICO = [("626", "RESICO"), ("626", "Simplificado de confianza RESICO")]

_REGIME = Catalogue(
    "[0-9]{3}", _listed([*((k, r.description) for k, r in REGIMES.items()), *_RESICO]), named=True, short=True
)
_USE = Catalogue("[A-Z]{1,2}[0-9]{2}", _listed((k, u.description) for k, u in USES.items()), named=True, short=True)
_FORM = Catalogue(
    "[0-9]{1,2}",
    _listed((k, f.description) for k, f in PAYMENT_FORMS.items()),
    _FORMS,
    length=2,
    closed=True,
    named=True,
    short=True,
)
_METHOD = Catalogue("[A-Z]{3}", _listed(PAYMENT_METHODS.items()), _METHODS, closed=True, named=True, short=True)
_CURRENCY = Catalogue(
    "[A-Z]{3}",
    _listed((k, c.description) for k, c in CURRENCIES.items()),
    {"M N": "MXN", **CURRENCY_SPELLINGS},
    closed=True,
    named=True,
)
_UNIT = Catalogue("[A-Z0-9]{2,3}", _units, UNIT_SPELLINGS, closed=True)  # UNIDAD is XUN to SAT, and H87 to people
_PRODUCT = Catalogue("[0-9]{8}", _products)
_COUNTRY = Catalogue("[A-Z]{3}", _listed(()))

CODED: Mapping[str, Catalogue] = {
    "tax_system": _REGIME,
    "use": _USE,
    "paymentMethod": _FORM,
    "cfdi_method": _METHOD,
    "currency": _CURRENCY,
    "unit_key": _UNIT,
    "product_key": _PRODUCT,
    "country": _COUNTRY,
    "tax_residence": _COUNTRY,
}
"""Last part of a field's name → the catalogue its cells are keys of."""
