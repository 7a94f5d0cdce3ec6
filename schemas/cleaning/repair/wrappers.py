"""What spreadsheets and libraries put around a text, or behind it, without meaning it: taken off, and told.

Only what is provably a tool's: the exact formula `="0042"`, an apostrophe in front of a key, digits followed by `.0`.
"""

import polars as pl

__all__ = ["address_only", "unquoted", "unwrapped", "without_point_zero"]

_FORMULA = r"^=\s*\"((?:[^\"]|\"\")*)\"$"
_KEPT = r"^'('*[=+\-@\t\r])"
_NUMBER_FORMULA = r"^=\s*\+?([0-9]+(?:\.[0-9]+)?)$"


def unwrapped(cell: pl.Expr) -> pl.Expr:
    """`="0042"` as `0042`: a formula that keeps a spreadsheet from changing a text; and `=42` as the number it is.

    Of `'=1+2` the apostrophe that keeps a spreadsheet from computing a text, as `gigbulk export --excel` writes it.
    """
    inner = cell.str.extract(_FORMULA).str.replace_all('""', '"', literal=True)
    return pl.coalesce(inner, cell.str.extract(_NUMBER_FORMULA), cell.str.replace(_KEPT, "$1"))


def unquoted(cell: pl.Expr) -> pl.Expr:
    """The same, and `'0042` as `0042`: the apostrophe that tells a spreadsheet to keep a key as text.

    And `"0042"`, also with the quotes of a text editor.
    """
    plain = unwrapped(cell).str.replace(r"^['’]\s*([^'\s][^']*)$", "$1").str.replace(r'^"([^"]+)"$', "$1")
    return plain.str.replace(r"^[“”„]([^“”„]+)[“”]$", "$1")


def without_point_zero(cell: pl.Expr) -> pl.Expr:
    """`1001.0` as `1001`: a whole number that a library or a spreadsheet kept as a fraction.

    `1.000` may be a thousand; of more than fifteen digits a fraction has lost some.
    """
    return cell.str.replace(r"^([0-9]{1,15})(?:\.(?:00?|0{4,})|,00?)$|^([0-9]{4,15})\.000$", "$1$2")


def address_only(cell: pl.Expr) -> pl.Expr:
    """`mailto:ana@uno.mx?subject=x`, `Correo: ana@uno.mx;` and `Ana <ana@uno.mx>` as the one address they hold."""
    bare = cell.str.extract(r"^[^<>@]*<([^<>\s]+)>[;,]?$")
    named = pl.coalesce(bare, cell).str.replace(r"(?i)^(?:mailto|smtp|e-?mail|correo|mail)\s*:\s*", "")
    return named.str.replace(r"^([^@?\s]+@[^@?\s]+)\?.*$", "$1").str.replace(r"\s*[;,]$", "")
