"""SAT's large catalogues as frames to join against: product keys, unit keys, postal codes.

Membership of a million rows is a join with one of these frames, never `is_in` over fifty thousand keys. Frames are read
on first use, kept for the life of the process and never changed; importing this module reads nothing. Keys are text.

`folder` is where the user's own sets lie (`schemas.sat.editions.user_folder()` when not given).
Every function raises CatalogError when the set in use is lost or damaged.
"""

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import polars as pl

from schemas.sat.editions import CATALOGS as CATALOGS
from schemas.sat.editions import CatalogError as CatalogError
from schemas.sat.editions import Edition as Edition
from schemas.sat.editions import edition as edition
from schemas.sat.editions import editions as editions

# Columns whose source does not say are null: the shipped set knows no validity dates, an XSD knows only keys.
COLUMNS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "product_keys": {
        "key": pl.String,
        "description": pl.String,
        "in_workbook": pl.Boolean,
        "iva_required": pl.Boolean,
        "border_stimulus": pl.Boolean,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
    "unit_keys": {"key": pl.String, "name": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
    "postal_codes": {
        "key": pl.String,
        "state": pl.String,
        "municipality": pl.String,
        "border_stimulus": pl.Int8,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
}


def product_keys(folder: Path | None = None) -> pl.DataFrame:
    """c_ClaveProdServ, sorted by `key` (8 digits).

    `in_workbook` is false for keys that only the XSD lists (rule SERVICE-PRODKEY-XSDONLY; they have no description);
    `iva_required`: the sale needs an IVA transfer line; `border_stimulus`: the 8 % border rate may apply.
    """
    return _load(edition("product_keys", folder))


def unit_keys(folder: Path | None = None) -> pl.DataFrame:
    """c_ClaveUnidad, sorted by `key` in its official spelling; `folded` is the key in upper case, unique as well.

    Join on `folded` and write `key`: eight keys have lower-case letters (rule SERVICE-UNIT-CASE).
    """
    return _load(edition("unit_keys", folder))


def postal_codes(folder: Path | None = None) -> pl.DataFrame:
    """c_CodigoPostal, sorted by `key` (5 digits), without 00000, which is no postal code.

    `state` is SAT's three letters; `municipality` its name, null for the many codes assigned to none;
    `border_stimulus` 0 none, 1 northern border, 2 southern border.
    """
    return _load(edition("postal_codes", folder))


@lru_cache(maxsize=16)
def _load(catalog: Edition) -> pl.DataFrame:
    frame = pl.read_parquet(BytesIO(catalog.read_bytes()))
    if catalog.name == "unit_keys":
        frame = frame.with_columns(folded=pl.col("key").str.to_uppercase())
    return frame
