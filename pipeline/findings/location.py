"""Where a cell stands, as the program that shows the sheet writes it: `Pagos!H5`, `'Pagos 2026'!H5`."""

import re

import polars as pl

__all__ = ["cell_addresses"]

_BARE = re.compile(r"[^\W\d]\w*", re.ASCII)
"""Names of sheets that stand without quotes."""


def cell_addresses(sheet: str, column: str, lines: pl.Expr) -> pl.Expr:
    """The addresses of cells of one column; `column` is the letter (or letters) above them."""
    return pl.format("{}{}", pl.lit(_column_address(sheet, column)), lines)


def _column_address(sheet: str, column: str) -> str:
    quoted = sheet if _BARE.fullmatch(sheet) else "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{column}"
