"""The lists that cells of a workbook to fill in are chosen from, out of SAT's catalogues: `601 - General de Ley …`."""

from collections.abc import Callable, Mapping

import polars as pl

from schemas.sat import frames, small

__all__ = ["CHOICES", "list_product_keys"]

_USUAL_UNITS = (
    "E48", "H87", "ACT", "HUR", "DAY", "MON", "ANN", "KGM", "GRM", "TNE", "LTR", "MLT", "MTR", "MTK", "MTQ", "XBX",
    "XPK", "XUN", "PR", "SET", "KWH", "KMT", "A9", "E51",
)  # fmt: skip
"""Units of most invoices; any other may be typed."""
_USUAL_CURRENCIES = ("MXN", "USD", "EUR", "CAD", "GBP", "JPY", "BRL", "COP", "GTQ", "CLP", "ARS", "CHF", "CNY")


def _described(catalog: Mapping[str, str]) -> list[str]:
    return [f"{key} - {text}" for key, text in catalog.items()]


def _units() -> list[str]:
    known = frames.unit_keys().filter(pl.col("key").is_in(_USUAL_UNITS))
    texts = dict(known.select("key", "name").iter_rows())
    return _described({key: texts[key] for key in _USUAL_UNITS if key in texts})


CHOICES: Mapping[str, Callable[[], list[str]]] = {
    "regimes": lambda: _described({key: row.description for key, row in small.REGIMES.items()}),
    "uses": lambda: _described({key: row.description for key, row in small.USES.items()}),
    "forms": lambda: _described({key: row.description for key, row in small.PAYMENT_FORMS.items()}),
    "methods": lambda: _described(small.PAYMENT_METHODS),
    "currencies": lambda: _described({key: small.CURRENCIES[key].description for key in _USUAL_CURRENCIES}),
    "units": _units,
    "yes_no": lambda: ["Sí", "No"],
}


def list_product_keys() -> pl.DataFrame:
    """Every product key with its description: key, description."""
    return frames.product_keys().filter(pl.col("description").is_not_null()).select("key", "description")
